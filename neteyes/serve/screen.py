"""Show the frames of a mirror to all who watch it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from stream.frame import Frame

Show = Callable[[Frame], None]


class Screen:
    """The window of a mirror's loop; implements `stream.frame.Sink`.

    Attributes:
        last: the newest frame that was shown; None before the first, and after `close`.
    """

    keeps_all = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: tuple[Show, ...] = ()
        self.last: Frame | None = None

    def watch(self, show: Show) -> Callable[[], None]:
        """Call a function with each frame, on the mirror's thread; return what ends that.

        Args:
            show: called with the frame, whose `view` is what is shown; it must return at once.
        """
        with self._lock:
            self._watchers = (*self._watchers, show)

        def unwatch() -> None:
            with self._lock:
                self._watchers = tuple(each for each in self._watchers if each is not show)

        return unwatch

    @property
    def watched(self) -> bool:
        """Whether anybody watches."""
        return bool(self._watchers)

    def write(self, frame: Frame) -> bool:
        """Show a frame to those who watch."""
        if frame.is_picture:
            self.last = frame
        for watcher in self._watchers:
            watcher(frame)
        return True

    def close(self) -> None:
        """Forget the last frame and all viewers."""
        self.last = None
        with self._lock:
            self._watchers = ()
