"""`neteyes doctor`: what is here, what works, and how to get what does not."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engines.bundle import installed_bundles, open_bundle, shipped_bundles
from engines.engine import BACKENDS, open_engine, probe
from engines.errors import NetEyesError
from stream.sinks.window import check_display
from stream.sources.camera import list_cameras

Finding = tuple[bool | None, str, str]
"""Whether it is well (None: it is optional and absent), what was looked at, and what was found."""


def doctor() -> None:
    """Check this machine: packages, runtimes, bundles, cameras and the display.

    Exits with 1 if something that every run needs does not work.
    """
    marks = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]–[/]"}
    table = Table.grid(padding=(0, 2))
    healthy = True
    for well, what, found in _findings():
        table.add_row(marks[well], escape(what), escape(found))
        healthy = healthy and well is not False
    Console().print(table)
    if not healthy:
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    yield True, "python", f"{platform.python_version()} on {platform.platform(terse=True)}"
    for package in ("numpy", "opencv-python", "av"):
        yield _found(package, partial(version, package))
    runtimes = [_found(backend.name, partial(probe, backend)) for backend in BACKENDS]
    works = any(well for well, _, _ in runtimes)
    for well, name, found in runtimes:
        yield well or (None if works else False), name, found
    for folder in (*shipped_bundles(), *installed_bundles()):
        yield _found(f"bundle {folder.name}", partial(_open_both, str(folder)))
    cameras = ", ".join(f"{camera.index}: {camera.name}" for camera in list_cameras())
    yield True if cameras else None, "cameras", cameras or "none; `neteyes run` shows a drawn scene"
    well, what, found = _found("display", _display)
    yield well or None, what, found


def _display() -> str:
    check_display()
    return "windows can be shown"


def _found(what: str, look: Callable[[], str]) -> Finding:
    try:
        return True, what, look()
    except (NetEyesError, PackageNotFoundError) as error:
        return False, what, str(error)


def _open_both(name: str) -> str:
    bundle = open_bundle(name)
    card = bundle.card
    opened = []
    for path, part in ((bundle.segment, card.segment), (bundle.synthesize, card.synthesize)):
        engine = open_engine(path, precision=part.precision)
        opened.append(engine.backend)
        engine.close()
    return f"verified; segments with {opened[0]}, paints with {opened[1]}"
