"""RTSP and HTTP streams, read as they come, with the least delay and no wait without an end."""

import threading
import time
from collections.abc import Iterator

import av
import av.codec.context
import av.container
import av.video.stream

from engines.errors import SourceError, UsageError
from stream.frame import Frame
from stream.sources.connect import Connection
from stream.sources.demux import LiveTimeline, Painter, pick_video
from stream.sources.pace import Pacer
from stream.uri import Uri

READ = 2.4
"""Seconds that one read may take at most, so that `stop` is looked at in between."""

UNDECODED = 20.0
"""Seconds of packets without a single picture: more than the key frame distance of any camera."""


class NetworkSource:
    """A stream from a camera or server.

    A film that a web server hands out is given at the speed of its own timestamps; anything else is live.
    """

    live = True
    mirrored = False
    frame_count: int | None = None

    def __init__(self, uri: Uri, *, timeout: float = 5.0) -> None:
        """Remember where to look; `frames` connects.

        Args:
            uri: `rtsp`, `rtsps`, `http` or `https`; RTSP comes over TCP unless it says `?transport=udp`.
            timeout: seconds of silence, before the first frame or later, after which `frames` raises.

        Raises:
            UsageError: an unknown transport.
        """
        self._uri = uri
        self._timeout = timeout
        # RTSP may be read on after a read that was cut short, HTTP not.
        self._reads = 2 if uri.scheme.startswith("rtsp") else 1
        self._patience = min(READ, timeout / (self._reads + 0.2))
        self._options = _options(uri)
        self.rate: float | None = None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Connect and yield frames as they arrive; `captured_at` is when a frame was decoded.

        Raises:
            SourceError: nobody answers, access is refused, there is no video, or it stopped.
        """
        container = self._connect(stop)
        if container is None:
            return
        with container:
            video = pick_video(container)
            if video is None or video.codec_context is None:
                raise SourceError(
                    f"{self._uri} sends no video that can be decoded. Try the path of another stream."
                )
            self.rate = float(video.average_rate) if video.average_rate else None
            yield from self._read(container, video, stop)

    def close(self) -> None:
        """Nothing is left to close: `frames` hangs up when it ends."""

    def _connect(self, stop: threading.Event) -> av.container.InputContainer | None:
        attempt = Connection(self._uri, self._options, timeout=self._timeout, read=self._patience)
        return attempt.wait(stop)

    def _read(
        self,
        container: av.container.InputContainer,
        video: av.video.stream.VideoStream,
        stop: threading.Event,
    ) -> Iterator[Frame]:
        paint, timeline, pacer = Painter(video), LiveTimeline(), Pacer()
        duration = container.duration / av.time_base if container.duration else None
        is_film = duration is not None and self._uri.scheme.startswith("http")
        video.thread_type = "SLICE"  # frame threads would hold back one frame each
        if not is_film:
            video.codec_context.flags |= av.codec.context.Flags.low_delay
        last, index, seen = 0.0, 0, time.monotonic()
        for packet in self._packets(container, video, stop):
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                decoded = []  # a part was lost on the way
            now = time.monotonic()
            if decoded:
                seen = now
            elif now - seen > UNDECODED:
                raise SourceError(
                    f"{self._uri} sends, but nothing that can be decoded for {UNDECODED:.0f} s. Set the "
                    "camera to H.264 with a key frame every few seconds."
                )
            for frame in decoded:
                pts = timeline(frame.time, now)
                if pts is None:
                    continue
                last = pts
                if is_film and not pacer.wait(pts, stop):
                    return
                yield Frame(index, time.monotonic() if is_film else now, pts, paint(frame))
                index += 1
        if stop.is_set() or (duration is not None and last > duration - 1.0):
            return
        raise SourceError(
            f"{self._uri} ended after {index} frames: the other side hung up. Is its server still running?"
        )

    def _packets(
        self,
        container: av.container.InputContainer,
        video: av.video.stream.VideoStream,
        stop: threading.Event,
    ) -> Iterator["av.Packet[av.video.stream.VideoStream]"]:
        """Yield packets until the stream ends or `stop` is set; raise once it was silent for too long."""
        heard = time.monotonic()
        packets = container.demux(video)
        while not stop.is_set():
            began = time.monotonic()
            try:
                packet = next(packets, None)
            except (av.error.ExitError, av.error.TimeoutError, av.error.BlockingIOError):
                silent = time.monotonic() - heard
                if silent > (self._reads - 0.5) * self._patience:
                    raise SourceError(
                        f"{self._uri} stopped sending: nothing for {silent:.1f} s. "
                        "Check the camera and the network."
                    ) from None
                packets = container.demux(video)
                continue
            except av.FFmpegError:
                return  # a broken connection differs from a closed one in nothing that a user could mend
            if packet is None:
                return
            now = time.monotonic()
            if now - began < self._patience:  # else FFmpeg gives out what it still had: nothing was heard
                heard = now
            yield packet


def _options(uri: Uri) -> dict[str, str]:
    """FFmpeg's options: only the protocols that this kind of stream needs, never local files."""
    if uri.scheme.startswith("http"):
        return {"protocol_whitelist": "http,https,tcp,tls,crypto,data"}
    transport = uri.options.get("transport", "tcp")
    if transport not in ("tcp", "udp"):
        raise UsageError(f"Unknown transport {transport!r} in {uri}. Known: tcp, udp.")
    return {
        "protocol_whitelist": "rtsp,rtsps,rtp,srtp,udp,tcp,tls",
        "rtsp_transport": transport,
        # Enough to know the codec; the default waits for seconds of frames to guess a rate from.
        "analyzeduration": "1000000",
        "fpsprobesize": "0",
        "max_delay": "200000",
    }
