"""Publish the view as H.264 to an RTSP server, with the least delay."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from engines.errors import Kind, SinkError
from stream.files import reason
from stream.fit import Size
from stream.frame import Frame
from stream.resilience.probe import locked_out, reach, rtsp_options, url_of
from stream.sinks.encode import H264, Timing, check_encoder, even, set_up
from stream.sinks.publish_process import Refusal, Worker
from stream.uri import Uri
from stream.views.layouts import view_of

KEYFRAME_EVERY = 1.0
"""Seconds that a new viewer waits for a first picture, at most."""

OPENING, SENDING = 5.0, 2.4
"""Timeouts in seconds: for a server to accept the stream, and for each later frame."""

# What a network cannot carry becomes delay. At most half a second of pictures wait for it.
_ENCODING = replace(H264, options={**H264.options, "crf": "23", "maxrate": "8M", "bufsize": "4M"})

_SAID: dict[str, tuple[Kind, str]] = {
    "silent": (
        "timeout",
        "{uri} accepts the connection but stays silent: it took no stream within {opening:.0f} s. Check that "
        "the port is the right one, or restart its server.",
    ),
    "stalled": ("timeout", "{uri} takes no more: nothing went out for {sending} s. Check the network."),
    "hung up": ("ended", "{uri} hung up. Is its server still running?"),
    "unopened": ("broken", "{uri} cannot be published to: {text}. Check that an RTSP server runs there."),
    "HTTPUnauthorizedError": ("unauthorized", "{locked_out}"),
    "HTTPForbiddenError": (
        "unauthorized",
        "{uri} forbids this user to publish there (403). Grant that permission, or use another path.",
    ),
    "HTTPNotFoundError": (
        "not found",
        "{uri}: the server is there, but takes nothing by that name (404). Check the path.",
    ),
    "HTTPError": (
        "refused",
        "{uri}: the server does not take the stream ({text}). Does it allow publishing to that path, and is "
        "nobody else doing so?",
    ),
}
"""Each failure, by the name in `Refusal` or our own, with its kind and a message that says how to mend it."""


class PublishSink:
    """Send each frame's view to an RTSP server, for viewers there.

    It connects with the first frame, whose view decides the size; later ones of another size are letterboxed
    into it. Encoding happens here; every call that can hang is in a process of its own.
    """

    keeps_all = False

    def __init__(self, uri: Uri, *, rate: float | None = None) -> None:
        """Remember the server; `write` connects.

        Args:
            uri: `rtsp` or `rtsps`; it goes over TCP unless it says `?transport=udp`.
            rate: frames a second for the stream's description; None if the source does not know.

        Raises:
            UsageError: an unknown transport, or UDP for `rtsps`.
            SinkError: there is no encoder.
        """
        self._uri = uri
        self._options = rtsp_options(uri)
        check_encoder(_ENCODING)
        self._rate = Fraction(rate or 30).limit_denominator(1001)
        self._coder: VideoCodecContext | None = None
        self._worker: Worker | None = None
        self._deadline = 0.0
        self._is_open = self._interrupted = False

    def write(self, frame: Frame) -> bool:
        """Encode and send one frame.

        Raises:
            SinkError: the server cannot be reached, refuses the stream, or accepts no more data.
        """
        view = view_of(frame)
        if self._coder is None:
            self._begin(even(view.shape[:2]), frame.pts)
        assert self._coder and self._worker
        try:
            for packet in self._coder.encode(self._timing(view, frame.pts)):
                assert packet.pts is not None
                limit = SENDING if self._is_open else max(self._deadline - time.monotonic(), 0.1)
                self._worker.send(bytes(packet), packet.pts, is_key=packet.is_keyframe, limit=limit)
                self._is_open = True
        except Refusal as refusal:
            raise self._wrong(refusal) from None
        except av.FFmpegError as error:
            raise SinkError(f"Cannot encode for {self._uri}: {reason(error)}. Try another size.") from error
        return True

    def interrupt(self) -> None:
        """End a `write` that is under way at once; called from another thread."""
        self._interrupted = True
        if self._worker:
            self._worker.kill()

    def close(self) -> None:
        """Hang up, within a second."""
        if self._worker:
            self._worker.close()

    def _begin(self, size: Size, start: float) -> None:
        self._deadline = time.monotonic() + OPENING
        if reach(self._uri, self._deadline, lambda: self._interrupted, SinkError) is None:
            raise self._cut_short()
        self._timing = Timing(_ENCODING, size, start, KEYFRAME_EVERY)
        self._coder = self._encoder(size)
        try:
            self._worker = Worker(
                url_of(self._uri), self._options, size=size, rate=self._rate, limit=OPENING + 1
            )
        except OSError as error:
            raise SinkError(f"Cannot publish to {self._uri}: {error.strerror}.") from error
        if self._interrupted:  # `interrupt` came just before there was a process to kill
            raise self._cut_short()

    def _encoder(self, size: Size) -> VideoCodecContext:
        coder = av.CodecContext.create(_ENCODING.encoder, "w")
        assert isinstance(coder, VideoCodecContext)
        set_up(coder, _ENCODING, size, self._rate, KEYFRAME_EVERY)
        coder.framerate = self._rate
        return coder

    def _cut_short(self) -> SinkError:
        return SinkError(
            f"{self._uri} had not answered when neteyes ended. Check the address and the network.", "timeout"
        )

    def _wrong(self, refusal: Refusal) -> SinkError:
        """Return the error for a refusal by the server, in words."""
        if self._interrupted:
            return self._cut_short()
        uri, name = self._uri, refusal.name
        if name in ("Silence", "Gone", "TimeoutError"):
            name = "silent" if not self._is_open else "stalled" if name != "Gone" else "hung up"
        elif name not in _SAID:
            unknown = "hung up" if self._is_open else "unopened"
            name = "HTTPError" if name.startswith("HTTP") else unknown
        kind, said = _SAID[name]
        text = uri.hide(refusal.text) or refusal.name
        said = said.format(uri=uri, text=text, opening=OPENING, sending=SENDING, locked_out=locked_out(uri))
        return SinkError(said, kind)
