"""Make the films that label maps are judged on: their true labels are known, or they should hold still."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.flicker import Maps, along_motion, beyond, flip_rate, miou, shown_after
from benchmarks.noise import RATE, noisy_camera
from engines.bundle import Bundle
from stream.fit import Fit
from stream.frame import Frame, Image
from stream.sources import open_source
from stream.sources.scene import SceneSource

Kind = Literal["still", "duel", "appears", "clip"]
Judge = Callable[[Maps, Maps], dict[str, float]]
"""Label maps, and those of the same film without steadiness → figures by name."""


QUIET = 1.0
"""The seconds without a change before a new object appears; the object stays for half as long."""

PLACES = "room", "street", "meadow"
"""The drawn scenes before which a new object appears."""


@dataclass(frozen=True, slots=True)
class Film:
    """A film, and the function that judges label maps of it.

    Attributes:
        kind: the kind of figures that it gives.
        name: its name, unique in its kind.
        frames: a function that returns the frames, fitted to the net, the first at 0 s.
        judge: a function that returns the figures.
        painted: whether the flashes of its painting are counted.
    """

    kind: Kind
    name: str
    frames: Callable[[], list[Frame]]
    judge: Judge
    painted: bool = False


class Truth:
    """A judge of a drawn scene's label maps by the true labels and motion, which are computed once."""

    def __init__(self, source: SceneSource, fit: Fit) -> None:
        self._scene, self._fit = source.scene, fit
        self._true: list[Image] = []
        self._motion: list[npt.NDArray[np.float32]] = []

    def __call__(self, maps: Maps, plain: Maps) -> dict[str, float]:
        """Return mIoU, the labels that follow the motion, and flips; `plain` does not matter."""
        for index in range(len(self._true), len(maps)):
            truth, size = self._scene.at(index), maps.shape[1:]
            self._true.append(_resized(self._fit.shown(truth.labels), size))
            self._motion.append(_moved(self._fit, truth.motion, size))
        return {
            "miou": miou(maps, np.stack(self._true)),
            "along_motion": along_motion(maps, self._motion),
            "flips": flip_rate(maps),
        }


def films_for(
    bundle: Bundle, photos: Mapping[str, Image], clips: Iterable[Path], seconds: float
) -> Iterator[Film]:
    """Yield all films.

    Args:
        bundle: the bundle; its segmenter's size and labels are used.
        photos: pictures for a still camera to film, by name.
        clips: clips of one person in a room that holds still.
        seconds: greatest length of each film.
    """
    fit = Fit("crop", bundle.card.segment.size)
    for name, photo in photos.items():
        still = partial(noisy_camera, photo, seconds)
        yield Film("still", name, partial(_fitted, fit, still), _held_still, painted=True)
    duel = SceneSource("duel", {"seconds": str(seconds)}, pace=False)
    fight, truth = partial(duel.frames, threading.Event()), Truth(duel, fit)
    yield Film("duel", "scene://duel", partial(_fitted, fit, fight), truth, painted=True)
    for place in PLACES:
        yield Film(
            "appears", f"drawn {place}", partial(_fitted, fit, partial(appearance, drawn(place))), _shown
        )
    person = bundle.card.segment.space.id("person")
    for clip in clips:
        shot = partial(_clip, clip, seconds)
        yield Film("clip", clip.name, partial(_fitted, fit, shot), partial(_held_beyond, person))


def drawn(name: str) -> Image:
    """Return the first picture of a drawn scene."""
    return SceneSource(name, {}, pace=False).scene.at(0).image


def appearance(still: Image) -> Iterator[Frame]:
    """Yield frames of a still camera; after `QUIET` seconds, two drawn fighters appear all at once."""
    scene = SceneSource("duel", {"size": f"{still.shape[1]}x{still.shape[0]}"}, pace=False).scene.at(0)
    fighter = (scene.labels == 0)[..., None]
    after = np.where(fighter, scene.image, still)
    first = round(QUIET * RATE)
    return chain(noisy_camera(still, QUIET), noisy_camera(after, QUIET / 2, begin=first, seed=1))


def _fitted(fit: Fit, film: Callable[[], Iterable[Frame]]) -> list[Frame]:
    return [replace(frame, image=fit.to_net(frame.image)) for frame in film()]


def _held_still(maps: Maps, plain: Maps) -> dict[str, float]:
    return {"flips": flip_rate(maps)}


def _held_beyond(person: int, maps: Maps, plain: Maps) -> dict[str, float]:
    return {"flips": flip_rate(maps, beyond(plain, person))}


def _shown(maps: Maps, plain: Maps) -> dict[str, float]:
    first = round(QUIET * RATE)
    return {"ms": shown_after(maps, plain[first], first, RATE)}


def _moved(fit: Fit, motion: npt.NDArray[np.float32], size: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return the motion at the label maps' size, in their pixels."""
    shown: npt.NDArray[np.float32] = fit.shown(motion)  # type: ignore[arg-type,assignment]
    scale = np.array(size[::-1], np.float32) / np.array(shown.shape[1::-1], np.float32)
    resized = cv2.resize(shown, size[::-1], interpolation=cv2.INTER_NEAREST) * scale
    return resized.astype(np.float32)


def _resized(labels: Image, size: tuple[int, ...]) -> Image:
    return cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]


def _clip(path: Path, seconds: float) -> Iterator[Frame]:
    with closing(open_source(str(path), pace=False)) as source:
        begin: float | None = None
        for frame in source.frames(threading.Event()):
            begin = frame.pts if begin is None else begin
            if frame.pts - begin >= seconds:
                return
            yield replace(frame, pts=frame.pts - begin)
