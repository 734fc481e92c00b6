"""A peer's video is decoded off the event loop; only its newest picture goes on, and nothing piles up."""

import asyncio
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from neteyes.serve.transports.rtc_encoding import VideoEncoder
from neteyes.serve.transports.rtc_incoming import MOST_ERRORS, MOST_WAITING, IncomingVideo
from neteyes.serve.transports.rtc_jitter import EncodedFrame


def video(count, codec="VP8", size=(96, 128), whole=(0,)):
    """Return encoded frames; the level of each picture is twice its number."""
    encoder = VideoEncoder(codec, *size, 400_000)
    made = []
    for number in range(count):
        image = np.full((*size, 3), 2 * number, np.uint8)
        (packet,) = encoder.encode(image, 3000 * number, whole=number in whole)
        made.append(EncodedFrame(bytes(packet), 3000 * number, broken=False))
    return made


class Receiver:
    """Hold an incoming video with its thread, as aiortc does."""

    def __init__(self, codec="VP8"):
        self.codec = SimpleNamespace(name=codec)
        self.pictures, self.asked, self.words = [], 0, []
        self.came, self.slow = threading.Event(), threading.Event()
        self.slow.set()
        self.video = IncomingVideo(self._take, self._ask, self.words.append)
        self.thread = threading.Thread(target=self.video.get)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.slow.set()
        self.video.close()
        self.thread.join(5)
        assert not self.thread.is_alive()

    def put(self, frame, *behind):
        frame.behind = list(behind)
        self.video.put((self.codec, frame))

    def wait(self, count):
        while len(self.pictures) < count:
            assert self.came.wait(10)
            self.came.clear()

    def _take(self, image, captured_at, number):
        self.pictures.append((round(float(image.mean()) / 2), number, captured_at))
        self.came.set()
        assert self.slow.wait(10)

    def _ask(self):
        self.asked += 1


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_pictures_come_in_order_with_numbers_and_growing_times(codec):
    with Receiver(codec) as receiver:
        for count, frame in enumerate(video(20, codec)):
            receiver.put(frame)
            receiver.wait(count + 1)
    levels, numbers, times = zip(*receiver.pictures, strict=True)
    assert np.allclose(levels, range(20), atol=2)
    assert numbers == tuple(range(20)) and (np.diff(times) > 0).all()


def test_of_what_waits_only_the_newest_goes_on_though_all_are_decoded():
    frames = video(9)
    with Receiver() as receiver:
        receiver.slow.clear()
        receiver.put(frames[0])
        receiver.wait(1)  # and the next ones wait behind it
        receiver.put(frames[1], *frames[2:8])
        receiver.put(frames[8])
        receiver.slow.set()
        receiver.wait(2)
    assert [level for level, _, _ in receiver.pictures] == pytest.approx([0, 8], abs=2)
    assert receiver.video.dropped == 7


def test_what_comes_faster_than_it_is_decoded_is_dropped_until_a_whole_picture():
    frames = video(60, whole=(0, 50))
    with Receiver() as receiver:
        receiver.slow.clear()
        receiver.put(frames[0])
        receiver.wait(1)
        for frame in frames[1:50]:
            receiver.put(frame)
            assert len(receiver.video._frames) <= MOST_WAITING
        assert receiver.asked == 1, "a request a frame would drown the sender"
        receiver.slow.set()
        for count, frame in enumerate(frames[50:]):
            receiver.put(frame)
            receiver.wait(count + 2)
    assert receiver.pictures[1][0] == pytest.approx(50, abs=2)


def test_nothing_is_shown_before_the_first_whole_picture_nor_of_a_broken_frame():
    frames = video(30, whole=(0, 20))
    with Receiver() as receiver:
        receiver.put(frames[1])
        assert receiver.asked == 1
        receiver.put(frames[0])
        receiver.wait(1)
        frames[5].broken = True
        for frame in frames[5:20]:
            receiver.put(frame)
        receiver.put(frames[20])
        receiver.wait(2)
    assert receiver.pictures[1][0] == pytest.approx(20, abs=2)


def test_while_paused_nothing_is_decoded_and_then_it_begins_with_a_whole_picture():
    frames = video(30, whole=(0, 20))
    with Receiver() as receiver:
        receiver.put(frames[0])
        receiver.wait(1)
        receiver.video.paused = True
        for frame in frames[1:10]:
            receiver.put(frame)
        assert receiver.asked == 0
        receiver.video.paused = False
        receiver.put(frames[10])
        assert receiver.asked == 1
        receiver.put(frames[20])
        receiver.wait(2)
    assert [level for level, _, _ in receiver.pictures] == pytest.approx([0, 20], abs=2)


def test_a_picture_of_16k_is_refused_before_it_is_decoded():
    # The head of a VP8 key frame (RFC 6386, 9.1): 15360 columns, 8640 rows, and no more.
    head = (
        bytes([0x10, 0, 0, 0x9D, 0x01, 0x2A]) + (15360).to_bytes(2, "little") + (8640).to_bytes(2, "little")
    )
    with Receiver() as receiver:
        receiver.put(EncodedFrame(head + bytes(1000), 0, broken=False))
        receiver.thread.join(5)
        assert not receiver.thread.is_alive()
    assert len(receiver.words) == 1 and "smaller size" in receiver.words[0]


def test_what_cannot_be_decoded_is_given_up_in_words():
    head = bytes([0x10, 0, 0, 0x9D, 0x01, 0x2A]) + (64).to_bytes(2, "little") * 2
    with Receiver() as receiver:
        for count in range(3 * MOST_ERRORS):
            receiver.put(EncodedFrame(head, 3000 * count, broken=False))
            receiver.thread.join(0.002)
        receiver.thread.join(5)
    assert len(receiver.words) == 1 and "cannot be decoded" in receiver.words[0]


def test_a_fault_of_what_takes_the_pictures_ends_the_peer_in_words(caplog):
    def take(image, captured_at, number):
        raise RuntimeError("a fault")

    words = []
    incoming = IncomingVideo(take, lambda: None, words.append)
    incoming.put((SimpleNamespace(name="VP8"), video(1)[0]))
    asyncio.run(asyncio.to_thread(incoming.get))
    assert len(words) == 1 and "a fault" in caplog.text
