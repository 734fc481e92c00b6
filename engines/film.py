"""Run a segmenter over a film as a run does: with its memory, the time between frames, and steadiness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engines.backends import installed_backends, open_engine
from engines.compare import Floats, Parity, UInt8, memory_difference
from engines.gpu.device import HostArray
from engines.infer_once import Inference, host_inference

Sight = Callable[[UInt8, Floats | None, Floats, Floats], tuple[UInt8, Floats]]
"""A steady segmenter: frame, memory (None: empty), dt, steadiness → labels, memory for the next frame."""

DT, STEADINESS = 0.1, 0.7
"""Seconds between two frames of a film, and the steadiness that a run has by default."""


@dataclass(frozen=True, slots=True)
class FilmAnswers:
    """The answers of a steady segmenter to a film.

    Attributes:
        labels: uint8 (H, W), one a frame, steadied by the frames before it.
        memories: float32 (n,), one a frame: the memory behind it.
    """

    labels: list[UInt8]
    memories: list[Floats]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a graph to inputs: to each alone and, if it has a memory, to their frames as a film.

    Attributes:
        alone: label maps or pictures, one an input.
        film: None of a graph without a memory.
    """

    alone: list[HostArray]
    film: FilmAnswers | None


def watch(
    sight: Sight, frames: Sequence[UInt8], *, dt: float = DT, steadiness: float = STEADINESS
) -> FilmAnswers:
    """Return the answers to a film, which begins with an empty memory.

    Args:
        sight: a steady segmenter.
        frames: uint8 (h, w, 3) BGR of its size.
        dt: seconds between two frames.
        steadiness: 0–1.
    """
    film = FilmAnswers([], [])
    for frame in frames:
        before = film.memories[-1] if film.memories else None
        since = np.array(0.0 if before is None else dt, np.float32)
        labels, memory = sight(frame, before, since, np.array(steadiness, np.float32))
        film.labels.append(labels)
        film.memories.append(memory)
    return film


def sight_of(inference: Inference) -> Sight:
    """Return an engine of a steady graph, on the host or a device, as a function for `watch`."""

    def sight(frame: UInt8, memory: Floats | None, dt: Floats, steadiness: Floats) -> tuple[UInt8, Floats]:
        remembered = {} if memory is None else {"memory": memory}
        outputs = inference.outputs({"frame": frame, "dt": dt, "steadiness": steadiness, **remembered})
        return outputs["labels"], outputs["memory_next"]

    return sight


def answers_of(inference: Inference, inputs: Sequence[Mapping[str, HostArray]]) -> Answers:
    """Return the answers of an engine to inputs by name.

    Raises:
        BackendError: the engine failed.
    """
    alone = [inference(one) for one in inputs]
    if "memory" not in {spec.name for spec in inference.inputs}:
        return Answers(alone, None)
    return Answers(alone, watch(sight_of(inference), [one["frame"] for one in inputs]))


def trusted_answers(graph: Path, inputs: Sequence[Mapping[str, HostArray]]) -> Answers:
    """Return a graph's answers on the processor, in float32, as the reference for an engine on a GPU.

    Raises:
        BackendError: no runtime opens the graph on the processor.
    """
    engine = open_engine(graph, installed_backends()[0])
    try:
        return answers_of(host_inference(engine), inputs)
    finally:
        engine.close()


def compare_answers(
    compare: Callable[[str, Sequence[UInt8], Sequence[UInt8]], Parity],
    backend: str,
    trusted: Answers,
    tried: Answers,
) -> Parity:
    """Compare all answers of an engine with those of the reference, of a film the memories too.

    Args:
        compare: `compare_labels` or `compare_pictures`.
        backend: the runtime, for the result.
        trusted: the answers of the reference.
        tried: the answers of the engine to the same inputs.
    """
    if trusted.film is None or tried.film is None:
        return compare(backend, trusted.alone, tried.alone)
    maps = [*trusted.alone, *trusted.film.labels], [*tried.alone, *tried.film.labels]
    difference = memory_difference(trusted.film.memories, tried.film.memories)
    return replace(compare(backend, *maps), frames=len(trusted.alone), memory=difference)
