"""Encode video for every sink: no frame is held back, key frames come by time, colours are declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import av
import av.filter
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


@dataclass(frozen=True, slots=True)
class Encoding:
    """Describe how pictures are encoded.

    Attributes:
        encoder: the encoder's name in FFmpeg.
        pixels: the pixel format that it gets.
        options: its options.
        worst_crf: the largest `crf`, its worst quality; None if it has no such option.
    """

    encoder: str
    pixels: str
    options: Mapping[str, str] = field(default_factory=dict)
    worst_crf: int | None = None

    def with_crf(self, crf: int | None) -> Encoding:
        """Return the encoding with another quality; None keeps its own."""
        return self if crf is None else replace(self, options={**self.options, "crf": str(crf)})


H264 = Encoding("libx264", "yuv420p", {"preset": "veryfast", "tune": "zerolatency", "crf": "21"}, 51)
"""Without `zerolatency` it holds back eleven frames: a kill would lose them, and a viewer would wait for
them. It costs 7 to 25 % more bytes for the same PSNR (a drawn scene, a filmed dog)."""

VP9 = Encoding(
    "libvpx-vp9",
    "yuv420p",
    {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "row-mt": "1", "crf": "31", "b": "0"},
    63,
)
"""As quick as H.264 at the same PSNR (512x512: 3 ms a frame, H.264 4 ms); VP8 takes three times as long."""

GIF = Encoding("gif", "pal8", {"gifflags": "-offsetting-transdiff"})
"""256 colours, chosen anew for each picture: 40 dB for a drawn scene, where a fixed palette gives 21.
By default the encoder leaves out pixels whose index is that of the picture before, even if the palette is
another one; the flags switch that off."""


def even(size: Size) -> Size:
    """Return the size, (H, W), with both sides even, as 4:2:0 colours need."""
    return size[0] + size[0] % 2, size[1] + size[1] % 2


def check_encoder(encoding: Encoding) -> None:
    """Check that an encoder is there.

    Raises:
        SinkError: this build of PyAV does not have it.
    """
    try:
        Codec(encoding.encoder, "w")
    except UnknownCodecError as error:
        raise SinkError(f"This PyAV has no {encoding.encoder}. Install the one that pip gives.") from error


def set_up(
    coder: VideoCodecContext, encoding: Encoding, size: Size, rate: Fraction, keyframe_every: float
) -> None:
    """Configure an encoder that is not open yet.

    Args:
        coder: the encoder.
        encoding: its pixel format and options.
        size: (H, W), both even.
        rate: frames a second, for the header; the frames' own times decide when they are shown.
        keyframe_every: seconds between key frames, if frames come at `rate`; see `Timing`.
    """
    coder.height, coder.width = size
    coder.pix_fmt = encoding.pixels
    coder.options = dict(encoding.options)
    coder.time_base = TIME_BASE
    coder.gop_size = max(1, round(keyframe_every * rate))
    coder.max_b_frames = 0
    coder.thread_count = 2
    if encoding.pixels == "yuv420p":
        coder.color_range, coder.colorspace, coder.color_primaries, coder.color_trc = 1, 1, 1, 1


class Timing:
    """Convert views for an encoder: to its size and pixels, with growing times, and key frames when due.

    Args:
        encoding: the encoder's.
        size: (H, W) of the pictures; views of another shape are letterboxed.
        start: seconds of `Frame.pts` that become 0.
        keyframe_every: seconds between key frames; encoders count frames, which is wrong at a slow rate.
    """

    def __init__(self, encoding: Encoding, size: Size, start: float, keyframe_every: float) -> None:
        self._size, self._start = size, start
        self._converted = _Palette(size) if encoding.pixels == "pal8" else _yuv
        self._every = round(keyframe_every * TICKS)
        self._last = -1
        self._next_key = 0

    def __call__(self, view: Image, pts: float) -> av.VideoFrame:
        """Return the picture of one view, uint8 (H, W, 3) BGR, to be shown at `pts` seconds."""
        ticks = max(self._last + 1, round((pts - self._start) * TICKS))
        picture = self._converted(av.VideoFrame.from_ndarray(letterbox(view, self._size), format="bgr24"))
        picture.pts, picture.time_base = ticks, TIME_BASE
        if ticks >= self._next_key:
            picture.pict_type = PictureType.I
            self._next_key = ticks + self._every
        self._last = ticks
        return picture


def _yuv(picture: av.VideoFrame) -> av.VideoFrame:
    return picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)


class _Palette:
    """Convert pictures to 256 colours, which are chosen for each picture, with an ordered dither.

    Args:
        size: (H, W) of the pictures.
    """

    def __init__(self, size: Size) -> None:
        self._graph = graph = av.filter.Graph()
        colours_in = av.VideoFormat("bgr24", size[1], size[0])
        source = graph.add_buffer(width=size[1], height=size[0], format=colours_in, time_base=TIME_BASE)
        split, sink = graph.add("split"), graph.add("buffersink")
        colours = graph.add("palettegen", "stats_mode=single")
        use = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=3")
        source.link_to(split)
        split.link_to(colours, 0, 0)
        split.link_to(use, 1, 0)
        colours.link_to(use, 0, 1)
        use.link_to(sink)
        graph.configure()
        self._pushed = 0

    def __call__(self, picture: av.VideoFrame) -> av.VideoFrame:
        # The filter pairs a picture with its palette by time: times must grow.
        picture.pts, picture.time_base = self._pushed, TIME_BASE
        self._pushed += 1
        self._graph.push(picture)
        converted = self._graph.pull()
        assert isinstance(converted, av.VideoFrame)
        return converted
