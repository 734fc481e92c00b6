"""Sources of frames: open any input by name, and reconnect a live one whenever it breaks."""

import os
import re
from pathlib import Path
from typing import TypedDict, Unpack

from engines.errors import UsageError
from stream import uri
from stream.cameras.finder import CameraFinder
from stream.faults import Faults, open_faulty
from stream.frame import HasSize, Source
from stream.sound import Sound
from stream.sources.camera import CameraSource
from stream.sources.clip import ClipSource
from stream.sources.network import NetworkSource
from stream.sources.pictures import PICTURE_SUFFIXES, PicturesSource
from stream.sources.reconnect.feed import Feed
from stream.sources.reconnect.status import FeedTally, Status
from stream.sources.scene import SceneSource
from stream.sources.screens.capture_area import ScreenTarget
from stream.sources.screens.screen_options import screen_options
from stream.sources.screens.screen_source import ScreenSource

__all__ = ["Asked", "SourceMemory", "open_feed", "open_source"]

CAMERAS = ("v4l2", "camera")
"""The schemes of local cameras."""


class Asked(TypedDict, total=False):
    """Hold the options for opening an input.

    Attributes:
        pace: give a clip, scene or pictures at their own speed (the default), or as fast as can be.
        loop: start a clip or pictures again at their end, for ever.
        width: pixels to ask of a camera.
        height: pixels to ask of a camera.
        rate: frames a second to ask of a camera, or to take of a screen (30 by default); pictures a second (2
            by default).
        timeout: seconds that a camera or network may stay silent, at the start and later (5 by default).
        sound: whether the input's sound is read for recordings, where it has any (yes by default).
    """

    pace: bool
    loop: bool
    width: int | None
    height: int | None
    rate: float | None
    timeout: float
    sound: bool


class SourceMemory:
    """Hold the state of an input that has to outlive each of its connections.

    Args:
        named: the input.
        tally: counts bytes and damaged frames.
        sound: whether its sound is wanted.

    Attributes:
        faults: those of a `fault+…` input; their clock runs on over all openings. None without `fault+`.
        finder: finds the same camera again if it comes back under another number; None if it is no camera.
        screen: finds the same window again, and holds what was said; None if it is no screen.
        sound: the sound packets of a network stream; None if it is another input or `sound` is False.

    Raises:
        UsageError: an option of a fault or a screen is invalid.
    """

    def __init__(self, named: uri.Uri, tally: FeedTally, *, sound: bool = True) -> None:
        self.tally = tally
        self.faults = Faults(named) if named.is_faulty else None
        inner = self.faults.inner if self.faults else named
        self.finder = CameraFinder(inner) if inner.scheme in CAMERAS else None
        self.screen = ScreenTarget(screen_options(inner)) if inner.scheme == "screen" else None
        self.sound = Sound() if sound and inner.scheme in uri.NETWORK else None


def open_source(named: str | uri.Uri, memory: SourceMemory | None = None, **asked: Unpack[Asked]) -> Source:
    """Open an input by its name or `Uri`.

    Files and the titles of windows are checked here, so that the user sees a wrong name before anything slow
    begins. Cameras, networks and screens are opened by `frames`, on the capture thread.

    Args:
        named: `scene://duel`, `0`, `/dev/video0`, `v4l2:///dev/video0`, `camera://NAME`, `screen://`, an
            `rtsp[s]://` or `http[s]://` URL, or a clip, picture, folder or glob of pictures, with `file://`
            or bare; with `fault+` in front of its scheme, the input fails as its query says.
        memory: the state kept between openings, where the input is opened more than once.
        **asked: see `Asked`.

    Raises:
        UsageError: an unknown scheme, or an option that this input does not have.
        SourceError: a file that is missing, empty or of the wrong kind; or no such camera, window or scene.
    """
    named = uri.parsed(named)
    memory = memory or SourceMemory(named, FeedTally(), sound=asked.get("sound", True))
    if memory.faults is None:
        return _open(named, memory, asked)
    timeout = asked.get("timeout", 5.0)
    return open_faulty(memory.faults, lambda inner: _open(inner, memory, asked), timeout=timeout)


def open_feed(named: str | uri.Uri, retry: int | None = None, **asked: Unpack[Asked]) -> Source:
    """Open an input as `open_source` does, and reconnect it whenever it breaks, if it is live.

    Args:
        named: as in `open_source`.
        retry: how many tries in a row may fail before the error is raised; None for ever.
        **asked: see `Asked`.

    Returns:
        A `Feed`, which has a status, around a live source; any other source is returned as it is.

    Raises:
        UsageError: as `open_source`.
        SourceError: as `open_source`.
    """
    named = uri.parsed(named)
    status = Status(str(named))
    memory = SourceMemory(named, status.tally, sound=asked.get("sound", True))

    def opener() -> Source:
        return ready.pop() if ready else open_source(named, memory, **asked)

    # Errors that can be found at once are raised here: an invalid option, a missing file.
    ready: list[Source] = []
    first = opener()
    if not first.live:
        return first
    ready.append(first)
    return Feed(
        status,
        opener,
        retry=retry,
        mirrored=first.mirrored,
        rate=first.rate,
        sound=memory.sound,
        size=first.size if isinstance(first, HasSize) else None,
        may_stand_still=memory.screen is not None,
    )


def _open(named: uri.Uri, memory: SourceMemory, asked: Asked) -> Source:
    pace, loop = asked.get("pace", True), asked.get("loop", False)
    width, height, rate = asked.get("width"), asked.get("height"), asked.get("rate")
    timeout = asked.get("timeout", 5.0)
    is_camera = named.scheme in CAMERAS
    is_pictures = named.scheme == "file" and _holds_pictures(named.path)
    if (width or height) and not is_camera:
        raise UsageError(f"Only a camera can be asked for a size, and {named} has its own. Drop the size.")
    if rate is not None and not (is_camera or is_pictures or memory.screen):
        raise UsageError(
            f"Only cameras, screens and pictures can be given a rate, and {named} has its own. Drop the rate."
        )
    if loop and named.scheme != "file":
        raise UsageError(f"Only clips and pictures can loop, and {named} is neither. Drop the loop.")
    if is_camera:
        return CameraSource(
            named,
            width=width,
            height=height,
            rate=rate,
            timeout=timeout,
            tally=memory.tally,
            finder=memory.finder,
        )
    if is_pictures:
        return PicturesSource(named.path, rate=2.0 if rate is None else rate, pace=pace, loop=loop)
    if named.scheme == "file":
        return ClipSource(named.path, pace=pace, loop=loop, sound=asked.get("sound", True))
    if memory.screen:
        return ScreenSource(memory.screen, rate=rate)
    if named.scheme == "scene":
        return SceneSource(named.host, named.options, pace=pace)
    return NetworkSource(named, timeout=timeout, tally=memory.tally, sound=memory.sound)


def _holds_pictures(path: str) -> bool:
    """Return whether a path is a picture, a folder, or a glob; an existing file is never taken for a glob."""
    place = Path(path)
    if os.path.exists(path):
        return place.is_dir() or place.suffix.lower() in PICTURE_SUFFIXES
    return place.suffix.lower() in PICTURE_SUFFIXES or re.search(r"[*?\[]", path) is not None
