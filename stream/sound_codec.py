"""How sound is encoded, kept for whoever writes it: without the stream that it came from."""

from __future__ import annotations

import io

import av
from av.audio.stream import AudioStream


class Codec:
    """How packets of sound are encoded; it outlives the stream that it was taken from.

    Args:
        stream: an open audio stream.
        config: its extra data, where the stream itself has none.

    Attributes:
        name: FFmpeg's name, such as `aac`.
        rate: samples a second.
        layout: such as `mono`.
        config: the extra data of its packets' container, b"" where there is none.
        template: the same as a stream of PyAV's, for `add_stream_from_template`.

    Raises:
        ValueError: no container can hold it.
    """

    def __init__(self, stream: AudioStream, config: bytes | None = None) -> None:
        context = stream.codec_context
        self.name = context.name
        self.rate = context.sample_rate
        self.layout = context.layout.name
        self.config = config or context.extradata or b""
        # FFmpeg frees what describes a stream together with its container; this one is never written.
        self._shelf = av.open(io.BytesIO(), "w", format="nut")
        try:
            self.template = self._shelf.add_stream_from_template(stream)
        except ValueError:
            self._shelf = av.open(io.BytesIO(), "w", format="matroska")
            self.template = self._shelf.add_stream_from_template(stream)

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
