"""Ctrl-C, SIGTERM and SIGKILL in every state: over in time, files finished, nobody left behind."""

import json
import re
import signal
import time
import urllib.request
from itertools import pairwise
from statistics import median

import av
import psutil
import pytest

pytestmark = pytest.mark.alone


@pytest.fixture
def feed_of(serve_clip, make_clip, tmp_path, black_hole, silent_server):
    """`feed_of(state)` is a URL that is in that state soon, and what is to be done for that."""

    def url(state):
        if state == "black hole":
            return black_hole, None
        if state == "silent":
            return silent_server.url, None
        server = serve_clip(make_clip(tmp_path / "served.mp4", size=(192, 96)))
        word = {
            "live": None,
            "stale": lambda: server.process.send_signal(signal.SIGSTOP),
            "lost": server.kill,
        }
        return server.url, word[state]

    return url


@pytest.mark.slow
@pytest.mark.parametrize("state", ["live", "stale", "lost", "black hole", "silent"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_state_in_time(
    start, wait_for, feed_of, silent_server, tmp_path, figure, state, number
):
    url, disturb = feed_of(state)
    clip, log = tmp_path / "a.mp4", tmp_path / "log"
    process = start(
        "run", url, clip, "--height", 128, "--report", "r.json", "--log-json", "--retry", 1000, log=log
    )
    if state in ("live", "stale", "lost"):
        wait_for(lambda: clip.exists() and clip.stat().st_size > 3000)
    if disturb:
        disturb()
    is_so = {
        "live": lambda: True,
        "stale": lambda: "stopped sending" in log.read_text(),
        "lost": lambda: "Trying again" in log.read_text(),
        "black hole": lambda: psutil.CONN_SYN_SENT in connections_of(process),
        "silent": silent_server.connected.is_set,
    }
    wait_for(is_so[state])
    family = psutil.Process(process.pid).children(recursive=True)
    asked = time.monotonic()
    process.send_signal(number)
    process.wait(10)
    figure(f"{signal.Signals(number).name} while {state}", time.monotonic() - asked, 3)
    assert process.returncode == 0
    assert not any(child.is_running() for child in family)
    assert json.loads((tmp_path / "r.json").read_text())["error"] is None
    if clip.exists():
        with av.open(str(clip)) as recorded:
            assert sum(1 for _ in recorded.decode(video=0)) > 3


def connections_of(process):
    return {each.status for each in psutil.Process(process.pid).net_connections("tcp")}


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_kill_costs_at_most_the_last_second_of_a_recording(start, wait_for, tmp_path, figure, suffix):
    clip, log = tmp_path / f"a.{suffix}", tmp_path / "log"
    process = start(
        "run", "scene://duel", clip, "--height", 128, "--metrics", "127.0.0.1:0", "--log-json", log=log
    )

    def recorded():
        address = re.search(r"Metrics at (http://\S+:\d+/metrics)", log.read_text())
        if not address:
            return 0
        with urllib.request.urlopen(address[1], timeout=5) as answer:
            return int(float(re.search(r"(?m)^neteyes_frames_out_total (\S+)", answer.read().decode())[1]))

    wait_for(lambda: recorded() > 75)
    given = recorded()
    process.kill()
    process.wait()
    with av.open(str(clip)) as killed:
        times = [frame.time for frame in killed.decode(video=0)]
    step = median(after - before for before, after in pairwise(times))
    figure(f"SIGKILL while recording {suffix}", max(given - len(times), 0) * step, 1)
