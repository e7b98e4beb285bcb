"""Persona files: all that end in .toml are found."""
