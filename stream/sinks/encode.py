"""Encode H.264 for every sink: no frame is held back, key frames come by time, colours are declared."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import av
from av.codec.codec import Codec, UnknownCodecError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import Colorspace

from engines.errors import SinkError
from stream.fit import Size, letterbox
from stream.frame import Image

TICKS = 90_000
"""Ticks a second: the clock of RTP, and fine enough for any frame rate."""

TIME_BASE = Fraction(1, TICKS)

ENCODER: Literal["libx264"] = "libx264"
"""The encoder's name in FFmpeg."""

OPTIONS = {"preset": "veryfast", "tune": "zerolatency", "crf": "21"}
"""Options of the encoder. Without `zerolatency` it holds back eleven frames: a kill would lose them, and a
viewer would wait for them. It costs 7 to 25 % more bytes for the same PSNR (a drawn scene, a filmed dog)."""


def even(size: Size) -> Size:
    """Return the size, (H, W), with both sides even, as 4:2:0 colours need."""
    return size[0] + size[0] % 2, size[1] + size[1] % 2


def check_encoder() -> None:
    """Check that there is an H.264 encoder.

    Raises:
        SinkError: this build of PyAV has none.
    """
    try:
        Codec(ENCODER, "w")
    except UnknownCodecError as error:
        raise SinkError(f"This PyAV has no {ENCODER}. Install the one that pip gives.") from error


def set_up(coder: VideoCodecContext, size: Size, rate: Fraction, keyframe_every: float) -> None:
    """Configure an H.264 encoder that is not open yet.

    Args:
        coder: the encoder.
        size: (H, W), both even.
        rate: frames a second, for the header; the frames' own times decide when they are shown.
        keyframe_every: seconds between key frames, if frames come at `rate`; see `Timing`.
    """
    coder.height, coder.width = size
    coder.pix_fmt = "yuv420p"
    coder.time_base = TIME_BASE
    coder.gop_size = max(1, round(keyframe_every * rate))
    coder.max_b_frames = 0
    coder.thread_count = 2
    coder.color_range, coder.colorspace, coder.color_primaries, coder.color_trc = 1, 1, 1, 1


class Timing:
    """Convert views into pictures for an encoder: sized, in YUV, with growing times and key frames when due.

    Args:
        size: (H, W) of the pictures; views of another shape are letterboxed.
        start: seconds of `Frame.pts` that become 0.
        keyframe_every: seconds between key frames; encoders count frames, which is wrong at a slow rate.
    """

    def __init__(self, size: Size, start: float, keyframe_every: float) -> None:
        self._size, self._start = size, start
        self._every = round(keyframe_every * TICKS)
        self._last = -1
        self._next_key = 0

    def __call__(self, view: Image, pts: float) -> av.VideoFrame:
        """Return the picture of one view, uint8 (H, W, 3) BGR, to be shown at `pts` seconds."""
        ticks = max(self._last + 1, round((pts - self._start) * TICKS))
        picture = av.VideoFrame.from_ndarray(letterbox(view, self._size), format="bgr24")
        picture = picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
        picture.pts, picture.time_base = ticks, TIME_BASE
        if ticks >= self._next_key:
            picture.pict_type = PictureType.I
            self._next_key = ticks + self._every
        self._last = ticks
        return picture
