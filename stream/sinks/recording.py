"""Mux a clip into its file, and know up to which point the file is complete."""

from __future__ import annotations

import contextlib
import errno
import io
import math
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.stream import VideoStream

from stream.fit import Size
from stream.frame import Image
from stream.sinks.clip_formats import clip_format
from stream.sinks.encode import TIME_BASE, Timing, even, set_up
from stream.sinks.soundtrack import Soundtrack
from stream.sound import Listener

KEYFRAME_EVERY = 2.0
"""Seconds between key frames: a player that seeks has to go back this far at most."""

_BELIEVED = 7 * 86_400.0
"""Longest pause, in seconds, for which this is done; a clip with broken times may have one of centuries."""


class Recording:
    """Hold a clip that is being written: its container, its streams, and how much of it a kill would leave.

    Attributes:
        container: accepts further streams until the first packet is muxed, never later.
        video: the video stream.
        start: seconds of `Frame.pts` that are 0 in the clip, for every stream of it.
        size: (H, W) of its pictures.
    """

    def __init__(
        self,
        path: Path,
        mode: str,
        rate: Fraction,
        size: Size,
        start: float,
        listener: Listener | None = None,
        crf: int | None = None,
    ) -> None:
        """Create the file and its streams; it is empty until the first packet.

        Args:
            path: ends in one of `CLIP_SUFFIXES`.
            mode: `xb` refuses a file that exists, `wb` replaces it.
            rate: frames a second, for the header.
            size: (H, W) of all pictures; made even.
            start: seconds of `Frame.pts` that become 0.
            listener: gives the sound that goes with the pictures; None for no sound.
            crf: the quality of the pictures; by default that of the format.

        Raises:
            OSError: the file cannot be created.
        """
        self.size, self.start = even(size), start
        self._path = path
        self._format = clip_format(path)
        encoding = self._format.encoding.with_crf(crf)
        self._timing = Timing(encoding, self.size, start, KEYFRAME_EVERY)
        self._muxed = self._safe_frames = self._safe_bytes = 0
        self._last, self._rate = start, rate
        self._view: Image | None = None
        self._sound = Soundtrack.choose(listener, path)
        self._held, self._held_after = -math.inf, 0
        self._file = _WholeWrites(path, mode)
        options = {**self._format.options, **(self._sound.options if self._sound else {})}
        self.container = av.open(self._file, "w", format=self._format.muxer, options=options)
        video = self.container.add_stream(encoding.encoder, rate=rate)
        assert isinstance(video, VideoStream)
        self.video = video
        set_up(self.video.codec_context, encoding, self.size, rate, KEYFRAME_EVERY)
        self.video.time_base = TIME_BASE
        if self._sound:
            self._sound.add_to(self.container, start)

    def add(self, view: Image, pts: float) -> None:
        """Encode one frame's view, uint8 (H, W, 3) BGR, to be shown at `pts` seconds.

        Raises:
            OSError: the disk is full, the file was removed, or the like.
            av.FFmpegError: the same, as FFmpeg says it.
        """
        if self._sound and not self._muxed:
            self._sound.begin(pts)
        longest = self._format.longest
        if self._view is not None and self._is_too_soon(pts):
            return
        if pts - self._last <= _BELIEVED:
            while self._view is not None and pts - self._last > longest:
                self._encode(self._view, self._last + longest)
        self._encode(view, pts)

    def _is_too_soon(self, pts: float) -> bool:
        tick = self._format.tick
        if tick is None:
            return False
        before, now = (math.floor((at - self.start) / tick + 0.5) for at in (self._last, pts))
        return now - before < 2

    def _encode(self, view: Image, pts: float) -> None:
        self._view, self._last = view, pts
        packets = self.video.encode(self._timing(view, pts))
        self._hear(pts)
        self.mux(packets)

    def mux(self, packets: Iterable[av.Packet[Any]]) -> None:
        """Write packets of any of the streams, and remember up to which point the file is complete.

        Raises:
            OSError: the disk is full, the file was removed, or the like.
            av.FFmpegError: the same, as FFmpeg says it.
        """
        for packet in packets:
            before = self._file.tell()
            self.container.mux(packet)
            # Muxers hold a fragment back until the next one begins, then write all of it.
            if self._file.tell() > before:
                self._file.check_kept()
                self._safe_frames = self._held_after if self._sound else self._muxed
                self._safe_bytes = self._file.tell()
            # With two streams, the muxer still holds back the last packet in time, to interleave it.
            time = float(packet.dts * packet.time_base) if packet.dts is not None else 0.0
            if time >= self._held:
                self._held, self._held_after = time, self._muxed
            self._muxed += packet.stream is self.video

    def finish(self) -> None:
        """Write the rest and close the file.

        Raises:
            OSError: the disk is full, the file was removed, or the like.
            av.FFmpegError: the same, as FFmpeg says it.
        """
        self.mux(self.video.encode(None))
        self._hear(self._last + float(1 / self._rate))
        self.container.close()
        self._file.check_kept()
        self._file.close()

    def abandon(self) -> int:
        """Cut the file after its last complete fragment; return the number of frames that are left in it."""
        # The muxer's trailer does not fit on the disk either.
        with contextlib.suppress(OSError, av.FFmpegError):
            self.container.close()
        with contextlib.suppress(OSError):  # nor can a file be cut on a disk that became read-only
            self._file.truncate(self._safe_bytes)
        with self._file:
            if not self._file.is_kept:
                return 0
            if not self._safe_frames:  # it holds nothing, and would block the next try
                with contextlib.suppress(OSError):
                    self._path.unlink()
            return self._safe_frames

    def _hear(self, until: float) -> None:
        """Write the sound that has arrived, up to so many seconds of `Frame.pts`."""
        if self._sound:
            self.mux(self._sound.packets(until))


class _WholeWrites(io.FileIO):
    """A file that writes all data or raises; on a nearly full disk, a plain file writes only a part."""

    def write(self, data: Any, /) -> int:
        rest = memoryview(data)
        while rest:
            rest = rest[super().write(rest) :]
        return len(data)

    @property
    def is_kept(self) -> bool:
        """Return whether the file still has a name; a removed one can be written, but is lost when closed."""
        return os.fstat(self.fileno()).st_nlink > 0

    def check_kept(self) -> None:
        """Check that the file was not removed.

        Raises:
            FileNotFoundError: it was removed.
        """
        if not self.is_kept:
            raise FileNotFoundError(errno.ENOENT, "it was removed while it was being written")
