"""Carry out one run, from its options to its report: a source, two nets, and outputs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from types import TracebackType
from typing import Any, Self

from engines.backends import backend_of
from engines.bundle import open_bundle
from engines.errors import SinkError, UsageError
from engines.sizes import Size, parse_size
from neteyes.click_to_swap import ClickToSwap
from neteyes.clicked_swaps import ClickedSwaps
from neteyes.config import ConfigWatch
from neteyes.options import RunOptions
from neteyes.output_conflicts import Places, check_window
from neteyes.output_views import without_view
from neteyes.outputs import Outputs
from neteyes.palettes.chosen_palette import ChosenPalette, palette_named, segment_length
from neteyes.palettes.click_to_relabel import ClickToRelabel
from neteyes.recorder import Recorder
from neteyes.settings import Settings
from neteyes.start_line import StartLine
from neteyes.swaps import Swaps
from neteyes.viewer import Viewer
from neteyes.watching import watched
from neteyes.watching.addresses import parse_address
from neteyes.watching.health import RunHealth
from stream.controls import Controls, steadiness_of
from stream.fit import default_fit
from stream.flashes.guard_stage import Guard
from stream.frame import HasSize, Source
from stream.loop.pipeline import Pipeline
from stream.loop.report import report_of, save_report
from stream.nets.open import open_route
from stream.nets.palette.palette_segment import seen_by_colours
from stream.sinks import open_sink
from stream.sources import Asked, open_feed
from stream.sources.reconnect.feed import Feed
from stream.uri import parse
from stream.views.stage import Compose

log = logging.getLogger(__name__)


class RunSession:
    """Open a run by its options, carry it out once, and report it.

    Leaving the context closes all that was opened, if the run never began.

    Args:
        options: options of the run.
        config_watch: follows the config file.
        counted: whether flashes are counted even if they are not held back, and no report or metrics say so.

    Attributes:
        pipeline: the loop.
        health: the run's health.
        error: the error that ended the run; None without one.

    Raises:
        NetEyesError: an option is invalid, or a source, net or output cannot be opened.
    """

    def __init__(self, options: RunOptions, config_watch: ConfigWatch, *, counted: bool = False) -> None:
        self._options = options
        self.error: BaseException | None = None
        if not (options.flash_guard or options.yes):
            raise UsageError(
                "--no-flash-guard shows flashes as they come. Leave it out, or add --yes to be sure; in a "
                "program, yes=True."
            )
        with ExitStack() as opened:
            self._open(opened, config_watch, counted)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def run(self, attend: Callable[[], None]) -> None:
        """Carry the run out until its end; an error that ends it early is kept in `error`.

        Args:
            attend: called repeatedly on this thread.

        Raises:
            SinkError: the metrics cannot be served on their address.
        """
        options = self._options
        address = parse_address(options.metrics, options.token) if options.metrics else None
        facts = {"bundle": self._bundle.name}
        viewer = self._outputs.viewer

        def tend() -> None:
            attend()
            self._start.tell()
            lines = self._settings.refresh(self.pipeline, self._outputs)
            if viewer:
                for line in lines:
                    viewer.say(line)
                viewer.attend(self.pipeline)

        flashes = self._guard.figures if self._guard else None
        with watched(address, options.token, self.health, flashes=flashes, facts=facts):
            for warning in (*self._route.passed_over, *self._swaps.warnings()):
                log.warning("%s", warning)
            self._opened.pop_all()  # the pipeline closes them from here on
            self._outputs.hand_over()
            try:
                self.pipeline.run(tend, every=1 / 60 if viewer else 0.1)
            except BaseException as raised:
                self.error = raised
            self._start.tell()  # where the run was over before the first look

    def report(self) -> dict[str, Any]:
        """Return the report of the run, in types that JSON has."""
        return report_of(
            self.pipeline,
            **self._route.facts(),
            flashes=self._guard.figures() if self._guard else None,
            bundle=self._bundle.name,
            certified_with=self._start.certified_with,
            input=str(self._input),
            error=self.error,
        )

    def save_report(self) -> None:
        """Write the report to the path in the options; after a failed run, a failure here is only logged.

        Raises:
            SinkError: the report cannot be written, and the run did not end with an error.
        """
        if self._options.report is None:
            return
        try:
            save_report(self.report(), self._options.report)
        except SinkError as unsaved:
            if self.error is None:
                raise
            log.warning("%s", unsaved)

    def _open(self, opened: ExitStack, config_watch: ConfigWatch, counted: bool) -> None:
        options = self._options
        segment = segment_length(options.segment)
        files = tuple(file for file in (options.config, options.swap_file) if file)
        self._input = parse(options.input)
        places = Places(self._input, options.report, options.headless, segment, options.keep, files)
        outputs = places.outputs(options.output)
        recorded = places.recorded(outputs)
        check_window(outputs, fullscreen=options.fullscreen, fill=options.fill)
        if options.metrics:
            parse_address(options.metrics, options.token)  # raises at once if it is invalid
        if options.backend != "auto":
            backend_of(options.backend)  # so a name that is no runtime's opens no camera
        bundle = open_bundle(options.bundle, options.engines)
        self._bundle = bundle = bundle.at(parse_size(options.size)) if options.size else bundle
        named = palette_named(options.segmenter, options.segment)
        palette = ChosenPalette(named, bundle) if named else None
        nets, self._bundle = bundle, bundle if palette is None else seen_by_colours(bundle)
        bundle = self._bundle
        self._swaps = Swaps(bundle, options.swap or [], options.swap_file)
        card = bundle.card
        controls = Controls(card.segment.space, card.synthesize.space, view=options.view)
        controls.steadiness = steadiness_of(bundle, options.steadiness)
        clicked = ClickedSwaps(controls)
        clicked.use(self._swaps.table)
        self._settings = Settings(
            bundle, controls, clicked, self._swaps, options.swap_file, config_watch, palette
        )
        asked = Asked(
            pace=options.pace,
            loop=options.input_loop,
            width=options.input_width,
            height=options.input_height,
            rate=options.input_rate,
            sound=options.audio,
        )
        source = opened.enter_context(closing(open_feed(self._input, options.retry, **asked)))
        if palette:
            palette.live.aside = source.live
        self._route = route = open_route(
            nets,
            controls,
            backend=options.backend,
            threads=options.threads,
            fit=options.fit or default_fit(self._input),
            expected=_expected(options, source),
            palette=palette.live if palette else None,
        )
        compose = Compose(controls, route.fit, options.height, badges=options.badges)
        controls.mirror = source.mirrored if options.mirror is None else options.mirror
        self._outputs = Outputs(
            options.output,
            places,
            lambda named, new: open_sink(
                without_view(named),
                overwrite=options.overwrite and new,
                rate=source.rate,
                sound=source.sound,
                live=source.live,
                full_screen=options.fullscreen,
                fill=options.fill,
                **recorded,
            ),
            lambda window: Viewer(
                window,
                controls,
                compose,
                route.fit,
                ClickToRelabel(palette, clicked, controls, card.synthesize)
                if palette
                else ClickToSwap(clicked, controls, card.synthesize),
                Recorder(
                    lambda path: open_sink(path, rate=source.rate, sound=source.sound, live=True), controls
                ),
            ),
            controls,
        )
        opened.enter_context(self._outputs)
        self._guard: Guard | None = None
        if options.flash_guard or counted or options.report or options.metrics:
            self._guard = Guard(controls, route.fit, options.height, hold=options.flash_guard)
        self.pipeline = Pipeline(
            source,
            (*route.stages, *([self._guard] if self._guard else []), compose),
            self._outputs.sinks,
            window=self._outputs.viewer,
            permits=route.permits,
            frames=options.frames,
            seconds=options.seconds,
        )
        self._start = StartLine(self.pipeline, route, bundle, self._input)
        self.health = RunHealth(self.pipeline, [source.status] if isinstance(source, Feed) else [])


def _expected(options: RunOptions, source: Source) -> Size | None:
    """Return the (height, width) that frames are expected to have; None if nothing tells it."""
    if options.input_width and options.input_height:
        return options.input_height, options.input_width
    return source.size if isinstance(source, HasSize) else None
