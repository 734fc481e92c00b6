"""Measure speed, latency, likeness, flicker and long runs."""
