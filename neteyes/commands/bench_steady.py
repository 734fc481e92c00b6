"""`neteyes bench steady`: how much labels flicker, with and without a memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engines.bundle import open_bundle
from neteyes import options as opt
from neteyes.measuring import check_places, not_measurable
from stream.report import save_report


def steady(
    bundle: opt.BundleName = "small",
    backend: opt.BackendName = "auto",
    threads: opt.Threads = None,
    steadiness: opt.Steadiness = None,
    photo: Annotated[
        str | None, typer.Option(help="What the still camera looks at; by default a drawn street.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long each film is.")] = 10.0,
    report: opt.ReportFile = None,
    out: Annotated[Path | None, typer.Option(help="A folder for steady.json, made if need be.")] = None,
) -> None:
    """Count how often labels change their mind: the net as it is, and held still.

    [bold]Flips[/] are pixels whose label changes from a frame to the next before a noisy camera that stands
    still. [bold]Along motion[/] counts labels that go where the motion takes them, and [bold]mIoU[/] those
    that are true, both on scene://duel. [bold]Appears[/] is how long a new object waits for its label.

    Example: [cyan]neteyes bench steady --out out/steady[/]
    """
    try:
        from benchmarks.steady import measure_steady
    except ImportError as error:
        raise not_measurable(error) from error
    from neteyes.making import some_frames

    check_places(report, out)
    with Console(stderr=True).status("starting") as status:
        result = measure_steady(
            open_bundle(bundle),
            backend,
            photo=some_frames(photo, count=1)[0] if photo else None,
            steadiness=steadiness,
            seconds=seconds,
            threads=threads,
            tell=lambda what: status.update(f"Measuring {what}"),
        )
    _print(result)
    if out:
        save_report(result, out / "steady.json")
    if report:
        save_report(result, report)


def _print(result: dict[str, Any]) -> None:
    console = Console()
    console.print(f"{result['bundle']} with {result['backend']}\n")
    columns = "labels", "flips a frame", "along motion", "mIoU", "appears after"
    table = Table(*columns, box=None, header_style="bold")
    for name, label in (("without", "as they come"), ("with", f"steadiness {result['steadiness']:g}")):
        row = result[name]
        flips, along = f"{row['still_flips']:.3%}", f"{row['along_motion']:.2%}"
        table.add_row(label, flips, along, f"{row['miou']:.3f}", f"{row['appears_ms']:.0f} ms")
    console.print(table)
