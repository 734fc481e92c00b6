"""Graphs that compute in fewer bits: float16, bfloat16, int8; and the range of the values in a graph."""
