"""`neteyes bench steady`: measure how much labels flicker, with and without a memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engines.backends import installed_backends
from neteyes import option_fields as opt
from neteyes.commands._bench import BenchSize, bundle_at, check_places, not_measurable
from stream.flashes.tally import LIMIT
from stream.loop.report import save_report


@dataclass(frozen=True, slots=True)
class Row:
    """Describe one row of the table.

    Attributes:
        title: `{}` stands for the film's name.
        key: the figure's name in a film's figures.
        form: format of the figure.
        scale: factor before it is formatted.
        wanted: the target in words; empty if there is none.
        met: whether a figure without and with steadiness meets the target.
    """

    title: str
    key: str
    form: str
    scale: float = 1
    wanted: str = ""
    met: Callable[[float, float], bool] = lambda before, after: True


def _calmer(before: float, after: float) -> bool:
    return after <= 0.3 * before


def _complies(before: float, after: float) -> bool:
    return after <= LIMIT


ROWS: dict[str, list[Row]] = {
    "still": [
        Row(
            "flips %, {}",
            "flips",
            ".3f",
            100,
            "−70 %, ≤ 0.5",
            lambda before, after: _calmer(before, after) and after <= 0.005,
        ),
        Row("  flash transitions", "general", "g", 1, f"≤ {LIMIT}", _complies),
        Row("  red ones", "red", "g", 1, f"≤ {LIMIT}", _complies),
    ],
    "duel": [
        Row("mIoU, {}", "miou", ".3f", 1, "−0.010 at most", lambda before, after: after >= before - 0.01),
        Row("  along motion %", "along_motion", ".2f", 100),
        Row("  flips %", "flips", ".3f", 100),
        Row("  flash transitions", "general", "g"),
        Row("  red ones", "red", "g"),
    ],
    "appears": [Row("new object ms, {}", "ms", ".0f", 1, "≤ 150", lambda before, after: after <= 150)],
    "clip": [Row("flips beyond %, {}", "flips", ".3f", 100, "−70 %", _calmer)],
}


def steady(
    bundle: opt.BundleName = "small",
    size: BenchSize = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            help="openvino, onnxruntime, or eager: the net in torch. By default all that are installed.",
            show_default=False,
        ),
    ] = None,
    threads: opt.Threads = None,
    steadiness: opt.Steadiness = None,
    photo: Annotated[
        list[str] | None,
        typer.Option(
            help="The picture before a still camera; by default a drawn street.", show_default=False
        ),
    ] = None,
    clip: Annotated[
        list[Path] | None,
        typer.Option(help="One person before a room that holds still.", show_default=False),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.5, help="Greatest length of each film.")] = 10.0,
    report: opt.ReportFile = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder for steady.json and steady.png, made if need be.")
    ] = None,
) -> None:
    """Count how often labels change their mind: the net as it is, and held still.

    [bold]Flips[/] are pixels whose label changes from a frame to the next: before a noisy camera that stands
    still, and in clips beyond the person who moves. [bold]Flash transitions[/] are those of the painting, in
    its worst second. [bold]mIoU[/] counts labels that are true on scene://duel, [bold]along motion[/]
    those that go where the motion takes them. [bold]New object[/] is how long one waits for its label.

    Example: [cyan]neteyes bench steady --photo room.jpg --out out/steady[/]
    """
    try:
        from benchmarks.plots.steady import plot_steady
        from benchmarks.steady import measure_steady
        from benchmarks.watchers import EAGER
    except ImportError as error:
        raise not_measurable(error) from error
    from neteyes.commands._bundles import some_frames

    check_places(report, out)
    console = Console()
    if not backend:
        backend = [*installed_backends(), *([EAGER] if find_spec("torch") else [])]
        if EAGER not in backend:
            console.print("Without the eager net: that wants pip install 'neteyes[export]'\n")
    with Console(stderr=True).status("starting") as status:
        result = measure_steady(
            bundle_at(bundle, size),
            backend,
            photos={Path(name).stem: some_frames(name, count=1)[0] for name in photo} if photo else None,
            clips=clip or (),
            steadiness=steadiness,
            seconds=seconds,
            threads=threads,
            tell=lambda what: status.update(f"Measuring: {what}"),
        )
    _print(console, result)
    if out:
        save_report(result, out / "steady.json")
        plot_steady(result, out / "steady.png")
        console.print(f"\nLook at {out / 'steady.png'}; the figures are in {out / 'steady.json'}")
    if report:
        save_report(result, report)


def _print(console: Console, result: dict[str, Any]) -> None:
    console.print(f"{result['bundle']}, at steadiness 0 → {result['steadiness']:g}\n", highlight=False)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("", no_wrap=True)
    for runtime in result["runtimes"]:
        table.add_column(runtime, justify="right")
    table.add_column("wanted")
    table.add_column("verdict")
    for film in result["films"]:
        for cells in _rows(film, result["runtimes"]):
            table.add_row(*cells)
    console.print(table)


def _rows(film: dict[str, Any], runtimes: list[str]) -> Iterator[list[str]]:
    """Yield a row for each figure of a film, and one for the agreement of the runtimes' labels."""
    for row in ROWS[film["kind"]]:
        pairs = [[film[name][runtime][row.key] for name in ("without", "with")] for runtime in runtimes]
        if row.key == "red" and not any(map(any, pairs)):
            continue
        said = [" → ".join(format(row.scale * value, row.form) for value in pair) for pair in pairs]
        yield [row.title.format(film["film"]), *said, row.wanted, _verdict(row, pairs)]
    if len(runtimes) > 1:
        alike = [f"{100 * film['alike'][runtime]:.2f}" for runtime in runtimes[1:]]
        yield ["  labels alike %", "", *alike, "", ""]


def _verdict(row: Row, pairs: list[list[float]]) -> str:
    """Return whether every runtime meets the row's target; nothing if there is none."""
    if not row.wanted:
        return ""
    return "[green]met[/]" if all(row.met(*pair) for pair in pairs) else "[red]missed[/]"
