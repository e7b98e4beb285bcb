"""Transcripts as files, out of a store and into one. Each form has a module; `forms` finds them by name."""
