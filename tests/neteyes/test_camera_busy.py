"""Cameras as a user meets them; one that does as it is told stands in the hardware's place."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from stream.cameras import listing, process
from stream.cameras.v4l2 import v4l2_cameras
from tests.fixtures.cameras import FAKE, in_use, readers, wait_for

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
HOLD = """
import fcntl, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
RUN = """
import sys
from stream.cameras import process
from neteyes.__main__ import main
process.DRIVER = sys.argv.pop(1)
main()
"""


@pytest.fixture
def fake_driver(monkeypatch):
    """Have every camera of this process read with the fake's driver."""
    monkeypatch.setattr(process, "DRIVER", FAKE)


def test_a_camera_that_somebody_else_uses(neteyes, plug, fake_driver):
    device = plug()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, device], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        result = neteyes("run", f"v4l2://{device}", "null://", "--retry", "0")
        assert result.code == 1
        assert "is used by" in result.err
        assert f"({other.pid}). Close that first." in result.err
        other.communicate("")


def test_a_camera_that_gives_pictures(neteyes, plug, fake_driver, report):
    device = plug("frames 320x240")
    result = neteyes("run", f"v4l2://{device}", "null://", "--frames", "3", "--report", "r.json")
    assert (result.code, report()["frames_out"]) == (0, 3), result.err
    assert readers(device) == []


@pytest.mark.parametrize("acts", ["open hang", "hang"])
def test_ctrl_c_ends_a_run_whose_camera_hangs(plug, tmp_path, acts):
    device = plug(acts)
    program = subprocess.Popen(
        [sys.executable, "-c", RUN, FAKE, "run", f"v4l2://{device}", "null://"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DISPLAY": ""},
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    try:
        wait_for(lambda: in_use(device), 60)
        asked = time.monotonic()
        os.killpg(program.pid, signal.SIGINT)
        _, err = program.communicate(timeout=10)
        assert time.monotonic() - asked < 3.5
        assert (program.returncode, "Traceback" in err) == (0, False), err
        assert readers(device) == []
        assert not in_use(device)
    finally:
        program.kill()
        program.wait()
        program.stderr.close()


def test_cameras_are_listed_for_people_and_for_doctor(neteyes, sysfs, tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "v4l2_cameras", partial(v4l2_cameras, sysfs.root, tmp_path / "dev"))
    assert "No camera found." in neteyes("cameras").out
    sysfs.add(0, "HD Pro Webcam C920", "1-3", "ABC")
    sysfs.add(1, "HD Pro Webcam C920", "1-3", "ABC", part=1)
    sysfs.add(2, "Cam Link 4K", "1-4")
    lines = neteyes("cameras").out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["0", "2"]
    assert "0: HD Pro Webcam C920, 2: Cam Link 4K" in " ".join(neteyes("doctor").out.split())
