"""Pairs of nets that others published: where they lie, and how they are fetched and installed safely."""
