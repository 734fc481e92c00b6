"""Measure the segmenter's accuracy, and how well the labels can be recognised in the paintings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from benchmarks.edges import boundary_score, count_borders
from benchmarks.image_judge import ImageJudge
from benchmarks.photos import LabelledPhoto
from benchmarks.recognised import kinds, largest_shape
from benchmarks.teachers import Teachers
from engines.bundle import Bundle
from engines.errors import SourceError
from engines.labels import LabelSpace, swap_table
from export.groups import group_confusion, group_iou, grouped_accuracy
from stream.controls import Controls
from stream.fit import Fit
from stream.frame import Frame, Image, Stage
from stream.nets.cpu import open_stages

LEAST_PHOTOS = 8  # for realism, which compares the photos' two halves


@dataclass(frozen=True, slots=True)
class LikenessSample:
    """The result for one photo, for people to look at.

    Attributes:
        name: the photo's name.
        frame: the photo, its true `labels` at the painter's size in COCO-Stuff ids, and the `picture`.
        seen: label map uint8 (H, W) of the picture, by the teachers.
        segment: share of the photo's pixels that the segmenter labelled right; NaN if none has a true label.
        round_trip: share of the picture's pixels that the teachers labelled right.
    """

    name: str
    frame: Frame
    seen: Image
    segment: float
    round_trip: float


def measure_likeness(
    bundle: Bundle,
    photos: Sequence[LabelledPhoto],
    teachers: Teachers,
    judge: ImageJudge | None = None,
    *,
    backend: str = "auto",
    threads: int | None = None,
    samples: int = 12,
    done: Callable[[], None] = lambda: None,
) -> tuple[dict[str, Any], list[LikenessSample]]:
    """Measure both nets of a bundle on photos with known labels, in 17 groups of labels.

    The segmenter labels each photo as the loop does, cropped to its aspect. The painter gets the true labels,
    and the teachers label the painting: the round trip. All maps are compared at the painter's size. Pixels
    without a true label, or with a label of no group, are not counted. The judge compares the paintings with
    the photos. It also looks for each kind of thing in the place of the largest thing after a swap.

    Args:
        bundle: the two graphs, of which the first size is measured.
        photos: at least one photo.
        teachers: the nets that label the paintings.
        judge: an ImageNet net; None leaves out `realism` and `recognised`.
        backend: the runtime.
        threads: as for `open_stages`.
        samples: greatest number of photos, spread evenly, that are kept to look at.
        done: a function that is called after each photo.

    Returns:
        `bundle`, `backends`, `photos`, and for `segment` and `round_trip` each `accuracy` and `iou`, by the
        name of every group that occurs; for `segment` also `edges`, the boundary F-score at 3 pixels; with a
        judge `realism`, the distance of the paintings to the photos over that of the photos' halves, None
        for fewer than 8 photos, and `recognised`, the share of each kind and of all; and the samples.

    Raises:
        SourceError: a photo cannot be read, or none has a pixel that counts.
    """
    bundle = bundle.at()  # photos of all proportions are measured at one size
    coco, card = LabelSpace.load("coco-stuff"), bundle.card
    in_coco = swap_table(card.segment.space, coco)
    fit = Fit("crop", card.segment.size)
    segmented, seen_again, borders, kept = [], [], [], []
    looks = _Looks(judge) if judge else None
    with ExitStack() as entered:
        segment, synthesize = open_stages(
            bundle,
            Controls(coco, card.synthesize.space, steadiness=None),  # photos are no film: no memory
            backend=backend,
            threads=threads,
        )
        entered.enter_context(segment)
        entered.enter_context(synthesize)
        for number, photo in enumerate(photos):
            image, labels = photo.read()
            true = cv2.resize(
                fit.shown(labels), card.synthesize.width_height, interpolation=cv2.INTER_NEAREST
            )
            frame = Frame(number, 0.0, 0.0, image, labels=true.astype(np.uint8))
            named, picture = segment(frame).labels, synthesize(frame).picture
            assert frame.labels is not None and named is not None and picture is not None
            seen = teachers.label(picture)
            segmented.append(group_confusion(in_coco[named], frame.labels))
            seen_again.append(group_confusion(seen, frame.labels))
            borders.append(count_borders(in_coco[named], frame.labels))
            if looks:
                looks.see(frame, picture, fit, synthesize)
            if number % -(-len(photos) // samples) == 0:
                accuracies = grouped_accuracy(segmented[-1]), grouped_accuracy(seen_again[-1])
                kept.append(
                    LikenessSample(
                        photo.name,
                        replace(frame, painted_labels=frame.labels, picture=picture),
                        seen,
                        *accuracies,
                    )
                )
            done()
    if not np.sum(segmented):
        raise SourceError(
            "No pixel of these label maps has a label of the 17 groups: nothing to compare with."
        )
    result = {
        "bundle": bundle.name,
        "backends": {stage.name: stage.backend for stage in (segment, synthesize)},
        "photos": len(photos),
        "segment": {**_figures(segmented), "edges": round(boundary_score(borders), 4)},
        "round_trip": _figures(seen_again),
        **(looks.figures() if looks else {}),
    }
    return result, kept


class _Looks:
    """The figures of an ImageNet net about the paintings."""

    def __init__(self, judge: ImageJudge) -> None:
        self._judge = judge
        self._paintings: list[Any] = []
        self._photos: list[Any] = []
        self._hits: dict[int, list[bool]] = {label: [] for label in kinds()}

    def see(self, frame: Frame, picture: Image, fit: Fit, paint: Stage) -> None:
        """Judge a painting beside its photo, and paintings of each kind in the place of the largest thing."""
        shown = cv2.resize(fit.shown(frame.image), picture.shape[1::-1], interpolation=cv2.INTER_AREA)
        self._photos.append(self._judge.features(np.asarray(shown, np.uint8)))
        self._paintings.append(self._judge.features(picture))
        assert frame.labels is not None
        shape = largest_shape(frame.labels)
        if shape is None:
            return
        for label, classes in kinds().items():
            painted = paint(replace(frame, labels=shape.swapped(frame.labels, label))).picture
            assert painted is not None
            self._hits[label].append(bool(classes & set(self._judge.five_classes(shape.cut(painted)))))

    def figures(self) -> dict[str, Any]:
        coco, every = LabelSpace.load("coco-stuff"), [hit for hits in self._hits.values() for hit in hits]
        recognised = {coco.names[label]: np.mean(hits) for label, hits in self._hits.items() if hits}
        enough = len(self._photos) >= LEAST_PHOTOS
        return {
            "realism": round(self._judge.realism(self._paintings, self._photos), 3) if enough else None,
            "recognised": {"all": round(float(np.mean(every)), 4) if every else None}
            | {name: round(float(share), 4) for name, share in recognised.items()},
        }


def _figures(confusions: list[Any]) -> dict[str, Any]:
    confusion = np.sum(confusions, axis=0)
    return {
        "accuracy": round(grouped_accuracy(confusion), 4),
        "iou": {group: round(iou, 4) for group, iou in group_iou(confusion).items()},
    }
