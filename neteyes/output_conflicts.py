"""Detect conflicts between the inputs and outputs of a run, at its start and at a reload of the config."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from engines.errors import UsageError
from neteyes.output_views import view_of
from stream.loop.report import check_report_path
from stream.quantities import Keep, keep_of, seconds_of
from stream.sinks import OUTPUTS, monitor_of
from stream.sinks.clip_formats import CLIP_SUFFIXES
from stream.uri import FAULT, Uri, parse_output

Place = tuple[object, ...]

WINDOW: Place = ("display",)
"""The place of every `display://`: there is only one window."""


class Recorded(TypedDict):
    """Hold the segment length in seconds and the retention of recordings, as arguments of `open_sink`."""

    segment: float | None
    keep: Keep | None


@dataclass(frozen=True, slots=True)
class Places:
    """Hold the options of a run that concern the places it reads and writes.

    Attributes:
        input: the source; None if it is invalid, which is reported elsewhere.
        report: path of the report.
        headless: whether there is no window.
        segment: value of `--segment`.
        keep: value of `--keep`.
        files: other files that are read repeatedly: the config, the swap file.
    """

    input: Uri | None
    report: Path | None = None
    headless: bool = False
    segment: str | None = None
    keep: str | None = None
    files: tuple[Path, ...] = ()

    def outputs(self, asked: Sequence[str] | None) -> list[Uri]:
        """Return the outputs asked for, by default the window, or `null://` if headless.

        Two uses of one place are refused, before anything slow begins or any file is touched.

        Raises:
            UsageError: an output is given twice or is the input, a monitor is not a number, or the report
                would replace another file.
            SinkError: the report cannot be written to its path.
        """
        named = [
            parse_output(text, OUTPUTS) for text in asked or ["null://" if self.headless else "display://0"]
        ]
        for each in named:
            view_of(each)  # raises at once if there is no such view
        places = [place_of(each) for each in named]
        for each in named:
            if each.scheme == "display":
                monitor_of(each)  # raises if it is invalid
        if self.headless and WINDOW in places:
            raise UsageError("--headless and display:// exclude each other. Drop one of them.")
        if len(set(places)) < len(places):
            raise UsageError("The same output is given twice. Name each one once.")
        source = place_of(self.input) if self.input else None
        if source in places:
            raise UsageError(f"{self.input} is both the input and an output. Name another output.")
        if self.report:
            check_report_path(self.report)
            if _place_of_file(self.report) in (source, *places, *map(_place_of_file, self.files)):
                raise UsageError(
                    f"{self.report} cannot hold the report: it is an input or output, or holds the config or "
                    "the swaps. Name another file."
                )
        return named

    def recorded(self, outputs: Sequence[Uri]) -> Recorded:
        """Return the values of `--segment` and `--keep`, parsed.

        Raises:
            UsageError: they are invalid, or there is no output that they apply to.
        """
        clips = [named for named in outputs if Path(named.path).suffix.lower() in CLIP_SUFFIXES]
        if self.segment and not clips:
            raise UsageError("--segment cuts recordings, and no output is one. Add one, such as out.mkv.")
        if self.keep and not self.segment:
            raise UsageError("--keep deletes old segments, and there are none. Add --segment 10m.")
        return Recorded(
            segment=seconds_of(self.segment) if self.segment else None,
            keep=keep_of(self.keep) if self.keep else None,
        )


def check_window(outputs: Sequence[Uri], *, fullscreen: bool, fill: bool) -> None:
    """Refuse options of the window where no output is one.

    Raises:
        UsageError: there is no window.
    """
    asked = "--fullscreen" if fullscreen else "--fill" if fill else None
    if asked and not any(place_of(each) == WINDOW for each in outputs):
        raise UsageError(f"{asked} is for a window, and no output is one. Add display://0, or leave it out.")


def _place_of_file(path: Path) -> Place:
    return place_of(Uri("", "file", path=str(path)))


def place_of(named: Uri) -> Place:
    """Return a key that is equal for all spellings of one place, as the file system is now."""
    scheme = named.scheme.removeprefix(FAULT)
    if scheme in ("display", "null"):
        return (scheme,)
    if scheme not in ("file", "v4l2"):
        return scheme, named.host, named.port, named.path
    try:
        found = os.stat(named.path)
        return found.st_dev, found.st_ino
    except OSError:
        return (os.path.realpath(named.path),)
