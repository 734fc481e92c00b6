"""`neteyes models get`: fetch and export the published nets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from engines.bundle import sha256_of
from engines.errors import UsageError
from engines.sizes import parse_sizes, size_text
from engines.user_data import bundles_home
from neteyes.commands._bundles import (
    Precision,
    Quality,
    SegmentPrecision,
    SegmentSizes,
    Sizes,
    lacking,
    show,
    some_frames,
)

if TYPE_CHECKING:
    from export.published.download import Progress as Told
    from export.published.download import Published
    from export.published.pairs import Bar, Pair


def get(
    name: Annotated[str, typer.Argument(help="Name of the pair: coco.")],
    yes: Annotated[bool, typer.Option("--yes", help="Accept the licences without being asked.")] = False,
    local: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Take the files from this folder; fetch nothing."),
    ] = None,
    mirror: Annotated[
        str | None, typer.Option(metavar="URL", help="Fetch the files from this folder instead.")
    ] = None,
    size: Sizes = "256x256",
    segment_size: SegmentSizes = None,
    quality: Quality = "full",
    precision: Precision = "fp32",
    segment_precision: SegmentPrecision = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the bundle of that name.")] = False,
) -> None:
    """Get the published nets: show their licences, ask, fetch both files, export and certify them.

    What arrives is kept, so that other sizes can be made of it. Its sha256 is remembered, and a later
    download must have the same. Where there is no network, or a server refuses, get the files by hand and use
    --from.

    Example: [cyan]neteyes models get coco[/]
    """
    try:
        from export.published.install import check_name, installing
        from export.published.pairs import PAIRS, obtain
        from export.write_bundle import make_bundle
    except ImportError as error:
        raise lacking("Getting nets", error) from error
    if name not in PAIRS:
        raise UsageError(f"'{name}' is not published. Known: {', '.join(PAIRS)}.")
    if local and mirror:
        raise UsageError("--from and --mirror exclude each other. Drop one of them.")
    pair, painted = PAIRS[name], parse_sizes(size)
    seen = parse_sizes(segment_size) if segment_size else None
    check_name(name, overwrite=overwrite)
    _ask(pair, yes=yes)
    with installing(name, overwrite=overwrite) as (folder, scratch):
        with _bars() as bar:
            segmenter, synthesizer = obtain(pair, scratch, bar, local=local, mirror=mirror)
        sources = zip(pair.files, (segmenter, synthesizer), strict=True)
        credits = [
            f"{file.title}, {file.license}, {file.page}, sha256 {sha256_of(path)}" for file, path in sources
        ]
        with Console(stderr=True).status("exporting, and comparing with the nets; this takes minutes"):
            _, parities = make_bundle(
                segmenter,
                synthesizer,
                folder,
                some_frames(count=2, apart=45),
                sizes=painted,
                frame_sizes=seen,
                quality=quality,
                precision=precision,
                segment_precision=segment_precision,
                about={"description": pair.description, "license": pair.license, "credits": credits},
            )
    rows = (
        (
            size_text(size),
            one.backend,
            f"{one.labels:.3%}",
            f"{one.mean:.3f}/255",
            f"{one.worst:.0f}/255",
        )
        for size, one in parities
    )
    title = f"{name} is installed in {bundles_home() / name}, and answers as its nets do:"
    show(title, rows, "size", "runtime", "labels alike", "mean error", "worst")
    print(f"Try it: neteyes run --bundle {name}")


def _ask(pair: Pair, *, yes: bool) -> None:
    """Show both licences, and exit unless they are accepted."""
    console = Console(stderr=True, soft_wrap=True, emoji=False)
    for file in pair.files:
        console.print(f"[bold]{escape(file.title)}[/]\n  licence: {escape(file.license)}\n  {file.page}")
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here to accept the licences. If you accept them, add --yes.")
    if not typer.confirm("Do you accept both licences?", err=True):
        console.print("Nothing was fetched.")
        raise typer.Exit(1)


@contextmanager
def _bars() -> Iterator[Bar]:
    """Show a bar for each file that is fetched; silent where standard error is not a terminal."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def bar(file: Published) -> Told:
            task = progress.add_task(file.file, total=None)
            return lambda there, total: progress.update(task, completed=there, total=total)

        yield bar
