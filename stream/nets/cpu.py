"""Run the two nets on the processor, as stages: segment a frame, then paint it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Self

import cv2
import numpy as np

from engines.bundle import Bundle
from engines.engine import Engine
from engines.gpu.device import HostArray
from stream.controls import Controls
from stream.fit import Fit, FitMode
from stream.frame import Frame, Image
from stream.nets.clock import FrameClock

NOT_OPENED = "not opened"
"""The backend of a stage whose engine is not open yet."""

PERMITS = 2
"""Frames in flight: one in each net. A third only waits, and ages by a third more at the same frame rate."""


NOT_OPENED = "not opened"
"""The `backend` of a stage that has no engine yet."""


def open_stages(
    bundle: Bundle,
    controls: Controls,
    *,
    backend: str = "auto",
    threads: int | None = None,
    fit: FitMode = "crop",
) -> tuple[Segment, Synthesize]:
    """Return the stages of a bundle's two nets; their engines are opened when the loop starts.

    Args:
        bundle: the two graphs.
        controls: the live settings.
        backend: which runtime; see `engines.backends.open_engine`.
        threads: of each of the two engines; by default they share the processor's cores evenly.
        fit: how frames meet the net's size.
    """
    threads = threads or max(1, cores() // 2)
    way = Fit(fit, bundle.card.segment.size)
    return (
        Segment(
            lambda: bundle.open("segment", backend, threads=threads),
            controls,
            way,
            bundle.card.segment.state,
        ),
        Synthesize(lambda: bundle.open("synthesize", backend, threads=threads), controls),
    )


def cores() -> int:
    """Count the cores that this process may use, or those of the machine where the system does not tell."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def mirrored(image: Image, controls: Controls) -> Image:
    """Return the frame's image as the viewer wants it: flipped left to right, or as it is."""
    return cv2.flip(image, 1) if controls.mirror else image  # type: ignore[return-value]


_NO_STATE: Mapping[str, Any] = MappingProxyType({})


class _NetStage:
    """Run one engine as a stage: it is opened, run and closed on the stage's own thread."""

    name: str
    takes_notices = False
    backend = NOT_OPENED

    def __init__(self, opener: Callable[[], Engine], controls: Controls) -> None:
        self._open = opener
        self._controls = controls

    def __enter__(self) -> Self:
        self._engine = self._open()
        self.backend = self._engine.backend
        # The first run is when runtimes allocate and tune; no frame should wait for it.
        self._warm_up({spec.name: spec.zeros() for spec in self._engine.inputs})
        return self

    def __exit__(self, *exc: Any) -> None:
        self._engine.close()

    def _warm_up(self, zeros: dict[str, HostArray]) -> None:
        self._run(zeros)

    def _run(self, inputs: Mapping[str, HostArray], state: Mapping[str, HostArray] = _NO_STATE) -> Image:
        """Fill `state`; return the graph's one other output, in memory of its own for the frame."""
        (spec,) = (spec for spec in self._engine.outputs if spec.name not in state)
        output = spec.empty()
        self._engine(inputs, {spec.name: output, **state})
        return output


class Segment(_NetStage):
    """Segment a frame: image → label map.

    Args:
        opener: opens the segment graph's engine.
        controls: `mirror`, `frozen` and `steadiness` are read for every frame.
        fit: how a frame becomes the net's input.
        state: input → output of the graph: what it remembers.
    """

    name = "segment"

    def __init__(
        self,
        opener: Callable[[], Engine],
        controls: Controls,
        fit: Fit,
        state: Mapping[str, str] = _NO_STATE,
    ) -> None:
        super().__init__(opener, controls)
        self.fit, self._state = fit, state
        self._kept: Image | None = None
        self._clock = FrameClock()

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with `labels`; its image is mirrored where the viewer wants that."""
        image = mirrored(frame.image, self._controls)
        if self._kept is None or not self._controls.frozen:
            self._kept = self._see(self.fit.to_net(image), frame.pts)
        return replace(frame, image=image, labels=self._kept)

    def forget(self) -> None:
        """Reset the memory, so that the next frame counts as the first; called on the stage's thread."""
        self._clock, self._kept = FrameClock(), None

    def _warm_up(self, zeros: dict[str, HostArray]) -> None:
        ends = {spec.name: spec for spec in self._engine.outputs}
        self._memory = {into: zeros[into] for into in self._state}
        self._spare = {into: ends[out].empty() for into, out in self._state.items()}
        self._run(zeros, {out: self._spare[into] for into, out in self._state.items()})

    def _see(self, image: Image, pts: float) -> Image:
        if not self._state:
            return self._run({"frame": image})
        dt = self._clock(pts)
        if dt is None:
            for array in self._memory.values():
                array[...] = 0
        inputs: dict[str, HostArray] = {
            "frame": image,
            "dt": np.array(dt or 0, np.float32),
            "steadiness": np.array(self._controls.steadiness or 0, np.float32),
            **self._memory,
        }
        labels = self._run(inputs, {out: self._spare[into] for into, out in self._state.items()})
        self._memory, self._spare = self._spare, self._memory
        return labels


class Synthesize(_NetStage):
    """Paint a label map: swap its labels into the painter's space, and synthesize the picture."""

    name = "synthesize"

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with `picture` and `painted_labels`."""
        swap = self._controls.swap
        assert frame.labels is not None
        picture = self._run({"labels": frame.labels, "swap": swap})
        return replace(frame, painted_labels=swap[frame.labels], picture=picture)
