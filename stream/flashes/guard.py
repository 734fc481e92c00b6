"""Hold back flashes that would come too often, in the very picture that would make them."""

from __future__ import annotations

import numpy as np

from stream.flashes.budget import Budget
from stream.flashes.flash_meter import FlashMeter
from stream.flashes.light import Light, Places, bytes_of, colours_at
from stream.flashes.pixels import Pixels
from stream.frame import Image

REACH = 0.085
"""Distance from its extremum, in relative luminance, up to which a held pixel may go: at 0.1 it would make a
transition, and bytes are rounded."""


class FlashGuard:
    """Return each picture as it may be shown: without delay, and unchanged unless it flashes too often.

    The shown pictures are counted as by `FlashMeter`, pixel by pixel. Where a 10° field has used up its
    budget (`stream.flashes.budget`) and the new picture would make another transition there, its pixels are
    blended with those shown last, in linear light, just so far that they make none; for red, they keep the
    colour shown last. A second after their transitions, the pixels follow the pictures again.

    It reduces the risk of flashes. It does not make pictures safe: people differ, and so do screens.

    Attributes:
        meter: counts the flashes of the pictures shown.
        holding: whether anything was held back in the latest picture.
        held: number of pictures in which anything was held back.
    """

    def __init__(self) -> None:
        self.meter = FlashMeter()
        self.holding = False
        self.held = 0
        self._budgets: tuple[Budget, Budget] | None = None

    def __call__(self, view: Image, pts: float) -> Image:
        """Return the picture to show.

        Args:
            view: uint8 (H, W, 3) BGR, of any size at any time; it is not written to.
            pts: when it is shown, in seconds; a time before the last one counts as the same moment.

        Returns:
            `view` itself, or, where anything is held back, a new array of its shape.
        """
        light = Light(view)
        pixels = self.meter.reach(light, pts)
        general, red = self._budgets_of(pixels)

        look = pixels.luminance.look(light)
        late = general.spent(pixels.general, look.turned)
        if late is not None:
            at = np.flatnonzero(late)
            light.paint(at, _blended(light, at, pixels))
            pixels.luminance.look_again(look, light, at)

        glow = pixels.redness.look(light, pixels.now)
        red_late = None if glow is None else red.spent(pixels.red, glow.turned)
        if red_late is not None:
            at = np.flatnonzero(red_late)
            light.paint(at, colours_at(pixels.light.view, at))
            pixels.luminance.look_again(look, light, at)
            glow = pixels.redness.look(light, pixels.now)

        pixels.keep(light, look, glow)
        self.meter.count(pixels, pts)
        general.keep(look.turned, pixels.now)
        if glow is not None:
            red.keep(glow.turned, pixels.now)
        self.holding = late is not None or red_late is not None
        self.held += self.holding
        return light.view.copy() if self.holding else view

    def _budgets_of(self, pixels: Pixels) -> tuple[Budget, Budget]:
        if self._budgets is None:
            self._budgets = Budget(pixels.windows), Budget(pixels.windows)
        for budget in self._budgets:
            budget.reach(pixels.windows, pixels.now)
        return self._budgets


def _blended(light: Light, at: Places, pixels: Pixels) -> Image:
    """Return the colours, uint8 (N, 3) BGR, of N held pixels: as near to those of `light` as allowed."""
    last = pixels.light
    start, goal = (colours_at(picture.linear, at) for picture in (last, light))
    return bytes_of(start + pixels.luminance.weights(at, last, light, REACH)[:, None] * (goal - start))
