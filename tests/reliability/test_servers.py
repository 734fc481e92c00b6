"""Servers that die, fall silent, swallow connections or refuse: the picture comes back by itself."""

import signal
import time
from itertools import pairwise

import pytest

pytestmark = pytest.mark.alone


@pytest.fixture
def served(serve_clip, make_clip, tmp_path):
    """A server of a marked clip; `served(port)` starts one there."""
    clip = make_clip(tmp_path / "clip.mp4")
    return lambda port=0, **login: serve_clip(clip, port=port, **login)


def test_a_server_killed_and_started_again_is_seen_again(served, watch, figure):
    server = served()
    watcher = watch(server.url)
    watcher.wait_for_pictures(10)
    server.kill()
    figure("server killed: noticed", watcher.wait_for_state("lost"), 5)
    watcher.wait_for(lambda: watcher.frames[-1].notice)
    again = served(server.port)
    figure("server started again: picture", watcher.wait_for_pictures(), 10)
    assert again.url == server.url
    assert watcher.health.restarts == 1
    times = [frame.pts for frame in watcher.frames]
    assert times == sorted(times)
    indexes = [frame.index for frame in watcher.frames if not frame.notice]
    assert indexes == sorted(set(indexes))


@pytest.mark.slow
def test_a_server_that_holds_the_connection_and_sends_nothing_is_stale_then_opened_again(
    served, watch, figure
):
    server = served()
    watcher = watch(server.url)
    watcher.wait_for_pictures(10)
    server.process.send_signal(signal.SIGSTOP)
    try:
        figure("TCP alive, but silent: shown stale", watcher.wait_for_state("stale"), 5)
        watcher.wait_for(lambda: watcher.frames[-1].notice)
        watcher.wait_for_state("lost")
        assert watcher.health.kind == "timeout"
    finally:
        server.process.send_signal(signal.SIGCONT)
    figure("silent server speaks again: picture", watcher.wait_for_pictures(), 10)


def test_a_black_hole_is_given_up_in_time(black_hole, watch, figure):
    watcher = watch(black_hole)
    figure("connection swallowed: noticed", watcher.wait_for_state("lost"), 5)
    assert watcher.health.kind == "timeout"
    assert "nobody answers" in watcher.health.reason


def test_a_wrong_password_is_named_and_not_tried_again_and_again(served, watch):
    server = served(user="viewer", password="right")
    watcher = watch(server.url.replace("rtsp://", "rtsp://viewer:wrong@"))
    watcher.wait_for_state("lost")
    assert watcher.health.kind == "unauthorized"
    assert "user and password (401)" in watcher.health.reason
    assert "wrong" not in watcher.health.reason
    since = watcher.health.since
    watcher.wait_for(lambda: watcher.health.since > since + 3)  # else it would have been tried again long ago


@pytest.mark.parametrize("digest", [False, True])
def test_a_password_of_signs_opens_the_door_and_is_never_said(served, watch, digest, caplog):
    password = "p@ss/w#rd?:%&="
    server = served(user="viewer", password=password, digest=digest)
    watcher = watch(server.url.replace("rtsp://", f"rtsp://viewer:{password}@"))
    watcher.wait_for_pictures(3)
    server.kill()
    watcher.wait_for_state("lost")
    said = caplog.text + repr(watcher.health) + watcher.feed.status.name
    said += repr([frame.notice for frame in watcher.frames])
    assert "p@ss" not in said and "w#rd" not in said and "p%40ss" not in said


def test_after_a_stall_frames_come_at_the_cameras_rate_again_and_no_later(served, watch):
    server = served()
    watcher = watch(server.url)
    watcher.wait_for_pictures(20)
    before = watcher.frames[-1]
    server.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    watcher.wait_for(lambda: time.monotonic() - began > 1.2)
    server.process.send_signal(signal.SIGCONT)
    watcher.wait_for(lambda: watcher.frames[-1].captured_at > began + 2.5)
    late = [frame for frame in watcher.frames if frame.captured_at > began + 1.7]
    steps = [after.captured_at - earlier.captured_at for earlier, after in pairwise(late)]
    assert sorted(steps)[len(steps) // 2] > 0.02  # what had piled up is gone
    after = late[-1]
    assert after.pts - before.pts > after.captured_at - before.captured_at - 0.3  # by the camera's own clock
