"""Count general and red flashes as WCAG 2.3.1 does, on the pictures that are shown."""

from __future__ import annotations

from typing import Any

from stream.flashes.flash_area import Fields, Windows
from stream.flashes.light import Light
from stream.flashes.pixels import Pixels
from stream.flashes.recent import Clock
from stream.flashes.tally import FlashTally
from stream.frame import Image


class FlashMeter:
    """Count the flashes of pictures by their timestamps, at every pixel.

    A pixel flashes too often if it makes more than six transitions within a second; a picture fails if such
    pixels fill a quarter of any 10° field (`stream.flashes.flash_area`). WCAG's exception for fine, balanced
    patterns is not made. Any thread may read the figures at any time.

    To comply is not to be safe: the thresholds reduce a risk.

    Attributes:
        general: figures of general flashes: changes of luminance.
        red: figures of red flashes: changes to and from saturated red.
        pictures: number of pictures counted.
    """

    def __init__(self) -> None:
        self.general, self.red = FlashTally(), FlashTally()
        self.pictures = 0
        self._clock = Clock()
        self._pixels: Pixels | None = None
        self._windows: Windows | None = None
        self._fields: Fields | None = None

    @property
    def over(self) -> bool:
        """Whether the last second went over a limit."""
        return self.general.over or self.red.over

    @property
    def complies(self) -> bool:
        """Whether no second so far went over a limit."""
        return self.general.complies and self.red.complies

    def __call__(self, view: Image, pts: float) -> None:
        """Count one picture.

        Args:
            view: the picture shown, uint8 (H, W, 3) BGR.
            pts: its timestamp in seconds; one before the last counts as the same moment.
        """
        light = Light(view)
        pixels = self.reach(light, pts)
        pixels.keep(light, pixels.luminance.look(light), pixels.redness.look(light, pixels.now))
        self.count(pixels, pts)

    def reach(self, light: Light, pts: float, fields: Fields | None = None) -> Pixels:
        """Advance to the time of a picture, `pts` in seconds, and return the pixels' history before it.

        Args:
            light: the picture.
            pts: its timestamp.
            fields: the kinds of 10° fields on it; by default those of a picture that is shown alone.
        """
        now = self._clock(pts)
        windows = self._windows_of(light.shape, fields)
        if self._pixels is None:
            self._pixels = Pixels(light, now, windows)
        self._pixels.reach(windows, now)
        return self._pixels

    def _windows_of(self, shape: tuple[int, int], fields: Fields | None) -> Windows:
        if self._windows is None or self._windows.shape != shape or self._fields != fields:
            self._windows, self._fields = Windows(shape, fields), fields
        return self._windows

    def filled(self, often: int) -> float:
        """Return how much of the limit those pixels fill that made more than so many transitions lately."""
        if self._pixels is None:
            return 0.0
        kinds = self._pixels.general, self._pixels.red
        return max(self._pixels.windows.fullest(recent.counts > often) for recent in kinds)

    def count(self, pixels: Pixels, pts: float) -> None:
        """Count the picture that was kept last."""
        self.general.update(pixels.general, pixels.windows, pts)
        self.red.update(pixels.red, pixels.windows, pts)
        self.pictures += 1

    def figures(self) -> dict[str, Any]:
        """Return the figures of all pictures so far, for the report."""
        return {
            "complies": self.complies,
            "pictures": self.pictures,
            "general": self.general.figures(),
            "red": self.red.figures(),
        }
