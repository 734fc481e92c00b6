"""Publishing: the view as H.264, sent to any RTSP server with the least delay."""

from __future__ import annotations

import time
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from engines.errors import Kind, SinkError
from stream.files import reason
from stream.fit import Size
from stream.frame import Frame
from stream.resilience.probe import locked_out, reach, rtsp_options, url_of
from stream.sinks.encode import ENCODER, OPTIONS, Timing, check_encoder, even, set_up
from stream.sinks.publish_process import Refusal, Worker
from stream.uri import Uri
from stream.views.layouts import view_of

KEYFRAME_EVERY = 1.0
"""Seconds that a viewer who comes later waits for a picture, at most."""

OPENING, SENDING = 5.0, 2.4
"""Seconds within which a server has to accept the stream, and each later frame."""

# A network is no disk: what it cannot carry becomes delay. At most half a second of pictures wait for it.
_ENCODER = {**OPTIONS, "crf": "23", "maxrate": "8M", "bufsize": "4M"}

_SAID: dict[str, tuple[Kind, str]] = {
    "silent": (
        "timeout",
        "{uri} accepts the connection but stays silent: it took no stream within {opening:.0f} s. Check that "
        "the port is the right one, or start its server anew.",
    ),
    "stalled": ("timeout", "{uri} takes no more: nothing went out for {sending} s. Check the network."),
    "hung up": ("ended", "{uri} hung up. Is its server still running?"),
    "unopened": ("broken", "{uri} cannot be published to: {text}. Check that an RTSP server runs there."),
    "HTTPUnauthorizedError": ("unauthorized", "{locked_out}"),
    "HTTPForbiddenError": (
        "unauthorized",
        "{uri} forbids this user to publish there (403). Give the right, or another path.",
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
"""What went wrong, by the names of `Refusal` or by ours: its kind, and how to mend it."""


class PublishSink:
    """Sends each frame's view to an RTSP server, which others watch it from.

    It connects with the first frame, whose view decides the size; later ones of another size are letterboxed
    into it. Encoding happens here; all that can hang is in a process of its own.
    """

    keeps_all = False

    def __init__(self, uri: Uri, *, rate: float | None = None) -> None:
        """Remember where to.

        Args:
            uri: `rtsp` or `rtsps`; it goes over TCP unless it says `?transport=udp`.
            rate: frames a second, where the source knows, for the stream's description.

        Raises:
            UsageError: an unknown transport, or UDP for `rtsps`.
            SinkError: there is no encoder.
        """
        self._uri = uri
        self._options = rtsp_options(uri)
        check_encoder()
        self._rate = Fraction(rate or 30).limit_denominator(1001)
        self._coder: VideoCodecContext | None = None
        self._worker: Worker | None = None
        self._deadline = 0.0
        self._is_open = self._interrupted = False

    def write(self, frame: Frame) -> bool:
        """Encode and send one frame.

        Raises:
            SinkError: the server cannot be reached, does not want it, or takes no more.
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
        """Make a `write` that is under way end at once."""
        self._interrupted = True
        if self._worker:
            self._worker.kill()

    def close(self) -> None:
        """Hang up; within a second."""
        if self._worker:
            self._worker.close()

    def _begin(self, size: Size, start: float) -> None:
        self._deadline = time.monotonic() + OPENING
        if reach(self._uri, self._deadline, lambda: self._interrupted, SinkError) is None:
            raise self._cut_short()
        self._timing = Timing(size, start, KEYFRAME_EVERY)
        self._coder = self._encoder(size)
        try:
            self._worker = Worker(
                url_of(self._uri), self._options, size=size, rate=self._rate, limit=OPENING + 1
            )
        except OSError as error:
            raise SinkError(f"Cannot publish to {self._uri}: {error.strerror}.") from error
        if self._interrupted:  # just before there was something to kill
            raise self._cut_short()

    def _encoder(self, size: Size) -> VideoCodecContext:
        coder = av.CodecContext.create(ENCODER, "w")
        set_up(coder, size, self._rate, KEYFRAME_EVERY)
        coder.framerate = self._rate
        coder.options = _ENCODER
        return coder

    def _cut_short(self) -> SinkError:
        return SinkError(
            f"{self._uri} had not answered when neteyes ended. Check the address and the network.", "timeout"
        )

    def _wrong(self, refusal: Refusal) -> SinkError:
        """Put into words why the server did not take what it was sent."""
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
