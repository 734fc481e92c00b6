"""Decode the video of one peer, and keep its newest picture only."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np

from neteyes.serve.transports.rtc_clock import CaptureClock
from neteyes.serve.transports.rtc_jitter import EncodedFrame
from stream.frame import Image

MOST_WAITING = 12
"""Encoded frames that wait for the decoder; when more come, all are dropped until the next whole picture."""

MOST_PIXELS = 3840 * 2160
"""Pixels of a picture that is decoded; a larger one is refused before it takes memory."""

ASK_EVERY = 0.3
"""Seconds between two requests for a whole picture."""

MOST_ERRORS = 100
"""Frames in a row that may fail to decode before the peer is given up."""

log = logging.getLogger("neteyes")

_DECODERS = {"VP8": "libvpx", "H264": "h264"}

Take = Callable[[Image, float, int], None]
"""Take a picture, uint8 (H, W, 3) BGR, its capture in monotonic seconds, and its number."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    codec: str
    data: bytes
    captured_at: float
    whole: bool


class IncomingVideo:
    """Stand in place of aiortc's queue of encoded frames: `put` on its loop, `get` on its decoder's thread.

    The decoder's thread stays in `get` and decodes there, so no picture passes through aiortc's own queues,
    which have no bounds. A frame that is followed by a newer one is decoded, since later ones build on it,
    and not converted.

    Args:
        take: called on the decoder's thread with each picture.
        ask: asks the sender for a whole picture; called on any thread.
        failed: called once, on any thread, with words when the video cannot be used.

    Attributes:
        paused: whether frames are dropped before they are decoded.
    """

    def __init__(self, take: Take, ask: Callable[[], None], failed: Callable[[str], None]) -> None:
        self.paused = False
        self.shown = 0
        self.dropped = 0
        self._take, self._ask, self._failed = take, ask, failed
        self._clock = CaptureClock()
        self._frames: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._over = False
        self._needs_whole = True
        self._asked = 0.0
        self._errors = 0
        self._decoder: tuple[str, Any] | None = None

    def put(self, task: tuple[Any, EncodedFrame] | None) -> None:
        """Take aiortc's next encoded frame and those behind it, or its end."""
        arrived = time.monotonic()
        with self._changed:
            if task is None:
                self._over = True
            else:
                codec, first = task
                for frame in (first, *first.behind):
                    self._sort_in(codec.name.upper(), frame, arrived)
            self._changed.notify_all()

    def get(self) -> None:
        """Decode until the end; aiortc's thread ends with the None that this returns."""
        try:
            while (frame := self._next()) is not None:
                self._decode(frame)
        except Exception:  # a fault of ours, which must not leave the peer without an end
            log.exception("A peer's video cannot be taken.")
            self._give_up("The video cannot be taken; the server's log says why.")
        self._decoder = None

    def close(self) -> None:
        """Take no more frames; the thread ends after the one that it decodes."""
        self.put(None)

    def _sort_in(self, codec: str, frame: EncodedFrame, arrived: float) -> None:
        captured_at = self._clock.captured_at(frame.rtp_time, arrived)
        whole, pixels = _is_whole(codec, frame.data)
        if pixels > MOST_PIXELS:
            self._give_up(f"The video's pictures have {pixels} pixels. Choose a smaller size.")
            return
        if len(self._frames) >= MOST_WAITING:
            self.dropped += len(self._frames)
            self._frames.clear()
            self._needs_whole = True
        self._needs_whole |= frame.broken or self.paused
        if self._needs_whole and not whole:
            self.dropped += 1
            if not self.paused:
                self._ask_for_whole()
            return
        if self.paused:
            return
        self._needs_whole = False
        self._frames.append(_Waiting(codec, frame.data, captured_at, whole))

    def _next(self) -> _Waiting | None:
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._over)
            return None if self._over else self._frames.popleft()

    def _decode(self, frame: _Waiting) -> None:
        if self._decoder is None or self._decoder[0] != frame.codec:
            self._decoder = frame.codec, _decoder(frame.codec)
        try:
            pictures = self._decoder[1].decode(av.Packet(frame.data))
        except (av.FFmpegError, ValueError):
            self._after_error()
            return
        self._errors = 0
        if not pictures:
            return
        picture = pictures[-1]
        if picture.width * picture.height > MOST_PIXELS:
            self._give_up(
                f"The video's pictures are {picture.width}x{picture.height}. Choose a smaller size."
            )
        elif self._frames or self._over:
            self.dropped += 1  # a newer one waits
        else:
            self._take(_to_bgr(picture), frame.captured_at, self.shown)
            self.shown += 1

    def _after_error(self) -> None:
        self._errors += 1
        if self._errors >= MOST_ERRORS:
            self._give_up("The video cannot be decoded. Send VP8, or H.264 with 8 bits and 4:2:0.")
            return
        with self._changed:
            self._needs_whole = True
            self._ask_for_whole()

    def _ask_for_whole(self) -> None:
        if time.monotonic() - self._asked >= ASK_EVERY:
            self._asked = time.monotonic()
            self._ask()

    def _give_up(self, words: str) -> None:
        with self._changed:
            first, self._over = not self._over, True
            self._changed.notify_all()
        if first:
            self._failed(words)


def _decoder(codec: str) -> Any:
    context = av.CodecContext.create(_DECODERS[codec], "r")
    context.thread_count = 1  # threads of a decoder keep frames back
    context.flags |= av.codec.context.Flags.low_delay
    context.options = {"max_pixels": str(MOST_PIXELS)}
    return context


def _is_whole(codec: str, data: bytes) -> tuple[bool, int]:
    """Tell whether a frame can be decoded alone, and its number of pixels; 0 if it does not say."""
    if codec == "VP8":  # RFC 6386, 9.1
        if len(data) < 10 or data[0] & 1:
            return False, 0
        width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
        return True, (width & 0x3FFF) * (height & 0x3FFF)
    place = data.find(b"\x00\x00\x01")
    while place >= 0 and place + 3 < len(data):
        if data[place + 3] & 0x1F in (5, 7):  # a picture of its own, or a sequence's parameters
            return True, 0
        place = data.find(b"\x00\x00\x01", place + 3)
    return False, 0


def _to_bgr(picture: av.VideoFrame) -> Image:
    if picture.format.name == "yuv420p" and picture.width % 2 == 0 and picture.height % 2 == 0:
        image: Any = cv2.cvtColor(picture.to_ndarray(), cv2.COLOR_YUV2BGR_I420)
        return np.asarray(image, np.uint8)
    return np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
