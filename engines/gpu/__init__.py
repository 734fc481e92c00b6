"""A GPU: the seam that all code for one is written against, NVIDIA behind it, and which GPU this is."""
