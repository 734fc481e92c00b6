"""Clips: H.264 in fragmented MP4 or in Matroska, playable up to the last fragment whatever happens."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.frame import PictureType
from av.video.reformatter import Colorspace

from engines.errors import SinkError
from stream.fit import Size, letterbox
from stream.frame import Frame, Image
from stream.sinks.files import check_output, reason
from stream.views import view_of

CLIP_SUFFIXES = (".mp4", ".mkv")

_TICKS = 90_000
_KEYFRAME_EVERY = 2 * _TICKS
_ENCODER = {"preset": "veryfast", "crf": "20"}
# Half a second of a clip is the most that a kill can cost. `flush_packets` hands each fragment to the file
# as soon as it is whole; `delay_moov` keeps the time of the first frame.
_MUXER = {
    ".mp4": {
        "movflags": "frag_keyframe+empty_moov+delay_moov+default_base_moof",
        "frag_duration": "500000",
        "flush_packets": "1",
    },
    ".mkv": {"cluster_time_limit": "500", "flush_packets": "1"},
}
_FORMATS = {".mp4": "mp4", ".mkv": "matroska"}


class ClipSink:
    """Writes each frame's view to a clip, at the frame's own time.

    The first view decides the size; later ones of another size are letterboxed into it. The file is made with
    the first frame.
    """

    keeps_all = True

    def __init__(self, path: Path, *, overwrite: bool = False, rate: float | None = None) -> None:
        """Check that `path` can be written.

        Args:
            path: ends in .mp4 or .mkv.
            overwrite: whether an existing file may be replaced.
            rate: frames a second for the header, where the source knows.

        Raises:
            SinkError: it exists and may not be overwritten, or its folder cannot be written into.
        """
        check_output(path, overwrite=overwrite)
        self._path = path
        self._mode = "wb" if overwrite else "xb"
        self._rate = Fraction(rate or 30).limit_denominator(1001)
        self._recording: _Recording | None = None
        self._failed = False

    def write(self, frame: Frame) -> bool:
        """Encode one frame.

        Raises:
            SinkError: the disk is full, or the like; the message says how many frames the file holds safely.
        """
        view = view_of(frame)
        try:
            if self._recording is None:
                self._recording = _Recording(self._path, self._mode, self._rate, view.shape[:2], frame.pts)
            self._recording.add(view, frame.pts)
        except (OSError, av.FFmpegError) as error:
            raise self._broken(error) from error
        return True

    def close(self) -> None:
        """Finish the file; does nothing if no frame came, or after an error.

        Raises:
            SinkError: the rest cannot be written.
        """
        if self._recording is None or self._failed:
            return
        try:
            self._recording.finish()
        except (OSError, av.FFmpegError) as error:
            raise self._broken(error) from error

    def _broken(self, error: OSError | av.FFmpegError) -> SinkError:
        self._failed = True
        safe = self._recording.abandon() if self._recording else 0
        kept = f"Its first {safe} frames are safe and playable." if safe else "It holds no frames."
        return SinkError(f"Cannot write '{self._path}': {reason(error)}. {kept}")


class _WholeWrites(io.FileIO):
    """A file whose `write` writes all or raises; on a nearly full disk the plain one writes but a part."""

    def write(self, data: Any, /) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[super().write(rest) :]
        return len(data)


class _Recording:
    """An open clip that knows up to where its file is whole."""

    def __init__(self, path: Path, mode: str, rate: Fraction, size: Size, start: float) -> None:
        self._size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        # A clip keeps its own times; the clock of a live source starts anywhere, its recording at 0.
        self._start = 0.0 if 0 <= start < 10 else start
        self._last_ticks = -1
        self._next_keyframe = 0
        self._muxed = self._safe_frames = self._safe_bytes = 0
        self._file = _WholeWrites(path, mode)
        suffix = path.suffix.lower()
        self._container = av.open(self._file, "w", format=_FORMATS[suffix], options=_MUXER[suffix])
        stream = self._container.add_stream("libx264", rate=rate, options=_ENCODER)
        stream.height, stream.width = self._size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
        stream.gop_size = max(1, round(2 * rate))
        stream.max_b_frames = 0
        stream.thread_count = 2
        stream.color_range, stream.colorspace, stream.color_primaries, stream.color_trc = 1, 1, 1, 1
        self._stream = stream

    def add(self, view: Image, pts: float) -> None:
        ticks = max(self._last_ticks + 1, round((pts - self._start) * _TICKS))
        picture = av.VideoFrame.from_ndarray(letterbox(view, self._size), format="bgr24")
        picture = picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
        picture.pts, picture.time_base = ticks, Fraction(1, _TICKS)
        if ticks >= self._next_keyframe:
            picture.pict_type = PictureType.I
            self._next_keyframe = ticks + _KEYFRAME_EVERY
        self._last_ticks = ticks
        self._mux(self._stream.encode(picture))

    def finish(self) -> None:
        self._mux(self._stream.encode(None))
        self._container.close()
        self._file.close()

    def abandon(self) -> int:
        """Cut the file after its last whole fragment; return how many frames it holds."""
        # The muxer's last words do not fit on the disk either.
        with contextlib.suppress(OSError, av.FFmpegError):
            self._container.close()
        self._file.truncate(self._safe_bytes)
        self._file.close()
        return self._safe_frames

    def _mux(self, packets: Iterable[av.Packet[Any]]) -> None:
        for packet in packets:
            before = self._file.tell()
            self._container.mux(packet)
            # Muxers hold a fragment back until the next one begins, then write it whole.
            if self._file.tell() > before:
                self._safe_frames, self._safe_bytes = self._muxed, self._file.tell()
            self._muxed += 1
