"""Hold the history of every pixel: its transitions in the last second, for the meter and the guard."""

from __future__ import annotations

from stream.flashes.flash_area import Windows
from stream.flashes.light import Light, resized
from stream.flashes.luminance import LuminanceLook, LuminanceTransitions
from stream.flashes.recent import Recent
from stream.flashes.red import RedLook, RedTransitions


class Pixels:
    """Follow the transitions of every pixel, and count those of the last second.

    First call `reach` with the time of a picture, then look at pictures that might be shown (`luminance.look`
    and `redness.look`), then `keep` the one that is shown.

    Args:
        light: the first picture.
        now: its time in seconds.
        windows: the 10° fields of the picture.

    Attributes:
        now: the time of the picture, in seconds.
        windows: the 10° fields of the picture.
        luminance: the history of luminance.
        redness: the history of saturated red.
        general: counts of transitions of luminance.
        red: counts of transitions to and from saturated red.
        light: the picture kept last.
    """

    def __init__(self, light: Light, now: float, windows: Windows) -> None:
        self.now = now
        self.light = light
        self.windows = windows
        self.luminance = LuminanceTransitions(light)
        self.redness = RedTransitions(light, now, self.windows)
        self.general, self.red = Recent(light.shape), Recent(light.shape)

    def reach(self, windows: Windows, now: float) -> None:
        """Advance to the time, in seconds, and the fields of the next picture.

        At a new size the history is resampled, as the window or screen scales the pictures.
        """
        self.now, shape = now, windows.shape
        self.windows = self.redness.windows = windows
        if shape != self.light.shape:
            self.redness.resize(self.light.shape, shape)
            self.light = Light(resized(self.light.view, shape))
            for part in (self.luminance, self.general, self.red):
                part.resize(shape)
        self.general.forget(now)
        self.red.forget(now)

    def keep(self, light: Light, luminance: LuminanceLook, redness: RedLook | None) -> None:
        """Add a picture to the history, with its transitions."""
        self.light = light
        self.luminance.keep(luminance)
        self.redness.keep(light, redness, self.now)
        self.general.add(luminance.turned, self.now)
        if redness is not None:
            self.red.add(redness.turned, self.now)
