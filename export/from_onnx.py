"""Rebuild the torch module of an exported segment graph, so that runtimes can be compared with it."""

from typing import cast

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from engines.bundle import Bundle
from engines.engine import Engine, TensorSpec
from engines.errors import UsageError
from engines.runtimes.torch_export import ProgramEngine
from export.graphs import SegmentGraph
from export.nets.deeplab import DeepLabV3Plus

_NET = "net."  # before the weights' names, since `SegmentGraph` names its net so
_HALF = ".half"  # behind the name of a weight that is stored as float16


def segment_from_onnx(bundle: Bundle) -> SegmentGraph:
    """Rebuild a bundle's segment graph as a torch module from its weights.

    It computes in float32; norms stay folded into the convolutions before them.

    Raises:
        UsageError: the segmenter is not the small DeepLab, or its weights have another format, such as int8.
    """
    card = bundle.card.segment
    try:
        weights = _weights(onnx.load(bundle.segment))
        width = weights["head.classify.weight"].shape[1]
        net = _folded(DeepLabV3Plus(card.trained or tuple(range(len(card.space))), width))
        none = {name: torch.zeros_like(bias) for name, bias in net.state_dict().items() if "bias" in name}
        net.load_state_dict(none | weights)  # biases that are all zero are not exported
    except (KeyError, RuntimeError) as error:
        raise UsageError(
            f"The segmenter of '{bundle.name}' cannot be made a torch net again: only the small DeepLab can, "
            "and not in int8. Leave the eager net out."
        ) from error
    size, label_size = card.size, bundle.card.synthesize.size
    graph = SegmentGraph(net, size, label_size, card.argmax, steady=bool(card.state))
    return graph.eval().requires_grad_(False)


def eager_engine(graph: SegmentGraph, threads: int | None = None) -> Engine:
    """Return a graph as an engine that runs it in torch, one operator after the other.

    Args:
        graph: the graph, in evaluation mode.
        threads: the number of torch's threads in this whole process; None leaves it to torch.
    """
    if threads:
        torch.set_num_threads(threads)
    example = graph.example()
    with torch.no_grad():
        answer = graph(*example)
    answers = answer if isinstance(answer, tuple) else (answer,)
    engine = ProgramEngine(graph, _specs(graph.inputs, example), _specs(graph.outputs, answers))
    engine.backend = "eager (CPU)"
    return cast(Engine, engine)


def _weights(model: onnx.ModelProto) -> dict[str, Tensor]:
    """Return the weights and biases of the net's convolutions as float32, by their names in the net."""
    stored = {weight.name: weight for weight in model.graph.initializer}
    widened = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Cast"}
    weights = {}
    for node in model.graph.node:
        if node.op_type == "Conv" and node.input[1].startswith(_NET):
            place = node.input[1].removeprefix(_NET).removesuffix(_HALF).removesuffix(".weight")
            for name, given in zip(("weight", "bias"), node.input[1:], strict=False):
                array = numpy_helper.to_array(stored[widened.get(given, given)])
                weights[f"{place}.{name}"] = torch.from_numpy(array.astype(np.float32))
    return weights


def _folded(net: DeepLabV3Plus) -> DeepLabV3Plus:
    """Give each convolution a bias in place of the norm behind it."""
    for block in [module for module in net.modules() if isinstance(module, nn.Sequential)]:
        if isinstance(block[0], nn.Conv2d):
            block[0].bias = nn.Parameter(torch.zeros(block[0].out_channels))
            block[1] = nn.Identity()
    return net


def _specs(names: tuple[str, ...], tensors: tuple[Tensor, ...]) -> list[TensorSpec]:
    return [
        TensorSpec(name, tuple(tensor.shape), tensor.numpy().dtype)
        for name, tensor in zip(names, tensors, strict=True)
    ]
