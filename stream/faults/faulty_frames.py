"""Inject faults into the frames of scenes, clips, pictures and cameras."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from engines.errors import SourceError
from stream.faults.schedule import Faults
from stream.frame import Frame, Image, Source
from stream.sound import Sound

BLOCK = 16
"""Pixels along a side of one damaged block, as in the macroblocks of video codecs."""


class FaultyFrames:
    """A source with faults in its frames, as `faults` says. It is live, even if the inner source is not.

    Args:
        source: the inner source; closed with this one.
        faults: the faults of the frames.
    """

    live = True
    frame_count: int | None = None
    sound: Sound | None = None  # sound would not fit frames that are missing or late

    def __init__(self, source: Source, faults: Faults) -> None:
        self._source = source
        self._faults = faults
        self.mirrored = source.mirrored
        self.rate = source.rate

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield the frames that remain; indexes are those of the inner source, so a gap is a drop.

        Raises:
            SourceError: with the kind "ended", at the time of a `reset`; or the inner source's own errors.
        """
        faults, frozen = self._faults, None
        faults.start()
        cut = faults.now + faults.reset
        for frame in self._source.frames(stop):
            self.rate = self._source.rate
            stalled = False
            while (silent := faults.stall.left(faults.now)) and faults.now < cut:
                stalled = True
                if stop.wait(min(silent, cut - faults.now)):
                    return
            if faults.now >= cut:
                raise SourceError(
                    f"{faults.inner} was cut off after {faults.reset:g} s, as reset={faults.reset:g}s asks.",
                    "ended",
                )
            if stalled or faults.drops():
                continue
            chance = faults.damages()
            if faults.freeze.left(faults.now):
                frozen = frame.image if frozen is None else frozen
                frame = replace(frame, image=frozen)
            else:
                frozen = None
            if chance is not None:
                frame = replace(frame, image=damaged(frame.image, chance))
            if faults.resized.left(faults.now):
                image = cv2.resize(frame.image, faults.size, interpolation=cv2.INTER_AREA)
                frame = replace(frame, image=np.asarray(image, np.uint8))
            if faults.slow and stop.wait(max(frame.captured_at + faults.slow - time.monotonic(), 0.0)):
                return
            yield frame

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def damaged(image: Image, chance: random.Random) -> Image:
    """Return a copy of `image`, uint8 (H, W, 3), in which some rows of blocks, a quarter of it, are noise."""
    height, width = image.shape[:2]
    rows = max(height // BLOCK, 1)
    noise = np.random.default_rng(chance.getrandbits(64))
    broken = image.copy()
    for row in noise.choice(rows, max(rows // 4, 1), replace=False):
        band = broken[row * BLOCK : (row + 1) * BLOCK]
        shape = (band.shape[0] // 2 + 1, width // 2 + 1, 3)
        grains = noise.integers(0, 256, shape, np.uint8)
        band[:] = grains.repeat(2, 0).repeat(2, 1)[: band.shape[0], :width]
    return broken
