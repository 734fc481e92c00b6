"""What a run did, as one JSON object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from engines.errors import SinkError
from stream.pipeline import Pipeline


def report_of(pipeline: Pipeline, **facts: Any) -> dict[str, Any]:
    """Return the report of a loop, while it runs or after: counts, rates, ages and stage times.

    Args:
        pipeline: the loop.
        **facts: what the loop does not know, such as `bundle` and `input`; put behind the rest.
    """
    meter = pipeline.meter
    return {
        "frames_in": meter.frames_in,
        "frames_out": meter.frames_out,
        "dropped": pipeline.dropped,
        "fps": None if meter.fps is None else round(meter.fps, 2),
        "age_ms": meter.ages.in_ms(),
        "stage_ms": {name: times.in_ms((50, 95)) for name, times in meter.stages.items()},
        "outputs": [
            {"name": outlet.name, "written": outlet.written, "missed": outlet.missed}
            for outlet in pipeline.outlets
        ],
        **facts,
    }


def check_report_path(path: Path) -> None:
    """Refuse a place that no report can be written to, before anything slow begins.

    Raises:
        SinkError: its folder does not exist or is not a folder.
    """
    if not path.parent.is_dir():
        raise SinkError(f"Cannot write the report {path}: {path.parent} is not a folder. Make it first.")


def save_report(report: Mapping[str, Any], path: Path) -> None:
    """Write a report, whole or not at all.

    Raises:
        SinkError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SinkError(f"Cannot write the report {path}: {error.strerror}.") from error
