"""Floor 4: a window into the school. A local web application that reads a store and writes nothing."""
