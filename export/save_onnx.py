"""Write ONNX files, each whole or not at all."""

import os
from pathlib import Path

import onnx


def save_onnx(model: onnx.ModelProto, path: Path) -> None:
    """Write a model as one file, whole or not at all; its folder must exist."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(model.SerializeToString(deterministic=True))
    os.replace(partial, path)
