"""Label spaces, bundles of graphs, and the runtimes that run graphs: tensors in, tensors out."""
