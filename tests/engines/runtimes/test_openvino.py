"""Two nets are opened at once, each on a thread of its own."""

import subprocess
import sys

import pytest

pytest.importorskip("openvino")

PROGRAM = """
import os, sys, threading
import engines.runtimes.openvino
from openvino import Type

sys.setswitchinterval(1e-6)  # as if many threads wanted the interpreter
begin = threading.Barrier(3)

def ask():
    begin.wait()
    Type.u8.to_dtype()

def hinder():
    begin.wait()
    x = 0
    for _ in range(200_000):
        x += 1

threads = [threading.Thread(target=job, daemon=True) for job in (ask, ask, hinder)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
os._exit(0)
"""


def test_what_openvino_makes_on_first_use_locks_no_two_threads_for_ever() -> None:
    """Left to the threads, most such processes freeze; so could a run at its start."""
    processes = [subprocess.Popen([sys.executable, "-c", PROGRAM]) for _ in range(16)]
    try:
        assert [process.wait(60) for process in processes] == [0] * 16
    finally:
        for process in processes:
            process.kill()
            process.wait()
