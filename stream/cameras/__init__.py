"""List local cameras, find the one that the user means, and read it in a process that can be killed."""
