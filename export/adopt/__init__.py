"""Segmenters of other people, in ONNX, as bundles."""
