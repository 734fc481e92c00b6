"""Export a graph as ONNX: opset 18, static shapes, no trace of the machine."""

import copy
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import onnx_ir.passes.common as passes
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxscript.optimizer import fold_constants

from engines.card import Precision
from engines.engine import Array
from export.exact.argmax import TRANSLATIONS
from export.graphs import SegmentGraph, SynthesizeGraph
from export.nets.resnet import ConvNorm
from export.precision.fp16 import in_half
from export.precision.int8 import quantized
from export.save_onnx import save_onnx

OPSET = 18  # TensorRT 10 and 11 read it without surprises

_FIRST = (
    fold_constants,
    passes.RemoveUnusedNodesPass(),
    passes.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
    passes.CommonSubexpressionEliminationPass(),
)
"""Passes that leave a quarter of the nodes. They run first, because the exporter's own rewriting looks at
every node many times."""


def onnx_from_graph(graph: SegmentGraph | SynthesizeGraph) -> onnx.ModelProto:
    """Export a graph, for the shapes and dtypes of its `example()`."""
    with _quiet_exporter(), torch.no_grad():
        program = torch.onnx.export(
            _folded(graph.eval()),
            graph.example(),
            input_names=graph.inputs,
            output_names=graph.outputs,
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            custom_translation_table=TRANSLATIONS,
            optimize=False,
            verbose=False,
        )
    assert program is not None  # only the old exporter returns None
    for tidy in _FIRST:
        tidy(program.model)
    program.optimize()
    model = program.model_proto
    _strip(model)
    onnx.checker.check_model(model, full_check=True)
    return model


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model that stores its float32 weights as float16: half the file, and float32 arithmetic.

    Each weight is followed by a Cast, which every runtime folds away when it loads the file.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    casts = []
    for weight in halved.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or len(weight.dims) < 2:
            continue  # biases and tables are small
        halves = numpy_helper.to_array(weight).astype(np.float16)
        if not np.isfinite(halves).all():
            continue  # beyond float16's range
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(halves, f"{name}.half"))
        casts.append(helper.make_node("Cast", [weight.name], [name], f"{name}.widen", to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    halved.graph.ClearField("node")
    halved.graph.node.extend(nodes)
    onnx.checker.check_model(halved, full_check=True)
    return halved


def export_onnx(
    graph: SegmentGraph | SynthesizeGraph,
    path: Path,
    *,
    precision: Precision = "fp32",
    half_weights: bool = False,
    samples: Iterable[Mapping[str, Array]] = (),
) -> None:
    """Export a graph to an ONNX file, in a folder that exists; arguments and errors as for `export_model`."""
    save_onnx(export_model(graph, precision=precision, half_weights=half_weights, samples=samples), path)


def export_model(
    graph: SegmentGraph | SynthesizeGraph,
    *,
    precision: Precision = "fp32",
    half_weights: bool = False,
    samples: Iterable[Mapping[str, Array]] = (),
) -> onnx.ModelProto:
    """Export a graph in a precision.

    Args:
        graph: the graph.
        precision: fp16 and int8 are written into the graph; bf16 is left to the runtime.
        half_weights: store as float16 the weights that compute as float32.
        samples: inputs by name, on which fp16 and int8 measure the range of values.

    Raises:
        UsageError: fp16 or int8 without samples.
        BackendError: int8 without ONNX Runtime, fp16 without any runtime.
    """
    model = onnx_from_graph(graph)
    if precision == "fp16":
        model = in_half(model, list(samples))
    elif precision == "int8":
        model = quantized(model, list(samples))
        _strip(model)
    return with_half_weights(model) if half_weights else model


def _folded(graph: SegmentGraph | SynthesizeGraph) -> SegmentGraph | SynthesizeGraph:
    """Return a graph with its norms folded into its convolutions; exporters do not fold shared weights."""
    if not any(isinstance(module, ConvNorm) for module in graph.modules()):
        return graph
    folded = copy.deepcopy(graph)
    for module in folded.modules():
        if isinstance(module, ConvNorm):
            module.fold()
    return folded


def _strip(model: onnx.ModelProto) -> None:
    """Remove all traces of the machine: stack traces, documentation, metadata."""
    model.producer_name, model.producer_version = "neteyes", ""
    graph = model.graph
    graph.name = "neteyes"
    for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    graph.ClearField("value_info")  # shape inference finds it again


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Silence the exporter's messages about itself: that torchvision is missing, and its own deprecations."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning, message=".*LeafSpec.*")
            yield
    finally:
        logger.setLevel(level)
