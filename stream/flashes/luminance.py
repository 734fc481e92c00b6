"""Transitions of luminance, pixel by pixel: the halves of general flashes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from stream.flashes.light import Light, Mask, Places, Plane, resized

STEP = 0.1
"""WCAG 2.2: a general flash is a pair of opposing changes of 10 % of the maximum luminance or more…"""

DARKER = 0.8
"""… where the relative luminance of the darker picture is below 0.80."""

_CEILING = DARKER + STEP - 1e-4
"""Luminance is cut here: then any change of STEP has its darker end below DARKER, and no other is lost."""

_ROUNDING = 1e-5


@dataclass(frozen=True, slots=True)
class LuminanceLook:
    """What one picture would do to the history.

    Attributes:
        turned: where it completes a transition, bool (H, W).
        flipped: where that goes the other way than the one before, bool (H, W).
        signed: its cut luminance, negated where the last transition went down, float32 (H, W).
    """

    turned: Mask
    flipped: Mask
    signed: Plane


class LuminanceTransitions:
    """Follows the luminance of each pixel from peak to valley to peak.

    WCAG measures a transition between an adjacent peak and valley of luminance against time. So each pixel
    keeps its extremum since its last transition; once it is STEP away from that, it has made another one, the
    other way. Smaller wiggles neither count nor break a larger change in two.

    Args:
        light: the first picture.
    """

    def __init__(self, light: Light) -> None:
        luminance = _cut(light.luminance)
        self._way = np.ones_like(luminance)  # 1 after a rise, −1 after a fall
        self._extremum = luminance  # of the signed luminance: the peak after a rise, −valley after a fall
        # The first may go either way: till then a pixel is as after a rise, with a valley beside.
        self._first = np.ones(light.shape, bool)
        self._valley = luminance.copy()

    def look(self, light: Light) -> LuminanceLook:
        """Return what a picture would do; nothing is kept."""
        signed = _cut(light.luminance)
        signed *= self._way
        turned = flipped = self._extremum - signed >= STEP - _ROUNDING
        if self._first.any():
            turned = flipped | self._first & (signed - self._valley >= STEP - _ROUNDING)
        return LuminanceLook(turned, flipped, signed)

    def look_again(self, look: LuminanceLook, light: Light, at: Places) -> None:
        """Bring a look up to date where its picture was painted so that it makes no transition."""
        signed = np.minimum(light.luminance.take(at), _CEILING) * self._way.take(at)
        look.signed.ravel()[at] = signed
        look.turned.ravel()[at] = look.flipped.ravel()[at] = False

    def keep(self, look: LuminanceLook) -> None:
        """Make what `look` saw a part of the history."""
        np.maximum(self._extremum, look.signed, out=self._extremum)
        np.minimum(self._valley, look.signed, out=self._valley)
        if look.turned.any():
            flipped = look.flipped.view(np.uint8)
            cv2.copyTo(-self._way, flipped, self._way)
            cv2.copyTo(-look.signed, flipped, self._extremum)
            self._first &= ~look.turned

    def weights(self, at: Places, before: Light, after: Light, reach: float) -> Plane:
        """Return how much of a picture may be blended into the one before it, float32 (N,), 0 to 1.

        Args:
            at: the places of N pixels in the flattened picture; `after` completes a transition in each.
            before: the picture before.
            after: the picture that is to be blended in.
            reach: the farthest that a pixel may go from its extremum; less than STEP.
        """
        way, valley = self._way.take(at), self._valley.take(at)
        start, goal = before.luminance.take(at) * way, after.luminance.take(at) * way
        farthest = self._extremum.take(at) - reach
        # A first rise is a turn without an opposite: the only one that goes up in signed luminance.
        farthest = np.where(goal > start, valley + reach, farthest)
        return np.clip((farthest - start) / (goal - start), 0, 1)

    def resize(self, shape: tuple[int, int]) -> None:
        """Carry the history over to pictures of another size, (H, W)."""
        self._way, self._extremum, self._valley = (
            resized(plane, shape) for plane in (self._way, self._extremum, self._valley)
        )
        self._first = resized(self._first, shape)


def _cut(luminance: Plane) -> Plane:
    return np.asarray(cv2.threshold(luminance, _CEILING, 0, cv2.THRESH_TRUNC)[1], np.float32)
