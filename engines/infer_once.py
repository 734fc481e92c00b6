"""Run an engine on one input at a time, wherever it computes: host arrays in, host arrays out.

Single inputs have no past. So the inputs for a graph's memory and its steadiness may be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from engines.engine import Engine, TensorSpec
from engines.gpu.device import Device, DeviceArray, Event, HostArray, Stream, pinned_shape

Ask = Callable[[Mapping[str, HostArray]], HostArray]
"""Inputs by name → a new array: the one output of a graph that is uint8, a label map or a picture."""

Made = TypeVar("Made", DeviceArray, HostArray, Stream, Event)

PATIENCE = 60.0
"""The timeout of a device for one answer, in seconds; the first answer may compile kernels."""


@dataclass(frozen=True, slots=True)
class Inference:
    """An engine that takes and gives host arrays; a call gives the one output that is uint8.

    Attributes:
        backend: the engine's runtime, and where it computes.
        inputs: the tensors that the engine reads; those that are not uint8 may be left out.
        outputs: inputs by name → a new array for each output, by name.
    """

    backend: str
    inputs: tuple[TensorSpec, ...]
    outputs: Callable[[Mapping[str, HostArray]], dict[str, HostArray]]

    def __call__(self, inputs: Mapping[str, HostArray]) -> HostArray:
        """Return a new array: a label map or a picture."""
        (answer,) = (array for array in self.outputs(inputs).values() if array.dtype == np.uint8)
        return answer


def at_rest(specs: Iterable[TensorSpec]) -> dict[str, HostArray]:
    """Return zeros for the inputs that are not uint8: with these, a graph has no memory and no steadiness."""
    return {spec.name: spec.zeros() for spec in specs if spec.dtype != np.uint8}


def host_inference(engine: Engine) -> Inference:
    """Return an engine on the host for one input at a time."""
    resting = at_rest(engine.inputs)

    def run(inputs: Mapping[str, HostArray]) -> dict[str, HostArray]:
        outputs = {spec.name: spec.empty() for spec in engine.outputs}
        engine({**resting, **inputs}, outputs)
        return outputs

    return Inference(engine.backend, engine.inputs, run)


@contextmanager
def device_inference(device: Device, opener: Callable[[Stream], Engine]) -> Iterator[Inference]:
    """Give an engine on a device for one input at a time; the `with` frees the engine's memory at its end.

    Args:
        device: the device, current on this thread.
        opener: a function that opens the engine on the stream that it is given.

    Raises:
        BackendError: the engine cannot be opened; a call raises it if the device fails.
    """
    with ExitStack() as made:

        def mine(one: Made) -> Made:
            made.callback(device.free, one)
            return one

        stream, done = mine(device.stream()), mine(device.event())
        engine = opener(stream)
        made.callback(engine.close)
        specs = (*engine.inputs, *engine.outputs)
        there = {spec.name: mine(device.empty(spec.shape, spec.dtype)) for spec in specs}
        here = {spec.name: mine(device.pinned(pinned_shape(spec.shape), spec.dtype)) for spec in specs}
        resting = at_rest(engine.inputs)

        def finish() -> None:
            done.record(stream)
            done.wait(PATIENCE)

        def run(inputs: Mapping[str, HostArray]) -> dict[str, HostArray]:
            for spec in engine.inputs:
                here[spec.name][...] = inputs[spec.name] if spec.name in inputs else resting[spec.name]
                device.upload(here[spec.name], there[spec.name], stream)
            engine(there, there)
            for spec in engine.outputs:
                device.download(there[spec.name], here[spec.name], stream)
            finish()
            return {spec.name: here[spec.name].reshape(spec.shape).copy() for spec in engine.outputs}

        made.callback(finish)  # after an error in the middle, the stream may still be at work
        yield Inference(engine.backend, engine.inputs, run)
