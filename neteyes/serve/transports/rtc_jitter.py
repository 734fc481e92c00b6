"""Put a video's packets together to frames, and hand a frame out with its last packet.

aiortc's own buffer hands a frame out when the next one begins, which at 30 frames a second costs 33 ms; it
hands out one frame a packet, so that frames which wait stay late; and it waits for a lost packet until 512
others came.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_add

CAPACITY = 512
"""Packets that a frame and those behind it may have: 650 KB. A power of two."""

PATIENCE = 0.25
"""Seconds for a lost packet to come again; after that its frame is given up, and a whole one asked for."""


class EncodedFrame(JitterFrame):
    """Hold the data of one frame, and the frames that were complete behind it.

    Attributes:
        rtp_time: the sender's clock, 90000 a second, 32 bits; aiortc writes another into `timestamp`.
        broken: whether frames before it were given up, so that it cannot be decoded without them.
        behind: the frames behind it that were complete as well.
    """

    def __init__(self, data: bytes, timestamp: int, broken: bool) -> None:
        super().__init__(data, timestamp)
        self.rtp_time = timestamp
        self.broken = broken
        self.behind: list[EncodedFrame] = []


class PromptJitterBuffer(JitterBuffer):
    """Hold packets until their frame is complete, and no longer.

    Args:
        now: the clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(CAPACITY, is_video=True)
        self._now = now
        self._gap_since: float | None = None
        self._broken = False
        self._joined = 0  # packets from the first on that belong to one frame

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take a packet; return whether to ask for a whole picture, and a frame if one is complete."""
        before = self._origin
        ask, first = super().add(packet)
        self._broken |= ask and before is not None
        if first is None and self._waits_too_long(packet):
            ask = self._broken = True
            first = self._remove_frame(packet.sequence_number)
        if isinstance(first, EncodedFrame):
            while isinstance(one := self._remove_frame(packet.sequence_number), EncodedFrame):
                first.behind.append(one)
        if first is not None:
            self._gap_since = None
        return ask, first

    def remove(self, count: int) -> None:
        """Drop the first `count` places."""
        self._joined = 0
        super().remove(count)

    def smart_remove(self, count: int) -> bool:
        """Drop the first `count` places, and the rest of the frame there; True if nothing is left."""
        self._joined = 0
        return super().smart_remove(count)

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        """Take the first frame out if it is complete; packets found joined are not looked at again."""
        assert self._origin is not None
        before = self._packet(self._joined - 1) if self._joined else None
        while self._joined < self.capacity and (packet := self._packet(self._joined)) is not None:
            if before is not None and packet.timestamp != before.timestamp:  # a sender without markers
                return self._take()
            self._joined += 1
            before = packet
            if packet.marker:
                return self._take()
        return None

    def _take(self) -> EncodedFrame:
        packets: list[Any] = [self._packet(place) for place in range(self._joined)]
        self.remove(self._joined)
        frame = EncodedFrame(b"".join(one._data for one in packets), packets[0].timestamp, self._broken)
        self._broken = False
        return frame

    def _packet(self, place: int) -> RtpPacket | None:
        assert self._origin is not None
        return self._packets[(self._origin + place) % self.capacity]

    def _waits_too_long(self, packet: RtpPacket) -> bool:
        """Give up the frame with a gap if it had `PATIENCE`; True if the frame behind it is now the first."""
        assert self._origin is not None
        if self._packets[packet.sequence_number % self.capacity] is not packet:
            return False  # an old one, which was not taken in
        waiting = uint16_add(packet.sequence_number, -self._origin) + 1
        if self._joined >= waiting:
            self._gap_since = None
            return False
        if self._gap_since is None:
            self._gap_since = self._now()
        if self._now() - self._gap_since < PATIENCE:
            return False
        self._gap_since = None
        self._skip_to_next_frame(waiting)
        return True

    def _skip_to_next_frame(self, waiting: int) -> None:
        """Drop the frame with the gap: a frame begins where the packet before it ended one."""
        lost = False
        for place in range(waiting):
            before = self._packet(place - 1) if place else None
            if lost and before is not None and before.marker:
                self.remove(place)
                return
            lost |= self._packet(place) is None
        self.remove(waiting)
