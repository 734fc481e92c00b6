"""The interface to a GPU, its implementation for NVIDIA, and the description of the GPU in this machine."""
