"""Test that damaged frames are counted, and never shown."""

import random
import re
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import psutil
import pytest

from engines.errors import SourceError
from stream.scenes import mark
from stream.sources.network import NetworkSource
from stream.sources.reconnect.status import FeedTally
from stream.uri import parse
from tests.fixtures.web import Web

COUNT = 60


def picture(index: int) -> np.ndarray:
    """Draw a picture full of detail, with its index as a mark."""
    noise = np.random.default_rng(7).integers(0, 256, (12, 24, 3), dtype=np.uint8)
    image = np.roll(cv2.resize(noise, (384, 192), interpolation=cv2.INTER_CUBIC), 2 * index, axis=1).copy()
    mark.draw(image, index)
    return image


def watch(url: str) -> tuple[list[int | None], FeedTally]:
    """Return the marks that were seen until the stream ended, and the counters."""
    tally, seen = FeedTally(), []
    source = NetworkSource(parse(url), tally=tally)
    with pytest.raises(SourceError, match="hung up"):
        for frame in source.frames(threading.Event()):
            likeness = np.abs(frame.image[64:].astype(int) - picture(mark.read(frame.image) or 0)[64:]).mean()
            seen.append(mark.read(frame.image))
            if likeness > 30:
                seen[-1] = None  # it does not show the picture that was sent
    return seen, tally


def camera(damaged: set[int], how: str) -> Iterator[bytes]:
    """Yield the pictures of an MJPEG camera, some of them cut in the middle."""
    for index in range(COUNT):
        data = cv2.imencode(".jpg", picture(index))[1].tobytes()
        whole = len(data)
        if index in damaged:
            data = data[: whole // 2] + (b"\xff\xd9" if how == "ended" else b"")
            if how == "blank":
                data += bytes(whole - len(data))
        told = f"Content-Length: {len(data)}\r\n" if how != "untold" else ""
        yield f"--frame\r\nContent-Type: image/jpeg\r\n{told}\r\n".encode() + data + b"\r\n"


@pytest.mark.parametrize("how", ["cut", "ended", "blank", "untold"])
def test_truncated_jpegs_are_left_out_and_counted(how: str, web: Web) -> None:
    damaged = {5, 6, 20, 33, 47}
    web.streams["camera"] = "multipart/x-mixed-replace; boundary=frame", camera(damaged, how)
    seen, tally = watch(f"{web.url}/camera")
    assert None not in seen
    assert not damaged & set(seen)
    assert len(seen) >= COUNT - len(damaged) - 1
    assert tally.damaged == len(damaged)
    assert tally.bytes > 100_000


def slices() -> list[list[bytes]]:
    """Return H.264 pictures, each as its parts: four slices like a camera's, and the headers before them."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 384, 192, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, 25), Fraction(25), 20
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "x264-params": "slices=4:sliced-threads=0",
    }
    packets = []
    for index in range(COUNT):
        frame = av.VideoFrame.from_ndarray(picture(index), "bgr24").reformat(format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return [
        re.findall(rb"\x00\x00\x01(?:(?!\x00\x00\x01).)*", bytes(packet), re.DOTALL) for packet in packets
    ]


def is_slice(part: bytes) -> bool:
    return part[3] & 31 in (1, 5)


def test_pictures_with_lost_parts_are_left_out_and_counted(web: Web) -> None:
    units = slices()
    assert len(units) == COUNT
    assert all(sum(map(is_slice, unit)) == 4 for unit in units)
    damaged = {7, 19, 31, 32, 45}
    for index in damaged:
        del units[index][-2]
    web.streams["live"] = "video/h264", (b"".join(unit) for unit in units)
    seen, tally = watch(f"{web.url}/live")
    assert not damaged & set(seen)
    assert len(seen) >= COUNT - len(damaged) - 1
    assert len(damaged) <= tally.damaged <= len(damaged) + 2
    assert tally.bytes > 10_000


def test_a_stream_goes_on_with_a_tenth_of_all_parts_lost(web: Web) -> None:
    chance = random.Random(3)
    units = [[part for part in unit if not is_slice(part) or chance.random() > 0.1] for unit in slices()]
    web.streams["live"] = "video/h264", (b"".join(unit) for unit in units)
    seen, tally = watch(f"{web.url}/live")
    hurt = sum(sum(map(is_slice, unit)) < 4 for unit in units)
    assert tally.damaged >= hurt * 0.8
    assert COUNT - hurt - 4 <= len(seen) <= COUNT - hurt * 0.8


def test_frames_before_the_first_key_frame_do_not_count_as_lost(web: Web) -> None:
    units = slices()[7:]
    web.streams["live"] = "video/h264", (b"".join(unit) for unit in units)
    seen, tally = watch(f"{web.url}/live")
    assert seen[0] == 20
    assert tally.damaged == 0


@pytest.mark.alone
def test_after_lost_packets_the_stream_goes_on_with_the_next_key_frame(serve_scene) -> None:
    server = serve_scene("scene://duel?mark=1&size=640x360", lost=0.03)
    tally = FeedTally()
    frames = NetworkSource(parse(server.url + "?transport=udp"), tally=tally).frames(threading.Event())
    seen = [mark.read(frame.image) for frame in islice(frames, 150)]
    whole = [index for index in seen if index is not None]
    assert whole == sorted(whole)
    assert len(whole) > 50, "a key frame a second puts right what was lost"
    assert tally.damaged > 0


@pytest.mark.alone
def test_pictures_of_a_stranger_are_not_taken(serve_clip, make_clip, tmp_path: Path) -> None:
    """Over UDP any machine can send to the port; only the server's address counts."""
    server = serve_clip(make_clip(tmp_path / "film.mp4"))
    tally = FeedTally()
    source = NetworkSource(parse(server.url + "?transport=udp"), tally=tally, timeout=1.5)
    frames = source.frames(threading.Event())
    assert len(list(islice(frames, 10))) == 10
    ports = {one.laddr.port for one in psutil.Process().net_connections("udp")}
    server.process.send_signal(signal.SIGSTOP)
    before = tally.bytes
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.9", 0))
        over = threading.Event()

        def send() -> None:
            for index in range(300):
                if over.wait(0.005):
                    return
                packet = (
                    struct.pack(">BBHII", 128, 96, 30_000 + index, index * 3600, 7) + b"\x41" + bytes(1000)
                )
                for port in ports:
                    stranger.sendto(packet, ("127.0.0.1", port))

        thread = threading.Thread(target=send)
        thread.start()
        with pytest.raises(SourceError, match="stopped sending"):
            list(frames)
        over.set()
        thread.join()
    server.process.send_signal(signal.SIGCONT)
    assert tally.bytes - before < 20_000
