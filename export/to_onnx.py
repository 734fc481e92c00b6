"""A graph as one self-contained ONNX file: opset 18, static shapes, nothing of the machine that made it."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from export.graphs import SegmentGraph, SynthesizeGraph

OPSET = 18  # what TensorRT 10 and 11 read without surprises


def export_onnx(graph: SegmentGraph | SynthesizeGraph, path: Path, *, half_weights: bool = False) -> None:
    """Write a graph to `path`, whole or not at all.

    Args:
        graph: with static shapes, as its `example()` gives them.
        path: the ONNX file; its folder exists.
        half_weights: store weights as float16, widened when the file is loaded: half the size, still
            computed in float32.
    """
    with _quiet_exporter(), torch.no_grad():
        program = torch.onnx.export(
            graph.eval(),
            graph.example(),
            input_names=graph.inputs,
            output_names=graph.outputs,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None  # only the old exporter gives none
    model = program.model_proto
    _strip(model)
    if half_weights:
        _halve(model)
    onnx.checker.check_model(model, full_check=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(model.SerializeToString())
    os.replace(partial, path)


def _strip(model: onnx.ModelProto) -> None:
    """Take out what tells of the machine: stack traces, documentation, metadata."""
    model.producer_name, model.producer_version = "neteyes", ""
    model.graph.name = "neteyes"
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    for initializer in model.graph.initializer:
        initializer.ClearField("doc_string")
        initializer.ClearField("metadata_props")
    model.graph.ClearField("value_info")  # shape inference finds it again


def _halve(model: onnx.ModelProto) -> None:
    """Store float32 weights as float16, each behind a Cast that every runtime folds away on loading."""
    casts = []
    for initializer in model.graph.initializer:
        if initializer.data_type != TensorProto.FLOAT or len(initializer.dims) < 2:
            continue  # biases and tables weigh nothing
        halves = numpy_helper.to_array(initializer).astype(np.float16)
        if not np.isfinite(halves).all():
            continue
        wide = initializer.name
        initializer.CopyFrom(numpy_helper.from_array(halves, f"{wide}.half"))
        casts.append(
            helper.make_node("Cast", [initializer.name], [wide], f"widen {wide}", to=TensorProto.FLOAT)
        )
    nodes = [*casts, *model.graph.node]
    model.graph.ClearField("node")
    model.graph.node.extend(nodes)


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Silence what the exporter says of itself: that torchvision is missing, and its own deprecations."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning, message=".*LeafSpec.*")
            yield
    finally:
        logger.setLevel(level)
