"""Reconnect a sink whenever it breaks, and count the frames that it misses meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol, runtime_checkable

from engines.errors import Kind, SinkError
from stream.files import reason
from stream.frame import Frame, Sink
from stream.mailbox import Closed, Mailbox
from stream.resilience.backoff import STEADY, Backoff

log = logging.getLogger(__name__)

State = Literal["open", "broken"]

_GRACE, _RECORDING, _FORCE = 1.0, 10.0, 0.4
"""Seconds that closing may take: for a live output, for a recording, and for a recording again after its
waiting frames were dropped. A loop that was stopped has a shorter timeout of its own."""


@runtime_checkable
class Interruptible(Protocol):
    """A sink with calls that can be interrupted."""

    def interrupt(self) -> None:
        """End any call that is under way at once, with an error; called from another thread."""
        ...


class Returning:
    """Open a sink on a thread of its own, and again after each error, for ever.

    `write` never waits for a broken sink. An open live sink takes the newest frame when it is ready; `write`
    waits for a recording, which keeps all frames.

    Args:
        name: its name in the log, without secrets.
        opener: opens the inner sink, at the first frame and after each error. It raises SinkError or OSError.
        keeps_all: as in `Sink`; the inner sink is a recording.
        backoff: the waits between tries.

    Attributes:
        state: `open` once it has taken a frame; `broken` before that and after an error.
        reason: why it is broken; None while it is open, and before the first try.
        restarts: number of times that it came back.
    """

    def __init__(
        self,
        name: str,
        opener: Callable[[], Sink],
        *,
        keeps_all: bool = False,
        backoff: Backoff | None = None,
    ) -> None:
        self.keeps_all = keeps_all
        self.state: State = "broken"
        self.reason: str | None = None
        self.restarts = 0
        self._name, self._opener = name, opener
        self._backoff = backoff or Backoff()
        self._box = self._new_box()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._inner: Sink | None = None
        self._lock = threading.Lock()
        self._lost = 0
        self._opened_at = 0.0
        self._ever_open = False
        self._told: Kind | None = None
        self._error: BaseException | None = None

    @property
    def missed(self) -> int:
        """Return the number of frames missed while the sink was broken or busy, without notices."""
        with self._lock:
            return self._lost + self._box.dropped

    def write(self, frame: Frame) -> bool:
        """Pass a frame to the sink's thread; always True."""
        if self._error:
            raise self._error
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"sink {self._name}", daemon=True)
            self._thread.start()
        if not self._box.put(frame):  # the sink is broken, or broke while the frame waited
            self._miss(frame)
        return True

    def close(self) -> None:
        """Let the inner sink write the waiting frames, and close it.

        That takes a second and a half at most, ten seconds for a recording. Frames for which there is no time
        are dropped and counted, so that a slow recording is still finished.

        Raises:
            SinkError: the sink could not be opened even once, or a recording cannot be finished in time.
        """
        if self._thread is None:
            return
        with self._lock:
            self._over.set()
            self._box.finish()
        self._thread.join(_RECORDING if self.keeps_all else _GRACE)
        if self._thread.is_alive():
            self._throw_out()
            inner = self._inner  # the sink's own thread may close it meanwhile
            if isinstance(inner, Interruptible):
                inner.interrupt()
            self._thread.join(_FORCE)
        if self._thread.is_alive() and self.keeps_all:
            raise SinkError(
                f"'{self._name}' is too slow: it was not finished and may lack its end. Write elsewhere."
            )
        if self._thread.is_alive():
            self._tell(logging.WARNING, f"{self._name} hangs, and was left behind unfinished.")
        elif self._error:
            raise self._error
        if not self._ever_open:
            raise SinkError(self.reason or f"'{self._name}' was not opened in time.")

    def _run(self) -> None:
        """Open the sink and write to it, again and again, on its thread."""
        try:
            while True:
                try:
                    return self._write_all()
                except (SinkError, OSError) as error:
                    broken = self._in_words(error)
                    if self._over.is_set() and self.keeps_all:
                        raise broken from error  # the end of the recording is missing, and no frame follows
                    self._broke(broken)
                    self._over.wait(self._backoff.wait_for(broken.kind))
                    if not self._take_again():
                        return
        except BaseException as error:
            self._error = error
        finally:
            self._throw_out()

    def _in_words(self, error: SinkError | OSError) -> SinkError:
        """Return the error as a message; on a network disk any system call may fail."""
        if isinstance(error, SinkError):
            return error
        return SinkError(f"Cannot write '{self._name}': {reason(error)}.")

    def _write_all(self) -> None:
        """Open the inner sink for the first frame, and write until no more frames will come."""
        frame = None
        try:
            frame = self._box.get()
            self._inner = self._opener()
            while frame is not None:
                self._inner.write(frame)
                self._worked()
                frame = self._box.get()
        except Closed:
            self._finish()
        except BaseException:
            self._miss(frame)
            with suppress(SinkError, OSError):  # the first error is the cause
                self._close_inner()
            raise

    def _finish(self) -> None:
        try:
            self._close_inner()
        except (SinkError, OSError) as error:
            self._error = self._in_words(error)

    def _close_inner(self) -> None:
        inner, self._inner = self._inner, None
        if inner:
            inner.close()

    def _worked(self) -> None:
        now = time.monotonic()
        if self.state == "broken":
            self._opened_at = now
            self.restarts += self._ever_open
            self.state, self.reason, self._ever_open = "open", None, True
        if self._told and now - self._opened_at >= STEADY:
            self._told = None
            self._backoff.reset()
            self._tell(logging.INFO, f"{self._name} is back.", missed=self.missed)

    def _broke(self, error: SinkError) -> None:
        self.state = "broken"
        self._throw_out()
        is_over = self._over.is_set()
        # A try that was interrupted by closing has no better reason than the one before.
        if not (is_over and self._told and self.reason):
            self.reason = str(error)
        if error.kind != self._told and not is_over:  # logging every try would fill the log over months
            self._told = error.kind
            self._tell(logging.WARNING, f"{error} Trying again until it works.")

    def _new_box(self) -> Mailbox[Frame]:
        """Return the mailbox where frames wait: here, not in the inner sink, so that they can be dropped."""
        return Mailbox(1, "every" if self.keeps_all else "latest", counts=lambda frame: frame.is_picture)

    def _take_again(self) -> bool:
        """Accept new frames from now on, and none from before; False if the sink is being closed."""
        with self._lock:
            if self._over.is_set():
                return False
            self._lost += self._box.dropped
            self._box = self._new_box()
            return True

    def _throw_out(self) -> None:
        """Accept no more frames, and count those that wait as missed."""
        self._box.finish()  # also for a frame that `write` passes at this moment
        with suppress(Closed):
            while True:
                self._miss(self._box.get(0))

    def _miss(self, frame: Frame | None) -> None:
        with self._lock:
            self._lost += frame is not None and frame.is_picture

    def _tell(self, level: int, message: str, **facts: object) -> None:
        log.log(level, message, extra={"fields": {"sink": self._name, "state": self.state, **facts}})
