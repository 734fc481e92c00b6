"""Where the frames of a run go: the window, and sinks that may come and go while it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict

from engines.errors import UsageError
from neteyes.viewer import Viewer
from stream.frame import Sink
from stream.pipeline import Pipeline
from stream.report import check_report_path
from stream.sinks import OUTPUTS
from stream.sinks.clip import CLIP_SUFFIXES
from stream.sinks.quantities import Keep, keep_of, seconds_of
from stream.sinks.window import Window
from stream.uri import FAULT, Uri, parse, redact


class Outputs:
    """The outputs of a run, by the names that were typed.

    Until `hand_over`, leaving the context closes what was opened.

    Args:
        names: of the outputs.
        opener: opens one by its name.
        viewer: makes of a window what shows frames in it.

    Attributes:
        viewer: the window, if there is one.

    Raises:
        UsageError: as `opener`.
        SinkError: as `opener`.
    """

    def __init__(
        self, names: Sequence[str], opener: Callable[[str], Sink], viewer: Callable[[Window], Viewer]
    ) -> None:
        self.viewer: Viewer | None = None
        self._opener = opener
        self._sinks: dict[str, Sink] = {}
        self._named: list[str] = []
        self._new: dict[str, Sink] = {}
        with ExitStack() as opened:
            for name in names:
                sink = opener(name)
                opened.callback(sink.close)
                if isinstance(sink, Window):
                    self.viewer = viewer(sink)
                else:
                    self._sinks[name] = sink
                self._named.append(name)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def sinks(self) -> dict[str, Sink]:
        """The sinks without the window, by names that may be printed."""
        return {redact(name): sink for name, sink in self._sinks.items()}

    def hand_over(self) -> None:
        """Leave the closing to the loop, which closes each sink exactly once."""
        self._opened.pop_all()

    def prepare(self, names: Sequence[str]) -> None:
        """Open those of `names` that are new, for `become` to use; where one cannot be, none is kept.

        Raises:
            UsageError: a window would come or go; or as the opener.
            SinkError: as the opener.
        """
        known = set(self._named)
        if _windows(known) != _windows(set(names)):
            raise UsageError("The window comes and goes only with a restart.")
        with ExitStack() as opened:
            for name in names:
                if name not in known:
                    self._new[name] = self._opener(name)
                    opened.callback(self._new.pop, name)
                    opened.callback(self._new[name].close)
            opened.pop_all()

    def become(self, names: Sequence[str], pipeline: Pipeline) -> None:
        """Let the loop write to `names` from now on, of which the new ones have been prepared."""
        for name in set(self._named) - set(names):
            pipeline.detach(redact(name))
        for name, sink in self._new.items():
            pipeline.attach(redact(name), sink)
        self._named, self._new = list(names), {}


def check_places(input: str, outputs: Sequence[str], report: Path | None, *, headless: bool) -> None:
    """Refuse places that are wanted for two things, before anything slow begins or any file is touched.

    Raises:
        UsageError: an output is given twice, is the input, or is the report's place.
        SinkError: no report can be written there.
    """
    places = [_place(parse(name, OUTPUTS)) for name in outputs]
    if headless and ("display",) in places:
        raise UsageError("--headless and display:// exclude each other. Drop one of them.")
    if len(set(places)) < len(places):
        raise UsageError("The same output is given twice. Name each one once.")
    source = _place(parse(input))
    if source in places:
        raise UsageError(f"{redact(input)} is both the input and an output. Name another output.")
    if report:
        check_report_path(report)
        if _place(Uri("", "file", path=str(report))) in (source, *places):
            raise UsageError(f"{report} cannot hold the report: it is an input or output. Name another file.")


class Recorded(TypedDict):
    """How recordings are cut: what `open_sink` wants to know of it."""

    segment: float | None
    keep: Keep | None


def recording_of(outputs: Sequence[str], segment: str | None, keep: str | None) -> Recorded:
    """Return what `--segment` and `--keep` say.

    Raises:
        UsageError: they cannot be read, or there is nothing that they could apply to.
    """
    clips = [name for name in outputs if Path(parse(name, OUTPUTS).path).suffix.lower() in CLIP_SUFFIXES]
    if segment and not clips:
        raise UsageError("--segment cuts recordings, and no output is one. Add one, such as out.mkv.")
    if keep and not segment:
        raise UsageError("--keep deletes old segments, and there are none. Add --segment 10m.")
    return Recorded(segment=seconds_of(segment) if segment else None, keep=keep_of(keep) if keep else None)


def _place(named: Uri) -> tuple[object, ...]:
    """Return what is the same for all spellings of one place."""
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


def _windows(names: set[str]) -> int:
    return sum(parse(name, OUTPUTS).scheme == "display" for name in names)
