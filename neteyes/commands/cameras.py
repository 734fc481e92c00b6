"""`neteyes cameras`: list the cameras of this machine."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stream.sources.camera import list_cameras


def cameras() -> None:
    """List this machine's cameras: the number, device and name that [cyan]neteyes run[/] takes as its input.

    Example: [cyan]neteyes run camera://logitech[/]
    """
    found = list_cameras()
    if not found:
        Console().print("No camera found. `neteyes run` without an input shows a drawn scene instead.")
        return
    table = Table("number", "device", "name", box=None, header_style="bold")
    for camera in found:
        table.add_row(str(camera.index), escape(camera.device), escape(camera.name))
    Console().print(table)
