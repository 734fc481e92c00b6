"""Share code between the commands that make bundles: sizes, frames for comparison, tables of results."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from itertools import islice
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engines import card
from engines.errors import BackendError
from stream.frame import Image
from stream.sources import open_source

Size = Annotated[str, typer.Option(help="Of the painted picture, multiples of 32.")]
SegmentSize = Annotated[
    str | None, typer.Option(help="Of the frame that the segmenter gets; by default --size.")
]
Sizes = Annotated[
    str,
    typer.Option(
        "--size",
        help="Of the painted picture, multiples of 32. Several with commas between: a run takes the one "
        "nearest to its input.",
    ),
]
SegmentSizes = Annotated[
    str | None,
    typer.Option(
        "--segment-size", help="Of the frame that the segmenter gets, one for each --size; by default --size."
    ),
]
Quality = Annotated[
    card.Quality,
    typer.Option(help="full: DeepLab v2 as published, at three scales; live: at one, in half the time."),
]
Precision = Annotated[
    card.Precision,
    typer.Option(
        help="bf16: OpenVINO may use it. fp16: in the graphs, for GPUs. int8: in the graphs, for CPUs."
    ),
]
SegmentPrecision = Annotated[
    card.Precision | None, typer.Option(help="Of the segmenter alone; by default --precision.")
]


def some_frames(name: str = "scene://duel", count: int = 8, apart: int = 15) -> list[Image]:
    """Return up to `count` frames of an input, every `apart`-th, uint8 (H, W, 3) BGR."""
    source = open_source(name, pace=False)
    try:
        frames = islice(source.frames(threading.Event()), 0, count * apart, apart)
        return [frame.image for frame in frames]
    finally:
        source.close()


def lacking(what: str, error: ImportError) -> BackendError:
    """Return the error to raise if the packages for making bundles are not installed."""
    return BackendError(f"{what} needs more packages ({error}). Get them with: pip install 'neteyes[export]'")


def show(title: str, rows: Iterable[Iterable[str]], *columns: str) -> None:
    """Print a table with a title, a row for each runtime or graph."""
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*map(escape, row))
    console = Console(emoji=False)
    console.print(escape(title), soft_wrap=True)
    console.print(table)
