"""Share code between the benchmark commands: checks of output paths and of missing packages."""

from __future__ import annotations

from pathlib import Path

from engines.errors import BackendError, SinkError
from stream.loop.report import check_report_path


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
