"""Carry sound beside frames, for recordings: encoded packets, timed in seconds of `Frame.pts`."""

from __future__ import annotations

import io
import math
import threading
from collections import deque
from dataclasses import dataclass, replace
from weakref import WeakSet

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream

KEEP_SECONDS = 60.0
"""The most sound that waits for one listener, in seconds: a recording may lag so far behind its source."""

KEEP_BYTES = 16 << 20
"""The same in bytes, enough for music without compression."""

_HELD = 10.0
"""The most sound that waits for `Sound.shift`, in seconds."""

# ISO/IEC 14496-3, table 1.18: the sampling frequency in Hz of each index.
_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_LOW_COMPLEXITY = 2  # table 1.17; high efficiency is low complexity at half the rate, and extensions within


class Codec:
    """Describe how packets of sound are encoded; it outlives the stream that it was taken from.

    Args:
        stream: an open audio stream.

    Attributes:
        name: FFmpeg's name, such as `aac`.
        rate: samples a second.
        layout: channel layout, such as `mono`.
        config: the codec's extra data, b"" if there is none.
        has_headers: whether each packet has a header of its own (ADTS) with the same data as `config`.
        template: the same as a PyAV stream, for `add_stream_from_template`.

    Raises:
        ValueError: no container can hold this codec.
    """

    def __init__(self, stream: AudioStream) -> None:
        context = stream.codec_context
        self.name = context.name
        self.rate = context.sample_rate
        self.layout = context.layout.name
        self.config = context.extradata or _aac_config(context)
        self.has_headers = bool(self.config) and not context.extradata
        # FFmpeg frees a stream's description with its container, so keep one; it is never written.
        self._container = av.open(io.BytesIO(), "w", format="nut")
        try:
            self.template = self._container.add_stream_from_template(stream)
        except ValueError:
            self._container = av.open(io.BytesIO(), "w", format="matroska")
            self.template = self._container.add_stream_from_template(stream)

    def __eq__(self, other: object) -> bool:
        """Whether packets of the other can follow packets of this one."""
        return isinstance(other, Codec) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        return f"{self.name}, {self.rate} Hz, {self.layout}"

    @property
    def _key(self) -> tuple[object, ...]:
        return self.name, self.rate, self.layout, self.config


def _aac_config(context: AudioCodecContext) -> bytes:
    """Return AAC's AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) where packets have ADTS headers, else b"".

    Computed here, because FFmpeg's `aac_adtstoasc` gives it only with the first packet of sound, and a
    recording needs it before its first picture, which may come earlier. b"" also if it cannot be computed.
    """
    if context.name != "aac":
        return b""
    profile = context.profile or ""
    rate = context.sample_rate // (2 if profile.startswith("HE") else 1)
    channels = 1 if profile.startswith("HE-AACv2") else context.channels
    if rate not in _AAC_RATES or channels not in (1, 2, 3, 4, 5, 6, 8):
        return b""
    channels = min(channels, 7)
    return (_LOW_COMPLEXITY << 11 | _AAC_RATES.index(rate) << 7 | channels << 3).to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Packet:
    """Hold one encoded packet of sound.

    Attributes:
        time: its beginning in seconds, on the timeline of `Frame.pts`.
        duration: its length in seconds.
        data: the encoded bytes.
        codec: the encoding.
    """

    time: float
    duration: float
    data: bytes
    codec: Codec


class Sound:
    """Pass a source's sound to listeners. The source puts packets in; every listener gets all of them.

    `put` never waits, and without listeners nothing is kept.

    Attributes:
        codec: encoding of the next packets; None while the source is not open, or has no sound. It is set
            before the source yields its first frame.
    """

    def __init__(self) -> None:
        self.codec: Codec | None = None
        self._lock = threading.Lock()
        self._listeners: WeakSet[Listener] = WeakSet()
        self._shift = 0.0
        self._held: Listener | None = None

    def begin(self, codec: Codec | None) -> None:
        """Set the encoding of the packets that follow; None if there will be none."""
        self.codec = codec

    def put(self, time: float, duration: float, data: bytes) -> None:
        """Give a packet to all listeners.

        Args:
            time: its beginning in seconds, on the timeline of the source's own `Frame.pts`.
            duration: its length in seconds.
            data: the encoded bytes.
        """
        if self.codec is None:
            return
        packet = Packet(time, duration, data, self.codec)
        with self._lock:
            if self._held is not None:
                self._held.give(packet)
            else:
                self._give(packet)

    def hold(self) -> None:
        """Keep packets back from now on, until `shift` says how much later they come.

        A caller that opens a source again calls this before each opening, and `shift` when the time of the
        first frame is known.
        """
        with self._lock:
            self._held = Listener(self, _HELD)

    def shift(self, seconds: float) -> None:
        """Add `seconds` to the time of all packets that are held or put later, and release the held ones."""
        with self._lock:
            held, self._held, self._shift = self._held, None, seconds
            for packet in held.take(math.inf) if held else ():
                self._give(packet)

    def listen(self) -> Listener:
        """Return a listener to all packets from now on; it is dropped with the last reference to it."""
        listener = Listener(self)
        with self._lock:
            self._listeners.add(listener)
        return listener

    def _give(self, packet: Packet) -> None:
        packet = replace(packet, time=packet.time + self._shift)
        for listener in self._listeners:
            listener.give(packet)


class Listener:
    """Hold the packets for one reader, bounded in seconds and bytes: the oldest go first, a second at a time.

    Attributes:
        sound: the source of the packets.
    """

    def __init__(self, sound: Sound, seconds: float = KEEP_SECONDS) -> None:
        self.sound = sound
        self._lock = threading.Lock()
        self._packets: deque[Packet] = deque()
        self._most = seconds
        self._seconds, self._bytes, self._lost = 0.0, 0, 0.0

    @property
    def lost(self) -> int:
        """Whole seconds of sound that were dropped because they were not taken in time."""
        return round(self._lost)

    def give(self, packet: Packet) -> None:
        """Take a packet from the source; never waits."""
        with self._lock:
            self._packets.append(packet)
            self._count(packet, 1)
            if self._seconds > self._most or self._bytes > KEEP_BYTES:
                goal = min(self._seconds, self._most) - 1.0
                while self._packets and self._seconds > goal:
                    self._lost += self._pop().duration

    def take(self, until: float) -> list[Packet]:
        """Return the waiting packets that begin before `until` seconds; each packet is returned once."""
        taken = []
        with self._lock:
            while self._packets and self._packets[0].time < until:
                taken.append(self._pop())
        return taken

    def _pop(self) -> Packet:
        packet = self._packets.popleft()
        self._count(packet, -1)
        return packet

    def _count(self, packet: Packet, sign: int) -> None:
        self._seconds += sign * packet.duration
        self._bytes += sign * len(packet.data)
