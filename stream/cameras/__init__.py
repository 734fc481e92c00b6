"""Local cameras: which there are, which one is meant, and reading one in a process that can be ended."""
