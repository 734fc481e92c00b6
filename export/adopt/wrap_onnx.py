"""Wrap an ONNX segmenter in a segment graph: uint8 (h, w, 3) BGR in, uint8 (H, W) COCO-Stuff labels out.

The steps are those of `export.graphs.SegmentGraph`, written as ONNX nodes, so torch is not needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from engines.labels import UNLABELLED
from export.adopt.inspect_onnx import ForeignNet, Size

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Manner:
    """The preprocessing that a net needs: (pixel - mean) · scale, in its own order of channels.

    Attributes:
        mean: the mean of the pixels, 0–255, which is subtracted, in the net's order.
        scale: the factor of the difference, in the net's order.
        rgb: True for the order red, green, blue; False for blue, green, red.
    """

    mean: tuple[float, float, float]
    scale: tuple[float, float, float]
    rgb: bool = True


def surround(net: ForeignNet, manner: Manner, ids: Sequence[int], label_size: Size) -> onnx.ModelProto:
    """Return a net as a segment graph, with pre- and postprocessing inside.

    Args:
        net: the net; it is not changed.
        manner: the preprocessing that the net needs.
        ids: the COCO-Stuff id of each of its labels, or 255.
        label_size: (H, W) of the label map: the painter's size.
    """
    nodes = _Nodes()
    nodes.add("Reshape", _pixels(nodes, net, manner), nodes.constant(np.array(net.shape)), output=net.input)
    before = nodes.take()
    answer = nodes.add("Reshape", net.output, nodes.constant(np.array(net.answer)))
    channel = (_best if net.answers == "logits" else _given)(nodes, net, answer, len(ids), label_size)
    table = nodes.constant(np.array([*ids, UNLABELLED], np.float32))
    nodes.add("Cast", nodes.add("Gather", table, channel), to=TensorProto.UINT8, output="labels")

    model = onnx.ModelProto()
    model.CopyFrom(net.model)
    model.producer_name, model.producer_version = "neteyes", ""
    graph = model.graph
    inside = list(graph.node)
    for field in ("node", "output", "value_info"):
        graph.ClearField(field)
    graph.node.extend([*before, *inside, *nodes.take()])
    graph.initializer.extend(nodes.constants)
    kept = [value for value in graph.input if value.name != net.input]  # weights, in old files
    graph.ClearField("input")
    graph.input.append(helper.make_tensor_value_info("frame", TensorProto.UINT8, [*net.frame_size, 3]))
    graph.input.extend(kept)
    graph.output.append(helper.make_tensor_value_info("labels", TensorProto.UINT8, label_size))
    onnx.checker.check_model(model, full_check=True)
    return model


def _pixels(nodes: "_Nodes", net: ForeignNet, manner: Manner) -> str:
    """Add the preprocessing: frame → the net's input, without its batch."""
    x = nodes.add("Cast", "frame", to=TensorProto.FLOAT)  # (h, w, 3)
    if manner.rgb:
        x = nodes.add("Gather", x, nodes.constant(np.array([2, 1, 0])), axis=2)
    x = nodes.add("Sub", x, nodes.constant(np.array(manner.mean, np.float32)))
    x = nodes.add("Mul", x, nodes.constant(np.array(manner.scale, np.float32)))
    if net.channels == 0:
        x = nodes.add("Transpose", x, perm=[2, 0, 1])  # (3, h, w)
    if net.dtype != np.float32:
        x = nodes.add("Cast", x, to=_input_kind(net))
    return x


def _input_kind(net: ForeignNet) -> int:
    """Return the dtype to give a net's input, as ONNX counts them.

    TensorRT takes uint8 at the ends of a graph alone. So a net that casts its uint8 input gets int32.
    """
    users = [node for node in net.model.graph.node if net.input in node.input]
    if net.dtype == np.uint8 and all(node.op_type == "Cast" for node in users):
        return int(TensorProto.INT32)
    return int(helper.np_dtype_to_tensor_dtype(net.dtype))


def _best(nodes: "_Nodes", net: ForeignNet, answer: str, labels: int, size: Size) -> str:
    """Add the argmax: logits → channels (H, W), bilinear to the frame's size, argmax, then nearest."""
    x = nodes.add("Cast", answer, to=TensorProto.FLOAT)
    if net.last:
        x = nodes.add("Transpose", x, perm=[2, 0, 1])
    there = net.answer[:2] if net.last else net.answer[1:]
    if there == net.frame_size:
        x = _nearest(nodes, x, there, size, first=1)
    else:  # only at the points that are needed, never at the frame's size
        rows, columns = map(sampling, there, net.frame_size, size)
        x = nodes.add("MatMul", x, nodes.constant(columns.T.copy()))  # (labels, h, W)
        x = nodes.add("MatMul", nodes.constant(rows), x)  # (labels, H, W)
    return nodes.add("ArgMax", x, axis=0, keepdims=0)


def _given(nodes: "_Nodes", net: ForeignNet, answer: str, labels: int, size: Size) -> str:
    """Add a resize of a net's labels → (H, W), int32; an invalid label becomes the number of labels."""
    x = nodes.add("Cast", answer, to=TensorProto.FLOAT)
    x = _nearest(nodes, x, net.answer, size, first=0)
    none = nodes.constant(np.array(labels, np.float32))
    below = nodes.add("Less", x, nodes.constant(np.array(0, np.float32)))
    outside = nodes.add("Or", below, nodes.add("Greater", x, none))
    return nodes.add("Cast", nodes.add("Where", outside, none, x), to=TensorProto.INT32)


def _nearest(nodes: "_Nodes", x: str, there: Sequence[int], size: Size, *, first: int) -> str:
    """Add a nearest resize of the axes `first` and `first + 1`: source index ⌊i·in/out⌋."""
    for axis, (old, new) in enumerate(zip(there, size, strict=True), start=first):
        if old != new:
            x = nodes.add("Gather", x, nodes.constant(np.arange(new) * old // new), axis=axis)
    return x


def sampling(there: int, fine: int, points: int) -> npt.NDArray[np.float32]:
    """Return the matrix (points, there) of a bilinear resize to `fine` followed by a nearest one to `points`.

    The weights are those of half-pixel centres, as in torch with `align_corners=False`.
    """
    picked = np.arange(points) * fine // points
    place = np.maximum((picked + 0.5) * (there / fine) - 0.5, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, there - 1)
    matrix = np.zeros((points, there))
    np.add.at(matrix, (np.arange(points), low), 1 - (place - low))
    np.add.at(matrix, (np.arange(points), high), place - low)
    return matrix.astype(np.float32)


class _Nodes:
    """Nodes and constants for a new graph; each gets a unique name."""

    def __init__(self) -> None:
        self.constants: list[onnx.TensorProto] = []
        self._nodes: list[onnx.NodeProto] = []
        self._count = 0

    def constant(self, value: Array) -> str:
        name = self._name()
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        name = output or self._name()
        self._nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def take(self) -> list[onnx.NodeProto]:
        taken, self._nodes = self._nodes, []
        return taken

    def _name(self) -> str:
        self._count += 1
        return f"around/{self._count}"
