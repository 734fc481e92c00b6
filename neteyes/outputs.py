"""Manage the outputs of a run: the window, and sinks that may be added and removed while it runs."""

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
from neteyes.output_views import view_of
from neteyes.viewer import Viewer
from stream.controls import WINDOW as WINDOW_OUTPUT
from stream.controls import Controls, View
from stream.frame import Sink
from stream.loop.pipeline import Pipeline
from stream.sinks.window import Window
from stream.uri import NETWORK, Uri

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Outputs:
    """Manage the outputs of a run, each known by its `Uri`.

    Until `hand_over`, leaving the context closes the opened sinks.

    Args:
        asked: the outputs as they were typed; none means the default.
        places: detects conflicts between them.
        opener: opens one output; the flag says whether an existing file may be replaced, if overwriting is
            allowed at all.
        viewer: makes the viewer for a window.
        controls: is told the outputs and their own views.

    Attributes:
        viewer: the viewer of the window; None without a window.

    Raises:
        UsageError: from `places` or `opener`.
        SinkError: from `places` or `opener`.
    """

    def __init__(
        self,
        asked: Sequence[str] | None,
        places: Places,
        opener: Callable[[Uri, bool], Sink],
        viewer: Callable[[Window], Viewer],
        controls: Controls,
    ) -> None:
        self.viewer: Viewer | None = None
        self._controls = controls
        self._places, self._opener = places, opener
        self._named = places.outputs(asked)
        self._ended: dict[Place, Event] = {}
        self._next: tuple[list[Uri], dict[Uri, Sink]] = (self._named, {})
        self._next_views: dict[str, View | None] = {}
        with ExitStack() as opened:
            self._sinks = self._open(self._named, opened)
            for named, sink in list(self._sinks.items()):
                if isinstance(sink, Window):
                    self.viewer = viewer(sink)
                    del self._sinks[named]
            self._opened = opened.pop_all()
        self._views = {_output(named): view_of(named) for named in self._named}
        for output, view in self._views.items():
            controls.show(output, view)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def sinks(self) -> dict[str, Sink]:
        """The sinks without the window, by their redacted names."""
        return {str(named): sink for named, sink in self._sinks.items()}

    def hand_over(self) -> None:
        """Leave the closing to the loop, which closes each sink exactly once."""
        self._opened.pop_all()

    def prepare(self, asked: Sequence[str] | None, later: Mapping[str, Any] = NOTHING) -> None:
        """Open the new outputs, which `become` then uses; if one cannot be opened, none is kept.

        An output that is only spelled in another way is not new. An output that was removed in this run may
        come back only if its file does not exist: a run never replaces a file that it wrote itself, whatever
        else it may replace.

        Args:
            asked: the outputs as they were typed; none means the default.
            later: new values of `segment` and `keep`, which take effect after a restart. The outputs must
                suit them; until then recordings are cut as before.

        Raises:
            UsageError: the window would be added or removed; or from `places` or the opener.
            SinkError: from `places` or the opener.
        """
        wanted = self._places.outputs(asked)
        views = [view_of(named) for named in wanted]
        replace(self._places, **later).recorded(wanted)
        known = {_identity(named): named for named in self._named}
        if (WINDOW in known) != (WINDOW in map(_identity, wanted)):
            raise UsageError("The window comes and goes only with a restart.")
        wanted = [known.get(_identity(named), named) for named in wanted]
        with ExitStack() as opened:
            new = self._open([named for named in wanted if named not in self._named], opened)
            opened.pop_all()
        self._next = wanted, new
        self._next_views = dict(zip(map(_output, wanted), views, strict=True))

    def follow_view(self) -> None:
        """Let the window show the view of its options again, in place of the one that Tab chose."""
        if self.viewer:
            self._controls.show(WINDOW_OUTPUT, self._views[WINDOW_OUTPUT])

    def become(self, pipeline: Pipeline) -> None:
        """Let the loop write to the prepared outputs from now on."""
        wanted, new = self._next
        leaving = {str(named): named for named in self._named if named not in wanted}
        for output, view in self._next_views.items():
            if output not in self._views or view != self._views[output]:
                self._controls.show(output, view)
        for outlet in pipeline.outlets:
            if outlet.name in leaving:
                self._ended |= dict.fromkeys(_marks(leaving[outlet.name]), outlet.drained)
                pipeline.detach(outlet.name)
                self._controls.drop(outlet.name)
        for named, sink in new.items():
            pipeline.attach(str(named), sink)
        self._named, self._next, self._views = wanted, (wanted, {}), self._next_views

    def _open(self, wanted: Sequence[Uri], opened: ExitStack) -> dict[Uri, Sink]:
        """Open sinks; closing `opened` closes them, and removes folders that they made and that are empty."""
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


def _output(named: Uri) -> str:
    """Return the name of an output in the loop."""
    return WINDOW_OUTPUT if place_of(named) == WINDOW else str(named)


def _identity(named: Uri) -> Place:
    """Return a key that is equal for two spellings of one output; for network URLs, the whole text."""
    return (named.text,) if named.scheme in NETWORK else place_of(named)


def _marks(named: Uri) -> set[Place]:
    """Return the keys by which a file is recognized: its own, and that of its path before it exists."""
    if named.scheme != "file":
        return set()
    return {place_of(named), (os.path.realpath(named.path),)}


def _folder_of(named: Uri) -> Path:
    """Return the folder of an output file; the sink of pictures makes it."""
    return Path(named.path) if named.path.endswith("/") else Path(named.path).parent


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
