"""Reconnect live sources, and show the state of each, its reason, and the time of the next try."""
