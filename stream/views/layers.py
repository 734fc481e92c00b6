"""Make the layers of a view: what of it can flash, before names and other words are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import cv2

from engines.labels import LabelSpace
from stream.controls import View
from stream.fit import Fit, Size
from stream.frame import Frame, Image
from stream.views.label_colours import palette

Layer = Literal["camera", "labels", "overlay", "painting"]
"""The camera's picture, the label map that is coloured, their blend, and the painting."""

LAYERS: Mapping[View, tuple[Layer, ...]] = {
    "picture": ("painting",),
    "labels": ("labels",),
    "triptych": ("camera", "labels", "painting"),
    "overlay": ("labels", "overlay"),
}
"""The layers of each view; one stands behind those that it is made of."""

PANELS: Mapping[View, int] = {"picture": 1, "labels": 1, "triptych": 3, "overlay": 1}
"""The number of panels side by side in each view."""

GUTTER = 6
"""Pixels between two panels."""

_CAMERA_SHARE = 0.45
"""Share of the camera's picture in the overlay."""


class Display(NamedTuple):
    """Represent how layers are shown.

    Attributes:
        fit: the fit between frame and net.
        space: the painter's label space.
        height: height of the view in pixels.
    """

    fit: Fit
    space: LabelSpace
    height: int = 512

    def panel(self, frame: Frame) -> Size:
        """Return the (H, W) of each panel of a frame's views, both even."""
        return self.fit.display_size(frame.image, self.height - self.height % 2)


def needed(views: Iterable[View]) -> list[Layer]:
    """Return the layers that any of the views needs, each behind those that it is made of."""
    return list(dict.fromkeys(layer for view in views for layer in LAYERS[view]))


def view_size(view: View, panel: Size) -> Size:
    """Return the (H, W) of a view whose panels are of this size."""
    return panel[0], PANELS[view] * panel[1] + (PANELS[view] - 1) * GUTTER


def layer_of(frame: Frame, layer: Layer, display: Display) -> Image:
    """Return a layer of a frame: as the guard let it through, or as it comes.

    Returns:
        uint8 (H, W, 3) BGR at the size of a panel for `camera` and `overlay`; at the net's own size for
        `painting`, and uint8 (h, w) ids for `labels`.

    Raises:
        ValueError: the frame lacks the labels or the picture that the layer shows.
    """
    if frame.layers is not None and layer in frame.layers:
        return frame.layers[layer]
    if layer == "camera":
        return display.fit.shown(frame.image, display.panel(frame))
    if layer == "painting":
        if frame.picture is None:
            raise ValueError(f"frame {frame.index} has no picture to show")
        return display.fit.unfit(frame.picture, frame.image)
    if layer == "labels":
        if frame.painted_labels is None:
            raise ValueError(f"frame {frame.index} has no labels to show")
        return display.fit.unfit(frame.painted_labels, frame.image)
    size = display.panel(frame)
    colours = coloured(layer_of(frame, "labels", display), size, display.space)
    camera = display.fit.shown(frame.image, size)
    return cv2.addWeighted(  # type: ignore[return-value]
        camera, _CAMERA_SHARE, colours, 1 - _CAMERA_SHARE, 0, dst=colours
    )


def coloured(labels: Image, size: Size, space: LabelSpace) -> Image:
    """Return a label map in its colours, uint8 (H, W, 3) BGR, scaled to `size` with hard borders."""
    colours = cv2.LUT(cv2.cvtColor(labels, cv2.COLOR_GRAY2BGR), palette(space)[None])
    return cv2.resize(colours, size[::-1], interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]
