"""See the world through the eyes of a neural net: `import neteyes` for programs, `neteyes` for people.

    with neteyes.open("0") as camera, neteyes.Eyes("small", swaps={"person": "bear"}) as eyes:
        for frame in camera:
            show(eyes(frame).view)

    report = neteyes.run("rtsp://camera/live", ["out.mkv"], view="triptych", seconds=60)

`open` reads frames, `Eyes` carries frames of any origin through the nets, and `run` does what the command
`neteyes run` does. Nothing is loaded before one of them is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engines.errors import (
        BackendError,
        BundleError,
        LabelError,
        NetEyesError,
        SinkError,
        SourceError,
        StreamError,
        UsageError,
    )
    from neteyes.api.eyes import Eyes
    from neteyes.api.frames import FrameReader
    from neteyes.api.frames import open_frames as open
    from neteyes.api.report import Report
    from neteyes.api.result import Result
    from neteyes.api.runs import run
    from neteyes.options import RunOptions
    from stream.frame import Frame

__version__ = "0.1.0"

__all__ = [
    "BackendError",
    "BundleError",
    "Eyes",
    "Frame",
    "FrameReader",
    "LabelError",
    "NetEyesError",
    "Report",
    "Result",
    "RunOptions",
    "SinkError",
    "SourceError",
    "StreamError",
    "UsageError",
    "open",
    "run",
]

_PLACES = {
    "Eyes": "neteyes.api.eyes:Eyes",
    "Frame": "stream.frame:Frame",
    "FrameReader": "neteyes.api.frames:FrameReader",
    "Report": "neteyes.api.report:Report",
    "Result": "neteyes.api.result:Result",
    "RunOptions": "neteyes.options:RunOptions",
    "open": "neteyes.api.frames:open_frames",
    "run": "neteyes.api.runs:run",
}
"""The module of each public name; the errors are all in `engines.errors`."""


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'neteyes' has no attribute '{name}'")
    module, _, attribute = _PLACES.get(name, f"engines.errors:{name}").partition(":")
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
