"""Label a film with a bundle's segmenter, in one runtime or in torch, all in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from benchmarks.flicker import Maps
from engines.bundle import Bundle
from engines.engine import Engine
from stream.controls import Controls
from stream.fit import Fit
from stream.frame import Frame
from stream.nets.cpu import Segment, open_stages

EAGER = "eager"
"""The name of the net in torch, operator by operator, which is the reference for the runtimes."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """A segmenter that labels films.

    Attributes:
        name: the runtime and where it computes.
        see: a function: the frames of a film, the first at 0 s, and a steadiness → their label maps.
    """

    name: str
    see: Callable[[Sequence[Frame], float], Maps]


@contextmanager
def watching(bundle: Bundle, backend: str, threads: int = 1) -> Iterator[Watcher]:
    """Open a watcher, and close it at the end of the `with`.

    Args:
        bundle: a bundle, of which the first size is taken; its segmenter has a memory.
        backend: a runtime's name, or `EAGER`, which needs neteyes[export].
        threads: number of threads of the net; torch keeps it for the whole process.

    Raises:
        UsageError: the runtime is unknown, or this net cannot be rebuilt in torch.
        BackendError: the runtime does not load.
        ImportError: torch is not installed.
    """
    bundle = bundle.at()  # the eager net has one size
    controls = Controls(bundle.card.segment.space, bundle.card.synthesize.space)
    if backend == EAGER:
        engine = _eager(bundle, threads)
        fit = Fit("crop", bundle.card.segment.size)
        stage = Segment(lambda _: engine, controls, fit, bundle.card.segment.state)
    else:
        stage = open_stages(bundle, controls, backend=backend, threads=threads)[0]

    def see(frames: Sequence[Frame], steadiness: float) -> Maps:
        controls.steadiness = steadiness  # a film that begins at 0 s finds the memory empty
        return np.stack([labels for frame in frames if (labels := stage(frame).labels) is not None])

    with stage:
        yield Watcher(stage.backend, see)


def _eager(bundle: Bundle, threads: int) -> Engine:
    from export.from_onnx import eager_engine, segment_from_onnx

    return eager_engine(segment_from_onnx(bundle), threads)
