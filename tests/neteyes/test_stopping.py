"""Ctrl-C and SIGTERM, in a process of its own: over within three seconds, files finished."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest

pytestmark = pytest.mark.alone


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_recording_and_the_report(start, wait_for, tmp_path, number):
    process = start("run", "scene://duel", "a.mp4", "--report", "r.json", "--height", "128")
    wait_for(lambda: (tmp_path / "a.mp4").exists() and (tmp_path / "a.mp4").stat().st_size > 3000)
    asked = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=10)
    assert time.monotonic() - asked < 3.5
    assert process.returncode == 0
    assert "Traceback" not in err
    with av.open(str(tmp_path / "a.mp4")) as clip:
        kept = sum(1 for _ in clip.decode(video=0))
    assert kept == json.loads((tmp_path / "r.json").read_text())["frames_out"] > 0


def test_a_signal_ends_a_source_that_still_connects(start, silent_server, tmp_path):
    process = start("run", silent_server.url, "null://", "--report", "r.json")
    assert silent_server.connected.wait(20)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert time.monotonic() - asked < 3.5
    assert json.loads((tmp_path / "r.json").read_text())["frames_out"] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="makes the end of a process last, with glibc's help")
def test_an_end_while_ffmpeg_connects_is_no_crash(silent_server, tmp_path):
    """FFmpeg asks for the interpreter ten times a second; where that falls into the end of the process, it
    crashes, one time in fifty. Here that end would take forever."""
    code = (
        "import ctypes; libc = ctypes.CDLL(None); libc.on_exit(libc.pause, None)\n"
        "from neteyes.__main__ import command; command()"
    )
    words = [sys.executable, "-c", code, "run", silent_server.url, "null://"]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        assert silent_server.connected.wait(20)
        process.send_signal(signal.SIGINT)
        try:
            _, err = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0, err.decode()


def test_who_reads_along_may_leave_before_the_report_is_written(start, wait_for, tmp_path):
    """As `2>&1 | tee log` does at Ctrl-C, which reaches both."""
    words = ("run", "scene://duel", "a.mp4", "--report", "r.json", "--height", "128")
    process = start(*words)
    wait_for(lambda: (tmp_path / "a.mp4").exists() and (tmp_path / "a.mp4").stat().st_size > 3000)
    process.stderr.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert json.loads((tmp_path / "r.json").read_text())["frames_out"] > 0


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_a_shell_may_close_what_is_printed_to(closed, tmp_path):
    command = f"exec '{sys.executable}' -m neteyes run scene://duel null:// --frames 3 --no-pace {closed}"
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path, check=False).returncode == 0


def test_a_signal_ends_nets_that_are_stuck_in_their_first_run(start, silent_server, made_bundle, tmp_path):
    bundle = made_bundle(frame=(256, 256), picture=(256, 256), work=60)
    process = start("run", silent_server.url, "null://", "--bundle", str(bundle), "--report", "r.json")
    assert silent_server.connected.wait(20)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert time.monotonic() - asked < 3.5
    assert (process.returncode, "Traceback" in err) == (0, False), err
    assert json.loads((tmp_path / "r.json").read_text())["frames_out"] == 0


def test_ctrl_c_while_the_libraries_load_is_quiet(start, wait_for):
    process = start("run", "scene://duel", "null://")
    libraries = Path(f"/proc/{process.pid}/maps")
    if not libraries.exists():
        pytest.skip("only Linux tells which libraries a process has loaded")
    wait_for(lambda: "numpy" in libraries.read_text())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode in (-signal.SIGINT, 130)
    assert err == ""


def test_a_killed_recording_still_plays(start, wait_for, tmp_path):
    process = start("run", "scene://duel", "a.mp4", "--height", "128", "--no-pace")
    wait_for(lambda: (tmp_path / "a.mp4").exists() and (tmp_path / "a.mp4").stat().st_size > 8_000)
    process.kill()
    process.communicate()
    with av.open(str(tmp_path / "a.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) > 10


def test_an_import_of_the_loop_never_imports_torch():
    code = "import sys, engines, stream.nets.cpu, stream.sources, stream.sinks; print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
