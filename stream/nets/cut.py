"""Say once which part of the pictures the nets do not see."""

from __future__ import annotations

import logging

from stream.fit import Fit
from stream.frame import Image

log = logging.getLogger(__name__)


class CutNotice:
    """Log one line at the first frame of which a part is cut off; called with every frame.

    Args:
        fit: how frames meet the net's size.
    """

    def __init__(self, fit: Fit) -> None:
        self._fit = fit
        self._looked_at: tuple[int, ...] | None = None
        self._said = False

    def __call__(self, image: Image) -> None:
        """Look at a frame, uint8 (H, W, 3); only its shape matters."""
        if self._said or image.shape == self._looked_at:
            return
        self._looked_at = image.shape
        if words := self._fit.cut(image):
            self._said = True
            log.info("%s", words)
