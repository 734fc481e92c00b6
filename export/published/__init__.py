"""Fetch and install published pairs of nets safely."""
