"""Run an engine on one input at a time, wherever it computes: host arrays in, a host array out.

Single inputs have no past. So the inputs for a graph's memory and its steadiness may be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import numpy as np

from engines.engine import Engine, TensorSpec
from engines.gpu.device import Device, DeviceArray, Event, HostArray, Stream

Ask = Callable[[Mapping[str, HostArray]], HostArray]
"""Inputs by name → a new array: the one output of a graph that is uint8, a label map or a picture."""

Made = TypeVar("Made", DeviceArray, HostArray, Stream, Event)

PATIENCE = 60.0
"""The timeout of a device for one answer, in seconds; the first answer may compile kernels."""


def at_rest(specs: Iterable[TensorSpec]) -> dict[str, HostArray]:
    """Return zeros for the inputs that are not uint8: with these, a graph has no memory and no steadiness."""
    return {spec.name: spec.zeros() for spec in specs if spec.dtype != np.uint8}


def host_inference(engine: Engine) -> Ask:
    """Return a function that runs an engine on the host, one input at a time."""
    resting, answer = at_rest(engine.inputs), _answer(engine)

    def ask(inputs: Mapping[str, HostArray]) -> HostArray:
        outputs = {spec.name: spec.empty() for spec in engine.outputs}
        engine({**resting, **inputs}, outputs)
        return outputs[answer]

    return ask


@contextmanager
def device_inference(device: Device, opener: Callable[[Stream], Engine]) -> Iterator[Ask]:
    """Give a function that runs an engine on a device; the `with` frees the engine's memory at its end.

    Args:
        device: the device, current on this thread.
        opener: a function that opens the engine on the stream that it is given.

    Raises:
        BackendError: the engine cannot be opened; the function raises it if the device fails.
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
        here = {spec.name: mine(device.pinned(spec.shape, spec.dtype)) for spec in specs}
        resting, answer = at_rest(engine.inputs), _answer(engine)

        def finish() -> None:
            done.record(stream)
            done.wait(PATIENCE)

        def ask(inputs: Mapping[str, HostArray]) -> HostArray:
            for spec in engine.inputs:
                here[spec.name][...] = inputs[spec.name] if spec.name in inputs else resting[spec.name]
                device.upload(here[spec.name], there[spec.name], stream)
            engine(there, there)
            device.download(there[answer], here[answer], stream)
            finish()
            return here[answer].copy()

        made.callback(finish)  # after an error in the middle, the stream may still be at work
        yield ask


def _answer(engine: Engine) -> str:
    (answer,) = (spec.name for spec in engine.outputs if spec.dtype == np.uint8)
    return answer
