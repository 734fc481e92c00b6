"""Drawn scenes as sources, `scene://NAME`: endless, moving, with exactly known labels."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Iterator, Mapping

from engines.errors import SourceError, UsageError
from stream.frame import Frame
from stream.scenes import SCENES, mark
from stream.scenes.affine import WidthHeight
from stream.sound import Sound
from stream.sources.query import positive, unknown

_KEYS = ("rate", "size", "seed", "seconds", "mark")
_LONGEST = 7680


class SceneSource:
    """A scene as a source, at its own pace like a camera, or frame by frame as fast as it is consumed.

    Attributes:
        scene: the drawn scene; `scene.at(frame.index)` gives a frame's true labels and motion.
        live: whether it is paced; late frames are then skipped, as with a camera.
        rate: frames a second.
        frame_count: how many frames there will be; None without `seconds`.
        size: (height, width) of its frames.
        mirrored: always False, since the true labels would not fit a mirrored picture.
    """

    mirrored = False
    sound: Sound | None = None

    def __init__(self, name: str, query: Mapping[str, str], *, pace: bool = True) -> None:
        """Paint a scene.

        Args:
            name: the scene's name, such as `duel`.
            query: `rate` frames a second (30), `size` WxH (640x360), `seed` (0), `seconds` until it ends
                (never), `mark` 1 to draw the index into the picture (0).
            pace: False yields every index in order, as fast as they are consumed.

        Raises:
            SourceError: there is no such scene.
            UsageError: an unknown option, or an invalid value.
        """
        if name not in SCENES:
            raise SourceError(unknown("scene", name, tuple(SCENES)), "not found")
        for key in query:
            if key not in _KEYS:
                raise UsageError(unknown(f"option of scene://{name}", key, _KEYS))
        size = _size(query.get("size", "640x360"))
        self.rate: float | None = positive("rate", query.get("rate", "30"))
        seconds = positive("seconds", query["seconds"]) if "seconds" in query else None
        self.frame_count = None if seconds is None else max(round(seconds * self.rate), 1)
        self._mark = _flag("mark", query.get("mark", "0"))
        if self._mark and (size[0] < mark.SMALLEST[0] or size[1] < mark.SMALLEST[1]):
            raise UsageError(
                f"mark=1 needs size={mark.SMALLEST[0]}x{mark.SMALLEST[1]} or more, not {size[0]}x{size[1]}."
            )
        self.live = pace
        self.size: tuple[int, int] | None = (size[1], size[0])
        self.scene = SCENES[name](_seed(query.get("seed", "0")), size, self.rate)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `stream.frame.Source.frames`."""
        rate = self.scene.rate
        start = time.monotonic()
        index = 0
        while not stop.is_set():
            if self.live:
                if stop.wait(max(start + index / rate - time.monotonic(), 0.0)):
                    return
                index = max(index, math.floor((time.monotonic() - start) * rate))
            if self.frame_count is not None and index >= self.frame_count:
                return
            captured_at = time.monotonic()
            image = self.scene.at(index).image
            if self._mark:
                mark.draw(image, index)
            yield Frame(index, captured_at, index / rate, image)
            index += 1

    def close(self) -> None:
        """Do nothing: a drawn scene holds no resources."""


def _size(text: str) -> WidthHeight:
    found = re.fullmatch(r"(\d{1,4})[xX](\d{1,4})", text, re.ASCII)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if min(size) < 1 or max(size) > _LONGEST:
        raise UsageError(
            f"size={text} is invalid. Give WIDTHxHEIGHT, each from 1 to {_LONGEST}, such as size=640x360."
        )
    return size


def _seed(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise UsageError(f"seed={text} is invalid. Give a whole number from 0 to 999999999.")
    return int(text)


def _flag(key: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise UsageError(f"{key}={text} is invalid. Give {key}=1 or {key}=0.")
    return text == "1"
