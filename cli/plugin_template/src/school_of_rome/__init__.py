"""Plug-ins for schoolroom, one of each kind."""
