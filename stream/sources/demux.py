"""What clips and network streams share: from packets to upright pictures with growing times."""

import math

import av
import av.container
import av.video.reformatter
import av.video.stream
import cv2
import numpy as np
from av.stream import Discard, Disposition

from stream.frame import Image

TICK = 0.001
"""Seconds between two frames whose own times do not grow."""

_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


def pick_video(container: av.container.InputContainer) -> av.video.stream.VideoStream | None:
    """Return the first real video stream, telling the demuxer to pass over all others; None if there is none.

    An audio file's cover picture is no video.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            for other in container.streams:
                if other is not stream:
                    other.discard = Discard.all
            return stream
    return None


class Painter:
    """Turns decoded frames into BGR pictures as they are meant to be seen: square pixels, right side up."""

    def __init__(self, stream: av.video.stream.VideoStream) -> None:
        aspect = stream.sample_aspect_ratio
        self._aspect = float(aspect) if aspect else 1.0
        self._reformatter = av.video.reformatter.VideoReformatter()

    def __call__(self, decoded: av.VideoFrame) -> Image:
        """Return the picture, uint8 (H, W, 3) BGR; its size follows the frame's, also mid-stream."""
        width = decoded.width if self._aspect == 1.0 else max(2, 2 * round(decoded.width * self._aspect / 2))
        image = np.asarray(
            self._reformatter.reformat(decoded, width=width, format="bgr24").to_ndarray(), np.uint8
        )
        turn = _TURNS.get(round(decoded.rotation / 90) * 90 % 360)
        return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)


class Timeline:
    """A clip's own times, made to grow always: frames without a time get one from the rate."""

    def __init__(self, rate: float | None) -> None:
        self._step = 1 / rate if rate else 0.04
        self._last = -math.inf
        self._offset = 0.0

    def __call__(self, seconds: float | None) -> float:
        """Return the seconds at which this frame is shown, greater than any before."""
        if seconds is None:
            pts = 0.0 if self._last == -math.inf else self._last + self._step
        else:
            pts = max(seconds + self._offset, self._last + TICK)
        self._last = pts
        return pts

    def again(self) -> None:
        """Let the times that follow, from 0 again, come after those so far."""
        if self._last > -math.inf:
            self._offset = self._last + self._step


class LiveTimeline:
    """A live stream's times from 0, by its own clock where that clock makes sense, else by arrival.

    RTP clocks jump when the first sender report comes, and some cameras send none at all.
    """

    JUMP = 2.0

    def __init__(self) -> None:
        self._pts = 0.0
        self._arrived: float | None = None
        self._seconds: float | None = None

    def __call__(self, seconds: float | None, arrived: float) -> float | None:
        """Return the seconds since the first frame; None for a frame that comes after a later one.

        Args:
            seconds: the frame's own time, None where it has none.
            arrived: `time.monotonic()` when it was decoded.
        """
        if self._arrived is None:
            self._arrived, self._seconds = arrived, seconds
            return 0.0
        step = waited = max(arrived - self._arrived, TICK)
        if seconds is not None and self._seconds is not None:
            own = seconds - self._seconds
            if -self.JUMP < own <= 0:
                return None
            if 0 < own < waited + self.JUMP:
                step = own
        self._arrived, self._seconds = arrived, seconds
        self._pts += step
        return self._pts
