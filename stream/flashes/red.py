"""Detect transitions to and from saturated red, pixel by pixel: the halves of red flashes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

from stream.flashes.flash_area import Windows
from stream.flashes.light import (
    Light,
    Mask,
    Places,
    Plane,
    chromaticity,
    colours_at,
    linear_of,
    resized,
)
from stream.frame import Image

STEP = 0.2
"""WCAG 2.2, after ISO 9241-391: one state has R / (R + G + B) ≥ 0.8, and the two are more than this apart in
the CIE 1976 UCS diagram. Two saturated reds never are so far apart, so transitions to red and from red
alternate."""

MEMORY = 2.0
"""Seconds that a pixel is followed after it was saturated red."""

FADE = 0.25
"""Seconds before a pixel becomes red in which its least red state is searched: half a flash of 2 Hz."""

FEW = 0.2
"""Red that lately filled less than this share of every 10° field is not followed: the limit is a quarter."""

_LEVEL = 0.01  # shares of red that differ by less count as one flat peak, or valley; its last state counts


@dataclass(frozen=True, slots=True)
class RedLook:
    """Hold the transitions that one picture would make in the N pixels that are followed.

    Attributes:
        turned: where it completes a transition, bool (H, W).
        at: the pixels' indices in the flattened picture; a slice if all pixels are followed.
        red: which of them are saturated red, bool (N,).
        goes: which of them complete a transition, bool (N,).
        colour: their u′, v′ and share of red, float32 (3, N).
        palest: the same of their least red states before.
    """

    turned: Mask
    at: Places | slice
    red: Mask
    goes: Mask
    colour: Plane
    palest: Plane


class RedTransitions:
    """Follow the colour of each pixel from saturated red to another colour and back.

    WCAG measures a transition between an adjacent peak and valley of colour against time. So for each pixel
    two states since its last transition are kept: the reddest of its saturated states, by R / (R + G + B),
    and the least red of the others. A saturated state completes a transition if it is far enough from the
    least red one, any other state if it is far enough from the reddest. Pixels are followed only where there
    was red lately, and only if there are enough of them to matter.

    Args:
        light: the first picture.
        now: its time in seconds.
        windows: the fields of the picture.

    Attributes:
        windows: the fields of the next picture.
    """

    def __init__(self, light: Light, now: float, windows: Windows) -> None:
        self.windows = windows
        pixels = light.shape[0] * light.shape[1]
        self._seen = np.full(pixels, -np.inf)  # when a pixel was last saturated red
        self._latest = -np.inf  # the latest of these
        self._way = np.zeros(pixels, np.int8)  # 1 after a transition to red, −1 after one from red
        self._reddest = np.full((3, pixels), np.nan, np.float32)  # u′ and v′; and the peak of the share
        self._palest = self._reddest.copy()
        self._past: deque[tuple[float, Image]] = deque()
        self.keep(light, None, now)

    def look(self, light: Light, now: float) -> RedLook | None:
        """Return the transitions that a picture would make at `now`, in seconds; None if nothing red is new.

        The history stays as it is.
        """
        followed = light.saturated_red
        if now - self._latest < MEMORY:
            followed = followed | (self._seen > now - MEMORY).reshape(light.shape)
        if not self.windows.reached(followed, FEW):
            return None
        followed = followed & ~self._known(light)
        # Picking pixels one by one pays only if they are few.
        many = cv2.countNonZero(followed.view(np.uint8))
        if not many:
            return None
        at = slice(None) if many > 0.4 * followed.size else np.flatnonzero(followed)
        red, way = light.saturated_red.ravel()[at], self._way[at]
        colour, palest = chromaticity(colours_at(light.linear, at)), _picked(self._palest, at)
        unknown = red & (way < 1) & np.isnan(palest[0]) & (self._seen[at] < self._past[-1][0])
        if unknown.any():
            places = np.flatnonzero(unknown)
            palest[:, unknown] = self._palest_lately(places if isinstance(at, slice) else at[places])
        far = _apart(colour, np.where(red, palest, _picked(self._reddest, at))) > STEP**2
        goes = far & np.where(red, way < 1, way > -1)
        turned = np.zeros(light.shape, bool)
        turned.ravel()[at] = goes
        return RedLook(turned, at, red, goes, colour, palest)

    def keep(self, light: Light, look: RedLook | None, now: float) -> None:
        """Add a picture, shown at `now` in seconds, and its `look` to the history."""
        if look is not None:
            at, red, goes, palest = look.at, look.red, look.goes, look.palest
            reddest = _picked(self._reddest, at)
            # A transition starts both extremes anew; else that of the state's side, red or not, is extended.
            _extend(reddest, look.colour, red, goes, np.maximum)
            _extend(palest, look.colour, ~red, goes, np.minimum)
            np.copyto(reddest, np.nan, where=goes & ~red)
            np.copyto(palest, np.nan, where=goes & red)
            for plane, part in zip((*self._reddest, *self._palest), (*reddest, *palest), strict=True):
                plane[at] = part
            self._way[at] = np.where(goes, np.where(red, np.int8(1), np.int8(-1)), self._way[at])
        if light.saturated_red.any():
            self._seen[np.flatnonzero(light.saturated_red)] = now
            self._latest = now
        self._past.append((now, light.view))
        while now - self._past[0][0] > FADE:
            self._past.popleft()

    def resize(self, old: tuple[int, int], new: tuple[int, int]) -> None:
        """Resample the history from pictures of one size, (H, W), to another."""
        self._seen, self._way = (resized(a.reshape(old), new).ravel() for a in (self._seen, self._way))
        self._reddest, self._palest = (
            np.stack([resized(plane.reshape(old), new).ravel() for plane in planes])
            for planes in (self._reddest, self._palest)
        )
        self._past = deque((then, resized(view, new)) for then, view in self._past)

    def _known(self, light: Light) -> Mask:
        """Return where a pixel keeps its colour and its extreme is known, bool (H, W): nothing is new."""
        same = cv2.inRange(cv2.absdiff(light.view, self._past[-1][1]), (0, 0, 0), (0, 0, 0))
        extreme = np.where(light.saturated_red.ravel(), self._reddest[2], self._palest[2])
        known: Mask = np.asarray(same).view(bool) & (extreme == extreme).reshape(light.shape)
        return known

    def _palest_lately(self, at: Places) -> Plane:
        """Return the least red states in the last FADE seconds, float32 (3, N): u′, v′ and share of red."""
        palest, every = np.full((3, len(at)), np.nan, np.float32), np.ones(len(at), bool)
        past = np.concatenate([colours_at(view, at) for _, view in self._past])
        for colour in np.split(chromaticity(linear_of(past)), len(self._past), axis=1):
            _extend(palest, colour, every, ~every, np.minimum)
        return palest


def _picked(planes: Plane, at: Places | slice) -> Plane:
    """Return a copy of the planes, (3, N), at some pixels."""
    return planes.copy() if isinstance(at, slice) else planes.take(at, axis=1)


def _extend(extreme: Plane, colour: Plane, side: Mask, anew: Mask, of: np.ufunc) -> None:
    """Replace `extreme` by `colour`, where `side`: if it is as extreme, or where a side begins `anew`."""
    share, peak = colour[2], np.where(anew, np.nan, extreme[2])
    peak = np.where(np.isnan(peak), share, of(share, peak))
    np.copyto(extreme[2], peak, where=side)
    np.copyto(extreme[:2], colour[:2], where=side & (np.abs(share - peak) <= _LEVEL))


def _apart(one: Plane, other: Plane) -> Plane:
    """Return the squared distance of colours in the diagram, float32 (N,); NaN where one is unknown."""
    across, up = one[0] - other[0], one[1] - other[1]
    apart: Plane = across * across + up * up
    return apart
