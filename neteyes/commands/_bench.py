"""Share code between the benchmark commands: the size that is measured, checks of paths and packages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engines.bundle import Bundle, open_bundle
from engines.errors import BackendError, SinkError
from engines.sizes import parse_size
from stream.loop.report import check_report_path

BenchSize = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="WIDTHxHEIGHT",
        help="Size to measure, one of the bundle's; by default its first.",
        show_default=False,
    ),
]


def bundle_at(name: str, size: str | None) -> Bundle:
    """Open a bundle at one of its sizes, WIDTHxHEIGHT; None for its first.

    Raises:
        UsageError: the bundle does not have this size, or the text is no size.
        BundleError: as for `open_bundle`.
    """
    return open_bundle(name).at(parse_size(size) if size else None)


def check_places(report: Path | None, out: Path | None) -> None:
    """Make the folder `out`, and check that both can be written, before anything slow begins.

    Raises:
        SinkError: the folder cannot be made, or the report cannot be written.
    """
    if out:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SinkError(f"Cannot make the folder {out}: {error.strerror}.") from error
    if report:
        check_report_path(report)


def not_measurable(error: ImportError) -> BackendError:
    """Return the error to raise if the packages for benchmarks are not installed."""
    return BackendError(
        f"Benchmarks need a few packages more ({error}). Get them with: pip install 'neteyes[bench]'"
    )
