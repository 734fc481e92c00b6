"""Real processes: one that does as it should, and one that is deaf."""

import os
import select

import pytest

from stream.resilience.killable import Child

pytestmark = pytest.mark.alone

OBEDIENT = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
DEAF = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); signal.pause()"
)


def test_what_is_said_is_answered_and_the_end_of_the_input_is_its_end() -> None:
    child = Child(["-c", OBEDIENT], job="echoes")
    child.inp.write(b"hello")
    assert child.end(20)
    assert child.fate == "exit code 0"
    assert child.out.read() == b"hello"
    child.out.close()


def test_one_that_does_not_listen_is_killed() -> None:
    child = Child(["-c", DEAF], job="sulks")
    assert child.out.readline() == b"1\n"
    assert child.end(0.1)
    assert child.fate == "signal 9"
    child.out.close()


def test_it_can_be_killed_while_another_thread_reads_from_it() -> None:
    child = Child(["-c", DEAF], job="sulks")
    assert child.out.readline() == b"1\n"
    child.kill()
    assert child.out.read() == b""
    assert child.end(20)
    child.out.close()


def test_ctrl_c_does_not_reach_it() -> None:
    child = Child(["-c", OBEDIENT], job="echoes")
    assert os.getsid(child.pid) != os.getsid(0)
    child.end(20)
    child.out.close()


def test_one_that_cannot_be_killed_is_left_behind_with_a_word(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child(["-c", DEAF], job="sulks")
    assert child.out.readline() == b"1\n"
    monkeypatch.setattr(child, "kill", lambda: None)  # as if it hung in the kernel
    assert not child.end(0.1)
    assert caplog.messages == [f"The process {child.pid} that sulks cannot be killed: a driver hangs."]
    ended = os.pidfd_open(child.pid)
    monkeypatch.undo()
    child.kill()
    assert select.select([ended], [], [], 20)[0]
    os.close(ended)
    child.end(20)
    child.out.close()
