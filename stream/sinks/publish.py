"""Publishing: the view as H.264, sent to any RTSP server with the least delay."""

from __future__ import annotations

from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from engines.errors import SinkError, UsageError
from stream.fit import Size
from stream.frame import Frame
from stream.sinks.encode import OPTIONS, Timing, even, set_up
from stream.sinks.returning import Unwelcome
from stream.sinks.worker import Refusal, Worker
from stream.uri import Uri
from stream.views import view_of

KEYFRAME_EVERY = 1.0
"""Seconds that a viewer who comes later waits for a picture, at most."""

OPENING, SENDING = 5.0, 2.4
"""Seconds within which a server has to accept the stream, and each later frame."""

# A network is no disk: what it cannot carry becomes delay. At most half a second of pictures wait for it.
_ENCODER = {**OPTIONS, "crf": "23", "maxrate": "8M", "bufsize": "4M"}


_SAID = {
    "nobody": f"{{uri}}: nobody answers within {OPENING:.0f} s. Check the address, and that its server runs.",
    "stalled": f"{{uri}} takes no more: nothing went out for {SENDING} s. Check the network.",
    "hung up": "{uri} hung up. Is its server still running?",
    "unopened": "{uri} cannot be published to: {text}. Check that an RTSP server runs there.",
    "no user": "{uri} wants a user and a password (401). Write {scheme}://USER:PASSWORD@{host}/…",
    "UnknownHost": "{uri}: no machine is called {host!r}. Check the name, or give its address.",
    "ConnectionRefusedError": "{uri} refused the connection: no server listens there. Check the port, "
    "and that it runs.",
    "HTTPUnauthorizedError": "{uri} does not accept this user and password (401). Check both.",
    "HTTPForbiddenError": "{uri} forbids this user to publish there (403). Give the right, or another path.",
    "HTTPNotFoundError": "{uri}: the server is there, but takes nothing by that name (404). Check the path.",
    "HTTPError": "{uri}: the server does not take the stream ({text}). Does it allow publishing to that "
    "path, and is nobody else doing so?",
}
"""What went wrong, by the names of `Refusal` or by ours, and how to mend it."""

_UNWELCOME = ("HTTPUnauthorizedError", "HTTPForbiddenError")


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
            UsageError: an unknown transport.
        """
        self._uri = uri
        self._options = _options(uri)
        self._rate = Fraction(rate or 30).limit_denominator(1001)
        self._coder: VideoCodecContext | None = None
        self._worker: Worker | None = None
        self._limit = OPENING
        self._interrupted = False

    def write(self, frame: Frame) -> bool:
        """Encode and send one frame.

        Raises:
            SinkError: the server cannot be reached, does not want it, or takes no more; `Unwelcome` where it
                does not accept the user.
        """
        view = view_of(frame)
        if self._coder is None:
            self._begin(even(view.shape[:2]), frame.pts)
        assert self._coder and self._worker
        try:
            for packet in self._coder.encode(self._timing(view, frame.pts)):
                assert packet.pts is not None
                self._worker.send(bytes(packet), packet.pts, is_key=packet.is_keyframe, limit=self._limit)
                self._limit = SENDING
        except Refusal as refusal:
            kind = Unwelcome if refusal.name in _UNWELCOME else SinkError
            raise kind(self._wrong(refusal)) from None
        return True

    def interrupt(self) -> None:
        """Make a `write` that is under way end at once."""
        self._interrupted = True
        if self._worker:
            self._worker.kill()

    def close(self) -> None:
        """Hang up; within half a second."""
        if self._worker:
            self._worker.close()

    def _begin(self, size: Size, start: float) -> None:
        if self._interrupted:
            raise SinkError(f"{self._uri} was not asked any more: neteyes ended.")
        try:
            self._worker = Worker(
                _address(self._uri),
                self._options,
                host=self._uri.host,
                size=size,
                rate=self._rate,
                limit=OPENING + 1,
            )
        except OSError as error:
            raise SinkError(f"Cannot publish to {self._uri}: {error.strerror}.") from error
        self._timing = Timing(size, start, KEYFRAME_EVERY)
        self._coder = av.CodecContext.create("libx264", "w")
        set_up(self._coder, size, self._rate, KEYFRAME_EVERY)
        self._coder.framerate = self._rate
        self._coder.options = _ENCODER

    def _wrong(self, refusal: Refusal) -> str:
        if self._interrupted:
            return f"{self._uri} had not answered when neteyes ended. Check the address and the network."
        return _said(refusal, self._uri, opening=self._limit == OPENING)


def _said(refusal: Refusal, uri: Uri, *, opening: bool) -> str:
    """Put into words why a server did not take what it was sent."""
    name = refusal.name
    if name in ("Silence", "Gone", "TimeoutError"):
        name = "nobody" if opening else "stalled" if name != "Gone" else "hung up"
    elif name == "HTTPUnauthorizedError" and uri.user is None:
        name = "no user"
    elif name not in _SAID:
        name = "HTTPError" if name.startswith("HTTP") else "unopened" if opening else "hung up"
    text = uri.hide(refusal.text) or refusal.name
    return _SAID[name].format(uri=uri, scheme=uri.scheme, host=uri.host, text=text)


def _options(uri: Uri) -> dict[str, str]:
    transport = uri.options.get("transport", "tcp")
    if transport not in ("tcp", "udp"):
        raise UsageError(f"Unknown transport {transport!r} in {uri}. Known: tcp, udp.")
    return {"protocol_whitelist": "rtsp,rtsps,rtp,srtp,udp,tcp,tls", "rtsp_transport": transport}


def _address(uri: Uri) -> str:
    """Return the URL for FFmpeg, without the part of its query that is ours."""
    place, mark, query = uri.url.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("transport="))
    return place + (mark + kept if kept else "")
