"""List the formats of clips: the container, the encoder and the quality of each suffix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engines.errors import UsageError
from stream.sinks.encode import GIF, H264, VP9, Encoding

_HOURS = 6 * 3600.0
"""Longest time of one picture in seconds: MP4 has 31 bits of ticks for it."""


@dataclass(frozen=True, slots=True)
class ClipFormat:
    """Describe one format of clips.

    Attributes:
        muxer: name of the container in FFmpeg.
        encoding: how its pictures are encoded.
        options: options of the muxer.
        sound_options: those that are added, or replace others, in a clip with sound; None if it has no sound.
        longest: seconds that one picture may be shown; in a longer pause it is written again.
        tick: seconds that times are multiples of, if that matters: pictures that would be less than two ticks
            apart are left out.
    """

    muxer: str
    encoding: Encoding
    options: Mapping[str, str] = field(default_factory=dict)
    sound_options: Mapping[str, str] | None = None
    longest: float = _HOURS
    tick: float | None = None


# A fragment is closed by the frame that comes half a second after its first. So a kill costs half a second,
# and the time until the next frame; `flush_packets` writes each fragment to the file as soon as it is
# complete. `delay_moov` keeps the time of the first frame.
_MP4 = {
    "movflags": "frag_keyframe+empty_moov+delay_moov+default_base_moof",
    "frag_duration": "500000",
    "flush_packets": "1",
}
_MKV = {"cluster_time_limit": "500", "flush_packets": "1"}

# `delay_moov` would wait with all pictures for the first sound; without it `frag_discont` keeps the time of
# the first frame. The interleaver would hold pictures back for up to ten seconds where the sound pauses.
_MKV_SOUND = {"max_interleave_delta": "1"}
_MP4_SOUND = {
    "movflags": "frag_keyframe+empty_moov+frag_discont+default_base_moof",
    "use_editlist": "0",
    "avoid_negative_ts": "disabled",
    **_MKV_SOUND,
}

CLIP_FORMATS: Mapping[str, ClipFormat] = {
    ".mp4": ClipFormat("mp4", H264, _MP4, _MP4_SOUND),
    ".mov": ClipFormat("mov", H264, _MP4, _MP4_SOUND),
    ".mkv": ClipFormat("matroska", H264, _MKV, _MKV_SOUND),
    ".webm": ClipFormat("webm", VP9, _MKV, _MKV_SOUND),
    # A GIF counts in hundredths of a second and has 16 bits for the time of a picture. Browsers slow down a
    # picture that is shorter than two hundredths.
    ".gif": ClipFormat("gif", GIF, {"flush_packets": "1"}, longest=600.0, tick=0.01),
}
"""The formats by suffix."""

CLIP_SUFFIXES = tuple(CLIP_FORMATS)


def clip_format(path: Path) -> ClipFormat:
    """Return the format of a clip by the suffix of its path, which must be one of `CLIP_SUFFIXES`."""
    return CLIP_FORMATS[path.suffix.lower()]


def crf_of(text: str, path: Path) -> int:
    """Return the quality that `?crf=` asks of a clip: 0 is the best, and the largest files.

    Raises:
        UsageError: it is no whole number in the format's range, or the format has no such quality.
    """
    worst = clip_format(path).encoding.worst_crf
    if worst is None:
        raise UsageError(
            f"A {path.suffix} has no crf: its colours are always as good as they can be. Drop crf."
        )
    if not (text.isascii() and text.isdecimal()) or int(text) > worst:
        raise UsageError(f"crf={text} is invalid. Give a whole number from 0, the best, to {worst}.")
    return int(text)
