"""Run one ordinary loop on threads of its own, for a visitor or for all who watch a shared input."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import numpy as np

from engines.errors import UsageError
from engines.labels import UNLABELLED
from neteyes.palettes.chosen_palette import ChosenPalette
from neteyes.palettes.palette_text import plain_text
from neteyes.serve.messages import Changes, ControlsNow, Percentiles
from neteyes.serve.screen import Screen, Show
from neteyes.serve.serve_options import ServeOptions
from neteyes.serve.shared_nets import SharedNets
from neteyes.serve.visitor_source import VisitorSource
from neteyes.swaps import Swaps, check_swaps
from stream.controls import WINDOW, Controls, View, steadiness_of
from stream.fit import FitMode
from stream.flashes.guard_stage import Guard
from stream.frame import Frame, HasSize, Source
from stream.loop.pipeline import Pipeline
from stream.nets.palette.palette import LivePalette, colour_of, hex_of
from stream.nets.palette.palette_segment import seen_by_colours
from stream.redact import words_of
from stream.views.label_at import colour_at, label_at
from stream.views.stage import Compose

log = logging.getLogger(__name__)


class Mirror:
    """Carry frames from a source through the nets to those who watch; thread-safe.

    Args:
        source: where the frames come from; closed by `close`.
        nets: the shared engines.
        options: the settings at the beginning.
        fit: how frames meet the net's size.

    Attributes:
        bundle: the nets, with the label names that are seen.
        controls: the live settings.
        pipeline: the loop.
        guard: the flash guard.
        route: the stages of the nets.
        screen: shows the frames to those who watch.
        error: what ended the loop, if anything did.

    Raises:
        UsageError: an option is invalid.
        BackendError: no runtime can be had.
    """

    def __init__(
        self, source: Source, nets: SharedNets, options: ServeOptions, fit: FitMode = "crop"
    ) -> None:
        self._source = source
        self._palette = ChosenPalette(options.segmenter, nets.bundle) if options.segmenter else None
        self.bundle = bundle = seen_by_colours(nets.bundle) if self._palette else nets.bundle
        card = bundle.card
        self.controls = Controls(card.segment.space, card.synthesize.space, view=options.view)
        self.controls.steadiness = steadiness_of(bundle, options.steadiness)
        self.controls.mirror = source.mirrored if options.mirror is None else options.mirror
        self.controls.show(WINDOW, None)
        self._swaps = Swaps(bundle, options.swap or [], options.swap_file).table
        self.controls.use_swaps(self._swaps)
        self._changing, self._resting = threading.Lock(), threading.Lock()
        if self._palette:
            self._palette.live.aside = source.live
        self.route, permits = nets.route(
            self.controls,
            fit=fit,
            expected=source.size if isinstance(source, HasSize) else None,
            palette=self._palette.live if self._palette else None,
        )
        self.guard = Guard(self.controls, self.route.fit, options.height)
        compose = Compose(self.controls, self.route.fit, options.height)
        self.screen = Screen()
        self.error: BaseException | None = None
        self.pipeline = Pipeline(
            source,
            (*self.route.stages, self.guard, compose),
            {},
            window=self.screen,  # on the mirror's own thread; notices are shown there before any picture
            permits=permits,
        )
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)

    def start(self) -> None:
        """Start the loop, and wait until its nets are ready.

        Raises:
            NetEyesError: a net could not be opened.
        """
        self._thread.start()
        self.pipeline.ready.wait()
        if self.error:
            raise self.error
        self._rest_unwatched()

    def close(self) -> None:
        """End the loop within three seconds."""
        if isinstance(self._source, VisitorSource):
            self._source.end()
        self.pipeline.stop()
        self._thread.join(4.0)

    @property
    def runs(self) -> bool:
        """Whether the loop goes on: until `close`, the end of the input or an error."""
        return self._thread.is_alive()

    def watch(self, show: Show) -> Callable[[], None]:
        """Call a function with each composed frame, as `Screen.watch`; the nets rest while nobody watches."""
        unwatch = self.screen.watch(show)
        self._rest_unwatched()

        def leave() -> None:
            unwatch()
            self._rest_unwatched()

        return leave

    @property
    def last(self) -> Frame | None:
        """The newest frame that was shown; None before the first."""
        return self.screen.last

    @property
    def paused(self) -> bool:
        """Whether the nets rest: while nobody watches. A live input is still read meanwhile."""
        return self.pipeline.paused

    def change(self, changes: Changes) -> None:
        """Change live settings from the next frame on, all of them or none.

        Raises:
            NetEyesError: a change is refused, and nothing was changed.
        """
        controls = self.controls
        with self._changing:
            if changes.swaps is not None:
                check_swaps(self.bundle, changes.swaps)
            if changes.steadiness is not None:
                steadiness_of(self.bundle, changes.steadiness)
            if changes.swaps is not None:
                self._swaps = dict(changes.swaps)
                controls.use_swaps(self._swaps)
            if changes.steadiness is not None:
                controls.steadiness = changes.steadiness
            if changes.view is not None:
                controls.view = changes.view
            if changes.mirror is not None:
                controls.mirror = changes.mirror
            if changes.frozen is not None:
                controls.frozen = changes.frozen

    def controls_now(self) -> ControlsNow:
        """Return the current settings."""
        with self._changing:
            return ControlsNow(
                view=self.controls.view,
                steadiness=self.controls.steadiness,
                swaps=dict(self._swaps),
                mirror=self.controls.mirror,
                frozen=self.controls.frozen,
            )

    def ages(self) -> Percentiles:
        """Return the percentiles of the ages of the frames shown in the last few seconds."""
        ages = [1000 * age for age in self.pipeline.meter.ages_lately]
        if not ages:
            return Percentiles(None, None)
        p50, p95 = (round(float(value), 1) for value in np.percentile(ages, (50, 95)))
        return Percentiles(p50, p95)

    def relabel(self, colour: str, label: str) -> None:
        """Give a colour of the palette another label from the next frame on.

        Raises:
            NetEyesError: a net segments, and no palette; or there is no such colour or label.
        """
        live = self._live_palette()
        with self._changing:
            found, palette = colour_of(colour), live.palette
            if found is None or found not in palette.colours:
                raise UsageError(f"The palette has no colour '{colour}'. Click on it again.")
            live.palette = palette.relabelled(found, self.controls.painted.id(label))

    def palette_text(self) -> str:
        """Return the palette as the text of a palette file.

        Raises:
            UsageError: a net segments, and no palette.
        """
        return plain_text(self._live_palette().palette, self.controls.painted)

    def _live_palette(self) -> LivePalette:
        if self._palette is None:
            raise UsageError("A net segments here: there is no palette.")
        return self._palette.live

    def label_at(self, x: float, y: float) -> tuple[str | None, str | None, str | None]:
        """Return the names of the labels seen and painted under a point of the newest view, and the colour.

        Args:
            x: part of the view's width, 0–1.
            y: part of the view's height, 0–1.

        Returns:
            The colour is that of the palette, `#rrggbb`; None where a net segments.
        """
        frame = self.last
        if frame is None or frame.view is None or frame.wanted is None:
            return None, None, None
        height, width = frame.view.shape[:2]
        point = min(int(x * width), width - 1), min(int(y * height), height - 1)
        view: View = frame.wanted[WINDOW]  # type: ignore[assignment]
        label = label_at(frame, view, self.route.fit, point)
        if label is None:
            return None, None, None
        colour = None
        if self._palette:
            here = colour_at(frame, view, self.route.fit, point)
            colour = hex_of(self._palette.live.palette.nearest(here))
        painted = int(self.controls.swap[label]) if label != UNLABELLED else UNLABELLED
        return self.controls.seen.name(label), self.controls.painted.name(painted), colour

    def _rest_unwatched(self) -> None:
        with self._resting:
            self.pipeline.paused = not self.screen.watched

    def _run(self) -> None:
        try:
            self.pipeline.run(every=2.0)
        except BaseException as error:
            self.error = error
            log.warning("A mirror ended: %s", words_of(error))
        finally:
            self.pipeline.ready.set()
