"""Start and stop a recording while a run goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

from engines.errors import SinkError
from stream.controls import WINDOW, Controls
from stream.frame import Sink
from stream.loop.outlet import Outlet
from stream.loop.pipeline import Pipeline


class Recorder:
    """Start and stop one recording at a time, in the current folder, named by its time.

    Args:
        opener: opens the clip; it replaces no file.
        controls: is told the view that the recording has: that of the window when it begins.
    """

    def __init__(self, opener: Callable[[str], Sink], controls: Controls) -> None:
        self._opener, self._controls = opener, controls
        self._path = ""
        self._began = 0.0
        self._current: Outlet | None = None
        self._ending: list[tuple[Outlet, str]] = []

    @property
    def seconds(self) -> float | None:
        """Seconds since the recording was started; None while there is none."""
        return time.monotonic() - self._began if self._current else None

    def toggle(self, pipeline: Pipeline) -> str | None:
        """Start a recording, or stop the one that runs; return a line for the screen, if there is one.

        A recording is finished on its own thread: `finished` tells when.
        """
        if self._current:
            pipeline.detach(self._current.name)
            self._end()
            return None
        path = time.strftime("neteyes-%Y%m%d-%H%M%S.mp4")
        try:
            sink = self._opener(path)
        except SinkError as error:
            return str(error)
        self._controls.show(path, self._controls.view_of(WINDOW))
        pipeline.attach(path, sink)
        self._current = next(outlet for outlet in pipeline.outlets if outlet.name == path)
        self._path, self._began = path, time.monotonic()
        return f"Recording {path}"

    def finished(self) -> list[str]:
        """Return a line for each recording that has ended since the last call, in order or by an error."""
        if self._current and self._current.error:
            self._end()
        ended = [(outlet, path) for outlet, path in self._ending if outlet.drained.is_set()]
        self._ending = [each for each in self._ending if each not in ended]
        return [_conclusion(outlet, path) for outlet, path in ended]

    def _end(self) -> None:
        assert self._current is not None
        self._controls.drop(self._path)
        self._ending.append((self._current, self._path))
        self._current = None


def _conclusion(outlet: Outlet, path: str) -> str:
    if outlet.error:
        return str(outlet.error)
    return f"Saved {path}" if outlet.written else "Nothing was recorded: no frame came"
