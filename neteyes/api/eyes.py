"""Carry single frames through the two nets and the flash guard, for programs."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np

from engines.bundle import open_bundle
from engines.certificate import certified_with
from engines.errors import UsageError
from engines.sizes import parse_size
from neteyes.api.live_swaps import LiveSwaps
from neteyes.api.result import Result
from neteyes.option_type import OptionType
from neteyes.options import option_types
from neteyes.palettes.chosen_palette import ChosenPalette
from stream.controls import Controls, View, steadiness_of
from stream.fit import FitMode
from stream.flashes.guard_stage import Guard
from stream.frame import Frame, Image
from stream.nets.cpu import cores
from stream.nets.open import Segmenting, open_route
from stream.nets.palette.palette_segment import seen_by_colours
from stream.views.stage import Compose

log = logging.getLogger(__name__)

T = TypeVar("T")


class Eyes:
    """Segment and paint one frame a call; each frame may have its own size.

    The calls are one film: a memory from frame to frame keeps labels still, and the flash guard holds flashes
    in `view` back. Any thread may call; one frame is worked on at a time. `neteyes.run` is quicker: it
    keeps both nets at work at once.

    Args:
        bundle: the nets: a bundle's name, or its folder, with a `/`.
        swaps: label → label that is painted in its place, by name.
        view: `picture`, `labels`, `triptych` or `overlay`.
        steadiness: how hard labels hold still, from 0, the net as it is, to 1; by default 0.7, if the
            segmenter has a memory.
        mirror: flip frames left to right before the nets.
        guard: hold back what would flash too often. Without it `view` can flash in a way that harms people.
        size: which of the bundle's sizes the nets have, such as `256x256`; by default, for each frame the one
            nearest to its proportions.
        fit: how frames meet the net's size: `crop` cuts off what it does not take, `pad` and `stretch` keep
            the whole frame.
        height: of the view, in pixels.
        backend: the runtime: `auto`, or as in `neteyes run --backend`.
        threads: of each net on the processor; by default all of its cores.
        engines: a folder that `neteyes build --out` made elsewhere. Engines are code: name only one that you
            trust.
        segmenter: `palette:game.toml` or `palette:auto` to segment games and cartoons by their colours, in
            place of the bundle's net.

    Attributes:
        labels: the segmenter's label space: `labels.names`, `labels.id(name)`, `labels.name(id)`.
        painted: the painter's label space.

    Raises:
        UsageError: an option that is invalid; of labels, the message has the nearest names.
        BundleError: there is no such bundle, or it is not whole.
        BackendError: no runtime opens it.

    >>> import neteyes
    >>> with neteyes.open("scene://duel?size=320x180&seconds=0.1", pace=False) as scene, Eyes() as eyes:
    ...     for frame in scene:
    ...         result = eyes(frame)
    >>> result.view.shape, result.view.dtype, result.labels.shape
    ((512, 910, 3), dtype('uint8'), (192, 352))
    >>> result.shares["person"] > 0.01
    True
    """

    def __init__(
        self,
        bundle: str | Path = "small",
        *,
        swaps: Mapping[str, str] | None = None,
        view: View = "picture",
        steadiness: float | None = None,
        mirror: bool = False,
        guard: bool = True,
        size: str | None = None,
        fit: FitMode = "crop",
        height: int = 512,
        backend: str = "auto",
        threads: int | None = None,
        engines: str | Path | None = None,
        segmenter: str | None = None,
    ) -> None:
        types = option_types()
        for name, value in {
            "view": view,
            "steadiness": steadiness,
            "size": size,
            "fit": fit,
            "height": height,
            "backend": backend,
            "threads": threads,
            "segmenter": segmenter,
        }.items():
            types[name].check(name, value)
        for name, wanted in {"mirror": mirror, "guard": guard}.items():
            OptionType(bool).check(name, wanted)
        self._bundle = open_bundle(bundle, Path(engines) if engines else None)
        if size:
            self._bundle = self._bundle.at(parse_size(size))
        nets = self._bundle
        palette = ChosenPalette(segmenter, nets).live if segmenter else None
        if palette:
            self._bundle = seen_by_colours(nets)
        card = self._bundle.card
        self.labels, self.painted = card.segment.space, card.synthesize.space
        self._controls = Controls(self.labels, self.painted, view=view, mirror=mirror)
        self._controls.steadiness = steadiness_of(self._bundle, steadiness)
        self._swaps = LiveSwaps(self._bundle, self._controls, swaps or {})
        self._count = 0
        # The nets take turns, so each may have all cores.
        route = open_route(
            nets,
            self._controls,
            backend=backend,
            threads=threads or cores(),
            fit=fit,
            permits=1,
            palette=palette,
        )
        for warning in route.passed_over:
            log.warning("%s", warning)
        self._route = route
        held = [Guard(self._controls, route.fit, height)] if guard else []
        self._stages = (*route.stages, *held, Compose(self._controls, route.fit, height))
        # Stages are entered, called and left on one thread, whichever threads call us.
        self._worker: ThreadPoolExecutor | None = ThreadPoolExecutor(1, thread_name_prefix="eyes")
        self._entered = ExitStack()
        try:
            self._do(self._enter)
        except BaseException:
            self.close()
            raise
        ours = () if route.compared else [stage.backend for stage in route.engines]
        for warning in certified_with(self._bundle, ours)[1]:
            log.warning("%s", warning)

    def __call__(self, frame: Frame | Image, at: float | None = None) -> Result:
        """Segment a frame, paint it, and return the labels, the picture and the view.

        Args:
            frame: of `neteyes.open`, or uint8 (h, w, 3) BGR of any size.
            at: when it was taken, in seconds of any clock; by default the frame's own time, and of an array
                the time of the call.

        Raises:
            UsageError: it is no such frame, or the eyes are closed.
            BackendError: a net failed.

        >>> import numpy as np
        >>> with Eyes(height=128) as eyes:
        ...     eyes(np.zeros((90, 120, 3), np.uint8), at=0.0).view.shape
        (128, 128, 3)
        """
        image, taken = (frame.image, frame.pts) if isinstance(frame, Frame) else (frame, time.monotonic())
        image = _checked(image)
        if at is not None:
            if not isinstance(at, int | float) or not math.isfinite(at):
                raise UsageError(f"at wants seconds, such as 12.5; got {at!r}.")
            taken = at
        self._count += 1
        done = self._do(self._see, Frame(self._count - 1, time.monotonic(), taken, image))
        assert done.labels is not None and done.painted_labels is not None
        assert done.picture is not None and done.view is not None
        return Result(done.labels, done.painted_labels, done.picture, done.view, self.labels, self.painted)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the nets; another call does nothing."""
        if self._worker:
            try:
                self._do(self._entered.close)
            finally:
                worker, self._worker = self._worker, None
                worker.shutdown()

    def reset(self) -> None:
        """Reset the memory: the next frame counts as the first one of another film.

        The flash guard is not reset, because the viewers stay the same.
        """
        for stage in self._route.engines:
            if isinstance(stage, Segmenting):
                self._do(stage.forget)

    @property
    def swaps(self) -> LiveSwaps:
        """Return the swaps by name, as a dict; a change takes effect with the next frame.

        >>> with Eyes(swaps={"person": "bear"}) as eyes:
        ...     eyes.swaps["sky"] = "sea"
        ...     print(eyes.swaps)
        ...     eyes.swaps = {"tree": "house"}
        ...     print(eyes.swaps)
        {'person': 'bear', 'sky': 'sea'}
        {'tree': 'house'}

        Raises:
            LabelError: when it is set to a name that there is not; the message has the nearest ones.
        """
        return self._swaps

    @swaps.setter
    def swaps(self, swaps: Mapping[str, str]) -> None:
        self._swaps.become(swaps)

    @property
    def view(self) -> View:
        """Return the layout of the view: `picture`, `labels`, `triptych` or `overlay`."""
        return self._controls.view

    @view.setter
    def view(self, view: View) -> None:
        option_types()["view"].check("view", view)
        self._controls.view = view

    @property
    def mirror(self) -> bool:
        """Tell whether frames are flipped left to right before the nets."""
        return self._controls.mirror

    @mirror.setter
    def mirror(self, mirror: bool) -> None:
        OptionType(bool).check("mirror", mirror)
        self._controls.mirror = mirror

    @property
    def steadiness(self) -> float | None:
        """Return how much labels are steadied, 0–1; None if the segmenter has no memory."""
        return self._controls.steadiness

    @steadiness.setter
    def steadiness(self, steadiness: float | None) -> None:
        option_types()["steadiness"].check("steadiness", steadiness)
        self._controls.steadiness = steadiness_of(self._bundle, steadiness)

    @property
    def backends(self) -> Mapping[str, str]:
        """Return the runtime of each net, and its device."""
        return {stage.name: stage.backend for stage in self._route.engines}

    def _enter(self) -> None:
        for stage in self._stages:
            self._entered.enter_context(stage)

    def _see(self, frame: Frame) -> Frame:
        for stage in self._stages:
            frame = stage(frame)
        return frame

    def _do(self, job: Callable[..., T], *given: Any) -> T:
        if self._worker is None:
            raise UsageError("These eyes are closed. Open others: with neteyes.Eyes(…) as eyes.")
        return self._worker.submit(job, *given).result()


def _checked(image: Any) -> Image:
    """Return an image as the stages take it: uint8 (h, w, 3), contiguous.

    Raises:
        UsageError: it is something else; the message says how to make it one.
    """
    wanted = "A frame is a numpy array, uint8 (h, w, 3) BGR, or comes from neteyes.open"
    if not isinstance(image, np.ndarray):
        raise UsageError(f"{wanted}; got a {type(image).__name__}.")
    got = f"{wanted}; got {image.dtype} {image.shape}."
    if image.ndim == 2:
        raise UsageError(f"{got} Repeat what is grey: numpy.stack([frame] * 3, axis=2).")
    if image.ndim != 3 or image.shape[2] not in (3, 4):
        raise UsageError(f"{got} Give one frame a call, with its colours in the last axis.")
    if image.shape[2] == 4:
        raise UsageError(f"{got} Leave the fourth channel out: frame[:, :, :3].")
    if image.dtype != np.uint8:
        scale = "If 1 is white: (255 * frame).astype('uint8')." if image.dtype.kind == "f" else ""
        raise UsageError(f"{got} {scale or 'Scale it to 0–255, then frame.astype(numpy.uint8).'}")
    if 0 in image.shape:
        raise UsageError(f"{got} It has no pixels.")
    return np.ascontiguousarray(image)
