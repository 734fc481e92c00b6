"""A camera that somebody else uses: the system calls answer as a driver's would."""

import errno
import fcntl
import os
import subprocess
import sys

import pytest

from stream.sources import v4l2


@pytest.fixture
def device(tmp_path):
    """A file in a camera's place, held open by another program."""
    path = tmp_path / "video0"
    path.touch()
    code = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        yield path, other.pid
        other.communicate("")


def busy(*_):
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def check(result, pid):
    assert result.code == 1
    assert "is used by" in result.err
    assert f"({pid}). Close that first." in result.err


def test_a_camera_that_cannot_be_opened_twice(neteyes, device, monkeypatch):
    path, pid = device
    open_anything = os.open
    monkeypatch.setattr(
        os, "open", lambda place, *rest: (busy if place == str(path) else open_anything)(place, *rest)
    )
    check(neteyes("run", f"v4l2://{path}", "null://"), pid)


def test_a_camera_that_opens_but_streams_to_another(neteyes, device, monkeypatch):
    path, pid = device
    ioctl = fcntl.ioctl

    def answer(handle, request, *rest):
        if request == v4l2._SET_FORMAT:
            busy()
        return None if request == v4l2._GET_FORMAT else ioctl(handle, request, *rest)

    monkeypatch.setattr(fcntl, "ioctl", answer)
    check(neteyes("run", f"v4l2://{path}", "null://"), pid)
