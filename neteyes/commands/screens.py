"""`neteyes screens`: list the monitors and windows that can be read."""

from __future__ import annotations

from contextlib import closing

from rich.console import Console
from rich.table import Table
from rich.text import Text

from engines.errors import SourceError
from stream.sources.screens.screen_access import open_display
from stream.x11.window_list import list_windows, place_of
from stream.x11.x_server import X11


def screens() -> None:
    """List the monitors and windows that [cyan]neteyes run[/] takes as its input.

    A window also goes by a part of its title: [cyan]neteyes run 'screen://?window=firefox'[/]
    """
    with closing(open_display(whole_screen=False)) as server:
        try:
            table = _table(server)
        except OSError as error:
            raise SourceError(f"The display '{server.name}' has ended: {error}.", "ended") from error
    Console().print(table)


def _table(server: X11) -> Table:
    table = Table("input", "size", "title", box=None, header_style="bold")
    if not server.is_xwayland:  # there only windows can be read
        for number, monitor in enumerate(server.monitors()):
            table.add_row(f"screen://{number}", f"{monitor.width}×{monitor.height}")
    for window in list_windows(server):
        place = place_of(server, window.number)
        size = f"{place.width}×{place.height}" if place else "minimised"
        table.add_row(f"screen://?window={window.number:#x}", size, Text(window.title))
    return table
