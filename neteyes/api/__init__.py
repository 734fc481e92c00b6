"""Offer the public names of `import neteyes`: frames to read, the nets to call, whole runs with a report."""
