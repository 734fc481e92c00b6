"""RTSP and HTTP streams as sources, read with the least delay; every wait has a timeout."""

import threading
import time
from collections.abc import Iterator

import av
import av.codec.context
import av.container
from av.video.stream import VideoStream

from engines.errors import SourceError
from stream.frame import Frame
from stream.resilience.probe import rtsp_options
from stream.sound import Sound
from stream.sources.audio import AudioAligner
from stream.sources.connection import Connection
from stream.sources.demux import PictureDecoder, clock_start, leap_of, open_audio, pick_video
from stream.sources.pace import Pacer
from stream.sources.reader import Reader, patience, spot_damage
from stream.sources.reconnect.status import FeedTally
from stream.sources.timestamps import LiveTimeline, Timeline
from stream.uri import Uri


class NetworkSource:
    """A stream from a camera or server.

    A video file from a web server is yielded at the speed of its own timestamps; anything else is live.

    Attributes:
        sound: the sound of the stream; None if none was asked for.
    """

    live = True
    mirrored = False
    frame_count: int | None = None

    def __init__(
        self, uri: Uri, *, timeout: float = 5.0, tally: FeedTally | None = None, sound: Sound | None = None
    ) -> None:
        """Remember the stream's address; `frames` connects.

        Args:
            uri: `rtsp`, `rtsps`, `http` or `https`; RTSP comes over TCP unless it says `?transport=udp`.
            timeout: seconds of silence, before the first frame or later, after which `frames` raises.
            tally: counts the bytes that come in, and the frames that come damaged.
            sound: takes the packets of its sound; None to skip them.

        Raises:
            UsageError: an unknown transport, or UDP for `rtsps`.
        """
        self._uri = uri
        self._timeout = timeout
        self._tally = tally or FeedTally()
        self.sound = sound
        # RTSP can be read on after a read that timed out; HTTP cannot.
        self._cuts = 1 if uri.scheme.startswith("rtsp") else 0
        self._options = _options(uri)
        self.rate: float | None = None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Connect and yield frames as they arrive; `captured_at` is when a frame was decoded.

        Frames that were damaged on the network are counted and not shown.

        Raises:
            SourceError: nothing answers, access is refused, there is no video, or the video stopped.
        """
        container = self._connect(stop)
        if container is None:
            return
        with container:
            video = pick_video(container)
            if video is None or video.codec_context is None:
                raise SourceError(
                    f"{self._uri} sends no video that can be decoded. Try the path of another stream.",
                    "no video",
                )
            self.rate = float(video.average_rate) if video.average_rate else None
            if container.duration and self._uri.scheme.startswith("http"):
                yield from self._film(container, video, stop)
            else:
                yield from self._live(container, video, stop)

    def close(self) -> None:
        """Nothing is left to close: `frames` hangs up when it ends."""

    def _connect(self, stop: threading.Event) -> av.container.InputContainer | None:
        attempt = Connection(
            self._uri, self._options, timeout=self._timeout, read=patience(self._timeout, self._cuts)
        )
        return attempt.wait(stop)

    def _live(
        self, container: av.container.InputContainer, video: VideoStream, stop: threading.Event
    ) -> Iterator[Frame]:
        paint, timeline, index = PictureDecoder(video), LiveTimeline(), 0
        spot_damage(video.codec_context)
        video.codec_context.flags |= av.codec.context.Flags.low_delay
        audio = open_audio(container, self.sound, timeline)
        for decoded in self._reader(container, video, audio).frames(stop):
            now = time.monotonic()
            pts = timeline(decoded.time, now)
            if pts is None:
                continue
            yield Frame(index, now, pts, paint(decoded))
            index += 1
            if audio:
                audio.settle()
        if not stop.is_set():
            raise self._ended(index)

    def _film(
        self, container: av.container.InputContainer, video: VideoStream, stop: threading.Event
    ) -> Iterator[Frame]:
        timeline, start, pacer = Timeline(self.rate, leap_of(container)), clock_start(container), Pacer()
        paint, index, pts = PictureDecoder(video), 0, 0.0
        video.thread_type = "SLICE"  # frame threads would hold back one frame each
        audio = open_audio(container, self.sound, timeline, start)
        for decoded in self._reader(container, video, audio).frames(stop):
            pts = timeline(None if decoded.time is None else decoded.time - start)
            if not pacer.wait(pts, stop):
                return
            yield Frame(index, time.monotonic(), pts, paint(decoded))
            index += 1
            if audio:
                audio.settle()
        if not stop.is_set() and pts <= (container.duration or 0) / av.time_base - 1.0:
            raise self._ended(index)

    def _reader(
        self, container: av.container.InputContainer, video: VideoStream, audio: AudioAligner | None
    ) -> Reader:
        return Reader(
            container,
            video,
            audio,
            name=str(self._uri),
            tally=self._tally,
            timeout=self._timeout,
            cuts=self._cuts,
        )

    def _ended(self, frames: int) -> SourceError:
        return SourceError(
            f"{self._uri} ended after {frames} frames: the other side hung up. Is its server still running?",
            "ended",
        )


def _options(uri: Uri) -> dict[str, str]:
    """Return FFmpeg's options: only the protocols that this kind of stream needs, never local files."""
    if uri.scheme.startswith("http"):
        return {"protocol_whitelist": "http,https,tcp,tls,crypto,data"}
    options = rtsp_options(uri)
    if options["rtsp_transport"] == "udp":  # otherwise the UDP port would take pictures from any sender
        options["rtsp_flags"] = "filter_src"
    return options | {
        # Enough to know the codec; the default waits for seconds of frames to guess a rate from.
        "analyzeduration": "1000000",
        "fpsprobesize": "0",
        "max_delay": "200000",
    }
