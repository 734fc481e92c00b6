"""Sources that come back: what state each is in, why, and when it is tried again."""
