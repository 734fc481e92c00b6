"""Run the flash guard as the last stage: every view passes it before it is shown or recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

from stream.flashes.flash_meter import FlashMeter
from stream.flashes.guard import FlashGuard
from stream.frame import Frame
from stream.views.layouts import annotate


class Guard:
    """Replace each view by one that may be shown, and count its flashes.

    While something is held back, the next view says so.

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
        """Return the frame with a view that may be shown."""
        assert frame.view is not None
        if self._guard is None:
            self._meter(frame.view, frame.pts)
            return frame
        view = frame.view
        if self._guard.holding and frame.is_picture:
            annotate(view := view.copy(), ["flashes held back"], row=1)  # so the guard sees it too
        return replace(frame, view=self._guard(view, frame.pts))

    def figures(self) -> dict[str, Any]:
        """Return the figures for the report: flashes of all shown views, and how many views were changed."""
        return self._meter.figures() | {"held": self._guard.held if self._guard else None}
