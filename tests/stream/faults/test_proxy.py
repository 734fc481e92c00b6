"""Faults in a web server's answer, byte for byte."""

import gc
import http.server
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import SourceError
from stream.faults import Faults, open_faulty
from stream.faults.http_body import Body
from stream.faults.proxy import Proxy
from stream.scenes import mark
from stream.sources.network import NetworkSource
from stream.uri import parse

pytestmark = pytest.mark.alone

FILM = np.random.default_rng(0).integers(0, 256, 100_000, np.uint8).tobytes()


class FilesAndCamera(http.server.BaseHTTPRequestHandler):
    """Hands out files, and a camera's pictures one after another."""

    files: dict[str, bytes]
    hosts: list[str]

    def do_GET(self) -> None:
        self.hosts.append(self.headers["Host"])
        self.send_response(200)
        if self.path == "/camera":
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            for index in range(60):
                image = np.full((96, 192, 3), 90, np.uint8)
                mark.draw(image, index)
                data = cv2.imencode(".jpg", image)[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
        else:
            content = self.files[self.path]
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    FilesAndCamera.files, FilesAndCamera.hosts = {"/film": FILM}, []
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FilesAndCamera)
    web.daemon_threads = True
    thread = threading.Thread(target=web.serve_forever, args=(0.02,))
    thread.start()
    yield "127.0.0.1", web.server_port
    web.shutdown()
    web.server_close()
    thread.join()


def fetched(server: tuple[str, int], query: str) -> bytes:
    asked = Faults(parse(f"fault+http://cam.example:81/film?{query}"))
    proxy = Proxy(asked, Body, "cam.example:81")
    asked.start()
    proxy.open(server)
    try:
        with urllib.request.urlopen(f"http://{proxy.place}/film", timeout=10) as answer:
            return answer.read()
    finally:
        proxy.close()


def watched(url: str) -> list[int | None]:
    source = open_faulty(Faults(parse(url)), NetworkSource)
    seen = []
    try:
        for frame in source.frames(threading.Event()):
            seen.append(mark.read(frame.image))
    except SourceError as error:
        assert "ended after" in str(error)
    finally:
        source.close()
    return seen


def test_without_faults_every_byte_comes_through_to_a_server_that_hears_its_own_name(server) -> None:
    assert fetched(server, "") == FILM
    assert FilesAndCamera.hosts == ["cam.example:81"]


def test_closing_while_clients_connect_is_nobodys_error(server, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(20):
        proxy = Proxy(Faults(parse("fault+http://cam.example/film?reset=60")), Body, "cam.example")
        proxy.open(server)
        clients = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(5)]
        proxy.close()
        for client in clients:
            client.close()
    gc.collect()  # a task that nobody asked for its end says so when it is forgotten
    assert caplog.text == ""


def test_damage_goes_by_the_seed(server) -> None:
    one, again, other = (fetched(server, f"corrupt=0.2&seed={seed}") for seed in (1, 1, 2))
    assert len(one) == len(FILM)
    assert one == again != other
    wrong = np.frombuffer(one, np.uint8) != np.frombuffer(FILM, np.uint8)
    blocks = [wrong[at : at + 1400].any() for at in range(0, len(FILM), 1400)]
    assert 5 < sum(blocks) < 30


def test_what_is_lost_of_a_film_is_zeros(server) -> None:
    came = np.frombuffer(fetched(server, "drop=0.2"), np.uint8)
    assert len(came) == len(FILM)
    blocks = [came[at : at + 1400].any() for at in range(0, len(FILM), 1400)]
    assert 5 < blocks.count(False) < 30


def test_a_slow_network(server) -> None:
    FilesAndCamera.files["/film"] = FILM[:10_000]
    began = threading.Event()
    threading.Timer(0.4, began.set).start()
    assert fetched(server, "slow=20kB") == FILM[:10_000]
    assert began.is_set()


def test_a_reset_is_felt_as_one(server) -> None:
    with pytest.raises((ConnectionResetError, HTTPException)) as caught:
        fetched(server, "slow=20kB&reset=200ms")
    assert isinstance(caught.value, ConnectionResetError)


def test_a_film_over_http_comes_whole(server, make_clip: Callable[..., Path], tmp_path: Path) -> None:
    FilesAndCamera.files["/film.mp4"] = make_clip(
        tmp_path / "film.mp4", times=[n / 25 for n in range(12)]
    ).read_bytes()
    assert watched(f"fault+http://127.0.0.1:{server[1]}/film.mp4") == list(range(12))


def test_a_cameras_pictures_are_dropped_whole(server) -> None:
    clean = watched(f"fault+http://127.0.0.1:{server[1]}/camera")
    assert clean == list(range(60))
    seen = watched(f"fault+http://127.0.0.1:{server[1]}/camera?drop=0.2&seed=4")
    assert None not in seen
    assert 35 < len(seen) < 58
    assert all(before < after for before, after in pairwise(seen))


def test_a_cameras_pictures_are_cut_short(server) -> None:
    seen = watched(f"fault+http://127.0.0.1:{server[1]}/camera?corrupt=0.3")
    assert len([index for index in seen if index is not None]) < 57
    assert len(seen) > 30
