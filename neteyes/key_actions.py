"""Carry out what a key of the window asks for, and say it in a short line."""

from __future__ import annotations

import time
from pathlib import Path

from engines.errors import SinkError
from stream.controls import Controls, View
from stream.frame import Frame
from stream.sinks.pictures import save_picture

STEP = 0.1
"""Change of the steadiness by one key press."""


def mirror(controls: Controls) -> str:
    """Flip left and right; return the line."""
    controls.mirror = not controls.mirror
    return "Mirrored" if controls.mirror else "Not mirrored"


def freeze(controls: Controls) -> str:
    """Freeze the labels, or let them follow again; return the line."""
    controls.frozen = not controls.frozen
    return "Labels frozen" if controls.frozen else "Labels follow again"


def steady(controls: Controls, step: float) -> str:
    """Change the steadiness, within its bounds; return the line."""
    if controls.steadiness is None:
        return "This segmenter has no memory: its labels cannot be held."
    controls.steadiness = round(min(1.0, max(0.0, controls.steadiness + step)), 1)
    return f"Steadiness {controls.steadiness:g}"


def snapshot(frame: Frame, view: View) -> str:
    """Save the view of a frame into the current folder; return the line, which has the path or the error."""
    if frame.view is None:
        return "There is no picture yet"
    path = Path(time.strftime(f"neteyes-%Y%m%d-%H%M%S-{frame.index}-{view}.png"))
    try:
        save_picture(path, frame.view)
    except SinkError as error:
        return str(error)
    return f"Saved {path}"
