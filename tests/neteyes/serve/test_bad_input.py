"""What a page must not send gets an answer in words, and no other visitor notices it."""

import json
import struct
from contextlib import suppress

import cv2
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from neteyes.serve.server import MirrorServer
from neteyes.serve.transports import jpeg_codec
from tests.fixtures.page import Page


@pytest.fixture(scope="module")
def neighbour(mirror: MirrorServer):
    """A visitor who is in all the time; its frames are answered to the end."""
    with Page(mirror.url) as page:
        page.hear("welcome")
        frame = np.full((180, 320, 3), 90, np.uint8)
        page.answer(frame)
        yield page
        page.answer(frame)


@pytest.fixture
def page(mirror: MirrorServer, neighbour: Page):
    with Page(mirror.url) as page:
        page.hear("welcome")
        yield page
        page.answer(np.full((180, 320, 3), 120, np.uint8))  # it is still served


@pytest.mark.parametrize(
    ("text", "about", "words"),
    [
        ("{", "", "truncated"),
        ("[]", "", "object"),
        ('{"type": "dance"}', "dance", "dance"),
        ('{"x": 1}', "", "type"),
        ('{"type": "set", "view": "everything"}', "set", "everything"),
        ('{"type": "set", "steadiness": 7}', "set", "steadiness"),
        ('{"type": "set", "bundle": "/etc/passwd"}', "set", "bundle"),
        ('{"type": "set", "swaps": {"person": 3}}', "set", "swaps"),
        ('{"type": "at", "id": 1, "x": -1, "y": 0}', "at", "x"),
        ('{"type": "at", "id": "one", "x": 0, "y": 0}', "at", "int"),
        ('{"type": "transport", "use": "pigeons"}', "transport", "pigeons"),
        ('{"type": "hello"}', "hello", "already"),
        ('{"type": "labels", "id": 1}', "labels", "no frame"),
        (json.dumps({"type": "set", "swaps": {"x" * 300: "bear"}}), "set", "length"),
        (json.dumps({"type": "offer", "sdp": "v=0\r\n" * 20_000}), "", "characters"),
        ("[" * 60_000, "", "object"),
        ('{"controls":' * 4_000, "", ""),
    ],
)
def test_a_text_that_is_not_understood(page, text, about, words):
    page.socket.send(text)
    error = page.hear("error")
    assert error["about"] == about and words in error["message"]


def picture(height: int, width: int, *options: int) -> bytes:
    done, data = cv2.imencode(".jpg", np.full((height, width, 3), 100, np.uint8), options)
    assert done
    return data.tobytes()


def claiming(data: bytes, height: int, width: int) -> bytes:
    """Return a JPEG whose header claims another size."""
    place = data.index(b"\xff\xc0")
    return data[: place + 5] + struct.pack(">HH", height, width) + data[place + 9 :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "too short"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no JPEG"),
        (b"\xff\xd8\xff", "header"),
        (picture(90, 160)[:200], "cut off"),
        (claiming(picture(90, 160), 16_384, 16_384), "16384x16384"),
        (claiming(picture(90, 160), 0, 160), "header"),
        (b"\xff\xd8" + b"\xff\xe0\x00\x02" * 1000, "header"),
        (picture(90, 160, cv2.IMWRITE_JPEG_PROGRESSIVE, 1) * 200, "progressive"),
        (picture(90, 160)[:-20], "cut off"),
        (picture(90, 160)[:300] + b"\xff\xd9", "damaged"),
    ],
)
def test_a_frame_that_is_no_picture(page, data, words):
    page.send(data)
    error = page.hear("error")
    assert error["about"] == "frame" and words in error["message"]


@pytest.mark.parametrize(
    "data",
    [
        picture(1, 1),
        picture(1, 500),
        picture(2160, 3840),
        cv2.imencode(".jpg", np.full((90, 160), 90, np.uint8))[1].tobytes(),
        picture(90, 160, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    ],
    ids=["1x1", "1x500", "4k", "grey", "progressive"],
)
def test_a_strange_picture_is_shown(page, data):
    assert page.answer(data).size


def test_a_cmyk_picture_becomes_bgr():
    PIL = pytest.importorskip("PIL.Image")
    import io

    data = io.BytesIO()
    PIL.new("CMYK", (64, 48), (0, 255, 255, 0)).save(data, "JPEG")
    image = jpeg_codec.decode(data.getvalue())
    assert image.shape == (48, 64, 3) and image[20, 20, 2] > 180 > 80 > image[20, 20, 0]


def test_a_large_picture_is_decoded_smaller():
    assert jpeg_codec.decode(picture(2160, 3840)).shape == (540, 960, 3)
    assert jpeg_codec.decode(picture(720, 1280)).shape == (720, 1280, 3)


def test_a_frame_before_hello_ends_the_visit(mirror, neighbour):
    with Page(mirror.url, hello=False) as page:
        page.send(picture(90, 160))
        assert page.hear("bye")["reason"].startswith("A frame came before hello")
        assert page.closed() == (1008, "A frame came before hello. Say hello first.")


def test_who_sends_too_many_messages_has_to_go(mirror, neighbour):
    with Page(mirror.url) as page:
        page.hear("welcome")
        with suppress(ConnectionClosed):
            for number in range(1000):
                page.say("seen", number=number)
        assert page.closed()[0] == 1008


def test_a_message_beyond_all_bounds_ends_the_connection(mirror, neighbour):
    with Page(mirror.url) as page:
        page.hear("welcome")
        with suppress(ConnectionClosed):
            page.socket.send(bytes(jpeg_codec.MOST_BYTES + 100))
        assert page.closed()[0] in (1009, 1006), "refused at its header, before the rest has come"


def test_a_page_that_says_nothing_has_to_go(mirror, neighbour, monkeypatch):
    monkeypatch.setattr("neteyes.serve.visit.HELLO_SECONDS", 0.2)
    with Page(mirror.url, hello=False) as page:
        assert page.closed() == (1008, "No hello came. Load the page again.")


def test_text_that_is_no_utf8_ends_the_connection(mirror, neighbour):
    with Page(mirror.url) as page:
        page.hear("welcome")
        page.socket.send(b"\xff\xfe", text=True)
        assert page.closed()[0] == 1007
