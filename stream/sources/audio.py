"""What is heard with a frame is put beside it: a stream's sound on the line of its frames."""

import re
from collections import deque
from contextlib import suppress
from typing import Any

import av
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext

from stream.sound import Codec, Sound
from stream.sources.timestamps import Line

PATIENCE = 3.0
"""Seconds of sound that wait for a frame that tells where they belong."""


class Ear:
    """Puts a stream's packets of sound where its frames are.

    A packet that has no place yet waits for the next frame: before the first one, and where the sound's clock
    has leapt and the frames' has not. If theirs never does, the sound goes on from the frame of the moment.

    Args:
        sound: where packets are put.
        stream: the one that is heard.
        line: where the frames are.
        start: what is 0 in the stream's own seconds.

    Raises:
        ValueError: no container can hold sound of this kind.
    """

    def __init__(self, sound: Sound, stream: AudioStream, line: Line, start: float = 0.0) -> None:
        codec = Codec(stream)
        self._bare = BitStreamFilterContext("aac_adtstoasc", stream) if codec.has_headers else None
        self.stream = stream
        self._sound, self._line, self._start = sound, line, start
        self._waiting: deque[tuple[float, float, bytes]] = deque()
        self._end: float | None = None
        self._leapt: float | None = None
        self._skew = 0.0
        sound.begin(codec)

    def hear(self, packet: "av.Packet[Any]") -> None:
        """Take a packet of the stream."""
        time = packet.pts if packet.pts is not None else packet.dts
        base = float(packet.time_base)
        own = self._end if time is None else time * base - self._start
        if not packet.size or own is None:
            return
        duration = _length(self.stream, packet)
        if self._end is not None and self._line.leaps(own - self._end):
            self._leapt = self._line.offset
        self._end = own + duration
        data = bytes(packet)
        if self._bare:
            with suppress(av.error.InvalidDataError):  # it has no header after all, or is damaged
                data = b"".join(map(bytes, self._bare.filter(packet)))
        self._waiting.append((own, duration, data))
        self.settle()

    def settle(self) -> None:
        """Put what has its place by now; to be called after each frame."""
        while self._waiting and (place := self._place(self._waiting[0][0])) is not None:
            _, duration, data = self._waiting.popleft()
            self._sound.put(place, duration, data)
        if sum(duration for _, duration, _ in self._waiting) <= PATIENCE:
            return
        own, duration, data = self._waiting.pop()
        self._waiting.clear()
        pts, offset = self._line.pts, self._line.offset
        if pts is not None and offset is not None:
            self._leapt, self._skew = None, pts - own - offset
            self._sound.put(pts, duration, data)

    def _place(self, own: float) -> float | None:
        offset, pts = self._line.offset, self._line.pts
        if offset is None:
            return None
        if self._leapt is not None:
            if abs(offset - self._leapt) < PATIENCE / 10:
                return None
            self._leapt = None
        for skew in (0.0, self._skew):
            place = own + offset + skew
            if pts is None or abs(place - pts) < self._line.near:
                self._skew = skew
                return place
        return None


def _length(stream: AudioStream, packet: "av.Packet[Any]") -> float:
    """Return the seconds that a packet lasts, exactly where that can be told: containers round it."""
    context = stream.codec_context
    if context.name.startswith("pcm_"):
        bits = int(re.sub(r"\D", "", context.name) or 8)
        return packet.size * 8 / (bits * context.channels * context.sample_rate)
    if context.frame_size:
        return context.frame_size / context.sample_rate
    return packet.duration * float(packet.time_base) if packet.duration else 0.02
