"""Where the frames of a run go: the window, and sinks that may come and go while it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import MappingProxyType, TracebackType
from typing import Any, Self

from engines.errors import SinkError, UsageError
from neteyes.output_conflicts import WINDOW, Place, Places, place_of
from neteyes.viewer import Viewer
from stream.frame import Sink
from stream.loop.pipeline import Pipeline
from stream.sinks.window import Window
from stream.uri import NETWORK, Uri

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Outputs:
    """The outputs of a run, each known by its `Uri`.

    Until `hand_over`, leaving the context closes what was opened.

    Args:
        asked: the outputs as they were typed; none means the usual one.
        places: says which ones go together.
        opener: opens one; the flag says whether it may replace what lies there, if that has been
            allowed at all.
        viewer: makes of a window what shows frames in it.

    Attributes:
        viewer: the window, if there is one.

    Raises:
        UsageError: as `places` and `opener`.
        SinkError: as `places` and `opener`.
    """

    def __init__(
        self,
        asked: Sequence[str] | None,
        places: Places,
        opener: Callable[[Uri, bool], Sink],
        viewer: Callable[[Window], Viewer],
    ) -> None:
        self.viewer: Viewer | None = None
        self._places, self._opener = places, opener
        self._named = places.outputs(asked)
        self._ended: dict[Place, Event] = {}
        self._next: tuple[list[Uri], dict[Uri, Sink]] = (self._named, {})
        with ExitStack() as opened:
            self._sinks = self._open(self._named, opened)
            for named, sink in list(self._sinks.items()):
                if isinstance(sink, Window):
                    self.viewer = viewer(sink)
                    del self._sinks[named]
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
        return {str(named): sink for named, sink in self._sinks.items()}

    def hand_over(self) -> None:
        """Leave the closing to the loop, which closes each sink exactly once."""
        self._opened.pop_all()

    def prepare(self, asked: Sequence[str] | None, later: Mapping[str, Any] = NOTHING) -> None:
        """Open what is new among the outputs asked for, for `become` to use; if one cannot be, none is kept.

        What is only spelled in another way is not new. What left in this run may come back only where nothing
        lies: it never replaces what it wrote itself, whatever else may be replaced.

        Args:
            asked: as they were typed; none means the usual one.
            later: what `segment` and `keep` mean after a restart, where that is new. The outputs must suit
                it; until then they are cut as they were.

        Raises:
            UsageError: a window would come or go; or as `places` and the opener.
            SinkError: as `places` and the opener.
        """
        wanted = self._places.outputs(asked)
        replace(self._places, **later).recorded(wanted)
        known = {_identity(named): named for named in self._named}
        if (WINDOW in known) != (WINDOW in map(_identity, wanted)):
            raise UsageError("The window comes and goes only with a restart.")
        wanted = [known.get(_identity(named), named) for named in wanted]
        with ExitStack() as opened:
            new = self._open([named for named in wanted if named not in self._named], opened)
            opened.pop_all()
        self._next = wanted, new

    def become(self, pipeline: Pipeline) -> None:
        """Let the loop write from now on to what has been prepared."""
        wanted, new = self._next
        leaving = {str(named): named for named in self._named if named not in wanted}
        for outlet in pipeline.outlets:
            if outlet.name in leaving:
                self._ended |= dict.fromkeys(_marks(leaving[outlet.name]), outlet.drained)
                pipeline.detach(outlet.name)
        for named, sink in new.items():
            pipeline.attach(str(named), sink)
        self._named, self._next = wanted, (wanted, {})

    def _open(self, wanted: Sequence[Uri], opened: ExitStack) -> dict[Uri, Sink]:
        """Open sinks; closing `opened` closes them, and removes the folders they made, if empty still."""
        sinks = {}
        for named in wanted:
            folder = _folder_of(named)
            if named.scheme == "file" and not os.path.exists(folder):
                opened.callback(_remove_empty, folder)
            sinks[named] = self._open_one(named)
            opened.callback(sinks[named].close)
        return sinks

    def _open_one(self, named: Uri) -> Sink:
        ended = next((self._ended[mark] for mark in _marks(named) if mark in self._ended), None)
        if ended is None:
            return self._opener(named, True)
        if not ended.is_set():
            raise SinkError(f"'{named}' is still being finished. Ask for it again in a moment.")
        try:
            return self._opener(named, False)
        except SinkError as error:
            if not os.path.exists(_folder_of(named)):
                raise
            raise SinkError(
                f"'{named}' has been an output of this run before, and a run replaces nothing that it wrote "
                "itself. Move it away, or name another output."
            ) from error


def _identity(named: Uri) -> Place:
    """Return what is the same for two spellings of one output: of a network, also who logs in."""
    return (named.text,) if named.scheme in NETWORK else place_of(named)


def _marks(named: Uri) -> set[Place]:
    """Return by what a file is known again: by itself, and by its path before it is made."""
    if named.scheme != "file":
        return set()
    return {place_of(named), (os.path.realpath(named.path),)}


def _folder_of(named: Uri) -> Path:
    """Return the folder that a file's frames go to; the sink of pictures makes it."""
    return Path(named.path) if named.path.endswith("/") else Path(named.path).parent


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
