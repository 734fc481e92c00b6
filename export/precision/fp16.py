"""Rewrite a graph to compute in float16, for runtimes that take the precision from the graph's own dtypes.

Convolutions compute in float16 ("half"), and so do the operators between two of them: activations, joins,
sums. The rest stays float32, with casts around it: norms and the values they modulate, all operators between
the last convolution and the argmax or the picture, and values that float16 cannot hold.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from engines.engine import Array
from export.precision.value_range import dtypes_of, reach_of

GREATEST = float(np.finfo(np.float16).max)
HEADROOM = 4
"""The reserve of a half tensor: its greatest value on the samples, times this, must still fit."""

_FOLLOWERS = {"Add", "Clip", "Concat", "DepthToSpace", "LeakyRelu", "MaxPool", "Relu", "Resize"}
_FEEDERS = {"Concat", "Expand", "Reshape", "Slice", "Tile", "Transpose", "Unsqueeze"}  # values only move


def in_half(model: onnx.ModelProto, samples: Sequence[Mapping[str, Array]]) -> onnx.ModelProto:
    """Return a model with float16 inside; its inputs and outputs keep their dtypes.

    A convolution stays in float32 if float16 cannot hold one of its weights, or if one of its tensors has
    values within a factor of `HEADROOM` of float16's greatest.

    Args:
        model: a model with float32 inside.
        samples: inputs by name, to measure the range of the values inside.

    Raises:
        UsageError: there are no samples.
        BackendError: no runtime opens the model.
    """
    wiring = _Wiring(model)
    narrow = wiring.narrow(_holdable(model, samples))
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    halved.graph.ClearField("node")
    halved.graph.ClearField("initializer")
    halved.graph.node.extend(wiring.rewired(narrow))
    wanted = {name for node in halved.graph.node for name in node.input}
    for name, weight in wiring.weights.items():
        if name in wanted:
            halved.graph.initializer.append(weight)
        if f"{name}.half" in wanted:
            values = numpy_helper.to_array(weight).astype(np.float16)
            halved.graph.initializer.append(numpy_helper.from_array(values, f"{name}.half"))
    onnx.checker.check_model(halved, full_check=True)
    return halved


def _holdable(model: onnx.ModelProto, samples: Sequence[Mapping[str, Array]]) -> set[str]:
    """Return the names of the float32 tensors that float16 can hold."""
    weights = {
        weight.name: float(np.abs(numpy_helper.to_array(weight)).max(initial=0))
        for weight in model.graph.initializer
        if weight.data_type == TensorProto.FLOAT
    }
    computed = reach_of(model, samples)
    return {name for name, reach in weights.items() if reach <= GREATEST} | {
        name for name, reach in computed.items() if reach <= GREATEST / HEADROOM
    }


class _Wiring:
    """The nodes that make and read each tensor of a graph, and its dtype."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.nodes = list(model.graph.node)  # in an order in which they can run
        self.weights = {weight.name: weight for weight in model.graph.initializer}
        self.dtypes = dtypes_of(model)
        self.made_of: dict[str, set[str]] = defaultdict(set)
        for node in self.nodes:
            for name in node.input:
                self.made_of[name].update(node.output)

    def narrow(self, holdable: set[str]) -> set[str]:
        """Return the names of the tensors to compute in half: all outputs of a node, or none of them."""
        narrow: set[str] = set()
        for node in self.nodes:
            moving = [name for name in self._floats(node) if name not in self.weights]
            follows = node.op_type in _FOLLOWERS and moving and narrow.issuperset(moving)
            if (node.op_type == "Conv" or follows) and self._fits(node, holdable):
                narrow.update(node.output)
        for node in reversed(self.nodes):
            after = {name for given in node.output for name in self.made_of[given]}
            if node.op_type in _FOLLOWERS and not narrow & after:
                narrow.difference_update(node.output)  # only float32 nodes read it: widen its inputs instead
            feeds = node.op_type in _FEEDERS or self._lights(node)
            if feeds and after and narrow >= after and self._fits(node, holdable):
                narrow.update(node.output)
        return narrow

    def rewired(self, narrow: set[str]) -> Iterator[onnx.NodeProto]:
        """Yield the nodes, with half weights, and with casts between nodes of different dtypes."""
        made: set[str] = set()
        for original in self.nodes:
            node = onnx.NodeProto()
            node.CopyFrom(original)
            half = node.output[0] in narrow
            for place, name in enumerate(node.input):
                if name not in self._floats(original) or half == (name in narrow):
                    continue
                node.input[place] = f"{name}.half" if half else f"{name}.wide"
                if name not in self.weights and node.input[place] not in made:
                    made.add(node.input[place])
                    to = TensorProto.FLOAT16 if half else TensorProto.FLOAT
                    yield helper.make_node("Cast", [name], [node.input[place]], node.input[place], to=to)
            if half and self._lights(node):
                node.ClearField("attribute")
                node.attribute.append(helper.make_attribute("to", TensorProto.FLOAT16))
            yield node

    def _floats(self, node: onnx.NodeProto) -> list[str]:
        """Return the float32 inputs of a node that share its output's dtype."""
        inputs: Iterable[str] = node.input[:1] if node.op_type == "Resize" else node.input
        return [name for name in inputs if self.dtypes.get(name) == TensorProto.FLOAT]

    def _fits(self, node: onnx.NodeProto, holdable: set[str]) -> bool:
        return holdable.issuperset([*self._floats(node), *node.output])

    def _lights(self, node: onnx.NodeProto) -> bool:
        """Return whether a node makes the ones and zeros of a one-hot map."""
        return bool(node.op_type == "Cast" and self.dtypes.get(node.input[0]) == TensorProto.BOOL)
