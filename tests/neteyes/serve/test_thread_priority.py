"""Threads that run nets give way; no other does."""

import os
import sys
import threading

import pytest

from neteyes.serve.thread_priority import NICE, give_way


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_a_thread_gives_way_once_and_alone():
    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def run() -> None:
        give_way()
        give_way()
        found.append(nice())

    before, found = nice(), []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [min(before + NICE, 19)]
    assert nice() == before
