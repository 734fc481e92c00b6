"""Where frames come from: one function opens them all by name."""

import os
import re
from pathlib import Path

from engines.errors import UsageError
from stream import uri
from stream.frame import Source
from stream.sources.camera import CameraSource
from stream.sources.clip import ClipSource
from stream.sources.network import NetworkSource
from stream.sources.pictures import PICTURE_SUFFIXES, PicturesSource
from stream.sources.scene import SceneSource

__all__ = ["open_source"]


def open_source(
    text: str,
    *,
    pace: bool = True,
    loop: bool = False,
    width: int | None = None,
    height: int | None = None,
    rate: float | None = None,
    timeout: float = 5.0,
) -> Source:
    """Open an input by what the user typed.

    Files are looked at here, so that a wrong name is told before anything slow begins; cameras and networks
    are opened by `frames`, on the capture thread.

    Args:
        text: `scene://duel`, `0`, `/dev/video0`, `v4l2:///dev/video0`, `camera://NAME`, an `rtsp[s]://` or
            `http[s]://` URL, or a clip, picture, folder or glob of pictures, with `file://` or bare.
        pace: give a clip, scene or pictures at their own speed; otherwise as fast as they can be taken.
        loop: begin a clip or pictures anew at their end, for ever.
        width: pixels to ask of a camera.
        height: pixels to ask of a camera.
        rate: frames a second to ask of a camera; pictures a second (2 by default).
        timeout: seconds that a camera or network may stay silent, at the start and later.

    Raises:
        UsageError: an unknown scheme, or an option that this input does not have.
        SourceError: a file that is missing, empty or not what it should be; or no such camera.
    """
    named = uri.parse(text)
    is_camera = named.scheme in ("v4l2", "camera")
    is_pictures = named.scheme == "file" and _holds_pictures(named.path)
    if (width or height) and not is_camera:
        raise UsageError(f"Only a camera can be asked for a size, and {named} has its own. Drop the size.")
    if rate is not None and not (is_camera or is_pictures):
        raise UsageError(
            f"Only cameras and pictures can be given a rate, and {named} has its own. Drop the rate."
        )
    if loop and named.scheme != "file":
        raise UsageError(f"Only clips and pictures can loop, and {named} is neither. Drop the loop.")
    if is_camera:
        return CameraSource(named, width=width, height=height, rate=rate, timeout=timeout)
    if is_pictures:
        return PicturesSource(named.path, rate=2.0 if rate is None else rate, pace=pace, loop=loop)
    if named.scheme == "file":
        return ClipSource(named.path, pace=pace, loop=loop)
    if named.scheme == "scene":
        return SceneSource(named.host, named.options, pace=pace)
    return NetworkSource(named, timeout=timeout)


def _holds_pictures(path: str) -> bool:
    """Whether a path is a picture, a folder, or a glob; a file whose name has glob letters is that file."""
    place = Path(path)
    if os.path.exists(path):
        return place.is_dir() or place.suffix.lower() in PICTURE_SUFFIXES
    return place.suffix.lower() in PICTURE_SUFFIXES or re.search(r"[*?\[]", path) is not None
