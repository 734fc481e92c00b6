"""Tensors in, tensors out: label spaces, bundles of graphs, and the runtimes that run them."""
