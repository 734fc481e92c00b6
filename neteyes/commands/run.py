"""`neteyes run`: a source, two nets, and places to show what they make of it."""

from __future__ import annotations

import math
import os
import sys
from contextlib import ExitStack
from pathlib import Path

import typer

from engines.bundle import open_bundle
from engines.errors import SinkError, UsageError
from neteyes import options as opt
from neteyes.progress import LoopProgress, print_report
from neteyes.signals import on_interrupt
from neteyes.swaps import Swaps
from neteyes.viewer import Viewer
from stream.controls import Controls, steadiness_of
from stream.flashes.stage import Guard
from stream.frame import Source
from stream.pipeline import Pipeline
from stream.report import check_report_path, report_of, save_report
from stream.route import open_route
from stream.sinks import OUTPUTS, open_sink
from stream.sinks.window import Window
from stream.sources import open_feed
from stream.uri import Uri, parse, redact


def run(
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
    report: opt.ReportFile = None,
) -> None:
    """Show the world through the eyes of a neural net.

    [cyan]neteyes run[/]                                a drawn duel, in a window
    [cyan]neteyes run 0 --swap person=bear[/]           your webcam, with bears
    [cyan]neteyes run rtsp://camera/stream out.mkv[/]   a network camera, recorded
    [cyan]neteyes run film.mp4 out.mp4 --view triptych --no-pace[/]

    Keys in the window: q quit, space pause, s snapshot, Tab view, m mirror,
    f full screen, l freeze the labels, [ ] how still they hold, ? help.

    [yellow]Photosensitivity:[/] the painting can flash. The flash guard lowers that risk; it cannot make
    watching safe. Do not watch if flashes can harm you.
    """
    if seconds is not None and math.isnan(seconds):
        raise UsageError("--seconds wants a number of seconds, such as 20.")
    if not (flash_guard or yes):
        _be_sure()
    names = output or (["null://"] if headless else ["display://0"])
    _check_places(input, names, report, headless=headless)
    nets = open_bundle(bundle)
    swaps = Swaps(nets, swap or [], swap_file)
    controls = Controls(nets.card.segment.space, nets.card.synthesize.space, view=view)
    controls.steadiness = steadiness_of(nets, steadiness)
    controls.use_swaps(swaps.table)
    route = open_route(nets, controls, backend=backend, threads=threads, fit=fit, height=height)
    with ExitStack() as opened:
        source = open_feed(
            input,
            retry,
            pace=pace,
            loop=input_loop,
            width=input_width,
            height=input_height,
            rate=input_rate,
        )
        opened.callback(source.close)
        controls.mirror = source.mirrored if mirror is None else mirror
        sinks, viewer = {}, None
        for name in names:
            sink = open_sink(name, overwrite=overwrite, rate=source.rate)
            opened.callback(sink.close)
            if isinstance(sink, Window):
                viewer = Viewer(sink, controls, route.compose)
            else:
                sinks[redact(name)] = sink
        guard = Guard(controls, hold=flash_guard)
        pipeline = Pipeline(
            source,
            (*route.stages, guard),
            sinks,
            window=viewer,
            permits=route.permits,
            frames=frames,
            seconds=seconds,
        )
        progress = LoopProgress(pipeline, _total(source, frames, seconds))

        def attend() -> None:
            if interrupted():
                pipeline.stop()
            progress.update()
            for message in viewer.attend(pipeline) if viewer else ():
                progress.say(message)
            try:
                if swaps.reloaded():
                    controls.use_swaps(swaps.table)
                    progress.say(f"Swaps read again from {swap_file}.")
                    progress.warn(*swaps.warnings())
            except UsageError as wrong:
                progress.warn(f"{wrong} The swaps before stay.")

        error: BaseException | None = None
        with on_interrupt() as interrupted, progress:
            progress.warn(*route.passed_over, *swaps.warnings())
            opened.pop_all()  # the pipeline closes them from here on
            try:
                pipeline.run(attend, every=1 / 60 if viewer else 0.1)
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
    if pipeline.meter.frames_in:
        print_report(result)
    if report:
        try:
            save_report(result, report)
        except SinkError as unsaved:
            if error is None:
                raise
            progress.warn(str(unsaved))
    if error:
        raise error


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


def _check_places(input: str, outputs: list[str], report: Path | None, *, headless: bool) -> None:
    """Refuse places that are wanted for two things, before anything slow begins or any file is touched."""
    places = [_place(parse(name, OUTPUTS)) for name in outputs]
    if headless and "display" in places:
        raise UsageError("--headless and display:// exclude each other. Drop one of them.")
    if len(set(places)) < len(places):
        raise UsageError("The same output is given twice. Name each one once.")
    source = _place(parse(input))
    if source in places:
        raise UsageError(f"{redact(input)} is both the input and an output. Name another output.")
    if report:
        check_report_path(report)
        if _place(Uri("", "file", path=str(report))) in (source, *places):
            raise UsageError(f"{report} cannot hold the report: it is an input or output. Name another file.")


def _place(named: Uri) -> object:
    """Return what is the same for all spellings of one file, and for all URIs of another scheme."""
    if named.scheme != "file":
        return named.scheme
    try:
        found = os.stat(named.path)
        return found.st_dev, found.st_ino
    except OSError:
        return os.path.realpath(named.path)


def _total(source: Source, frames: int | None, seconds: float | None) -> int | None:
    """Return how many frames there will be, where that is sure: what is live drops some."""
    if source.live:
        return None
    timed = math.ceil(seconds * source.rate) if seconds and source.rate else None
    return min(filter(None, (source.frame_count, frames, timed)), default=None)
