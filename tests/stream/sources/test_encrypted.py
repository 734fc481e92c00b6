"""Test streams over TLS, from servers with self-signed certificates, which are usual for cameras."""

import threading
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import SourceError, UsageError
from stream.scenes import mark
from stream.sources import open_source
from tests.fixtures.web import Web

pytestmark = pytest.mark.alone

PASSWORD = "p@s/s?w#r:d!"


def seen(url: str, count: int) -> list[int | None]:
    """Return the marks of the first pictures."""
    source = open_source(url)
    try:
        return [mark.read(frame.image) for frame in islice(source.frames(threading.Event()), count)]
    finally:
        source.close()


def camera() -> Iterator[bytes]:
    for index in range(30):
        image = np.full((96, 192, 3), 90, np.uint8)
        mark.draw(image, index)
        data = cv2.imencode(".jpg", image)[1].tobytes()
        yield b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n"


def test_rtsp_with_a_password(serve_clip, make_clip, tmp_path: Path, certificate: Path) -> None:
    clip = make_clip(tmp_path / "film.mp4")
    server = serve_clip(clip, user="some one", password=PASSWORD, certificate=certificate)
    marks = seen(server.url.replace("://", f"://some one:{PASSWORD}@"), 30)
    assert sum((after - before) % 40 == 1 for before, after in pairwise(marks)) >= 27
    with pytest.raises(SourceError, match="does not accept this user and password"):
        seen(server.url.replace("://", "://some one:wrong@"), 1)


def test_a_web_camera(web: Web, certificate: Path) -> None:
    web.streams["camera"] = "multipart/x-mixed-replace; boundary=frame", camera()
    web.encrypt(certificate)
    assert seen(f"{web.url}/camera", 20) == list(range(20))


def test_a_server_that_does_not_encrypt_is_named(serve_clip, make_clip, tmp_path: Path, web: Web) -> None:
    server = serve_clip(make_clip(tmp_path / "film.mp4"))
    for url in (server.url, f"{web.url}/film.mp4"):
        scheme = url.partition(":")[0]
        with pytest.raises(SourceError, match=rf"encryption \(TLS\).*write {scheme}:// if it has none"):
            seen(url.replace(scheme, f"{scheme}s"), 1)


def test_udp_is_refused_since_ffmpeg_would_not_encrypt_it() -> None:
    with pytest.raises(UsageError, match=r"encrypts TCP only\. Leave out transport=udp"):
        open_source("rtsps://host/x?transport=udp")
