"""Encode views as VP8 or H.264, without delay and within a bit rate."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

import av
import cv2
import numpy as np
from av.video.frame import PictureType

from neteyes.serve.transports.rtc_clock import RATE
from neteyes.serve.transports.rtc_offer import Codec
from stream.frame import Image

BITS_A_PIXEL = 0.25
"""Bits for a pixel of a frame at 30 frames a second: edges between painted areas stay sharp."""

LEAST, MOST = 400_000, 4_000_000
"""Bits a second for small and for large views."""

Packet: TypeAlias = "av.Packet[Any]"
"""An encoded frame."""

_TIME_BASE = Fraction(1, RATE)


def suitable_bitrate(height: int, width: int) -> int:
    """Return the bits a second that suit a view of this size at 30 frames a second."""
    return int(min(max(height * width * 30 * BITS_A_PIXEL, LEAST), MOST))


class VideoEncoder:
    """Encode one stream of pictures of one size.

    Args:
        codec: VP8 or H264.
        height: rows of the pictures; even.
        width: columns of the pictures; even.
        bitrate: bits a second.
    """

    def __init__(self, codec: Codec, height: int, width: int, bitrate: int) -> None:
        self.size = height, width
        self.bitrate = bitrate
        name, options = ("libvpx", _vp8(bitrate)) if codec == "VP8" else ("libx264", _h264(bitrate))
        context: Any = av.CodecContext.create(name, "w")
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.bit_rate = bitrate
        context.time_base = _TIME_BASE
        context.framerate = Fraction(30)
        context.gop_size = 30_000  # whole pictures come when they are asked for
        context.thread_count = 1
        if codec == "H264":
            context.profile = "Baseline"
        context.options = options
        self._context = context

    def encode(self, image: Image, at: int, whole: bool) -> list[Packet]:
        """Encode one picture; returns its packets, one as a rule.

        Args:
            image: uint8 (H, W, 3) BGR, of the encoder's size.
            at: the time to show it, in ticks of `RATE` a second; later than that of the picture before.
            whole: whether it can be decoded without those before it.
        """
        frame = av.VideoFrame.from_ndarray(
            np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8), format="yuv420p"
        )
        frame.pts, frame.time_base = at, _TIME_BASE
        if whole:
            frame.pict_type = PictureType.I
        packets: list[Packet] = self._context.encode(frame)
        return packets


def _vp8(bitrate: int) -> dict[str, str]:
    return {
        "deadline": "realtime",
        "cpu-used": "-8",  # negative: that speed, whatever time a frame took
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
        "static-thresh": "1",
        "minrate": str(bitrate),
        "maxrate": str(bitrate),
        "bufsize": str(bitrate // 2),
        "undershoot-pct": "100",
        "overshoot-pct": "15",
        "qmin": "2",
        "qmax": "56",
    }


def _h264(bitrate: int) -> dict[str, str]:
    return {
        "preset": "superfast",
        "tune": "zerolatency",
        "forced-idr": "1",
        "maxrate": str(bitrate),
        "bufsize": str(bitrate // 2),
        "level": "4.0",
    }
