"""Hold back flashes that would come too often, in the very picture that would make them."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from stream.flashes.blend import blended
from stream.flashes.budget import PIXEL, Budget
from stream.flashes.flash_area import Fields
from stream.flashes.flash_meter import FlashMeter
from stream.flashes.held_area import weights_of, whole_areas
from stream.flashes.light import LabelLight, Light, Mask, Plane, resized
from stream.flashes.pixels import Pixels
from stream.flashes.samples import blocks_of, sampled, side_of
from stream.frame import Image

FADE = 0.25
"""Seconds in which a region of a picture that was held fades back to what comes."""


class _Guard(ABC):
    """Return each layer as it may be shown: without delay, and unchanged unless it flashes too often.

    The shown layers are counted as by `FlashMeter`. Where a 10° field has used up its budget
    (`stream.flashes.budget`) and the new layer would make another transition there, the layer shown last
    stays. A second after their transitions, the pixels follow again.

    It reduces the risk of flashes. It does not make pictures safe: people differ, and so do screens.

    Args:
        samples: measure samples of large layers, not all of their pixels: `stream.flashes.samples`.
        hold: whether flashes are held back, or only counted.

    Attributes:
        meter: counts the flashes of the layers shown.
        holding: whether anything was held back in the latest layer.
        held: number of layers in which anything was held back.
    """

    def __init__(self, *, samples: bool = False, hold: bool = True) -> None:
        self._samples, self._holds = samples, hold
        self.meter = FlashMeter()
        self.holding = False
        self.held = 0
        self._budgets: tuple[Budget, Budget] | None = None

    def __call__(self, layer: Image, pts: float, fields: Fields | None = None, room: float = 1.0) -> Image:
        """Return the layer to show.

        Args:
            layer: of any size at any time; it is not written to.
            pts: when it is shown, in seconds; a time before the last one counts as the same moment.
            fields: the kinds of 10° fields on the measured layer; by default those of a picture shown alone.
            room: share of the limit that the layer has to itself, 0 to 1; the rest is `filled` beside it.

        Returns:
            `layer` itself, or, where anything is held back, a new array of its shape.
        """
        light = self._light(layer)
        pixels = self.meter.reach(light, pts, fields)
        look, glow = pixels.luminance.look(light), pixels.redness.look(light, pixels.now)
        if not self._holds:
            pixels.keep(light, look, glow)
            self.meter.count(pixels, pts)
            return layer
        general, red = self._budgets_of(pixels)
        late = general.spent(pixels.general, look.turned, room)
        if glow is not None and (red_late := red.spent(pixels.red, glow.turned, room)) is not None:
            late = red_late if late is None else late | red_late

        shown = self._hold(layer, late, pixels.now)
        self.holding = shown is not layer
        if self.holding:
            light = self._light(shown)
            look, glow = pixels.luminance.look(light), pixels.redness.look(light, pixels.now)
        pixels.keep(light, look, glow)
        self.meter.count(pixels, pts)
        general.keep(look.turned, pixels.now)
        if glow is not None:
            red.keep(glow.turned, pixels.now)
        self.held += self.holding
        return shown

    @property
    def filled(self) -> float:
        """How much of the limit is filled in the fullest field, by pixels that have used up their budget."""
        return self.meter.filled(PIXEL)

    def _budgets_of(self, pixels: Pixels) -> tuple[Budget, Budget]:
        if self._budgets is None:
            self._budgets = Budget(pixels.windows), Budget(pixels.windows)
        for budget in self._budgets:
            budget.reach(pixels.windows, pixels.now)
        return self._budgets

    def _measured(self, layer: Image) -> Image:
        return sampled(layer) if self._samples else layer

    @abstractmethod
    def _light(self, layer: Image) -> Light:
        """Return the pixels of a layer that are measured."""

    @abstractmethod
    def _hold(self, layer: Image, late: Mask | None, now: float) -> Image:
        """Return the layer itself, or a new one that shows at all late pixels what was shown last.

        Args:
            layer: the new layer.
            late: pixels of the measured layer that may not make the transition that they would make.
            now: time in seconds.
        """


class FlashGuard(_Guard):
    """Hold back the flashes of pictures, uint8 (H, W, 3) BGR, by soft regions.

    Around all pixels that may not turn, the picture shown last stays; at its border it fades softly into the
    new one, and later the region fades to what comes. Blends are made in linear light: there a pixel between
    two pictures makes no transition that the new picture would not make.

    Args:
        samples: measure samples of large pictures, not all of their pixels: `stream.flashes.samples`.
        hold: whether flashes are held back, or only counted.
    """

    def __init__(self, *, samples: bool = False, hold: bool = True) -> None:
        super().__init__(samples=samples, hold=hold)
        self._last: Image | None = None
        self._weights: Plane | None = None  # of the last picture, on a grid of cells; None if all are 1
        self._then = 0.0

    def _light(self, layer: Image) -> Light:
        return Light(self._measured(layer))

    def _hold(self, layer: Image, late: Mask | None, now: float) -> Image:
        last, self._last = self._last, layer.copy()
        passed, self._then = now - self._then, now
        if last is None or (late is None and self._weights is None):
            return layer
        weights = np.ones((1, 1), np.float32) if late is None else weights_of(late)
        if self._weights is not None:
            before = self._weights if late is None else resized(self._weights, weights.shape)
            weights = np.minimum(weights, before + np.float32(passed / FADE))
        if weights.min() >= 1:
            self._weights = None
            return layer
        self._weights = weights
        if last.shape != layer.shape:
            last = resized(last, layer.shape[:2])
        self._last = blended(last, layer, weights)
        return self._last.copy()


class LabelGuard(_Guard):
    """Hold back the flashes of label maps, uint8 (H, W), that are shown in flat colours.

    An area changes as a whole: while it may not turn, all of it keeps its old label, and so its old name.

    Args:
        colours: the colour of each label, uint8 (256, 3) BGR.
        samples: measure samples of large maps, not all of their pixels: `stream.flashes.samples`.
        hold: whether flashes are held back, or only counted.
    """

    def __init__(self, colours: Image, *, samples: bool = False, hold: bool = True) -> None:
        super().__init__(samples=samples, hold=hold)
        self._colours = Light(colours[None])
        self._last: Image | None = None

    def _light(self, layer: Image) -> Light:
        return LabelLight(self._measured(layer), self._colours)

    def _hold(self, layer: Image, late: Mask | None, now: float) -> Image:
        last, shown = self._last, layer
        if late is not None and last is not None:
            last = last if last.shape == layer.shape else resized(last, layer.shape)
            reach = side_of(layer.shape) if self._samples else 1
            late = blocks_of(late, layer.shape) if self._samples else late
            shown = np.where(whole_areas(layer, last, late, reach), last, layer)
        self._last = shown.copy()
        return shown
