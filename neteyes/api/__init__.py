"""What a program gets by `import neteyes`: frames to read, the nets to call, whole runs with a report."""
