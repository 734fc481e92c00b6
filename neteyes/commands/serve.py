"""`neteyes serve`: a page that shows each visitor painted."""

from __future__ import annotations

import gc
import logging
import time
from typing import Annotated

import typer

from engines.errors import BackendError
from neteyes.commands._options import with_options
from neteyes.logs import logs
from neteyes.option_fields import WATCH
from neteyes.serve.serve_options import ServeOptions
from neteyes.signals import on_interrupt
from neteyes.watching.systemd import SystemdNotifier

log = logging.getLogger(__name__)


@with_options
def serve(
    options: ServeOptions,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Say everything as JSON, a line each.", rich_help_panel=WATCH)
    ] = False,
) -> None:
    """Serve a mirror as a web page: open it, and see yourself painted.

    [cyan]neteyes serve[/]                             each visitor's own camera
    [cyan]neteyes serve rtsp://camera/stream[/]        one input for all
    [cyan]neteyes serve --swap person=bear[/]          with bears, to begin with

    [yellow]Photosensitivity:[/] the painting can flash. The flash guard lowers that
    risk; it cannot make watching safe. Do not watch if flashes can harm you.
    """
    with logs(as_json=log_json) as console:
        try:
            from neteyes.serve.server import MirrorServer
        except ImportError as error:
            raise BackendError(
                f"The web server is not installed ({error}). Get it with: pip install 'neteyes[serve]'"
            ) from error
        with on_interrupt() as interrupted, MirrorServer(options, console) as server:
            server.invitation.show(console, cameras=options.input is None)
            # What is loaded by now stays: the collector need not look at it again after each visit.
            gc.freeze()
            with SystemdNotifier(server.health) as service:
                while not (interrupted() or server.finished()):
                    service.update()
                    time.sleep(0.1)
                service.stopping()
