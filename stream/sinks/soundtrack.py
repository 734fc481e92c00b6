"""Mux the sound of a recording: packets are copied without encoding, at their own times."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream

from stream.sinks.clip_formats import CLIP_FORMATS, ClipFormat, clip_format
from stream.sound import Codec, Listener

log = logging.getLogger(__name__)

SNAP = 0.01
"""Seconds of gap or overlap between two packets up to which the second counts as following at once."""

_TELEPHONE = ("pcm_mulaw", "pcm_alaw")
"""The codecs G.711: Matroska cannot hold them, and gets their samples without compression."""
_LATE = ("ac3", "eac3")
"""Codecs that need their first packet before MP4's header can be written."""


class Soundtrack:
    """The audio track of one recording, made by `choose` before the recording's container.

    Args:
        listener: gives the packets.
        codec: their codec; packets of any other codec are left out.
        clip: the clip's format.

    Attributes:
        options: options of the muxer, to be added to those of a clip without sound.
    """

    def __init__(self, listener: Listener, codec: Codec, clip: ClipFormat) -> None:
        self._listener, self._codec = listener, codec
        self._decoder: AudioCodecContext | None = None
        if codec.name in _TELEPHONE and clip.muxer == "matroska":
            decoder = av.CodecContext.create(codec.name, "r")
            assert isinstance(decoder, AudioCodecContext)
            decoder.sample_rate, decoder.layout = codec.rate, codec.layout
            self._decoder = decoder
        self.options = dict(clip.sound_options or {})
        if codec.name in _LATE:
            self.options = dict(CLIP_FORMATS[".mkv"].sound_options or {})
        self._base = Fraction(1, codec.rate)
        self._stream: AudioStream
        self._start = 0.0
        self._next = self._lost = 0
        self._told: set[str] = set()

    @classmethod
    def choose(cls, listener: Listener | None, path: Path) -> Soundtrack | None:
        """Return the soundtrack of the clip `path`; None if there is no sound, or the clip cannot hold it."""
        codec, clip = listener.sound.codec if listener else None, clip_format(path)
        if listener is None or codec is None or clip.sound_options is None:
            return None
        track = cls(listener, codec, clip)
        try:
            track.add_to(av.open(io.BytesIO(), "w", format=clip.muxer), 0.0)
        except ValueError:
            hint = "" if clip.muxer == "matroska" else " A recording that ends in .mkv keeps it."
            message = f"'{path.name}' is recorded without sound: it cannot hold {codec.name}.{hint}"
            log.warning(message, extra={"fields": {"codec": codec.name}})
            return None
        return track

    def add_to(self, container: av.container.OutputContainer, start: float) -> None:
        """Add an audio stream to a container that is still empty.

        Args:
            container: the recording's, opened with `options`.
            start: seconds of `Frame.pts` that become 0.

        Raises:
            ValueError: the container cannot hold this codec.
        """
        self._start = start
        if self._decoder:
            self._stream = container.add_stream("pcm_s16le", rate=self._codec.rate, layout=self._codec.layout)
        else:
            self._stream = container.add_stream_from_template(self._codec.template)
            if self._codec.config and not self._stream.codec_context.extradata:
                self._stream.codec_context.extradata = self._codec.config

    def begin(self, pts: float) -> None:
        """Leave out the sound before the first picture, shown at `pts` seconds."""
        self._listener.take(pts)
        self._lost = self._listener.lost

    def packets(self, until: float) -> Iterator[av.Packet[Any]]:
        """Yield the packets that have arrived and begin before `until` seconds of `Frame.pts`."""
        if self._listener.lost > self._lost:
            self._tell("Some of the sound is lost: the recording lags a minute behind it.")
        for heard in self._listener.take(until):
            if heard.codec != self._codec:
                self._tell(
                    f"The sound is {heard.codec} now; the recording has {self._codec} and leaves it out."
                )
                continue
            time = round((heard.time - self._start) / self._base)
            if time < self._next - SNAP / self._base:
                continue  # as in a looped clip that has more sound than pictures
            if abs(time - self._next) <= SNAP / self._base:
                time = self._next
            data = self._decoded(heard.data)
            if not data:
                continue
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = self._stream, self._base, True
            packet.pts = packet.dts = time
            packet.duration = max(round(heard.duration / self._base), 1)
            self._next = packet.pts + packet.duration
            yield packet

    def _decoded(self, data: bytes) -> bytes:
        """Return a packet's data as the recording holds it: G.711 as 16-bit samples; b"" if damaged."""
        if not self._decoder:
            return data
        try:
            frames = self._decoder.decode(av.Packet(data))
        except av.error.InvalidDataError:
            return b""
        return b"".join(frame.to_ndarray().astype("<i2").tobytes() for frame in frames)

    def _tell(self, message: str) -> None:
        """Warn of one thing once."""
        if message not in self._told:
            self._told.add(message)
            log.warning(message, extra={"fields": {"codec": self._codec.name}})
