"""Asking an engine one thing at a time, wherever it computes: host arrays in, a host array out.

Who asks one thing at a time has no memory: what a graph remembers, and how it is steadied, may be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import numpy as np

from engines.engine import Engine, TensorSpec
from engines.gpu.device import Device, DeviceArray, Event, HostArray, Stream

Ask = Callable[[Mapping[str, HostArray]], HostArray]
"""Inputs by name → a new array: the label map or the picture, the one output of a graph that is uint8."""

Made = TypeVar("Made", DeviceArray, HostArray, Stream, Event)

PATIENCE = 60.0
"""Seconds that a device may take for one answer; the first may compile kernels."""


def at_rest(specs: Iterable[TensorSpec]) -> dict[str, HostArray]:
    """Return zeros for the inputs that are not uint8: with those a graph remembers and steadies nothing."""
    return {spec.name: spec.zeros() for spec in specs if spec.dtype != np.uint8}


def host_inference(engine: Engine) -> Ask:
    """Ask an engine that computes on the host."""
    resting, answer = at_rest(engine.inputs), _answer(engine)

    def ask(inputs: Mapping[str, HostArray]) -> HostArray:
        outputs = {spec.name: spec.empty() for spec in engine.outputs}
        engine({**resting, **inputs}, outputs)
        return outputs[answer]

    return ask


@contextmanager
def device_inference(device: Device, opener: Callable[[Stream], Engine]) -> Iterator[Ask]:
    """Ask an engine that computes on a device; its memory is freed at the end of the `with`.

    Args:
        device: current on this thread.
        opener: opens the engine, given the stream that it shall enqueue on.

    Raises:
        BackendError: it cannot be opened; later, that the device failed.
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

        made.callback(finish)  # what failed half-way may still be at work
        yield ask


def _answer(engine: Engine) -> str:
    (answer,) = (spec.name for spec in engine.outputs if spec.dtype == np.uint8)
    return answer
