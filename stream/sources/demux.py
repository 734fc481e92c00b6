"""Choose which streams of a clip or network stream are read, and decode the pictures upright."""

import logging
import math
from collections.abc import Iterator
from typing import Any

import av
import av.audio.stream
import av.container
import av.video.reformatter
import av.video.stream
import cv2
import numpy as np
from av.stream import Discard, Disposition

from stream.frame import Image
from stream.sound import Sound
from stream.sources.audio import AudioAligner
from stream.sources.timestamps import Line

log = logging.getLogger(__name__)

_BROADCAST = ("mpegts", "mpeg")
_LEAP = 10.0
_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


def pick_video(container: av.container.InputContainer) -> av.video.stream.VideoStream | None:
    """Return the first real video stream; None if there is none.

    An audio file's cover picture is no video.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def pick_sound(container: av.container.InputContainer) -> av.audio.stream.AudioStream | None:
    """Return the audio stream that FFmpeg would play; None if there is none, or its codec is unknown."""
    best = container.streams.best("audio")
    if not isinstance(best, av.audio.stream.AudioStream) or best.codec_context is None:
        return None
    return best if best.codec_context.sample_rate else None


def clock_start(container: av.container.InputContainer) -> float:
    """Return the time in seconds at which the container's clock begins.

    Broadcast clocks start anywhere; in every other container, zero is the beginning.
    """
    return (container.start_time or 0) / av.time_base if container.format.name in _BROADCAST else 0.0


def leap_of(container: av.container.InputContainer) -> float:
    """Return the seconds beyond which a step of the container's clock counts as a jump."""
    return _LEAP if container.format.name in _BROADCAST else math.inf


def open_audio(
    container: av.container.InputContainer, sound: Sound | None, line: Line, start: float = 0.0
) -> AudioAligner | None:
    """Return what hears the container's sound, if there is any and somebody wants it.

    Args:
        container: open, and not yet read.
        sound: takes the packets, and is told if there will be none; None to read no sound.
        line: the timeline of its frames.
        start: the container's time, in seconds, that counts as 0.
    """
    stream = pick_sound(container) if sound else None
    if sound is None or stream is None:
        if sound:
            sound.begin(None)
        return None
    try:
        return AudioAligner(sound, stream, line, start)
    except ValueError:
        name = stream.codec_context.name
        log.warning("The sound is %s, which no recording can hold.", name, extra={"fields": {"codec": name}})
        sound.begin(None)
        return None


def read_only(
    container: av.container.InputContainer, *wanted: av.stream.Stream | None
) -> Iterator["av.Packet[Any]"]:
    """Read the packets of these streams; the demuxer skips all others."""
    chosen = [stream for stream in wanted if stream is not None]
    for stream in container.streams:
        if stream not in chosen:
            stream.discard = Discard.all
    return container.demux(*chosen)


_ODDEST = 16.0
"""Largest plausible ratio of a pixel's width to its height, or the other way round."""


class PictureDecoder:
    """Convert decoded frames into BGR pictures with square pixels, rotated upright.

    Attributes:
        size: (height, width) of the pictures by the header, before they are rotated.
    """

    def __init__(self, stream: av.video.stream.VideoStream) -> None:
        aspect = float(stream.sample_aspect_ratio or 1.0)
        # Cameras and films have ½ to 2; a broken stream may say 700, and would need gigabytes.
        self._aspect = aspect if 1 / _ODDEST <= aspect <= _ODDEST else 1.0
        self._reformatter = av.video.reformatter.VideoReformatter()
        self.size = stream.height, self._square(stream.width)

    def __call__(self, decoded: av.VideoFrame) -> Image:
        """Return the picture, uint8 (H, W, 3) BGR; its size follows the frame's, also mid-stream."""
        width = self._square(decoded.width)
        image = np.asarray(
            self._reformatter.reformat(decoded, width=width, format="bgr24").to_ndarray(), np.uint8
        )
        turn = _TURNS.get(round(decoded.rotation / 90) * 90 % 360)
        return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)

    def _square(self, width: int) -> int:
        """Return a width in square pixels."""
        return width if self._aspect == 1.0 else max(2, 2 * round(width * self._aspect / 2))
