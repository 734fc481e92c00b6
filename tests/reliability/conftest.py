"""What tests of faults share: a watcher of a feed, and figures that are printed beside their limits."""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from stream.sources import open_feed


@pytest.fixture
def figure(request):
    """`figure("fault", seen, limit, unit="s")` holds a figure to its limit, and has it printed."""

    def hold(fault: str, seen: float, limit: float, unit: str = "s") -> None:
        row = f"| {fault} | ≤ {limit:g} {unit} | {seen:.2g} {unit} |"
        request.node.user_properties.append(("figure", row))
        assert seen <= limit, f"{fault}: {seen:.3g} {unit}"

    return hold


class Watcher:
    """Reads a feed on a thread of its own, as the loop does, and remembers what came."""

    def __init__(self, text, **asked):
        self.feed = open_feed(text, **asked)
        self.frames, self.error = [], None
        self._stop, self._news = threading.Event(), threading.Condition()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def wait_for(self, condition: Callable[[], object], seconds: float = 20) -> float:
        """Wait until something is so; returns how many seconds it took."""
        began = time.monotonic()
        with self._news:
            while not condition():
                left = began + seconds - time.monotonic()
                assert left > 0, f"it never came to that: {self.feed.status.health}"
                self._news.wait(min(left, 0.02))
        return time.monotonic() - began

    def wait_for_pictures(self, count=1, seconds: float = 20) -> float:
        """Wait for so many pictures from now on."""
        have = self.pictures
        return self.wait_for(lambda: self.pictures >= have + count, seconds)

    def wait_for_state(self, state, seconds: float = 20) -> float:
        return self.wait_for(lambda: self.feed.status.health.state == state, seconds)

    @property
    def pictures(self):
        return sum(frame.notice is None for frame in list(self.frames))

    @property
    def health(self):
        return self.feed.status.health

    def close(self):
        self._stop.set()
        self._thread.join(5)
        assert not self._thread.is_alive()

    def _watch(self):
        try:
            for frame in self.feed.frames(self._stop):
                with self._news:
                    self.frames.append(frame)
                    self._news.notify_all()
        except Exception as error:
            self.error = error
        finally:
            self.feed.close()


@pytest.fixture
def watch():
    """`watch(text)` reads a feed until the end of the test."""
    watchers = []

    def begin(text, **asked):
        watchers.append(Watcher(text, **asked))
        return watchers[-1]

    yield begin
    for watcher in watchers:
        watcher.close()


@pytest.fixture
def black_hole():
    """The address of a listener whose queue is full: who connects hears nothing, not even a refusal."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        queued = []
        for _ in range(3):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
            queued.append(caller)
        yield f"rtsp://127.0.0.1:{listener.getsockname()[1]}/live"
        for caller in queued:
            caller.close()
