"""Checkpoint → graph → engine: the networks, their graphs, and how the `small` bundle was trained."""
