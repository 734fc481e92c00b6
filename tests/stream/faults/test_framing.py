"""The pieces of a server's answer are the same however it arrives."""

import random
from collections.abc import Callable

import pytest

from stream.faults.framing import Framing, Piece
from stream.faults.http_body import BLOCK, Body
from stream.faults.rtsp_interleaved import Interleaved

ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 9\r\n\r\nv=0\r\n$o=x"
PACKETS = [b"$" + bytes([channel, 0, 40]) + bytes(range(40)) for channel in (0, 1, 0, 2)]
RTSP = ANSWER + PACKETS[0] + PACKETS[1] + b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n" + PACKETS[2] + PACKETS[3]

FILM = bytes(range(256)) * 12
COUNTED = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(FILM) + FILM
ENDLESS = b"HTTP/1.0 200 OK\r\n\r\n" + FILM
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;x=1\r\n world\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
)
PICTURES = [b"\xff\xd8" + bytes([number]) * 50 + b"\xff\xd9" for number in range(4)]
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=%s\r\n\r\n"
WITH_LENGTHS = HEAD % b"frame" + b"".join(
    b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 54\r\n\r\n" + picture + b"\r\n"
    for picture in PICTURES
)
WITHOUT = HEAD % b'"--frame"' + b"".join(
    b"--frame\r\nContent-Type: image/jpeg\r\n\r\n" + picture + b"\r\n" for picture in PICTURES
)
SAID = [
    (Interleaved, RTSP),
    (Body, COUNTED),
    (Body, COUNTED + COUNTED),
    (Body, ENDLESS),
    (Body, CHUNKED),
    (Body, WITH_LENGTHS),
    (Body, WITHOUT),
    (Interleaved, b"\x16\x03\x01 no RTSP at all"),
    (Body, HEAD % b"frame" + b"no boundary"),
]


def cut(framing: Framing, said: bytes, sizes: Callable[[], int]) -> tuple[list[Piece], bytes]:
    pieces, at = [], 0
    while at < len(said):
        size = sizes()
        pieces += framing(said[at : at + size])
        at += size
    return pieces, framing.rest()


@pytest.mark.parametrize(("framing", "said"), SAID)
def test_nothing_is_changed_or_left_out_however_it_comes_in(framing: type, said: bytes) -> None:
    chance = random.Random(1)
    for sizes in (lambda: len(said), lambda: 1, lambda: chance.randint(1, 99)):
        pieces, rest = cut(framing(), said, sizes)
        assert b"".join(piece.whole() for piece in pieces) + rest == said


def test_packets_are_found_between_answers() -> None:
    pieces, rest = cut(Interleaved(), RTSP, lambda: 7)
    assert rest == b""
    assert [piece.kind for piece in pieces] == ["text", "packet", "text", "text", "packet", "packet"]
    packets = [piece for piece in pieces if piece.kind == "packet"]
    assert [piece.whole() for piece in packets] == [PACKETS[0], PACKETS[2], PACKETS[3]]


def test_a_damaged_packet_keeps_its_length_and_its_number() -> None:
    piece = Interleaved()(PACKETS[0])[0]
    for seed in range(50):
        broken = piece.damaged(random.Random(seed))
        assert len(broken) == len(PACKETS[0])
        assert broken[:16] == PACKETS[0][:16]
        assert broken != PACKETS[0]
        assert broken == piece.damaged(random.Random(seed))
    assert piece.lost() == b""


def test_a_body_keeps_its_promised_length_whatever_is_lost() -> None:
    pieces, _ = cut(Body(), COUNTED, lambda: 500)
    assert [piece.kind for piece in pieces] == ["text", "block", "block", "block"]
    assert len(pieces[1].body) == BLOCK
    assert sum(len(piece.lost()) for piece in pieces[1:]) == len(FILM)
    assert sum(len(piece.damaged(random.Random(3))) for piece in pieces[1:]) == len(FILM)


def test_only_what_is_in_chunks_is_damaged() -> None:
    pieces, rest = cut(Body(), CHUNKED, lambda: 3)
    blocks = [piece for piece in pieces if piece.kind == "block"]
    assert [piece.body for piece in blocks] == [b"hello", b" world"]
    assert blocks[0].lost() == b"5\r\n" + bytes(5)
    assert rest == b""


@pytest.mark.parametrize("said", [WITH_LENGTHS, WITHOUT])
def test_a_cameras_pictures_are_found_and_vanish_as_a_whole(said: bytes) -> None:
    pieces, _ = cut(Body(), said, lambda: 11)
    parts = [piece for piece in pieces if piece.kind == "part"]
    wanted = PICTURES[1:] if said is WITH_LENGTHS else PICTURES[1:-1]
    assert [piece.body for piece in parts] == wanted
    assert all(piece.lost() == b"" for piece in parts)


def test_a_damaged_picture_is_cut_short_and_says_so() -> None:
    part = cut(Body(), WITH_LENGTHS, lambda: 64)[0][-1]
    broken = part.damaged(random.Random(1))
    head, _, body = broken.partition(b"\r\n\r\n")
    assert head.endswith(b"Content-Length: %d" % len(body))
    assert len(body) < len(part.body)
    assert part.body.startswith(body)
