"""`neteyes run`: a source, two nets, and places to show what they make of it."""

from __future__ import annotations

from contextlib import ExitStack

from rich.console import Console

from engines.bundle import Bundle, open_bundle
from engines.errors import UsageError
from neteyes import options as opt
from neteyes.progress import LoopProgress, print_report
from neteyes.signals import on_interrupt
from neteyes.swaps import Swaps
from neteyes.viewer import Viewer
from stream.controls import Controls
from stream.pipeline import Pipeline
from stream.report import check_report_path, report_of, save_report
from stream.sinks import open_sink
from stream.sinks.window import Window
from stream.sources import open_source
from stream.stages import PERMITS, open_stages
from stream.uri import redact

WINDOW = "display://0"


def run(
    input: opt.Input = "scene://duel",
    output: opt.Outputs = None,
    bundle: opt.BundleName = "small",
    backend: opt.BackendName = "auto",
    threads: opt.Threads = None,
    fit: opt.FitName = "crop",
    view: opt.ViewName = "picture",
    swap: opt.SwapNames = None,
    swap_file: opt.SwapFile = None,
    mirror: opt.Mirror = None,
    height: opt.Height = 512,
    pace: opt.Pace = True,
    input_loop: opt.Loop = False,
    input_width: opt.Width = None,
    input_height: opt.Width = None,
    input_rate: opt.Rate = None,
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
    f full screen, l freeze the labels, ? help.

    [yellow]Photosensitivity:[/] the painting can flash. Do not watch it if that can harm you.
    """
    names = output or (["null://"] if headless else [WINDOW])
    if headless and WINDOW in names:
        raise UsageError(f"--headless and {WINDOW} exclude each other. Drop one of them.")
    if len(set(names)) < len(names):
        raise UsageError("The same output is given twice. Name each one once.")
    if report:
        check_report_path(report)

    nets = open_bundle(bundle)
    swaps = Swaps(nets, swap or [], swap_file)
    controls = Controls(nets.card.segment.space, nets.card.synthesize.space, view=view)
    controls.use_swaps(swaps.table)
    with ExitStack() as opened:
        source = open_source(
            input,
            pace=pace,
            loop=input_loop,
            width=input_width,
            height=input_height,
            rate=input_rate,
        )
        opened.callback(source.close)
        controls.mirror = source.mirrored if mirror is None else mirror
        sinks = {}
        for name in names:
            sinks[redact(name)] = open_sink(name, overwrite=overwrite, rate=source.rate)
            opened.callback(sinks[redact(name)].close)
        window = sinks.pop(WINDOW, None)
        stages = open_stages(nets, controls, backend=backend, threads=threads, fit=fit, height=height)
        viewer = Viewer(window, controls, stages[-1]) if isinstance(window, Window) else None
        pipeline = Pipeline(
            source, stages, sinks, window=viewer, permits=PERMITS, frames=frames, seconds=seconds
        )
        opened.pop_all()  # the pipeline closes them from here on

    total = min(filter(None, (source.frame_count, frames)), default=None)
    _warn(nets, swaps)
    error: BaseException | None = None
    with on_interrupt(pipeline.stop), LoopProgress(pipeline, total) as progress:

        def attend() -> None:
            progress.update()
            for message in viewer.attend(pipeline) if viewer else ():
                progress.say(message)
            try:
                if swaps.reloaded():
                    controls.use_swaps(swaps.table)
                    progress.say(f"Swaps read again from {swap_file}.")
            except UsageError as wrong:
                progress.say(f"[yellow]warning:[/] {wrong} The swaps before stay.")

        try:
            pipeline.run(attend, every=1 / 60 if viewer else 0.1)
        except BaseException as raised:
            error = raised
    result = report_of(
        pipeline,
        backends={stage.name: stage.backend for stage in stages[:2]},
        bundle=nets.name,
        input=redact(input),
        error=None if error is None else redact(str(error)),
    )
    print_report(result)
    if report:
        save_report(result, report)
    if error:
        raise error


def _warn(nets: Bundle, swaps: Swaps) -> None:
    for warning in swaps.warnings():
        Console(stderr=True, soft_wrap=True).print(f"[yellow]warning:[/] {warning}")
