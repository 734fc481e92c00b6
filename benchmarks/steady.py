"""Measure the flicker of labels in each runtime, without and with steadiness, and its cost in accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.films import Film, drawn, films_for
from benchmarks.flicker import Maps
from benchmarks.machine import machine
from benchmarks.watchers import EAGER, Watcher, watching
from engines.bundle import Bundle
from engines.errors import UsageError
from stream.controls import Controls, steadiness_of
from stream.flashes import FlashMeter
from stream.frame import Frame, Image
from stream.nets.cpu import Synthesize, cores, open_stages


def measure_steady(
    bundle: Bundle,
    backends: Sequence[str],
    *,
    photos: Mapping[str, Image] | None = None,
    clips: Iterable[Path] = (),
    steadiness: float | None = None,
    seconds: float = 10.0,
    threads: int | None = None,
    tell: Callable[[str], None] = lambda what: None,
) -> dict[str, Any]:
    """Measure the labels of the same films in several runtimes, without and with steadiness.

    Args:
        bundle: a bundle; its segmenter has a memory.
        backends: names of runtimes; `EAGER` is the net in torch.
        photos: pictures for a still, noisy camera to film, by name; by default a drawn street.
        clips: clips of one person in a room that holds still.
        steadiness: 0–1; by default that of `neteyes run`.
        seconds: greatest length of each film.
        threads: number of threads of each net; by default half of the cores, as in the loop.
        tell: a function that is called with the name of the next step.

    Returns:
        `bundle`, `steadiness`, `seconds`, `machine`, `runtimes` (the name that each engine gives), and
        `films`: of each its `kind`, its `film` by name, `with` and `without` with one dict of figures a
        runtime, and `alike`: for each runtime the share of all steadied labels that are those of the eager
        net, or of the first runtime if `EAGER` is not measured. Figures are `flips`, the share of the pixels
        that change their label from a frame to the next (in a clip: far from the person); `general` and
        `red`, flash transitions in the worst second of the painting; `miou`; `along_motion`, the share of the
        pixels that keep their label along the true motion; `ms`, from a new object in the picture to its
        label.

    Raises:
        UsageError: the segmenter has no memory, the steadiness is invalid, or as for `watching`.
        BackendError: as for `watching`.
        SourceError: a clip cannot be read.
    """
    bundle = bundle.at()
    level = steadiness_of(bundle, steadiness)
    if level is None:
        raise UsageError(f"The segmenter of '{bundle.name}' has no memory: there is nothing to compare.")
    photos = {"drawn street": drawn("street")} if photos is None else photos
    threads = threads or max(1, cores() // 2)
    backends = sorted(backends, key=lambda name: name != EAGER)  # the reference comes first
    with ExitStack() as opened:
        tell("opening the nets")
        watchers = [opened.enter_context(watching(bundle, name, threads)) for name in backends]
        paint = opened.enter_context(_painter(bundle, threads))
        films = [
            _watched(film, watchers, level, paint, tell) for film in films_for(bundle, photos, clips, seconds)
        ]
    return {
        "bundle": bundle.name,
        "steadiness": level,
        "seconds": seconds,
        "machine": machine(),
        "runtimes": [watcher.name for watcher in watchers],
        "films": films,
    }


def _watched(
    film: Film, watchers: Sequence[Watcher], level: float, paint: Synthesize, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Return the result of `measure_steady` for one film."""
    tell(film.name)
    frames = film.frames()
    found: dict[str, dict[str, Any]] = {"without": {}, "with": {}, "alike": {}}
    expected: Maps | None = None
    for watcher in watchers:
        plain: Maps | None = None
        for name, at in (("without", 0.0), ("with", level)):
            tell(f"{film.name}, {watcher.name}, {name}")
            maps = watcher.see(frames, at)
            plain = maps if plain is None else plain
            figures = film.judge(maps, plain) | (_flashes(paint, frames, maps) if film.painted else {})
            found[name][watcher.name] = {key: round(value, 6) for key, value in figures.items()}
        expected = maps if expected is None else expected
        found["alike"][watcher.name] = round(float((maps == expected).mean()), 6)
    return {"kind": film.kind, "film": film.name, "frames": len(frames), **found}


def _painter(bundle: Bundle, threads: int) -> Synthesize:
    """Return one painter for all watchers, so that only their labels differ."""
    controls = Controls(bundle.card.segment.space, bundle.card.synthesize.space)
    return open_stages(bundle, controls, threads=threads)[1]


def _flashes(paint: Synthesize, frames: Sequence[Frame], maps: Maps) -> dict[str, float]:
    """Return the flash transitions in the worst second of the painting, as the flash meter counts them."""
    meter = FlashMeter()
    for frame, labels in zip(frames, maps, strict=True):
        picture = paint(replace(frame, labels=labels)).picture
        assert isinstance(picture, np.ndarray)
        meter(picture, frame.pts)
    return {"general": meter.general.worst, "red": meter.red.worst}
