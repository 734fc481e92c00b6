import http.server
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from engines.errors import SourceError, UsageError
from stream.frame import Frame
from stream.scenes import mark
from stream.sources import open_source

pytestmark = pytest.mark.alone

PASSWORD = "p@s/s?w#r:d!"


def watching(url: str, stop: threading.Event | None = None, timeout: float = 5.0) -> Iterator[Frame]:
    source = open_source(url, timeout=timeout)
    assert source.live
    assert not source.mirrored
    try:
        yield from source.frames(stop or threading.Event())
    finally:
        source.close()


@pytest.fixture
def clip(tmp_path: Path, make_clip: Callable[..., Path]) -> Path:
    return make_clip(tmp_path / "film.mp4")


def test_a_looped_clip_over_rtsp_flows_and_its_times_grow(serve_clip, clip: Path) -> None:
    frames = list(islice(watching(serve_clip(clip).url), 60))
    assert [frame.index for frame in frames] == list(range(60))
    seen = [mark.read(frame.image) for frame in frames]
    steps = [(after - before) % 40 for before, after in pairwise(seen)]
    assert steps.count(1) >= 57  # a real server may lose one where its loop begins anew
    assert frames[0].pts == 0
    assert all(np.diff([frame.pts for frame in frames]) > 0)
    assert np.median(np.diff([frame.pts for frame in frames])) == pytest.approx(0.04, abs=0.005)


def test_a_url_can_ask_for_udp(serve_clip, clip: Path) -> None:
    frames = list(islice(watching(serve_clip(clip).url + "?transport=udp"), 10))
    assert all(mark.read(frame.image) is not None for frame in frames[1:])
    with pytest.raises(UsageError, match="transport"):
        open_source("rtsp://host/x?transport=pigeon")


def test_a_live_scene_arrives_in_order_and_late_by_no_more_than_it_must(serve_scene) -> None:
    server = serve_scene("scene://duel?mark=1&size=320x180")
    frames = list(islice(watching(server.url), 60))
    seen = [mark.read(frame.image) for frame in frames]
    assert None not in seen
    assert all(np.diff(seen) >= 1)
    drawn = server.drawn_at()
    ages = [frame.captured_at - drawn[index] for frame, index in zip(frames, seen, strict=True)]
    assert min(ages) > 0
    # No frames queue up: a stream that is read too slowly, or through a buffer, grows older and older.
    assert np.median(ages[-15:]) < np.median(ages[:15]) + 10 / 30


@pytest.mark.parametrize("digest", [False, True])
@pytest.mark.parametrize("typed", [PASSWORD, "p%40s%2Fs%3Fw%23r%3Ad%21"])
def test_any_password_opens_its_stream(digest: bool, typed: str, serve_clip, clip: Path) -> None:
    server = serve_clip(clip, user="some one", password=PASSWORD, digest=digest)
    url = server.url.replace("rtsp://", f"rtsp://some one:{typed}@")
    assert len(list(islice(watching(url), 3))) == 3


@pytest.mark.parametrize(
    ("login", "path", "message", "kind"),
    [
        ("", "", "wants a user and a password", "unauthorized"),
        ("some one:hunter2@", "", "does not accept this user and password", "unauthorized"),
        (f"some one:{PASSWORD}@", "/elsewhere", "has nothing by that name", "not found"),
    ],
)
def test_a_servers_refusal_is_reported_without_the_password(
    login: str, path: str, message: str, kind: str, serve_clip, clip: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve_clip(clip, user="some one", password=PASSWORD)
    with pytest.raises(SourceError, match=message) as caught:
        list(watching(server.url.replace("rtsp://", f"rtsp://{login}") + path))
    assert caught.value.kind == kind
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    printed = str(caught.value) + "".join(capfd.readouterr())
    for secret in (PASSWORD, "p%40s", "hunter2", "some one", "some%20one"):
        assert secret not in printed


def test_a_killed_server_is_a_named_error(serve_clip, clip: Path) -> None:
    server = serve_clip(clip)
    frames = watching(server.url)
    assert len(list(islice(frames, 20))) == 20
    server.kill()
    with pytest.raises(SourceError, match=r"127\.0\.0\.1.* ended after \d+ frames") as caught:
        list(frames)
    assert caught.value.kind == "ended"


def test_a_server_that_falls_silent_is_a_named_error(serve_clip, clip: Path) -> None:
    server = serve_clip(clip)
    frames = watching(server.url, timeout=1.5)
    next(frames)
    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(SourceError, match="stopped sending") as caught:
        list(frames)
    assert caught.value.kind == "timeout"


def test_a_short_silence_is_waited_out(serve_clip, clip: Path) -> None:
    server = serve_clip(clip)
    frames = watching(server.url)
    next(frames)
    server.process.send_signal(signal.SIGSTOP)
    threading.Timer(1.2, server.process.send_signal, (signal.SIGCONT,)).start()
    assert len(list(islice(frames, 40))) == 40


def test_stop_ends_a_silent_stream_without_an_error(serve_clip, clip: Path) -> None:
    server, stop = serve_clip(clip), threading.Event()
    frames = watching(server.url, stop, timeout=600)
    next(frames)
    server.process.send_signal(signal.SIGSTOP)
    threading.Timer(0.2, stop.set).start()
    list(frames)


@contextmanager
def listening() -> Iterator[int]:
    """Yield a port that accepts connections but never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield server.getsockname()[1]


@contextmanager
def overrun() -> Iterator[int]:
    """Yield a port that lets further connections wait for ever, because its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        # The first of them are connected once the queue is full, the last never.
        while not cannot_connect(server.getsockname()):
            pass
        yield server.getsockname()[1]
        for one in waiting:
            one.close()


def cannot_connect(place: tuple[str, int]) -> bool:
    try:
        socket.create_connection(place, timeout=0.2).close()
    except TimeoutError:
        return True
    return False


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_server_that_accepts_but_stays_silent(scheme: str) -> None:
    with (
        listening() as port,
        pytest.raises(SourceError, match="accepts the connection but stays silent") as caught,
    ):
        list(watching(f"{scheme}://user:hunter2@127.0.0.1:{port}/x", timeout=1.0))
    assert "hunter2" not in str(caught.value)


def test_a_timeout_that_ffmpeg_reports_as_invalid_data(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(url: str, *, timeout: tuple[float, float], **_: object) -> None:
        threading.Event().wait(timeout[0] - 0.02)
        raise av.error.InvalidDataError(1094995529, "Invalid data found when processing input")

    monkeypatch.setattr(av, "open", give_up)
    with listening() as port, pytest.raises(SourceError, match="stays silent"):
        list(watching(f"rtsp://127.0.0.1:{port}/x", timeout=0.6))


def test_a_machine_that_does_not_answer() -> None:
    with overrun() as port, pytest.raises(SourceError, match="nobody answers"):
        list(watching(f"rtsp://user:hunter2@127.0.0.1:{port}/x", timeout=1.0))


def test_a_port_where_nothing_listens() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        with pytest.raises(SourceError, match="refused the connection"):
            list(watching(f"rtsp://127.0.0.1:{server.getsockname()[1]}/x"))


def test_a_name_that_no_machine_has() -> None:
    with pytest.raises(SourceError, match=r"no machine is called|was not found within"):
        list(watching("rtsp://nobody.invalid/x", timeout=1.0))


def test_stop_ends_the_wait_for_a_silent_server() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    with listening() as port:
        assert list(watching(f"rtsp://127.0.0.1:{port}/x", stop, timeout=600)) == []


class FilmsAndCamera(http.server.BaseHTTPRequestHandler):
    """A web server with a film, an MJPEG camera, a page and a playlist."""

    files: dict[str, bytes]
    awake: threading.Event

    def do_GET(self) -> None:
        name = self.path.lstrip("/").partition("?")[0]
        if name == "camera":
            self.stream()
        elif name == "locked":
            self.send_error(401)
        elif name in self.files:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.files[name])))
            self.end_headers()
            self.wfile.write(self.files[name])
        else:
            self.send_error(404)

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for index in range(30):
            image = np.full((96, 192, 3), 90, np.uint8)
            mark.draw(image, index)
            data = cv2.imencode(".jpg", image)[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            self.wfile.write(head.encode() + data + b"\r\n")
            if index == 15 and self.path.endswith("?faint"):
                self.awake.wait()
            time.sleep(0.02)  # a camera's own speed

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(clip: Path) -> Iterator[str]:
    list_of_files = f"ffconcat version 1.0\nfile {clip}\n".encode()
    FilmsAndCamera.files = {
        "film.mp4": clip.read_bytes(),
        "page.html": b"<html>" + b"hello " * 1000,
        "list.ffconcat": list_of_files,
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{clip}\n#EXT-X-ENDLIST\n".encode(),
    }
    FilmsAndCamera.awake = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FilmsAndCamera)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    FilmsAndCamera.awake.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_mjpeg_camera_over_http(web: str) -> None:
    frames = []
    with pytest.raises(SourceError, match="ended after"):
        for frame in watching(f"{web}/camera"):
            frames.append(frame)
    seen = [mark.read(frame.image) for frame in frames]
    assert seen[-1] == 29
    assert all(np.diff(seen) == 1)
    assert frames[-1].pts - frames[0].pts >= 0.02 * (len(frames) - 8)  # the first ones come in a burst


def test_a_web_camera_that_falls_silent_is_a_named_error(web: str) -> None:
    with pytest.raises(SourceError, match="stopped sending"):
        list(watching(f"{web}/camera?faint", timeout=1.5))


def test_a_film_on_a_web_server_comes_whole_at_its_own_speed_and_ends(web: str) -> None:
    frames = list(watching(f"{web}/film.mp4"))
    assert [mark.read(frame.image) for frame in frames] == list(range(40))
    assert all(frame.captured_at - frames[0].captured_at >= frame.pts - 1e-3 for frame in frames)


def test_a_stream_may_be_called_anything(web: str, tmp_path: Path, make_clip: Callable[..., Path]) -> None:
    named = make_clip(tmp_path / "named.mkv", title="Munchen").read_bytes()
    FilmsAndCamera.files["named.mkv"] = named.replace(b"Munchen", b"M\xfcnchen")
    assert mark.read(next(watching(f"{web}/named.mkv")).image) == 0


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nothing.mp4", "has nothing by that name"),
        ("locked", "wants a user and a password"),
        ("page.html", "not with a video stream"),
        ("list.ffconcat", "not with a video stream"),
        ("list.m3u8", "not with a video stream|no video"),
    ],
)
def test_a_web_server_without_a_video_there(path: str, message: str, web: str) -> None:
    with pytest.raises(SourceError, match=message):
        list(watching(f"{web}/{path}"))
