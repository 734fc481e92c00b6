"""Limit the transitions of pixels and fields: at the limit, the guard holds them back."""

from __future__ import annotations

import cv2
import numpy as np

from stream.flashes.flash_area import SHARE, Windows
from stream.flashes.light import Mask
from stream.flashes.recent import Recent
from stream.flashes.tally import LIMIT

PIXEL = 4
"""Transitions a second that a pixel may make: two fewer than WCAG allows, since meters count differently."""

FIELD = LIMIT
"""Pictures a second in which a quarter of one field may make a transition, whichever of its pixels do. WCAG
adds up only pixels that flash together; but a field that flashes in changing places flashes all the same."""


class Budget:
    """Count how many transitions of one kind pixels and fields may still make.

    Args:
        windows: the fields of the first picture.
    """

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._fields = [Recent(places) for places in windows.places]  # by each field's top left
        self._known: tuple[Mask, int, list[Mask]] | None = None

    def reach(self, windows: Windows, now: float) -> None:
        """Advance to the time, in seconds, and the fields of the next picture."""
        if windows is not self._windows:
            whole = self._fields[0]
            self._windows, self._fields = windows, [Recent(places) for places in windows.places]
            whole.resize(windows.places[0])
            self._fields[0] = whole
        for field in self._fields:
            field.forget(now)

    def spent(self, pixels: Recent, turned: Mask, room: float = 1.0) -> Mask | None:
        """Return where a picture must not make a transition, bool (H, W); None if it may everywhere.

        Args:
            pixels: the transitions of each pixel in the last second.
            turned: where the picture would make a transition, bool (H, W).
            room: share of the limit that the picture has to itself, 0 to 1; the rest is filled beside it.
        """
        held: Mask | None = None
        late: Mask = turned & (pixels.counts >= PIXEL)
        if late.any():
            full = self._windows.full(late | (pixels.counts > PIXEL), SHARE * room)
            held = _within(full, late, self._windows)
        full = [
            field & (recent.counts >= FIELD)
            for field, recent in zip(self._full(turned), self._fields, strict=False)
        ]
        more = _within(full, turned, self._windows)
        return more if held is None else held if more is None else held | more

    def keep(self, turned: Mask, now: float) -> None:
        """Count the transitions, bool (H, W), of the picture that is shown at `now`, in seconds."""
        for field, recent in zip(self._full(turned), self._fields, strict=False):
            recent.add(field, now)
        self._known = None

    def _full(self, turned: Mask) -> list[Mask]:
        """Return the fields of which `turned` fills a quarter.

        Most masks are asked for twice, so the last result is kept. A mask only ever loses pixels, those that
        are held, so it is unchanged if it has as many as before.
        """
        many = cv2.countNonZero(turned.view(np.uint8))
        if self._known is None or self._known[0] is not turned or self._known[1] != many:
            self._known = turned, many, self._windows.full(turned)
        return self._known[2]


def _within(fields: list[Mask], mask: Mask, windows: Windows) -> Mask | None:
    """Return the part of `mask` in any of the fields; None if there is none."""
    return mask & windows.inside(fields) if any(field.any() for field in fields) else None
