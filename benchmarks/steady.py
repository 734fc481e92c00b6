"""How much labels flicker, and what holding them still costs: the net as it is, and steadied."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.machine import machine
from benchmarks.noise import RATE, noisy_camera
from engines.bundle import Bundle
from engines.errors import UsageError
from engines.labels import UNLABELLED
from stream.controls import Controls, steadiness_of
from stream.fit import Fit
from stream.frame import Frame, Image
from stream.sources.scene import SceneSource
from stream.stages import open_stages

Maps = npt.NDArray[np.uint8]
"""Label maps, one after the other: (frames, H, W)."""

See = Callable[[Iterable[Frame], float], Maps]
"""Frames that follow one another, and a steadiness → their label maps."""


def measure_steady(
    bundle: Bundle,
    backend: str = "auto",
    *,
    photo: Image | None = None,
    steadiness: float | None = None,
    seconds: float = 10.0,
    threads: int | None = None,
    tell: Callable[[str], None] = lambda what: None,
) -> dict[str, Any]:
    """Count flicker with and without.

    Args:
        bundle: its segmenter has a memory.
        backend: which runtime.
        photo: what a still, noisy camera looks at; by default a drawn street.
        steadiness: 0–1; by default that of `neteyes run`.
        seconds: of each film.
        threads: as for `open_stages`.
        tell: told what is being measured.

    Returns:
        `bundle`, `backend`, `steadiness`, `machine`, and for `without` and `with` each: `still_flips`, part
        of the pixels whose label changes from a frame to the next; `along_motion`, part of the pixels whose
        label goes where the true motion takes it; `miou` on the same scene; `appears_ms`, from a new object
        in the picture to its label.

    Raises:
        UsageError: the segmenter has no memory, or the steadiness is none.
    """
    level = steadiness_of(bundle, steadiness)
    if level is None:
        raise UsageError(f"The segmenter of '{bundle.name}' has no memory: there is nothing to compare.")
    see, runtime = _seer(bundle, backend, threads)
    fit = Fit("crop", bundle.card.segment.size[::-1])
    scene = SceneSource("duel", {"seconds": str(seconds)}, pace=False)
    still = _drawn("street") if photo is None else photo
    found: dict[str, dict[str, float]] = {}
    for name, at in (("without", 0.0), ("with", level)):
        tell(f"a still camera, {name}")
        flips = flip_rate(see(noisy_camera(still, seconds), at))
        tell(f"scene://duel, {name}")
        maps = see(scene.frames(threading.Event()), at)
        truths = [scene.scene.at(index) for index in range(len(maps))]
        true = np.stack([_at(fit.shown(truth.labels), maps[0].shape) for truth in truths])
        motion = [_moved(fit, truth.motion, maps[0].shape) for truth in truths]
        found[name] = {
            "still_flips": round(flips, 6),
            "along_motion": round(along_motion(maps, motion), 4),
            "miou": round(miou(maps, true), 4),
            "appears_ms": round(_delay(see, at), 1),
        }
    return {
        "bundle": bundle.name,
        "backend": runtime,
        "steadiness": level,
        "machine": machine(),
        **found,
    }


def flip_rate(maps: Maps, where: npt.NDArray[np.bool_] | None = None) -> float:
    """Return the part of the pixels whose label is another than a frame before.

    Args:
        maps: the label maps.
        where: (frames - 1, H, W) which pixels count; all of them by default.
    """
    changed = maps[1:] != maps[:-1]
    return float(changed.mean() if where is None else changed[where].mean())


def miou(maps: Maps, true: Maps) -> float:
    """Return the mean intersection over union of the labels that truly occur; 255 does not count."""
    counts = true != UNLABELLED
    shares = []
    for label in np.unique(true[counts]):
        seen, there = (maps == label) & counts, true == label
        shares.append((seen & there).sum() / (seen | there).sum())
    return float(np.mean(shares))


def along_motion(maps: Maps, motion: Sequence[npt.NDArray[np.float32]]) -> float:
    """Return the part of the pixels whose label is also that of the place where they go.

    Args:
        maps: the label maps.
        motion: for each map float32 (H, W, 2): (dx, dy) in pixels to the next one.
    """
    rows, columns = np.indices(maps[0].shape, np.float32)
    alike = []
    for now, then, moved in zip(maps, maps[1:], motion, strict=False):
        to = columns + moved[..., 0], rows + moved[..., 1]
        there = cv2.remap(then, *to, cv2.INTER_NEAREST, borderValue=UNLABELLED)
        alike.append((there == now)[there != UNLABELLED].mean())
    return float(np.mean(alike))


def appearance(still: Image, seconds: float = 1.0) -> Iterator[Frame]:
    """Yield a still camera before which, after `seconds`, two drawn fighters stand all at once."""
    drawn = SceneSource("duel", {"size": f"{still.shape[1]}x{still.shape[0]}"}, pace=False).scene.at(0)
    fighter = (drawn.labels == 0)[..., None]
    after = np.where(fighter, drawn.image, still)
    first = round(seconds * RATE)
    return chain(noisy_camera(still, seconds), noisy_camera(after, seconds, begin=first, seed=1))


def shown_after(maps: Maps, settled: Image, first: int) -> float:
    """Return the milliseconds from frame `first` until half of what is new in `settled` is in the labels."""
    new = settled != maps[first - 1]
    there = [(found == settled)[new].mean() >= 0.5 for found in maps[first:]]
    return 1000 * (there.index(True) if True in there else len(there)) / RATE


def _delay(see: See, steadiness: float) -> float:
    still, first = _drawn("room"), round(RATE)
    plain = see(appearance(still), 0.0)
    maps = see(appearance(still), steadiness) if steadiness else plain
    return shown_after(maps, plain[first], first)


def _seer(bundle: Bundle, backend: str, threads: int | None) -> tuple[See, str]:
    controls = Controls(bundle.card.segment.space, bundle.card.synthesize.space)
    stage = open_stages(bundle, controls, backend=backend, threads=threads)[0]

    def see(frames: Iterable[Frame], steadiness: float) -> Maps:
        controls.steadiness = steadiness
        with stage:
            return np.stack([labels for frame in frames if (labels := stage(frame).labels) is not None])

    see(islice(noisy_camera(_drawn("room"), 0.1), 1), 0.0)
    return see, stage.backend


def _drawn(name: str) -> Image:
    return SceneSource(name, {}, pace=False).scene.at(0).image


def _at(labels: Image, shape: tuple[int, ...]) -> Image:
    return cv2.resize(labels, shape[::-1], interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]


def _moved(fit: Fit, motion: npt.NDArray[np.float32], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return motion as the label maps show it, in their pixels."""
    shown: npt.NDArray[np.float32] = fit.shown(motion)  # type: ignore[arg-type,assignment]
    scale = np.array(shape[::-1], np.float32) / np.array(shown.shape[1::-1], np.float32)
    resized = cv2.resize(shown, shape[::-1], interpolation=cv2.INTER_NEAREST) * scale
    return resized.astype(np.float32)
