"""`neteyes run`: carry frames from a source through two nets to outputs."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer
from typer.main import get_command

from neteyes.commands._options import with_options
from neteyes.config import ConfigWatch
from neteyes.logs import logs
from neteyes.option_fields import WATCH
from neteyes.options import RunOptions
from neteyes.progress import LoopProgress, frames_to_come
from neteyes.run_session import RunSession
from neteyes.signals import on_interrupt
from neteyes.summary import conclude
from neteyes.watching.systemd import SystemdNotifier


@with_options
def run(
    ctx: typer.Context,
    options: RunOptions,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Say everything as JSON, a line each.", rich_help_panel=WATCH)
    ] = False,
) -> None:
    """Show the world through the eyes of a neural net.

    [cyan]neteyes run[/]                                a drawn duel, in a window
    [cyan]neteyes run 0 --swap person=bear[/]           your webcam, with bears
    [cyan]neteyes run rtsp://camera/stream out.mkv[/]   a network camera, recorded
    [cyan]neteyes run film.mp4 out.mp4 --view triptych --no-pace[/]

    Keys in the window: q quit, space pause, s snapshot, r record, Tab view,
    m mirror, f full screen, l freeze the labels, [ ] how still they hold,
    ? help. Click on something to paint it as something else.

    [yellow]Photosensitivity:[/] the painting can flash. The flash guard lowers that
    risk; it cannot make watching safe. Do not watch if flashes can harm you.
    """
    with logs(as_json=log_json) as console:
        if not (options.flash_guard or options.yes):
            options = replace(options, yes=_is_sure())
        with RunSession(options, ConfigWatch.of_command(ctx)) as session:
            pipeline, health = session.pipeline, session.health
            to_come = frames_to_come(pipeline.source, options.frames, options.seconds)
            progress = LoopProgress(console, health, to_come)

            def attend() -> None:
                if interrupted():
                    service.stopping()
                    pipeline.stop()
                service.update()
                progress.update()

            with on_interrupt() as interrupted, SystemdNotifier(health) as service, progress:
                session.run(attend)
        session.save_report()  # first, because the terminal may be gone
        conclude(session.report(), console, session.error)


def context_of_run() -> typer.Context:
    """Return a context of this command for those who read a config file without a command line."""
    app = typer.Typer()
    app.command()(run)
    return typer.Context(get_command(app), info_name="run")


def _is_sure() -> bool:
    """Ask whether to show flashes as they come; without a terminal to answer, the result is False."""
    question = "Without the flash guard the painting can flash in a way that harms some people. Sure?"
    return sys.stdin.isatty() and typer.confirm(question)
