"""What `neteyes bench` says of other programs that took the cores."""

import subprocess
import sys
import threading
import time

import pytest

from benchmarks.other_programs import OtherPrograms, others_in_words

BURN = "import sys; print(flush=True)\nwhile True: pass"


@pytest.fixture
def busy_program():
    with subprocess.Popen([sys.executable, "-c", BURN], stdout=subprocess.PIPE) as program:
        assert program.stdout
        program.stdout.readline()
        yield
        program.kill()


def work(seconds):
    """Keep one core busy for so many seconds of this thread's own processor time."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_a_busy_program_is_seen(busy_program):
    with OtherPrograms() as others:
        work(0.5)
    assert others.cores > 0.2


def test_the_programs_own_work_in_any_thread_is_not_counted(monkeypatch):
    """The accounting of a machine on which nothing else runs is that of this process."""
    monkeypatch.setattr("benchmarks.other_programs._busy_seconds", time.process_time)
    with OtherPrograms() as others:
        threads = [threading.Thread(target=work, args=(0.2,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert others.cores < 0.1


def test_a_few_percent_are_not_worth_a_word():
    assert others_in_words(0.1, 2) is None
    assert "Other programs took 0.9 of 2 cores" in (others_in_words(0.9, 2) or "")
