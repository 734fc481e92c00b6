"""Synchronize a stream's sound with its frames: put audio packets on the frames' timeline."""

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
"""Seconds of sound that wait for a frame, which shows where they belong."""


class AudioAligner:
    """Put the audio packets of a stream on the timeline of its frames.

    A packet without a known time waits for the next frame. This happens before the first frame, and when the
    sound's clock has jumped but the frames' clock has not yet. If the frames' clock never jumps, the sound
    continues from the current frame.

    Args:
        sound: takes the packets.
        stream: the audio stream.
        line: the timeline of the frames.
        start: the stream's own time, in seconds, that counts as 0.

    Raises:
        ValueError: no container can hold this audio codec.
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

    def take(self, packet: "av.Packet[Any]") -> None:
        """Take a packet of the stream, and put it on the timeline if its time is known."""
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
        """Put the waiting packets that have a time by now. Call this after each frame."""
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
    """Return a packet's duration in seconds; exact where the codec tells it, since containers round it."""
    context = stream.codec_context
    if context.name.startswith("pcm_"):
        bits = int(re.sub(r"\D", "", context.name) or 8)
        return packet.size * 8 / (bits * context.channels * context.sample_rate)
    if context.frame_size:
        return context.frame_size / context.sample_rate
    return packet.duration * float(packet.time_base) if packet.duration else 0.02
