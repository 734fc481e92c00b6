"""Ctrl-C and SIGTERM end a loop the way its end does: files finished, report written."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_interrupt() -> Iterator[Callable[[], bool]]:
    """Yield a question: has Ctrl-C or SIGTERM come? The second one gets the system's own way.

    The handler does nothing but remember. It runs between any two steps of the main thread, which may then
    hold the very lock that stopping the loop needs.
    """
    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in caught}
    asked = False

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(number: int, frame: object) -> None:
        nonlocal asked
        asked = True
        restore()

    for number in caught:
        signal.signal(number, handle)
    try:
        yield lambda: asked
    finally:
        restore()
