"""Let the threads that run nets give way to those that carry frames."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

NICE = 6
"""The niceness of a thread that runs a net, above that of the process: a quarter of an even share."""

_this_thread = threading.local()


def give_way() -> None:
    """Lower the priority of the calling thread for good, once; only Linux has priorities of threads.

    A frame passes ten threads from a camera to its viewers. Nets keep every core busy, and at equal priority
    each of these steps waits for one: on two cores that made frames an eighth older, and no more of them.
    """
    if sys.platform != "linux" or getattr(_this_thread, "gives_way", False):
        return
    _this_thread.gives_way = True
    with suppress(OSError):  # a container may forbid it
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICE)
