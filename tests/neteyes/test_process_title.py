"""What other users see of a command that has a password on it, in the system's own list of processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from neteyes.process_title import hidden

PROGRAM = "from neteyes.process_title import hide_secrets; hide_secrets(); print('now', flush=True); input()"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def seen():
    """`seen(*words)` starts a process with these arguments; returns its command line and its name."""
    started = []

    def start(*words, hide=True):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM if hide else "print('now', flush=True); input()", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        started.append(process)
        assert process.stdout.readline() == b"now\n"
        place = Path(f"/proc/{process.pid}")
        return (place / "cmdline").read_bytes(), (place / "comm").read_text()

    yield start
    for process in started:
        process.communicate(b"\n", timeout=30)


pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="there is no /proc here")


@pytest.mark.parametrize("password", ["hunter2", "p@ss#/?:%w0rd", "löwe"])
def test_a_password_is_overwritten_and_the_rest_stays_readable(seen, password):
    line, name = seen("run", f"rtsp://me:{password}@camera/live", "out.mp4", "--view", "triptych")
    assert password.encode() not in line
    assert b"run 'rtsp://***@camera/live' out.mp4 --view triptych" in line
    assert line.startswith(sys.executable.encode())
    assert name == seen("run", hide=False)[1]


@pytest.mark.parametrize("words", [("--token", "s3cret"), ("--token=s3cret",)])
def test_so_is_a_token(seen, words):
    line, _ = seen("run", *words, "--metrics", "0.0.0.0:9108")
    assert b"s3cret" not in line
    assert b"--metrics 0.0.0.0:9108" in line


def test_without_a_secret_nothing_changes(seen):
    words = ("run", "rtsp://camera/live", "a b.mp4")
    line, name = seen(*words)
    assert line.split(b"\0")[3:-1] == [word.encode() for word in words]
    assert name == seen(*words, hide=False)[1]


def test_every_argument_is_looked_at():
    typed = ["neteyes", "run", "http://a:b@c/", "rtsp://h/?token=x", "--token", "--token", "--token=y"]
    assert hidden(typed) == [
        "neteyes", "run", "http://***@c/", "rtsp://h/?token=***", "--token", "***", "--token=***"
    ]  # fmt: skip
