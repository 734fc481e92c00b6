"""Make bundles of ONNX segmenters that other people made."""
