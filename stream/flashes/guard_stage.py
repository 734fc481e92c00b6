"""The last stage: nothing is shown or recorded before it has been through the flash guard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from stream.flashes.flash_meter import FlashMeter
from stream.flashes.guard import FlashGuard
from stream.frame import Frame
from stream.views.layouts import annotate


class Guard:
    """View → view that may be shown, counted as it is; while something is held back, the next view says so.

    Args:
        hold: whether flashes are held back, or only counted.
    """

    name = "guard"
    takes_notices = True

    def __init__(self, *, hold: bool = True) -> None:
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
        view = frame.view
        if self._guard.holding and frame.is_picture:
            annotate(view := view.copy(), ["flashes held back"], row=1)  # before it is judged, as all else is
        return replace(frame, view=self._guard(view, frame.pts))

    def figures(self) -> dict[str, Any]:
        """Return what a report says: of all that was shown, and in how many pictures something was held."""
        return self._meter.figures() | {"held": self._guard.held if self._guard else None}
