"""`neteyes run` on a real RTSP server."""

import cv2
import pytest

from stream.scenes import mark
from stream.sinks.clip import ClipSink

pytestmark = pytest.mark.alone


def test_a_served_clip_is_watched_live(neteyes, report, serve_clip, shared_data):
    server = serve_clip(shared_data / "clips" / "01_dog.mp4")
    assert neteyes("run", server.url, "null://", "--seconds", 4, "--report", "r.json").code == 0
    facts = report()
    assert facts["frames_out"] > 10
    assert facts["frames_in"] == facts["frames_out"] + sum(facts["dropped"].values())
    assert facts["fps"] > 1


def test_a_dying_server_is_named_and_the_recording_kept(neteyes, report, serve_scene, tmp_path, monkeypatch):
    server = serve_scene()
    recording = tmp_path / "a.mp4"
    write, written = ClipSink.write, []

    def write_then_kill(sink, frame):
        written.extend([frame.index] if frame.notice is None else [])
        if len(written) == 12:
            server.kill()
        return write(sink, frame)

    monkeypatch.setattr(ClipSink, "write", write_then_kill)
    result = neteyes("run", server.url, recording, "--retry", 0, "--report", "r.json", "--height", 128)
    assert result.code == 1
    assert "hung up" in result.err or "stopped sending" in result.err
    assert report()["frames_out"] >= 12
    assert recording.stat().st_size > 1000


def test_a_silent_server_is_named(neteyes, silent_server):
    result = neteyes("run", silent_server.url, "null://", "--retry", 0)
    assert result.code == 1
    assert "stays silent" in result.err


def test_a_closed_port_is_named_and_the_password_is_not(neteyes, silent_server):
    silent_server.close()
    url = silent_server.url.replace("rtsp://", "rtsp://admin:s3cret@")
    result = neteyes("run", url, "null://", "--retry", 0)
    assert result.code == 1
    assert "nothing listens" in result.err
    assert "s3cret" not in result.err + result.out


def test_a_marked_scene_is_recognised_at_the_far_end(neteyes, serve_scene, tmp_path):
    server = serve_scene("scene://duel?mark=1&size=512x512")
    arguments = ("--view", "triptych", "--height", 512, "--frames", 12)
    result = neteyes("run", server.url, "o/", *arguments)
    assert result.code == 0, result.err
    shown = [mark.read(cv2.imread(str(path))[:, :512]) for path in sorted((tmp_path / "o").iterdir())]
    assert len(shown) == 12
    assert shown == sorted(set(shown))
    assert set(shown) <= set(server.drawn_at())
