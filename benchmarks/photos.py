"""Read photos with known labels from a folder with `photos/` and `labels/`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engines.errors import SourceError
from stream.frame import Image
from stream.sources.pictures import PICTURE_SUFFIXES


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """The paths of a photo and its label map."""

    photo: Path
    labels: Path

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.photo.stem

    def read(self) -> tuple[Image, Image]:
        """Decode the photo, uint8 (H, W, 3) BGR, and its label map, uint8 (H, W), 255 for unlabelled.

        Raises:
            SourceError: one of them cannot be read, the map is no label map, or their sizes differ.
        """
        image = cv2.imread(str(self.photo), cv2.IMREAD_COLOR)
        labels = cv2.imread(str(self.labels), cv2.IMREAD_UNCHANGED)
        if image is None or labels is None:
            raise SourceError(f"{self.photo if image is None else self.labels} cannot be read as a picture.")
        if labels.ndim != 2 or labels.dtype != np.uint8:
            raise SourceError(
                f"{self.labels} is no label map: it must be an 8-bit grey PNG of COCO-Stuff ids, "
                "255 where there is none."
            )
        if image.shape[:2] != labels.shape:
            sizes = (f"{array.shape[1]}x{array.shape[0]}" for array in (image, labels))
            raise SourceError(
                f"{self.photo} and {self.labels} differ in size, {' and '.join(sizes)}. They must be alike."
            )
        return image, labels  # type: ignore[return-value]


def labelled_photos(folder: Path) -> list[LabelledPhoto]:
    """Find the photos of a folder, `photos/NAME.jpg` or any other picture, with their `labels/NAME.png`.

    Returns:
        All photos, ordered by name.

    Raises:
        SourceError: there are no photos, or one has no label map.
    """
    pictures = folder / "photos"
    paths = sorted(pictures.iterdir()) if pictures.is_dir() else []
    found = [
        LabelledPhoto(path, folder / "labels" / f"{path.stem}.png")
        for path in paths
        if path.suffix.lower() in PICTURE_SUFFIXES
    ]
    if not found:
        raise SourceError(
            f"No photos in {pictures}. Name a folder that holds photos/NAME.jpg and labels/NAME.png, "
            "8-bit maps of COCO-Stuff ids."
        )
    missing = [pair for pair in found if not pair.labels.is_file()]
    if missing:
        more = f", nor do {len(missing) - 1} others have theirs" if len(missing) > 1 else ""
        raise SourceError(f"{missing[0].photo} has no label map {missing[0].labels}{more}.")
    return found
