"""Hold the result of one frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engines.labels import LabelSpace
from stream.frame import Image


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Result:
    """Hold the label maps and pictures of one frame; the caller owns them and may draw on them.

    Attributes:
        labels: what the segmenter saw, uint8 (H, W) of ids in `seen`, 255 = unlabelled. It covers the net's
            whole input, at the size of the painter's picture, whatever the size of the frame.
        painted_labels: what was painted: the same after swaps, of ids in `painted`.
        picture: what was painted, uint8 (H, W, 3) BGR.
        view: what is meant to be shown, uint8 (h, w, 3) BGR: in the frame's proportions, and through the
            flash guard.
        seen: the segmenter's label space: `seen.name(id)`, `seen.id(name)`.
        painted: the painter's label space.
    """

    labels: Image
    painted_labels: Image
    picture: Image
    view: Image
    seen: LabelSpace
    painted: LabelSpace

    @property
    def names(self) -> Mapping[int, str]:
        """Return the names of the segmented labels, by their ids."""
        return {int(label): self.seen.name(int(label)) for label in np.unique(self.labels)}

    @property
    def shares(self) -> dict[str, float]:
        """Return each label's share of the pixels, 0–1, by its name; the largest comes first."""
        ids, counts = np.unique(self.labels, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return {self.seen.name(int(ids[at])): float(counts[at] / self.labels.size) for at in order}

    def mask(self, name: str) -> npt.NDArray[np.bool_]:
        """Return the mask of a label, bool (H, W).

        Raises:
            LabelError: there is no such label; the message has the nearest names.
        """
        found: npt.NDArray[np.bool_] = self.labels == self.seen.id(name)
        return found

    def __repr__(self) -> str:
        """List the labels and their shares, the largest first."""
        parts = ", ".join(f"{name} {share:.0%}" for name, share in list(self.shares.items())[:3])
        return f"<Result: {parts}>"
