"""Run the two nets on a GPU, as stages: upload a frame, segment it, paint it, download the picture."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Self

from engines.labels import SwapTable
from stream.controls import Controls
from stream.fit import Fit
from stream.frame import Frame
from stream.nets.clock import FrameClock
from stream.nets.cpu import NOT_OPENED, mirrored
from stream.nets.cut import CutNotice
from stream.nets.gpu_slot import Slot
from stream.nets.gpu_streams import DeviceNets
from stream.nets.palette.palette_segment import PaletteSegment

PERMITS = 4
"""Frames in flight on a GPU, unless `neteyes bench` says that fewer are as fast: one waits on each stream."""


class _DeviceStage:
    """Enqueue the work of one stage on a stream of its own; the device is current on its thread.

    Args:
        nets: the nets, shared by the stages of one loop.
        controls: the live settings.
    """

    name: str
    takes_notices = False

    def __init__(self, nets: DeviceNets, controls: Controls) -> None:
        self._nets, self._controls = nets, controls

    @property
    def backend(self) -> str:
        """Name the runtime and the device."""
        return self._nets.backends.get(self.name, NOT_OPENED)

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            entered.enter_context(self._nets.on_this_thread())
            self._entered = entered.pop_all()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._entered.close()


class Upload(_DeviceStage):
    """Upload a frame to the segmenter's input on the device.

    Args:
        nets: as for every stage.
        controls: `mirror` is read for every frame.
        fit: how a frame becomes the net's input.
    """

    name = "upload"

    def __init__(self, nets: DeviceNets, controls: Controls, fit: Fit) -> None:
        super().__init__(nets, controls)
        self._fit, self._cut = fit, CutNotice(fit)

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with a slot `on_device`; its image is mirrored where the viewer wants that."""
        image = mirrored(frame.image, self._controls)
        self._cut(image)
        slot = self._nets.take()
        slot.pinned["frame"][...] = self._fit.to_net(image)
        self._nets.upload(slot)
        return replace(frame, image=image, on_device=slot)


class GpuSegment(_DeviceStage):
    """Segment a frame on the device; `frozen` and `steadiness` are read for every frame."""

    name = "segment"

    def __enter__(self) -> Self:
        self.forget()
        return super().__enter__()

    def forget(self) -> None:
        """Reset the memory, so that the next frame counts as the first; called on the stage's thread."""
        self._clock, self._saw = FrameClock(), False

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame as it is: its slot will hold the labels."""
        slot = _slot(frame)
        if self._saw and self._controls.frozen:
            self._nets.segment(slot, frozen=True)
            return frame
        dt, self._saw = self._clock(frame.pts), True
        slot.tell("dt", dt or 0.0)
        slot.tell("steadiness", self._controls.steadiness or 0.0)
        self._nets.segment(slot, forget=dt is None)
        return frame


class GpuPalette(_DeviceStage):
    """Segment a frame by its colours on the host, and upload the label map to the painter.

    Args:
        nets: as for every stage.
        controls: the live settings.
        by_colour: makes the label map.
    """

    name = "segment"

    def __init__(self, nets: DeviceNets, controls: Controls, by_colour: PaletteSegment) -> None:
        super().__init__(nets, controls)
        self._by_colour = by_colour

    @property
    def backend(self) -> str:
        """Name the palette."""
        return self._by_colour.backend

    def forget(self) -> None:
        """Reset the memory, so that the next frame counts as the first; called on the stage's thread."""
        self._by_colour.forget()

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame as it is: its slot will hold the labels."""
        slot = _slot(frame)
        slot.pinned["labels"][...] = self._by_colour.shown_labels(frame.image, frame.pts)
        self._nets.relabel(slot)
        return frame


class GpuSynthesize(_DeviceStage):
    """Paint a label map on the device; `swap` is read for every frame."""

    name = "synthesize"

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame as it is: its slot will hold the picture."""
        slot = _slot(frame)
        slot.swap = self._controls.swap
        slot.pinned["swap"][...] = slot.swap
        self._nets.synthesize(slot)
        return frame


class Download(_DeviceStage):
    """Wait until the frame is back on the host."""

    name = "download"

    def __call__(self, frame: Frame) -> Frame:
        """Return the frame with `labels`, `painted_labels` and `picture`, in memory of its own."""
        slot = _slot(frame)
        self._nets.download(slot)
        self._nets.land(slot)
        swap: SwapTable | None = slot.swap
        assert swap is not None
        labels, picture = slot.pinned["labels"].copy(), slot.pinned["picture"].copy()
        self._nets.give(slot)
        return replace(frame, labels=labels, painted_labels=swap[labels], picture=picture, on_device=None)


def _slot(frame: Frame) -> Slot:
    assert isinstance(frame.on_device, Slot)
    return frame.on_device
