"""`neteyes bench likeness`: measure labels and paintings on photos with known labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from engines.errors import SourceError
from neteyes import option_fields as opt
from neteyes.commands._bench import BenchSize, bundle_at, check_places
from stream.loop.report import save_report


def likeness(
    photos: Annotated[
        Path,
        typer.Option(help="A folder with photos/NAME.jpg and labels/NAME.png: COCO-Stuff ids, 255 none."),
    ],
    bundle: opt.BundleName = "small",
    size: BenchSize = None,
    backend: opt.BackendName = "auto",
    threads: opt.Threads = None,
    teachers: Annotated[
        Path, typer.Option(help="A folder with the three published nets that look at the painting.")
    ] = Path("../shared/data/teachers"),
    limit: Annotated[int | None, typer.Option(min=1, help="Take only the first so many photos.")] = None,
    held_out: Annotated[
        bool,
        typer.Option(
            "--held-out",
            help="Of the photos that the small bundle's training knows, only those it kept out: 60 of 100.",
        ),
    ] = False,
    report: opt.ReportFile = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder for likeness.json and likeness.png, made if need be.")
    ] = None,
) -> None:
    """Compare the nets' labels and paintings with photos that have known labels.

    [bold]Segment[/] is the part of the photos' pixels that the segmenter names rightly. The
    [bold]round trip[/] paints from the true labels, has two published nets label the painting, and counts
    again. Both count in 17 groups of labels; pixels of no group are left out. [bold]Edges[/] is the F-score
    of the borders between groups, 3 pixels near. [bold]Realism[/] is how far the paintings are from the
    photos for an ImageNet net, over how far half of the photos is from the other half: less is better.
    [bold]Recognised[/] is how often it finds a bear where the label of the largest thing was swapped for
    bear, and so for nine other kinds.

    Example: [cyan]neteyes bench likeness --photos ../shared/data/scenes --held-out --out out/likeness[/]
    """
    from benchmarks.image_judge import ImageJudge
    from benchmarks.likeness import measure_likeness
    from benchmarks.photos import labelled_photos
    from benchmarks.sheet import draw_sheet, save_sheet
    from benchmarks.teachers import Teachers
    from export.train import data

    check_places(report, out)
    found = labelled_photos(photos)
    chosen = [photo for photo in found if data.held_out(photo.name)] if held_out else found
    if not chosen:
        raise SourceError(f"None of the {len(found)} photos in {photos} was kept out of training.")
    chosen = chosen[:limit]
    nets = bundle_at(bundle, size)
    judges, judge = Teachers(teachers, threads=threads), ImageJudge(teachers)
    with _progress() as progress:
        task = progress.add_task("", total=len(chosen))
        result, samples = measure_likeness(
            nets, chosen, judges, judge, backend=backend, threads=threads, done=lambda: progress.advance(task)
        )
    result |= {"held_out": held_out, "photos_found": len(found)}
    console = Console()
    kept = ", none of them trained on" if held_out else ""
    title = f"{nets.name} on {len(chosen)} of {len(found)} photos{kept}"
    console.print(title + "\n")
    _print_likeness(console, result)
    if out:
        save_report(result, out / "likeness.json")
        save_sheet(draw_sheet(samples, nets.card.segment.size, title), out / "likeness.png")
        console.print(f"\nLook at {out / 'likeness.png'}; the figures are in {out / 'likeness.json'}")
    if report:
        save_report(result, report)


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = TextColumn("looking at photos"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _print_likeness(console: Console, result: dict[str, Any]) -> None:
    segment, round_trip = result["segment"], result["round_trip"]
    table = Table("", box=None, header_style="bold")
    table.add_column("segment", justify="right")
    table.add_column("round trip", justify="right")
    table.add_row(
        "pixel accuracy", *(f"{part['accuracy']:.3f}" for part in (segment, round_trip)), style="bold"
    )
    table.add_section()
    for group, iou in segment["iou"].items():
        table.add_row(f"IoU of {group}", f"{iou:.2f}", f"{round_trip['iou'][group]:.2f}")
    table.add_section()
    table.add_row("edges", f"{segment['edges']:.3f}", "")
    realism, recognised = result["realism"], result["recognised"]
    table.add_row("realism (photos 1)", "", "–" if realism is None else f"{realism:.2f}")
    for kind, share in recognised.items():
        table.add_row(f"recognised: {kind}", "", "–" if share is None else f"{share:.2f}")
    console.print(table)
