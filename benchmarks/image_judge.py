"""Judge paintings with an ImageNet net: how real they look, and which things it recognises in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from engines.errors import BackendError
from stream.frame import Image

FILE = "squeezenet1_1.npz"
SIDE = 224  # of the pictures that ImageNet nets are trained on
Floats = npt.NDArray[np.float64]


class ImageJudge:
    """SqueezeNet 1.1, with weights from the folder of the teachers."""

    def __init__(self, folder: Path) -> None:
        """Load the net.

        Args:
            folder: the folder that holds `squeezenet1_1.npz`.

        Raises:
            BackendError: torch is not installed.
            CheckpointError: the file is missing, or holds another net.
        """
        try:
            from export import realism
            from export.nets.squeezenet import load_squeezenet
        except ImportError as error:
            raise BackendError(
                f"The net that judges pictures needs torch ({error}). "
                "Get it with: pip install 'neteyes[export]'"
            ) from error
        self._realism = realism
        self._net = load_squeezenet(folder / FILE)

    def features(self, picture: Image) -> Floats:
        """Return the mean features of a picture uint8 (H, W, 3) BGR in sixteen cells: float (16, 256)."""
        return self._realism.picture_features(self._net, [self._realism.batch_of([picture])])

    def realism(self, paintings: Sequence[Floats], photos: Sequence[Floats]) -> float:
        """Compare the features of paintings with those of photos: at 1, paintings are as real as photos."""
        return self._realism.realism(np.concatenate(paintings), np.concatenate(photos))

    def five_classes(self, picture: Image) -> tuple[int, ...]:
        """Return the five likeliest ImageNet classes of a picture uint8 (H, W, 3) BGR of any size."""
        fitted = np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        return self._realism.likeliest(self._net, self._realism.batch_of([fitted]), 5)
