"""Reconnect a live source whenever it breaks, and show a notice in place of pictures meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from engines.errors import Kind, SourceError
from stream.frame import Frame, Image, Source
from stream.mailbox import Closed, Mailbox
from stream.resilience.backoff import STEADY, Backoff
from stream.sound import Sound
from stream.sources.reconnect.notice import no_signal
from stream.sources.reconnect.status import Status
from stream.sources.reconnect.timeline import FeedTimeline

log = logging.getLogger(__name__)

Opener = Callable[[], Source]
"""Creates the source for each try; raises SourceError if it fails at once."""

STALE = 2.0
"""Seconds without a frame after which an open source is stale."""

FROZEN = 10.0
"""Seconds of the same picture, byte for byte, after which the log warns: real sensors have noise."""

TICK = 1.0
"""Seconds between two notices."""

_LOOK = 0.1
"""Seconds between two checks of `stop` while no frame comes."""


class Feed:
    """Yield the frames of a source that is reconnected whenever it breaks.

    A thread of its own reads the source, so that silence can be shown. Frame numbers and times always grow,
    over all openings; between two openings they grow by the time between the captures.

    Args:
        status: holds the state of the feed.
        opener: creates the source.
        retry: how many tries in a row may fail before the error is raised; None for ever.
        backoff: the waits between tries.
        mirrored: as in `Source`.
        rate: as in `Source`, until the source itself gives its rate.
        sound: takes the sound of every opening.
        size: (height, width) of its frames, if that is known before they come.
        may_stand_still: whether the same picture for long is no reason to warn, as on a screen.

    Attributes:
        status: the state of the feed, readable at any time from any thread.
    """

    live = True
    frame_count: int | None = None

    def __init__(
        self,
        status: Status,
        opener: Opener,
        *,
        retry: int | None = None,
        backoff: Backoff | None = None,
        mirrored: bool = False,
        rate: float | None = None,
        sound: Sound | None = None,
        size: tuple[int, int] | None = None,
        may_stand_still: bool = False,
    ) -> None:
        self.status = status
        self.size = size
        self.mirrored = mirrored
        self.rate = rate
        self.sound = sound
        self._opener, self._retry = opener, retry
        self._may_stand_still = may_stand_still
        self._backoff = backoff or Backoff()
        self._box: Mailbox[tuple[Frame, bool]] = Mailbox()
        self._over = threading.Event()
        self._reader: threading.Thread | None = None
        self._error: BaseException | None = None
        self._told: Kind | None = None
        self._gone = False
        self._lived = 0.0
        self._next_try = 0.0

    @property
    def damaged(self) -> int:
        """The number of frames, or parts of frames, that came in and could not be shown."""
        return self.status.tally.damaged

    def figures(self) -> dict[str, Any]:
        """Return the figures for a report: the feed's `Health`."""
        return asdict(self.status.health)

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield frames, and notices while there are none, until the source ends by itself or `stop` is set.

        Raises:
            SourceError: the source broke, and `retry` further tries in a row failed, too.
        """
        self._reader = threading.Thread(target=self._read, name="read", daemon=True)
        self._reader.start()
        timeline, noticed = FeedTimeline(), time.monotonic()
        try:
            while not stop.is_set():
                taken = self._box.get(_LOOK)
                if taken is not None:
                    frame, begins = taken
                    placed = timeline(frame, begins)
                    if begins and self.sound:
                        self.sound.shift(placed.pts - frame.pts)
                    yield placed
                    noticed = time.monotonic()
                elif time.monotonic() - noticed >= TICK and self._is_silent():
                    yield timeline.notice(no_signal(self.status.name, self.status.health, self._next_try))
                    noticed = time.monotonic()
        except Closed:
            if self._error:
                raise self._error from None
        finally:
            self._over.set()

    def close(self) -> None:
        """Stop reading, and release the camera or connection."""
        self._over.set()
        self._box.close()
        if self._reader:
            self._reader.join(2.4)

    def _is_silent(self) -> bool:
        """Return whether no frame is expected at the moment; sets an open source to stale if it is silent."""
        if self.status.fall_silent(max(STALE, 4 / self.rate) if self.rate else STALE):
            self._gone = True
            self._tell(logging.WARNING, f"{self.status.name} has stopped sending. Waiting for it.")
        return self.status.health.state != "live"

    def _read(self) -> None:
        """Open and read the source, again and again, on the reading thread."""
        failed = 0
        try:
            while not self._over.is_set():
                try:
                    self._read_once()
                    return  # the source ended by itself, as a scene does
                except SourceError as error:
                    if self._over.is_set():
                        return
                    if self._lived >= STEADY:
                        failed, self._told = 0, None
                        self._backoff.reset()
                    failed += 1
                    left = None if self._retry is None else self._retry - failed + 1
                    if left == 0:
                        self.status.enter("lost", error.kind, str(error))
                        raise
                    wait = self._backoff.wait_for(error.kind)
                    self._next_try = time.monotonic() + wait
                    self.status.enter("lost", error.kind, str(error))
                    if error.kind != self._told:  # logging every try would fill the log over months
                        self._told, self._gone = error.kind, True
                        self._tell(logging.WARNING, f"{error} {_promise(left)}")
                    self._over.wait(wait)
        except BaseException as error:
            self._error = error
        finally:
            self._box.finish()

    def _read_once(self) -> None:
        """Open the source and pass its frames on until it ends or breaks."""
        health = self.status.health
        self.status.enter("connecting", health.kind, health.reason)
        if self.sound:
            self.sound.hold()  # until its first frame has a place
        self._lived = 0.0
        source, begins, last, first_at = self._opener(), True, None, 0.0
        try:
            for frame in source.frames(self._over):
                first_at = frame.captured_at if begins else first_at
                self._lived = frame.captured_at - first_at
                self.rate = source.rate or self.rate
                self._count(frame, repeated=last is not None and _same(last, frame.image))
                if not self._box.put((frame, begins)):
                    return
                begins, last = False, frame.image
        except (OSError, ValueError) as error:  # FFmpeg raises both; the next try may be good
            said = f"{self.status.name} sent data that cannot be read: {error}."
            raise SourceError(f"{said} Check it with another player.", "broken") from error
        finally:
            source.close()

    def _count(self, frame: Frame, *, repeated: bool) -> None:
        before = self.status.health
        self.status.gave(frame.captured_at, repeated=repeated)
        if self._gone:
            self._gone = False
            gone = None if before.age is None else round(before.age, 1)
            self._tell(
                logging.INFO, f"{self.status.name} is {'live' if gone is None else 'back'}.", gone=gone
            )
        frozen = self.status.health.frozen
        if before.frozen < FROZEN <= frozen and not self._may_stand_still:
            self._tell(
                logging.WARNING,
                f"{self.status.name} has sent the same picture for {frozen:.0f} s: is it frozen?",
            )

    def _tell(self, level: int, message: str, **facts: object) -> None:
        health = self.status.health
        fields = {"feed": self.status.name, "state": health.state, "kind": health.kind, **facts}
        log.log(level, message, extra={"fields": fields})


def _same(one: Image, other: Image) -> bool:
    """Return whether two pictures are equal, byte for byte; most that differ are found by a few rows."""
    return one.shape == other.shape and np.array_equal(one[::64], other[::64]) and np.array_equal(one, other)


def _promise(left: int | None) -> str:
    if left is None:
        return "Trying again until it comes back."
    return "Trying again once." if left == 1 else f"Trying again, {left} times at most."
