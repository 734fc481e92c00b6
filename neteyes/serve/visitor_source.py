"""Give a loop the frames that a visitor sends: the newest one, never an older."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator

from stream.frame import Frame, Image
from stream.sound import Sound

_REMEMBERED = 32
"""Frames whose numbers are remembered: more than can be on their way through the loop."""


class VisitorSource:
    """A source that is filled from outside; implements `stream.frame.Source`.

    Attributes:
        replaced: number of frames that a newer one replaced before the loop took them.
    """

    live = True
    rate: float | None = None
    frame_count: int | None = None
    mirrored = True  # a visitor's own camera is a mirror, as a local one is
    sound: Sound | None = None

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: tuple[Image, float, int] | None = None
        self._ended = False
        self._numbers: OrderedDict[int, int] = OrderedDict()
        self.replaced = 0

    def put(self, image: Image, captured_at: float, number: int) -> None:
        """Hand a frame over; called from any thread.

        Args:
            image: uint8 (H, W, 3) BGR, which nobody changes any more.
            captured_at: `time.monotonic()` seconds when it was received.
            number: the sender's own number of it.
        """
        with self._changed:
            self.replaced += self._newest is not None
            self._newest = image, captured_at, number
            self._changed.notify()

    def number_of(self, index: int) -> int:
        """Return the sender's number of a frame, by its index in the loop; the index if it is forgotten."""
        with self._changed:
            return self._numbers.get(index, index)

    def end(self) -> None:
        """Let `frames` end at once."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """See `stream.frame.Source.frames`."""
        index, start = 0, None
        while not stop.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._newest or self._ended, 1.0)
                if self._ended:
                    return
                if self._newest is None:
                    continue
                (image, captured_at, number), self._newest = self._newest, None
                self._numbers[index] = number
                if len(self._numbers) > _REMEMBERED:
                    self._numbers.popitem(last=False)
            start = captured_at if start is None else start
            yield Frame(index, captured_at, captured_at - start, image)
            index += 1

    def close(self) -> None:
        """Drop the frame that waits."""
        with self._changed:
            self._newest = None
