"""Serve the browser mirror: a page that shows visitors painted, and the loops behind it."""
