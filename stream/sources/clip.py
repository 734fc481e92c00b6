"""Video files as sources: every frame exactly once, at its own time."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import av.container
import av.video.stream

from engines.errors import SourceError
from stream.files import require_file
from stream.frame import Frame, Image
from stream.sound import Sound
from stream.sources.clip_length import declared_length
from stream.sources.demux import (
    PictureDecoder,
    clock_start,
    leap_of,
    open_audio,
    pick_sound,
    pick_video,
    read_only,
)
from stream.sources.pace import Pacer
from stream.sources.timestamps import Timeline

# Only real containers, and only this file: a play list named .mp4 must not make FFmpeg open anything else.
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,flv,asf,ogg,gif,apng,mjpeg,h264,hevc,av1,"
    "obu,ivf,mxf,dv,yuv4mpegpipe,nut,rm,wtv,mp3,wav,flac,aac",
}


class ClipSource:
    """A clip in any container that FFmpeg reads, rotated upright as its metadata say.

    Attributes:
        size: (height, width) of its frames by its header, before they are rotated.
        sound: the sound of the clip; None if it has none, or if `sound` was False.
    """

    live = False
    mirrored = False

    def __init__(self, path: str, *, pace: bool = True, loop: bool = False, sound: bool = True) -> None:
        """Open the clip and read its header.

        Args:
            path: the file; no name is ever taken for a protocol of FFmpeg.
            pace: yield the frames at their own speed; otherwise as fast as they are consumed.
            loop: start again at the end, for ever.
            sound: whether to read its sound as well.

        Raises:
            SourceError: the file is missing, empty, not a video, or has only sound.
        """
        self._path = Path(path)
        self._pace = pace
        self._loop = loop
        require_file(self._path)
        length = declared_length(self._path)
        size = self._path.stat().st_size
        self._missing = (
            f"the file has only {size} of its {length} bytes" if length and length > size else None
        )
        self._container, self._video = self._open()
        rate = self._video.average_rate
        self.rate = float(rate) if rate else None
        self.frame_count = None if loop else self._video.frames or None
        self.size: tuple[int, int] | None = PictureDecoder(self._video).size
        self.sound = Sound() if sound and pick_sound(self._container) else None

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield every frame once, in order; a damaged clip yields all that can be decoded, then raises.

        Raises:
            SourceError: the clip is cut short or damaged.
        """
        timeline, pacer, index = Timeline(self.rate, leap_of(self._container)), Pacer(), 0
        while True:
            for image, pts in self._decode(timeline, stop):
                if self._pace and not pacer.wait(pts, stop):
                    return
                yield Frame(index, time.monotonic(), pts, image)
                index += 1
            if not self._loop or stop.is_set():
                return
            timeline.again()
            self._container.close()
            self._container, self._video = self._open()

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _open(self) -> tuple[av.container.InputContainer, av.video.stream.VideoStream]:
        try:
            # With the protocol in front, FFmpeg takes a name such as "concat:a|b" for a file name only.
            container = av.open(f"file:{self._path}", options=dict(_OPTIONS), metadata_errors="replace")
        except av.FFmpegError:
            if self._missing:
                raise SourceError(
                    f"{self._path} is cut short, and its index was at the end: {self._missing}. "
                    "Copy or record it again.",
                    "damaged",
                ) from None
            raise SourceError(
                f"{self._path} is not a video that can be read. Give an MP4, MKV, WebM, MOV or AVI clip; "
                "a recording that was never finished cannot be opened either.",
                "no video",
            ) from None
        video = pick_video(container)
        if video is None or video.codec_context is None:
            tracks = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
            container.close()
            if video is not None:
                raise SourceError(
                    f"{self._path} uses a video codec that cannot be decoded here. Convert it to H.264.",
                    "no video",
                )
            raise SourceError(
                f"{self._path} holds no video, only {tracks}. Give a clip with pictures in it.", "no video"
            )
        video.thread_type = "AUTO"
        return container, video

    def _decode(self, timeline: Timeline, stop: threading.Event) -> Iterator[tuple[Image, float]]:
        """Yield each picture and its time in seconds, once; raise at the end if anything was lost."""
        paint, start = PictureDecoder(self._video), clock_start(self._container)
        audio = open_audio(self._container, self.sound, timeline, start)
        damaged = count = 0
        packets = read_only(self._container, self._video, audio.stream if audio else None)
        while not stop.is_set():
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                if audio and packet.stream is audio.stream:
                    audio.take(packet)
                    continue
                decoded = packet.decode()
            except av.FFmpegError:
                # Reading or decoding failed, but later packets may be good; at the end, next() returns None.
                damaged += 1
                continue
            damaged += packet.is_corrupt
            for frame in decoded:
                pts = timeline(None if frame.time is None else frame.time - start)
                if audio:
                    audio.settle()
                yield paint(frame), pts
                count += 1
        else:
            return
        # Some cameras write a wrong length, so a wrong length alone is no error: frames must be missing.
        if self._missing and (damaged or count != self._video.frames):
            raise SourceError(
                f"{self._path} is cut short after {count} frames: {self._missing}. Copy it again.", "damaged"
            )
        if damaged:
            raise SourceError(
                f"{self._path} is damaged: {damaged} parts were lost, {count} frames could be shown. "
                "Copy or record it again.",
                "damaged",
            )
        if not count:
            raise SourceError(
                f"{self._path} holds no frame that can be decoded. Copy or record it again.", "damaged"
            )
