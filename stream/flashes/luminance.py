"""Detect transitions of luminance, pixel by pixel: the halves of general flashes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from stream.flashes.light import Light, Mask, Plane, resized

STEP = 0.1
"""WCAG 2.2: a general flash is a pair of opposing changes of 10 % of the maximum luminance or more…"""

DARKER = 0.8
"""… where the relative luminance of the darker picture is below 0.80."""

_CEILING = DARKER + STEP - 1e-4
"""Luminance is clipped to this: then each change of STEP has its darker end below DARKER, and no change that
counts is lost."""

_ROUNDING = 1e-5


@dataclass(frozen=True, slots=True)
class LuminanceLook:
    """Hold the transitions that one picture would make, before it becomes part of the history.

    Attributes:
        turned: where it completes a transition, bool (H, W).
        flipped: where that transition is opposite to the one before, bool (H, W).
        signed: its clipped luminance, negated where the last transition went down, float32 (H, W).
    """

    turned: Mask
    flipped: Mask
    signed: Plane


class LuminanceTransitions:
    """Follow the luminance of each pixel from peak to valley to peak.

    WCAG measures a transition between an adjacent peak and valley of luminance against time. So the extremum
    since the last transition is kept for each pixel; a luminance STEP away from it completes a transition in
    the opposite direction. Smaller changes neither count nor split a larger change in two.

    Args:
        light: the first picture.
    """

    def __init__(self, light: Light) -> None:
        luminance = _cut(light.luminance)
        self._way = np.ones_like(luminance)  # 1 after a rise, −1 after a fall
        self._extremum = luminance  # of the signed luminance: the peak after a rise, −valley after a fall
        # The first transition may go up or down: until then a pixel is treated as after a rise, and its
        # valley is kept too.
        self._first = np.ones(light.shape, bool)
        self._valley = luminance.copy()

    def look(self, light: Light) -> LuminanceLook:
        """Return the transitions that a picture would make; the history stays as it is."""
        signed = _cut(light.luminance)
        signed *= self._way
        turned = flipped = self._extremum - signed >= STEP - _ROUNDING
        if self._first.any():
            turned = flipped | self._first & (signed - self._valley >= STEP - _ROUNDING)
        return LuminanceLook(turned, flipped, signed)

    def keep(self, look: LuminanceLook) -> None:
        """Add the picture of `look` to the history."""
        np.maximum(self._extremum, look.signed, out=self._extremum)
        np.minimum(self._valley, look.signed, out=self._valley)
        if look.turned.any():
            flipped = look.flipped.view(np.uint8)
            cv2.copyTo(-self._way, flipped, self._way)
            cv2.copyTo(-look.signed, flipped, self._extremum)
            self._first &= ~look.turned

    def resize(self, shape: tuple[int, int]) -> None:
        """Carry the history over to pictures of another size, (H, W)."""
        self._way, self._extremum, self._valley = (
            resized(plane, shape) for plane in (self._way, self._extremum, self._valley)
        )
        self._first = resized(self._first, shape)


def _cut(luminance: Plane) -> Plane:
    return np.asarray(cv2.threshold(luminance, _CEILING, 0, cv2.THRESH_TRUNC)[1], np.float32)
