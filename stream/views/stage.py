"""Run the stage that composes the view, once for all sinks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np

from engines.labels import UNLABELLED
from stream.controls import Controls
from stream.fit import Fit
from stream.frame import Frame, Image
from stream.views.cards import with_card
from stream.views.layouts import compose
from stream.views.name_placement import Names


class Compose:
    """Compose the view of each frame, once for all sinks.

    Args:
        controls: `view` and `frozen` are read for every frame; it has the painter's label space too.
        fit: the fit between frame and net.
        height: height of the view in pixels.
    """

    name = "compose"
    takes_notices = True

    def __init__(self, controls: Controls, fit: Fit, height: int = 512) -> None:
        self._controls, self._fit, self._space, self._height = controls, fit, controls.painted, height
        self._names = Names()
        self._last: Image | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: Any) -> None:
        pass

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with its `view`; a notice is drawn over the last view."""
        if frame.notice:
            return replace(frame, view=with_card(self._behind(), frame.notice.title, frame.notice.lines))
        view = compose(
            frame,
            self._controls.view,
            fit=self._fit,
            space=self._space,
            height=self._height,
            notes=["labels frozen"] if self._controls.frozen else [],
            names=self._names,
        )
        self._last = view
        return replace(frame, view=view)

    def _behind(self) -> Image:
        """Return the view behind a notice: the last one, or that of a black frame."""
        if self._last is None:
            black = np.zeros((*self._fit.net_size, 3), np.uint8)
            labels = np.full(black.shape[:2], UNLABELLED, np.uint8)
            nothing = Frame(0, 0.0, 0.0, black, painted_labels=labels, picture=black)
            view = self._controls.view
            self._last = compose(nothing, view, fit=self._fit, space=self._space, height=self._height)
        return self._last
