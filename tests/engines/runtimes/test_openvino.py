"""Two threads open nets with OpenVINO at the same time."""

import subprocess
import sys

import pytest

pytest.importorskip("openvino")

PROGRAM = """
import os, sys, threading
import engines.runtimes.openvino
from openvino import Type

sys.setswitchinterval(1e-6)  # switch as often as with many threads
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


def test_two_threads_that_use_openvino_first_do_not_deadlock() -> None:
    """If the threads made OpenVINO's tables, most of these processes would freeze; so could a run."""
    processes = [subprocess.Popen([sys.executable, "-c", PROGRAM]) for _ in range(16)]
    try:
        assert [process.wait(60) for process in processes] == [0] * 16
    finally:
        for process in processes:
            process.kill()
            process.wait()
