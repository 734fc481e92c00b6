"""Run the stage that composes the views, each distinct one once for all outputs that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self, cast

import numpy as np

from engines.labels import UNLABELLED, LabelSpace
from stream.controls import Controls, View
from stream.fit import Fit, Size
from stream.frame import Frame, Image
from stream.views.calm_names import CalmNames
from stream.views.cards import with_card
from stream.views.layers import Display
from stream.views.layouts import annotate, compose
from stream.views.name_placement import Name


class Compose:
    """Compose the views of each frame, each distinct one once.

    Args:
        controls: `view`, `outputs` and `frozen` are read for every frame; it has the painter's labels too.
        fit: the fit between frame and net.
        height: height of the view in pixels.
        badges: draw the frame's badges into the views, and not only for who watches.
    """

    name = "compose"
    takes_notices = True

    def __init__(self, controls: Controls, fit: Fit, height: int = 512, *, badges: bool = False) -> None:
        self._controls, self._display = controls, Display(fit, controls.painted, height)
        self._draws_badges = badges
        self._names = CalmNames()
        self._last: Frame | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: Any) -> None:
        pass

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with its `views`, or its `view` if there are no outputs; and with its `badges`.

        A notice is drawn over the last views.
        """
        # The layers are those of the views that were wanted when the frame was guarded.
        wanted = cast(Mapping[str, View], self._controls.wanted if frame.wanted is None else frame.wanted)
        if frame.is_picture:
            self._last = frame
        shown = self._views(frame, set(wanted.values()) or {self._controls.view})
        badges = (*frame.badges, "labels frozen") if self._controls.frozen else frame.badges
        if badges and self._draws_badges:
            for image in shown.values():
                annotate(image, badges)
            badges = ()
        if not wanted:
            (view,) = shown.values()
            return replace(frame, view=view, badges=badges)
        return replace(frame, views={output: shown[view] for output, view in wanted.items()}, badges=badges)

    def again(self, frame: Frame, view: View) -> Frame:
        """Return a frame that was composed before with another `view`; any thread may call this."""
        return replace(frame, view=compose(frame, view, self._display))

    def _views(self, frame: Frame, views: set[View]) -> dict[View, Image]:
        behind = frame if frame.is_picture else self._last or self._nothing()

        def place(labels: Image, space: LabelSpace, size: Size) -> list[Name]:
            return self._names.place(labels, space, size, frame.pts)

        shown = {view: compose(behind, view, self._display, place) for view in views}
        if frame.notice:
            title, lines = frame.notice.title, frame.notice.lines
            shown = {view: with_card(image, title, lines) for view, image in shown.items()}
        return shown

    def _nothing(self) -> Frame:
        """Return a black frame, which stands behind a notice before there was any picture."""
        black = self._display.fit.blank()
        labels = np.full(black.shape[:2], UNLABELLED, np.uint8)
        return Frame(0, 0.0, 0.0, black, painted_labels=labels, picture=black)
