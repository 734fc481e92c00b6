"""Store the weights of several graphs in one file, each only once, as ONNX external data."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import onnx
from onnx.external_data_helper import set_external_data

from export.save_onnx import save_onnx

LEAST = 1024
"""Bytes of a weight from which on it is stored outside its graph."""

ALIGNED = 64
"""Bytes: every weight begins at a multiple, so that runtimes can use it where it lies."""

NAMED = "weights_sha256"
"""The key of a graph's metadata with the sha256 of its file of weights. So the sha256 of the graph stands for
its weights too, wherever a built engine or a program is tied to it."""


class SharedWeights:
    """Write the file of weights of several graphs, as a context manager; an error leaves no file.

    Args:
        path: the file, beside the graphs.

    Attributes:
        sha256: the sha256 of the file, once the context has ended.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.sha256 = path, ""
        self._partial = path.with_name(f".{path.name}.partial")
        self._places: dict[bytes, tuple[int, int]] = {}  # a weight's digest → its offset and length
        self._models: list[onnx.ModelProto] = []

    def __enter__(self) -> Self:
        self._file = self._partial.open("wb")
        self._hash = hashlib.sha256()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind:
            self._partial.unlink()
            return
        self.sha256 = self._hash.hexdigest()
        os.replace(self._partial, self.path)
        for model in self._models:
            model.metadata_props.add(key=NAMED, value=self.sha256)

    def take_from(self, model: onnx.ModelProto) -> None:
        """Move a model's weights into the file; equal weights of several models are written once.

        The model can be saved when the context has ended.
        """
        for tensor in model.graph.initializer:
            if len(tensor.raw_data) < LEAST:
                continue
            offset, length = self._place(tensor.raw_data)
            set_external_data(tensor, self.path.name, offset, length)
            tensor.ClearField("raw_data")
        self._models.append(model)

    def _place(self, content: bytes) -> tuple[int, int]:
        digest = hashlib.sha256(content).digest()
        if digest not in self._places:
            self._write(bytes(-self._file.tell() % ALIGNED))
            self._places[digest] = self._file.tell(), len(content)
            self._write(content)
        return self._places[digest]

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._hash.update(content)


def save_together(models: Mapping[str, onnx.ModelProto], folder: Path, weights: str | None) -> dict[str, str]:
    """Save the graphs of a net; return the file of their weights → its sha256, as the card has it.

    Args:
        models: file name → model; their weights are moved out of them.
        folder: the folder of all files.
        weights: the name of the file that they share; None keeps every model's weights inside.
    """
    shared: dict[str, str] = {}
    if weights:
        with SharedWeights(folder / weights) as file:
            for model in models.values():
                file.take_from(model)
        shared[weights] = file.sha256
    for name, model in models.items():
        save_onnx(model, folder / name)
    return shared
