"""Report a run as one JSON object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from engines.errors import SinkError
from stream.files import check_name, write_whole
from stream.frame import CountsDamage, HasFigures
from stream.loop.pipeline import Pipeline
from stream.redact import words_of


def report_of(pipeline: Pipeline, *, error: BaseException | None = None, **facts: Any) -> dict[str, Any]:
    """Return the report of a loop, while it runs or after: counts, rates, ages and stage times.

    Args:
        pipeline: the loop.
        error: what ended it, if anything did.
        **facts: what the loop does not know, such as `bundle` and `input`; put behind the rest.
    """
    meter = pipeline.meter
    source = pipeline.source
    return {
        "frames_in": meter.frames_in,
        "frames_out": meter.frames_out,
        "dropped": pipeline.dropped,
        "damaged": source.damaged if isinstance(source, CountsDamage) else 0,
        "fps": None if meter.fps is None else round(meter.fps, 2),
        "age_ms": meter.ages.in_ms(),
        "stage_ms": {name: times.in_ms((50, 95)) for name, times in meter.stages.items()},
        "outputs": [
            {
                "name": outlet.name,
                "written": outlet.written,
                "missed": outlet.missed,
                "restarts": outlet.restarts,
                "trouble": outlet.trouble,
            }
            for outlet in (*pipeline.outlets, *pipeline.outlets.left)
        ],
        "feed": source.figures() if isinstance(source, HasFigures) else None,
        **facts,
        "error": None if error is None else words_of(error),
    }


def check_report_path(path: Path) -> None:
    """Check that a report can be written to a path, before anything slow begins.

    Raises:
        SinkError: its folder is absent, no folder or not writable, it is a folder itself, or its name is too
            long.
    """
    check_name(path)
    if not path.parent.is_dir():
        raise SinkError(f"Cannot write the report {path}: {path.parent} is not a folder. Make it first.")
    if path.is_dir():
        raise SinkError(f"Cannot write the report {path}: it is a folder. Name a file in it.")
    if not os.access(path.parent, os.W_OK):
        raise SinkError(f"Cannot write the report {path}: {path.parent} is not writable. Name another place.")


def save_report(report: Mapping[str, Any], path: Path) -> None:
    """Write a report, whole or not at all.

    Raises:
        SinkError: the file cannot be written.
    """
    try:
        write_whole(path, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    except OSError as error:
        raise SinkError(f"Cannot write the report {path}: {error.strerror}. Name another place.") from error
