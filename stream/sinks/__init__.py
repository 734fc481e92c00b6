"""Where frames go: `open_sink` reads a URI and opens the sink behind it.

| URI | sink |
|---|---|
| `display://0` | a window |
| `out.mp4`, `out.mkv` | a clip, H.264 |
| `out/`, `out/%06d.jpg` | one picture for each frame, numbered as the frames are |
| `out.png`, `out.jpg` | one picture: the last frame's |
| `null://` | nothing is kept |
"""

from __future__ import annotations

from pathlib import Path

from engines.errors import SinkError, UsageError
from stream.frame import Sink
from stream.sinks.clip import CLIP_SUFFIXES, ClipSink
from stream.sinks.files import reason
from stream.sinks.null import NullSink
from stream.sinks.pictures import PICTURE_SUFFIXES, PicturesSink, StillSink
from stream.sinks.window import Window
from stream.uri import Uri, parse

__all__ = ["OUTPUTS", "open_sink"]

OUTPUTS = ("display", "null", "file")
"""The schemes of outputs; a path without a scheme is a file."""


def open_sink(uri: str, *, overwrite: bool = False, rate: float | None = None) -> Sink:
    """Return the sink that a URI names. What would go wrong with the first frame goes wrong here.

    Args:
        uri: as in this module's table; `file://` before a path is fine.
        overwrite: whether what lies there may be replaced.
        rate: frames a second, for a clip's header; the frames' own times decide when they are shown.

    Raises:
        UsageError: no sink of that kind; the message lists those there are.
        SinkError: something lies there already, the folder is absent or not writable, or there is no display.
    """
    output = parse(uri, OUTPUTS)
    try:
        return _open(output, overwrite=overwrite, rate=rate)
    except OSError as error:  # such as a name that is too long
        raise SinkError(f"Cannot write '{uri}': {reason(error)}. Name another output.") from error


def _open(output: Uri, *, overwrite: bool, rate: float | None) -> Sink:
    if output.scheme == "display":
        return Window()
    if output.scheme == "null":
        return NullSink()
    path = Path(output.path)
    suffix = path.suffix.lower()
    if output.path.endswith("/"):
        return PicturesSink(path / "%06d.png", overwrite=overwrite)
    if suffix in CLIP_SUFFIXES:
        return ClipSink(path, overwrite=overwrite, rate=rate)
    if suffix in PICTURE_SUFFIXES:
        kind = PicturesSink if "%" in path.name else StillSink
        return kind(path, overwrite=overwrite)
    if path.is_dir():
        return PicturesSink(path / "%06d.png", overwrite=overwrite)
    raise UsageError(
        f"Cannot tell what kind of output '{output}' is. Known: a clip ({', '.join(CLIP_SUFFIXES)}), "
        f"a picture ({', '.join(PICTURE_SUFFIXES)}), a folder of pictures (ending in /, or like %06d.png), "
        "display://0, null://."
    )
