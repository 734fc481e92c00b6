"""Handle Ctrl-C and SIGTERM: the loop ends in order, its files finished and its report written."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_interrupt() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether Ctrl-C or SIGTERM has come; a second one acts as usual.

    The handler only sets a flag. It runs between any two steps of the main thread, which may then hold the
    very lock that stopping the loop needs.
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
