"""Segment frames by their colours, in place of a net: the stage of palette mode."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, Self

import cv2
import msgspec
import numpy as np

from engines.bundle import Bundle
from stream.controls import Controls
from stream.fit import Fit, Size
from stream.frame import Frame, Image
from stream.nets.cpu import mirrored
from stream.nets.cut import CutNotice
from stream.nets.palette.clean import Mask, filled, without_specks
from stream.nets.palette.colour_table import NONE
from stream.nets.palette.palette import LivePalette, Palette
from stream.nets.palette.tables import Tables
from stream.nets.palette.tiles import tile_places

log = logging.getLogger(__name__)

_TOO_MUCH = 0.5
_LOOKED_AT = 30


class PaletteSegment:
    """Segment a frame by its colours: image → label map, in the painter's label space.

    Args:
        palette: the palette; it may be replaced while the loop runs.
        controls: `mirror`, `frozen` and `steadiness` are read for every frame.
        fit: how frames meet the nets' size.
        sizes: size (h, w) of the segmenter that stood here → (H, W) of the label map.
    """

    name = "segment"
    takes_notices = False

    def __init__(
        self, palette: LivePalette, controls: Controls, fit: Fit, sizes: Mapping[Size, Size]
    ) -> None:
        self.fit, self._live, self._controls, self._sizes = fit, palette, controls, sizes
        self._cut = CutNotice(fit)
        self._kept: Image | None = None
        self._before: tuple[Image, Image] | None = None  # colours and labels of the frame before
        self._tables: Tables | None = None
        self._pending: Future[Tables] | None = None
        self._missed = 0.0
        self._regions: tuple[Any, Mask] | None = None
        self._unmatched: list[float] = []

    @property
    def backend(self) -> str:
        """Name the palette, as a net's stage names its runtime."""
        return f"palette {self._live.palette.name}"

    def __enter__(self) -> Self:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="palette")
        return self

    def __exit__(self, *exc: Any) -> None:
        self._worker.shutdown()

    def forget(self) -> None:
        """Reset the memory, so that the next frame counts as the first; called on the stage's thread."""
        self._kept = self._before = None

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with `labels`; its image is mirrored where the viewer wants that."""
        image = mirrored(frame.image, self._controls)
        self._cut(image)
        return replace(frame, image=image, labels=self.shown_labels(image, frame.pts))

    def shown_labels(self, image: Image, pts: float) -> Image:
        """Return the label map of an image, or the one before where labels are frozen.

        Args:
            image: uint8 (h, w, 3), mirrored where the viewer wants that.
            pts: seconds in the source's own time.

        Returns:
            uint8 (H, W), ids of the painter's space.
        """
        if self._kept is None or not self._controls.frozen:
            self._kept = self._see(image, pts)
        return self._kept

    def _see(self, image: Image, pts: float) -> Image:
        size, tables = self._sizes[self.fit.size_for(image)], self._tables_for(image, pts)
        palette = tables.palette
        before = self._before if self._before is not None and self._before[0].shape == size else None
        places, certain = tables.colours.match(self.fit.sampled(image, size), before and before[0])
        labels = without_specks(cv2.LUT(places, tables.labels))  # type: ignore[arg-type]
        unknown, doubtful = cv2.LUT(places, tables.blank).view(bool), ~certain
        self._missed = float((places == NONE).mean())
        self._count(self._missed)
        for tile in palette.tiles:
            picture = mirrored(tile.picture, self._controls)
            covered = tile_places(image, picture)
            if covered is not None:
                fitted = self._fitted(covered.view(np.uint8), image, size)
                labels, unknown = np.where(fitted, np.uint8(tile.label), labels), unknown & ~fitted
                doubtful = doubtful & ~fitted
        if palette.leave_out:
            unknown = unknown | self._left_out(palette, image, size)
        labels = filled(labels, unknown, doubtful)
        if before is not None and self._controls.steadiness:
            # A blend that stays keeps its area; else noise would give it now to one area, now to the other.
            still = doubtful & ~unknown & (places == before[0])
            labels = np.where(still, before[1], labels)
        self._before = places, labels
        return labels

    def _fitted(self, mask: Image, image: Image, size: Size) -> Mask:
        """Return a mask uint8 (h, w) that covers the whole image as the label map's pixels, bool (H, W)."""
        whole = cv2.resize(mask, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        return self.fit.sampled(whole, size).astype(bool)  # type: ignore[arg-type]

    def _left_out(self, palette: Palette, image: Image, size: Size) -> Mask:
        """Return the pixels of the label map that lie in a region to leave out."""
        key = palette, image.shape, size, self._controls.mirror
        if self._regions is None or self._regions[0] != key:
            height, width = image.shape[:2]
            marked = np.zeros((height, width), np.uint8)
            for left, top, wide, high in palette.leave_out:
                rows = slice(round(top * height), round((top + high) * height))
                marked[rows, round(left * width) : round((left + wide) * width)] = 1
            fitted = self._fitted(mirrored(marked, self._controls), image, size)
            self._regions = key, fitted
        return self._regions[1]

    def _tables_for(self, image: Image, pts: float) -> Tables:
        """Return the tables for a frame; those of a live source are made aside, and count when ready."""
        job = partial(self._prepare, image, pts, self._missed, self._tables)
        if self._tables is None or not self._live.aside:
            self._use(job())
        else:
            if self._pending and self._pending.done():
                self._use(self._pending.result())
                self._pending = None
            if self._pending is None:
                self._pending = self._worker.submit(job)
        assert self._tables is not None
        return self._tables

    def _prepare(self, image: Image, pts: float, missed: float, made: Tables | None) -> Tables:
        """Let the palette look at a frame, and make its tables unless they are made."""
        self._live.look(image, pts)
        self._live.missed(image, pts, missed)
        return Tables.of(self._live.palette, self._controls.steadiness or 0.0, made)

    def _use(self, tables: Tables) -> None:
        if self._tables is None or tables.palette is not self._tables.palette:
            self._before, self._unmatched = None, []
        self._tables = tables

    def _count(self, unmatched: float) -> None:
        """Say once if most of the first pictures matches no colour."""
        if len(self._unmatched) == _LOOKED_AT:
            return
        self._unmatched.append(unmatched)
        share = float(np.mean(self._unmatched))
        if len(self._unmatched) == _LOOKED_AT and share > _TOO_MUCH:
            log.warning(
                "%.0f of 100 pixels match no colour of the palette %s. For photos and cameras leave "
                "--segmenter out: the bundle's segmenter sees them. For another game: neteyes palette learn.",
                100 * share,
                self._live.palette.name,
            )


def seen_by_colours(bundle: Bundle) -> Bundle:
    """Return a bundle whose segmenter has the painter's labels and a memory, as segmenting by colours does.

    Its card is for names, swaps and settings; its segment graph is not meant to be opened.
    """
    card = bundle.card
    seen = msgspec.structs.replace(
        card.segment,
        labels=card.synthesize.labels,
        trained=card.synthesize.trained,
        state={"last colours": "colours"},
    )
    return replace(bundle, card=msgspec.structs.replace(card, segment=seen))
