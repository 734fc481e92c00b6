"""Packets become frames at once; what the network loses costs little."""

import numpy as np
import pytest
from aiortc.rtp import RtpPacket

from neteyes.serve.transports.rtc_jitter import CAPACITY, PATIENCE, PromptJitterBuffer

FIRST = 65_530  # so that sequence numbers wrap in every test


def packets(*sizes: int) -> list[RtpPacket]:
    """Return the packets of frames of so many packets each; the data tells frame and packet."""
    made = []
    for frame, size in enumerate(sizes):
        for part in range(size):
            packet = RtpPacket(
                sequence_number=(FIRST + len(made)) % 65_536,
                timestamp=3000 * frame,
                marker=int(part == size - 1),
            )
            packet._data = f"{frame}.{part} ".encode()  # type: ignore[attr-defined]
            made.append(packet)
    return made


def whole(frame: int, size: int) -> bytes:
    """Return the data of one frame."""
    return "".join(f"{frame}.{part} " for part in range(size)).encode()


class Time:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def frames_of(buffer, order):
    """Put packets in, and return the data of the frames that came out, and whether one was asked for."""
    came, asked = [], False
    for packet in order:
        ask, frame = buffer.add(packet)
        asked |= ask
        if frame is not None:
            came += [frame, *frame.behind]
    return came, asked


def test_a_frame_comes_with_its_last_packet():
    buffer = PromptJitterBuffer()
    one, two, three = packets(2, 1)
    assert buffer.add(one) == (False, None)
    assert buffer.add(two)[1].data == whole(0, 2)
    assert buffer.add(three)[1].data == whole(1, 1), "not with the next frame's first"


@pytest.mark.parametrize("seed", range(5))
def test_packets_in_any_order_become_all_frames_in_order(seed):
    rng = np.random.default_rng(seed)
    sizes = [int(size) for size in rng.integers(1, 8, 60)]
    made = packets(*sizes)
    late = np.argsort(np.arange(len(made)) + rng.uniform(0, 12, len(made)), kind="stable")
    order = [made[0], *(made[place] for place in late if place)]
    came, asked = frames_of(PromptJitterBuffer(), order)
    assert [frame.data for frame in came] == [whole(frame, size) for frame, size in enumerate(sizes)]
    assert [frame.rtp_time for frame in came] == [3000 * frame for frame in range(60)]
    assert not asked and not any(frame.broken for frame in came)


def test_frames_that_waited_for_a_packet_all_come_with_it():
    made = packets(*[1] * 20)
    buffer = PromptJitterBuffer()
    came, _ = frames_of(buffer, [made[0], *made[2:]])
    assert len(came) == 1
    came, _ = frames_of(buffer, [made[1]])
    assert len(came) == 19, "none stays behind as a delay"


def test_a_lost_packet_costs_a_quarter_of_a_second_and_a_whole_picture():
    clock = Time()
    buffer = PromptJitterBuffer(clock)
    sizes = [3] * 40
    made = packets(*sizes)
    del made[4]  # of frame 1
    came, asked_at = [], None
    for place, packet in enumerate(made):
        clock.now = place / 90
        fresh, asked = frames_of(buffer, [packet])
        came += fresh
        if asked and asked_at is None:
            asked_at = clock.now
    numbers = [int(frame.data.split(b".")[0]) for frame in came]
    assert 1 not in numbers and numbers == sorted(numbers) and numbers[-1] == 39
    assert asked_at is not None and asked_at < 2 * PATIENCE
    assert [frame.broken for frame in came].count(True) == 1, "what builds on the lost frame is known"
    assert len(numbers) > 36


def test_a_sender_without_markers_is_understood():
    made = packets(2, 2, 1)
    for packet in made:
        packet.marker = 0
    came, _ = frames_of(PromptJitterBuffer(), made)
    assert [frame.data for frame in came] == [whole(0, 2), whole(1, 2)]


def test_a_frame_without_end_takes_no_memory_without_end():
    made = packets(3 * CAPACITY)
    for packet in made:
        packet.marker = 0
    buffer = PromptJitterBuffer()
    _, asked = frames_of(buffer, made)
    assert asked and sum(packet is not None for packet in buffer._packets) <= CAPACITY
