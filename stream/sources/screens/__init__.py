"""Screens and windows as sources, `screen://`, read from an X server."""
