"""Run the stage that holds back the flashes of each layer, before the views are composed of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from stream.controls import Controls, View
from stream.fit import Fit
from stream.flashes.flash_area import Fields, fields_on_layer, panels_touched
from stream.flashes.guard import FlashGuard, LabelGuard
from stream.flashes.samples import MARGIN, side_of
from stream.flashes.tally import FlashTally
from stream.frame import Frame, Image
from stream.views.label_colours import palette
from stream.views.layers import LAYERS, PANELS, Display, Layer, layer_of, needed, view_size

LEAST_ROOM = 0.05
"""Share of the limit that a layer always has to itself; less than what the margin of samples leaves."""

BADGE = "flashes held back"

_BADGE_SECONDS = 1.0


class Guard:
    """Let each layer through as it may be shown, and count its flashes.

    Only layers are measured that the view of some output needs. A view is calm if its layers are: see
    docs/flashes.md. Words are drawn later, by `Compose`.

    Args:
        controls: `view` and `outputs` are read for every frame; it has the painter's label space too.
        fit: the fit between frame and net.
        height: height of the view in pixels.
        hold: whether flashes are held back, or only counted.
    """

    name = "guard"
    takes_notices = False

    def __init__(self, controls: Controls, fit: Fit, height: int = 512, *, hold: bool = True) -> None:
        self._controls, self._display, self._holds = controls, Display(fit, controls.painted, height), hold
        self._guards: Mapping[Layer, FlashGuard | LabelGuard] = {
            "camera": FlashGuard(samples=True, hold=hold),
            "labels": LabelGuard(palette(controls.painted), samples=True, hold=hold),
            "overlay": FlashGuard(samples=True, hold=hold),
            "painting": FlashGuard(samples=True, hold=hold),
        }
        self._pictures = self._held = 0
        self._held_at = -math.inf

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: Any) -> None:
        pass

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with `layers` that may be shown, and a badge if any was held back lately."""
        wanted = self._controls.wanted
        views = list(dict.fromkeys(wanted.values())) or [self._controls.view]
        frame = replace(frame, wanted=wanted, layers={})
        held = False
        for layer in needed(views):
            guard, image = self._guards[layer], layer_of(frame, layer, self._display)
            fields, room = self._fields(frame, layer, image, views), self._room(frame, layer, views)
            shown = guard(image, frame.pts, fields, room)
            held |= guard.holding
            frame = replace(frame, layers={**(frame.layers or {}), layer: shown})
        self._pictures += 1
        if held:
            self._held += 1
            self._held_at = frame.pts
        lately = 0 <= frame.pts - self._held_at < _BADGE_SECONDS
        return replace(frame, badges=(*frame.badges, BADGE)) if lately else frame

    def figures(self) -> dict[str, Any]:
        """Return the figures for the report: flashes of the worst layer, and how many frames were changed."""
        meters = [guard.meter for guard in self._guards.values()]
        return {
            "complies": all(meter.complies for meter in meters),
            "pictures": self._pictures,
            "general": _worst([meter.general for meter in meters]),
            "red": _worst([meter.red for meter in meters]),
            "held": self._held if self._holds else None,
        }

    def _fields(self, frame: Frame, layer: Layer, image: Image, views: Sequence[View]) -> Fields:
        panel, side = self._display.panel(frame), side_of(image.shape[:2])
        measured = image.shape[0] // side, image.shape[1] // side
        margin = MARGIN if side > 1 else 1.0
        sizes = [view_size(view, panel) for view in views if layer in LAYERS[view]]
        return frozenset().union(*(fields_on_layer(size, panel, measured, margin) for size in sizes))

    def _room(self, frame: Frame, layer: Layer, views: Sequence[View]) -> float:
        """Return the share of the limit that layers in panels beside this one leave to it."""
        filled, panel = 0.0, self._display.panel(frame)
        for view in views:
            layers = LAYERS[view]
            if layer not in layers or PANELS[view] == 1:
                continue
            touched, place = panels_touched(view_size(view, panel), panel), layers.index(layer)
            for first in range(max(0, place - touched + 1), min(place, len(layers) - touched) + 1):
                beside = [other for other in layers[first : first + touched] if other != layer]
                filled = max(filled, sum(self._guards[other].filled for other in beside))
        return max(LEAST_ROOM, 1 - filled)


def _worst(tallies: Sequence[FlashTally]) -> dict[str, Any]:
    return max(tallies, key=lambda tally: tally.worst).figures()
