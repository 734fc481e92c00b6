"""Inspect an ONNX segmenter that other people made: find its input and its output by running it once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, compose, helper

from engines.errors import CheckpointError, UsageError
from export.adopt.ort_session import Array, open_session, run_session

PREFIX = "net/"
"""The prefix of every name inside the net, so that no name clashes with those of the graph around it."""
OLDEST = 9  # since this opset, all operators of the graph around a net have had their present meaning

_INPUTS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.UINT8)
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ForeignNet:
    """A net of static shapes, with the names and shapes of its input and output.

    Attributes:
        model: the model, every name inside with `PREFIX`.
        input: the name of the input tensor, a frame.
        dtype: the dtype of the input.
        shape: the shape of the input; one of its sides is the 3 channels.
        channels: the axis of the channels among the last three axes.
        output: the name of the output tensor.
        answer: the shape of the output without its batch: (labels, h, w), (h, w, labels), or (h, w).
        answers: the kind of the output: logits, or labels already.
        last: whether the labels are the output's last axis.
    """

    model: onnx.ModelProto
    input: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    channels: int
    output: str
    answer: tuple[int, ...]
    answers: Literal["logits", "labels"]
    last: bool

    @property
    def frame_size(self) -> Size:
        """The (h, w) of the frame that the net takes."""
        h, w = (side for axis, side in enumerate(self.shape[-3:]) if axis != self.channels)
        return h, w

    def ask(self, tensors: Iterable[Array]) -> Iterator[Array]:
        """Run the net alone, in ONNX Runtime: tensors of `shape` → answers of shape `answer`."""
        session = open_session(self.model)
        for tensor in tensors:
            (raw,) = run_session(
                session, {self.input: tensor.astype(self.dtype).reshape(self.shape)}, [self.output]
            )
            yield raw.reshape(self.answer)


def read_net(path: Path, labels: int, *, size: Size | None = None, output: str | None = None) -> ForeignNet:
    """Read a net, and find its input and the output that is the segmentation.

    Args:
        path: the ONNX file; its input is one frame, float32, float16 or uint8.
        labels: the number of labels that the net knows.
        size: (h, w) of the frame, for a net that takes any size.
        output: the name of the output to use, if several fit.

    Raises:
        CheckpointError: the file is no ONNX, or no segmenter of one frame.
        UsageError: the net has another size or number of labels, or the output must be named.
        BackendError: ONNX Runtime is not installed, or cannot run the net.
    """
    model = _load(path)
    inside = [initializer.name for initializer in model.graph.initializer]
    inputs = [value for value in model.graph.input if value.name not in inside]
    if len(inputs) != 1:
        raise CheckpointError(
            f"{path} takes {len(inputs)} inputs ({', '.join(value.name for value in inputs)}), not one frame."
        )
    tensor = inputs[0].type.tensor_type
    shape, channels = _shape(path, tensor, size)
    if tensor.elem_type not in _INPUTS:
        kind = TensorProto.DataType.Name(tensor.elem_type).lower()
        raise CheckpointError(f"{path} takes {kind}; a frame can be given as float, float16 or uint8.")
    tensor.shape.CopyFrom(helper.make_tensor_type_proto(tensor.elem_type, shape).tensor_type.shape)
    for value in model.graph.output:  # the shapes noted there were those for the old input
        value.type.tensor_type.ClearField("shape")
    model.graph.ClearField("value_info")
    dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    names = [value.name for value in model.graph.output]
    answers = dict(
        zip(
            names,
            run_session(open_session(model), {inputs[0].name: np.zeros(shape, dtype)}, names),
            strict=True,
        )
    )
    chosen, answer, last = _choose(path, answers, labels, output)
    return ForeignNet(
        model=compose.add_prefix(model, PREFIX),
        input=PREFIX + inputs[0].name,
        dtype=dtype,
        shape=shape,
        channels=channels,
        output=PREFIX + chosen,
        answer=answer,
        answers="logits" if len(answer) == 3 else "labels",
        last=last,
    )


def _load(path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no {error.filename or path}.") from error
    except (DecodeError, OSError, onnx.checker.ValidationError) as error:
        raise CheckpointError(f"{path} cannot be read as ONNX: {error}. Export it again.") from error
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)
    if model.ByteSize() >= 2**31:
        raise CheckpointError(f"{path} has more than the 2 GiB that one ONNX file can hold.")
    if not model.graph.node or opset < OLDEST:
        raise CheckpointError(f"{path} is no ONNX net of opset {OLDEST} or later. Export it again.")
    return model


def _shape(path: Path, tensor: Any, size: Size | None) -> tuple[tuple[int, ...], int]:
    """Return the static shape of the input, and the axis of the channels among its last three."""
    sides = [side.dim_value or None for side in tensor.shape.dim]
    channels = [axis for axis in (0, 2) if len(sides) in (3, 4) and sides[-3:][axis] == 3]
    if len(channels) != 1 or (len(sides) == 4 and sides[0] not in (1, None)):
        text = "×".join(str(side or "?") for side in sides) or "an unknown shape"
        raise CheckpointError(
            f"{path} takes {text}; one frame is 1×3×h×w, 1×h×w×3, or the same without the 1."
        )
    own = [side for axis, side in enumerate(sides[-3:]) if axis != channels[0]]
    if size is None and None in own:
        raise UsageError(f"{path} takes frames of any size. Choose one with --size WIDTHxHEIGHT.")
    for mine, asked in zip(own, size or own, strict=True):
        if mine not in (None, asked):
            raise UsageError(
                f"{path} takes frames of {own[1] or 'any'}x{own[0] or 'any'} only. Change --size."
            )
    frame = list(size or own)
    frame.insert(channels[0], 3)
    return (1,) * (len(sides) - 3) + tuple(int(side or 0) for side in frame), channels[0]


def _choose(
    path: Path, answers: dict[str, Array], labels: int, output: str | None
) -> tuple[str, tuple[int, ...], bool]:
    """Return the name of the output that is the segmentation, its shape, and whether labels come last."""
    fitting = {}
    for name, answer in answers.items():
        if output in (None, name) and (found := _as_answer(answer, labels)):
            fitting[name] = found
    if len(fitting) == 1:
        name, (shape, last) = fitting.popitem()
        return name, shape, last
    if fitting:
        raise UsageError(f"{path} has several such outputs: {', '.join(fitting)}. Choose with --output.")
    there = ", ".join(
        f"{name} {value.dtype} {'×'.join(map(str, value.shape))}" for name, value in answers.items()
    )
    raise UsageError(
        f"{path} answers {there}; none is a map of {labels} logits (float, 1×{labels}×h×w or 1×h×w×{labels}) "
        "or of labels (whole numbers, h×w). Check --output, and that --labels lists exactly the net's labels."
    )


def _as_answer(answer: Array, labels: int) -> tuple[tuple[int, ...], bool] | None:
    """Return an output's shape without its batch, and whether labels come last; None if it does not fit."""
    if answer.dtype.kind in "iub":
        sides = [side for side in answer.shape if side != 1]
        return (tuple(sides), False) if len(sides) == 2 else None
    shape = answer.shape[1:] if answer.ndim == 4 and answer.shape[0] == 1 else answer.shape
    if answer.dtype.kind != "f" or len(shape) != 3 or labels not in (shape[0], shape[2]):
        return None
    return shape, shape[0] != labels
