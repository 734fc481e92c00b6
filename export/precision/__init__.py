"""Rewrite graphs to compute in float16, bfloat16 or int8, and measure the range of their values."""
