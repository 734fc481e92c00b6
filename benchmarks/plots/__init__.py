"""Plots of the measurements."""
