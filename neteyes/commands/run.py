"""`neteyes run`: a source, two nets, and places to show what they make of it."""

from __future__ import annotations

import logging
import math
import sys
from contextlib import ExitStack, closing

import typer

from engines.bundle import open_bundle
from engines.errors import UsageError
from neteyes import options as opt
from neteyes.config import ConfigWatch
from neteyes.logs import logs
from neteyes.output_conflicts import Places
from neteyes.outputs import Outputs
from neteyes.progress import LoopProgress, frames_to_come
from neteyes.settings import Settings
from neteyes.signals import on_interrupt
from neteyes.summary import conclude
from neteyes.swaps import Swaps
from neteyes.viewer import Viewer
from neteyes.watching import watched
from neteyes.watching.addresses import parse_address
from neteyes.watching.health import RunHealth
from neteyes.watching.systemd import SystemdNotifier
from stream.controls import Controls, steadiness_of
from stream.flashes.guard_stage import Guard
from stream.loop.pipeline import Pipeline
from stream.loop.report import report_of
from stream.nets.open import open_route
from stream.sinks import open_sink
from stream.sources import Asked, open_feed
from stream.sources.reconnect.feed import Feed
from stream.uri import redact

log = logging.getLogger(__name__)


def run(
    ctx: typer.Context,
    input: opt.Input = "scene://duel",
    output: opt.Outputs = None,
    bundle: opt.BundleName = "small",
    backend: opt.BackendName = "auto",
    threads: opt.Threads = None,
    fit: opt.FitName = "crop",
    steadiness: opt.Steadiness = None,
    view: opt.ViewName = "picture",
    swap: opt.SwapNames = None,
    swap_file: opt.SwapFile = None,
    mirror: opt.Mirror = None,
    flash_guard: opt.FlashGuard = True,
    yes: opt.Yes = False,
    height: opt.Height = 512,
    pace: opt.Pace = True,
    input_loop: opt.Loop = False,
    input_width: opt.Width = None,
    input_height: opt.Width = None,
    input_rate: opt.Rate = None,
    retry: opt.Retry = None,
    seconds: opt.Seconds = None,
    frames: opt.Frames = None,
    headless: opt.Headless = False,
    overwrite: opt.Overwrite = False,
    audio: opt.Audio = True,
    segment: opt.Segment = None,
    keep: opt.Keep = None,
    report: opt.ReportFile = None,
    config: opt.ConfigFile = None,
    metrics: opt.Metrics = None,
    token: opt.Token = None,
    log_json: opt.LogJson = False,
) -> None:
    """Show the world through the eyes of a neural net.

    [cyan]neteyes run[/]                                a drawn duel, in a window
    [cyan]neteyes run 0 --swap person=bear[/]           your webcam, with bears
    [cyan]neteyes run rtsp://camera/stream out.mkv[/]   a network camera, recorded
    [cyan]neteyes run film.mp4 out.mp4 --view triptych --no-pace[/]

    Keys in the window: q quit, space pause, s snapshot, Tab view, m mirror,
    f full screen, l freeze the labels, [ ] how still they hold, ? help.

    [yellow]Photosensitivity:[/] the painting can flash. The flash guard lowers that
    risk; it cannot make watching safe. Do not watch if flashes can harm you.
    """
    with logs(as_json=log_json) as console, ExitStack() as opened:
        if seconds is not None and math.isnan(seconds):
            raise UsageError("--seconds wants a number of seconds, such as 20.")
        if not (flash_guard or yes):
            _be_sure()
        files = tuple(file for file in (config, swap_file) if file)
        places = Places(input, report, headless, segment, keep, files)
        recorded = places.recorded(places.outputs(output))
        place = parse_address(metrics, token) if metrics else None
        nets = open_bundle(bundle)
        swaps = Swaps(nets, swap or [], swap_file)
        controls = Controls(nets.card.segment.space, nets.card.synthesize.space, view=view)
        controls.steadiness = steadiness_of(nets, steadiness)
        controls.use_swaps(swaps.table)
        settings = Settings(nets, controls, swaps, swap_file, ConfigWatch(ctx))
        route = open_route(nets, controls, backend=backend, threads=threads, fit=fit, height=height)
        asked = Asked(
            pace=pace, loop=input_loop, width=input_width, height=input_height, rate=input_rate, sound=audio
        )
        source = opened.enter_context(closing(open_feed(input, retry, **asked)))
        controls.mirror = source.mirrored if mirror is None else mirror
        outputs = Outputs(
            output,
            places,
            lambda name, new: open_sink(
                name,
                overwrite=overwrite and new,
                rate=source.rate,
                sound=source.sound,
                from_zero=source.live,
                **recorded,
            ),
            lambda window: Viewer(window, controls, route.compose),
        )
        opened.enter_context(outputs)
        guard = Guard(controls, hold=flash_guard)
        pipeline = Pipeline(
            source,
            (*route.stages, guard),
            outputs.sinks,
            window=outputs.viewer,
            permits=route.permits,
            frames=frames,
            seconds=seconds,
        )
        vitals = RunHealth(pipeline, [source.status] if isinstance(source, Feed) else [])
        progress = LoopProgress(console, vitals, frames_to_come(source, frames, seconds))

        def attend() -> None:
            if interrupted():
                service.stopping()
                pipeline.stop()
            service.update()
            progress.update()
            for message in outputs.viewer.attend(pipeline) if outputs.viewer else ():
                log.info("%s", message)
            settings.refresh(pipeline, outputs)

        error: BaseException | None = None
        facts = {"bundle": nets.name}
        with (
            on_interrupt() as interrupted,
            watched(place, token, vitals, flashes=guard.figures, facts=facts),
            SystemdNotifier(vitals) as service,
            progress,
        ):
            for warning in (*route.passed_over, *swaps.warnings()):
                log.warning("%s", warning)
            opened.pop_all()  # the pipeline closes them from here on
            outputs.hand_over()
            try:
                pipeline.run(attend, every=1 / 60 if outputs.viewer else 0.1)
            except BaseException as raised:
                error = raised
        result = report_of(
            pipeline,
            **route.facts(),
            flashes=guard.figures(),
            bundle=nets.name,
            input=redact(input),
            error=error,
        )
        conclude(result, console, report, error)


def _be_sure() -> None:
    """Ask whether flashes are really to be shown as they come.

    Raises:
        UsageError: they are not, or there is nobody to ask.
    """
    question = "Without the flash guard the painting can flash in a way that harms some people. Sure?"
    if not (sys.stdin.isatty() and typer.confirm(question)):
        raise UsageError(
            "--no-flash-guard shows flashes as they come. Leave it out, or add --yes to be sure."
        )
