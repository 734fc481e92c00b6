"""The last stage: nothing is shown or recorded before it has been through the flash guard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from stream.controls import Controls
from stream.flashes.flash_meter import FlashMeter
from stream.flashes.guard import FlashGuard
from stream.frame import Frame


class Guard:
    """View → view that may be shown, counted as it is.

    Args:
        controls: `holding` is set for the next view, which says so.
        hold: whether flashes are held back, or only counted.
    """

    name = "guard"
    takes_notices = True

    def __init__(self, controls: Controls, *, hold: bool = True) -> None:
        self._controls = controls
        self._guard = FlashGuard() if hold else None
        self._meter = self._guard.meter if self._guard else FlashMeter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: Any) -> None:
        pass

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with its view as it may be shown."""
        assert frame.view is not None
        if self._guard is None:
            self._meter(frame.view, frame.pts)
            return frame
        view = self._guard(frame.view, frame.pts)
        self._controls.holding = self._guard.holding
        return replace(frame, view=view)

    def figures(self) -> dict[str, Any]:
        """Return what a report says: of all that was shown, and in how many pictures something was held."""
        return self._meter.figures() | {"held": self._guard.held if self._guard else None}
