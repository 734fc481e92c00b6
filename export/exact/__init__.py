"""Rewrites of a graph that change no answer."""
