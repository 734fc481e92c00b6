"""Sound beside frames: packets as they were encoded, on the seconds of `Frame.pts`, for whoever records."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from weakref import WeakSet

from stream.sound_codec import Codec

KEEP_SECONDS = 60.0
"""What waits for one listener at most, in seconds; so long may a recording lag behind its source."""

KEEP_BYTES = 16 << 20
"""The same in bytes: music without compression."""

_HELD = 10.0
"""Seconds of sound that wait for a shift at most."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A piece of sound.

    Attributes:
        time: seconds on the line of `Frame.pts` at which it begins.
        duration: seconds.
        data: as it was encoded.
        codec: how.
    """

    time: float
    duration: float
    data: bytes
    codec: Codec


class Sound:
    """What is heard beside a source's frames. The source puts packets in; every listener gets them all.

    Putting never waits, and nothing is kept while nobody listens.

    Attributes:
        codec: how the packets that come next are encoded; None while the source is not open, or has no sound.
            It is settled before the source yields its first frame.
    """

    def __init__(self) -> None:
        self.codec: Codec | None = None
        self._lock = threading.Lock()
        self._listeners: WeakSet[Listener] = WeakSet()
        self._shift = 0.0
        self._held: _Queue | None = None

    def begin(self, codec: Codec | None) -> None:
        """Say how the packets that follow are encoded; None if there will be none."""
        self.codec = codec

    def put(self, time: float, duration: float, data: bytes) -> None:
        """Give a packet to all who listen.

        Args:
            time: seconds, on the line of the source's own `Frame.pts`.
            duration: seconds.
            data: as it was encoded.
        """
        if self.codec is None:
            return
        packet = Packet(time, duration, data, self.codec)
        with self._lock:
            if self._held is not None:
                self._held.append(packet)
            else:
                self._give(packet)

    def hold(self) -> None:
        """Keep what is put from now on back until `shift` tells where it belongs.

        For whoever opens a source anew: call it before each opening, and `shift` once the first frame has got
        its place.
        """
        with self._lock:
            self._held = _Queue(_HELD, KEEP_BYTES)

    def shift(self, seconds: float) -> None:
        """Let what is held, and all that is put later, come so many seconds later than it says."""
        with self._lock:
            held, self._held, self._shift = self._held, None, seconds
            for packet in held.items if held else ():
                self._give(packet)

    def listen(self) -> Listener:
        """Return a reader of all that is put from now on; it is forgotten when nobody holds it any more."""
        listener = Listener(self)
        with self._lock:
            self._listeners.add(listener)
        return listener

    def _give(self, packet: Packet) -> None:
        packet = replace(packet, time=packet.time + self._shift)
        for listener in self._listeners:
            listener.give(packet)


class Listener:
    """One reader's packets, at most `KEEP_SECONDS` of them: the oldest go first, a second at a time.

    Attributes:
        sound: where they come from.
    """

    def __init__(self, sound: Sound) -> None:
        self.sound = sound
        self._lock = threading.Lock()
        self._queue = _Queue(KEEP_SECONDS, KEEP_BYTES)

    @property
    def lost(self) -> int:
        """Whole seconds that were not taken in time."""
        return round(self._queue.lost)

    def give(self, packet: Packet) -> None:
        """Take a packet from the source; never waits."""
        with self._lock:
            self._queue.append(packet)

    def take(self, until: float) -> list[Packet]:
        """Return the packets there are that begin before `until` seconds; each is returned once."""
        with self._lock:
            return self._queue.take(until)


class _Queue:
    """Packets that wait, bounded in seconds and bytes."""

    def __init__(self, seconds: float, size: int) -> None:
        self.items: deque[Packet] = deque()
        self.lost = 0.0
        self._limits = seconds, size
        self._seconds, self._size = 0.0, 0

    def append(self, packet: Packet) -> None:
        self.items.append(packet)
        self._count(packet, 1)
        if self._seconds > self._limits[0] or self._size > self._limits[1]:
            goal = min(self._seconds, self._limits[0]) - 1.0
            while self.items and self._seconds > goal:
                gone = self.items.popleft()
                self._count(gone, -1)
                self.lost += gone.duration

    def take(self, until: float) -> list[Packet]:
        taken = []
        while self.items and self.items[0].time < until:
            taken.append(self.items.popleft())
            self._count(taken[-1], -1)
        return taken

    def _count(self, packet: Packet, sign: int) -> None:
        self._seconds += sign * packet.duration
        self._size += sign * len(packet.data)
