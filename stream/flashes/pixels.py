"""What every pixel did in the last second: all that the next picture is judged by."""

from __future__ import annotations

from stream.flashes.flash_area import Windows
from stream.flashes.light import Light, resized
from stream.flashes.luminance import LuminanceLook, LuminanceTransitions
from stream.flashes.recent import Recent
from stream.flashes.red import RedLook, RedTransitions


class Pixels:
    """The transitions of every pixel, and how many of them were in the last second.

    First `reach` the time of a picture, then look at any that might be shown (`luminance.look` and
    `redness.look`), then `keep` the one that is.

    Args:
        light: the first picture.
        now: its time in seconds.

    Attributes:
        now: the time of the picture, in seconds.
        windows: the 10° fields of the picture.
        luminance: the history of luminance.
        redness: the history of saturated red.
        general: counts of transitions of luminance.
        red: counts of transitions to and from saturated red.
        light: the picture kept last.
    """

    def __init__(self, light: Light, now: float) -> None:
        self.now = now
        self.light = light
        self.windows = Windows(light.shape)
        self.luminance = LuminanceTransitions(light)
        self.redness = RedTransitions(light, now, self.windows)
        self.general, self.red = Recent(light.shape), Recent(light.shape)

    def reach(self, shape: tuple[int, int], now: float) -> None:
        """Go on to the time and the size, (H, W), of the next picture.

        A picture of another size takes over what is known of the one before, scaled as the window or screen
        does that shows them.
        """
        self.now = now
        if shape != self.light.shape:
            self.windows = Windows(shape)
            self.redness.resize(self.light.shape, shape, self.windows)
            self.light = Light(resized(self.light.view, shape))
            for part in (self.luminance, self.general, self.red):
                part.resize(shape)
        self.general.forget(now)
        self.red.forget(now)

    def keep(self, light: Light, luminance: LuminanceLook, redness: RedLook | None) -> None:
        """Make a picture the last one, given what it does."""
        self.light = light
        self.luminance.keep(luminance)
        self.redness.keep(light, redness, self.now)
        self.general.add(luminance.turned, self.now)
        if redness is not None:
            self.red.add(redness.turned, self.now)
