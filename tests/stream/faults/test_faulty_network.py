"""Faults on the way from a real server, seen as a viewer sees them."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from engines.errors import SourceError, UsageError
from stream.faults import Faults, open_faulty
from stream.frame import Frame, Source
from stream.scenes import mark
from stream.sources.network import NetworkSource
from stream.sources.reconnect.status import FeedTally
from stream.uri import Uri, parse

pytestmark = pytest.mark.alone

PASSWORD = "p@s/s?w#r:d!"


class Held(Faults):
    """Faults whose clock stands still until the first frame has come: none falls into the connecting."""

    def __init__(self, named: Uri) -> None:
        self._first: float | None = None
        super().__init__(named, lambda: 0.0 if self._first is None else time.monotonic() - self._first)

    def go(self) -> None:
        if self._first is None:
            self._first = time.monotonic()


def faults(url: str, query: str = "") -> Held:
    return Held(parse(f"fault+{url}?{query}"))


def watching(
    asked: Held,
    stop: threading.Event | None = None,
    timeout: float = 5.0,
    tally: FeedTally | None = None,
) -> Iterator[Frame]:
    def inner(uri: Uri) -> Source:
        return NetworkSource(uri, timeout=timeout, tally=tally)

    source = open_faulty(asked, inner, timeout=timeout)
    assert source.live
    try:
        for frame in source.frames(stop or threading.Event()):
            asked.go()
            yield frame
    finally:
        source.close()


def marks(asked: Held, count: int, tally: FeedTally | None = None) -> list[int | None]:
    return [mark.read(frame.image) for frame in islice(watching(asked, tally=tally), count)]


def whole_steps(seen: list[int | None]) -> int:
    """Count the frames that follow the one before, in a loop of 40."""
    return sum(None not in pair and (pair[1] - pair[0]) % 40 == 1 for pair in pairwise(seen))


@pytest.fixture
def clip(tmp_path: Path, make_clip: Callable[..., Path]) -> Path:
    return make_clip(tmp_path / "film.mp4")


@pytest.fixture
def served(serve_clip, clip: Path) -> str:
    return serve_clip(clip).url


def test_without_faults_everything_comes_through(served: str) -> None:
    assert (
        whole_steps(marks(faults(served), 30)) >= 28
    )  # a real server may lose one where its loop begins anew


@pytest.mark.parametrize("digest", [False, True])
def test_credentials_pass_and_appear_nowhere(
    digest: bool, serve_clip, clip: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve_clip(clip, user="some one", password=PASSWORD, digest=digest)
    asked = faults(server.url.replace("rtsp://", f"rtsp://some one:{PASSWORD}@"), "drop=0")
    assert len(marks(asked, 3)) == 3
    wrong = faults(server.url.replace("rtsp://", "rtsp://some one:hunter2@"), "drop=0")
    with pytest.raises(SourceError, match="does not accept this user and password") as caught:
        list(watching(wrong))
    assert f"127.0.0.1:{server.port}/" in str(caught.value)
    printed = caplog.text + str(caught.value) + "".join(capfd.readouterr())
    for secret in (PASSWORD, "p%40s", "hunter2", "some one", "some%20one"):
        assert secret not in printed


def test_dropped_packets_are_missing_frames(served: str) -> None:
    assert whole_steps(marks(faults(served, "drop=0.5&after=300ms"), 20)) < 17


def test_damaged_packets_are_missing_frames_that_are_counted(served: str) -> None:
    tally = FeedTally()
    assert whole_steps(marks(faults(served, "corrupt=0.5&after=300ms"), 20, tally)) < 17
    assert tally.damaged > 3


def test_a_stall_is_a_silence_on_an_open_connection(served: str) -> None:
    frames = list(islice(watching(faults(served, "stall=700ms/1h&after=700ms")), 40))
    gaps = np.diff([frame.captured_at for frame in frames])
    assert gaps.max() > 0.5
    assert np.sort(gaps)[-2] < 0.5


def test_a_long_stall_is_what_the_source_calls_silence(served: str) -> None:
    with pytest.raises(SourceError, match="stopped sending"):
        list(watching(faults(served, "stall=1h/2h&after=400ms"), timeout=1.2))


def test_stop_ends_a_stall_without_an_error(served: str) -> None:
    stop = threading.Event()
    frames = watching(faults(served, "stall=1h/2h&after=400ms"), stop, timeout=5.0)
    next(frames)
    threading.Timer(0.6, stop.set).start()
    list(frames)


def test_each_connection_is_cut_and_the_next_opening_goes_on(served: str) -> None:
    asked = faults(served, "reset=700ms")
    for _ in range(2):
        with pytest.raises(SourceError, match="ended after"):
            list(watching(asked))
    assert asked.now > 1.4


def test_a_server_that_is_gone_for_a_while(served: str) -> None:
    asked = faults(served, "refuse=1h/2h&after=1s")
    with pytest.raises(SourceError, match="ended after"):
        list(watching(asked))
    port = served.rpartition(":")[2].partition("/")[0]
    with pytest.raises(SourceError, match=f"refused the connection.* port {port} "):
        list(watching(asked))


def test_a_network_that_is_gone_from_the_start(served: str) -> None:
    with pytest.raises(SourceError, match="nobody answers"):
        list(watching(faults(served, "hole=1h/2h&after=0"), timeout=1.0))


def test_a_server_that_is_not_there_is_called_by_its_own_name() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        with pytest.raises(SourceError, match=rf"^rtsp://127\.0\.0\.1:{port}/x refused .* {port} ") as caught:
            list(watching(faults(f"rtsp://127.0.0.1:{port}/x", "drop=0.1")))
    assert caught.value.kind == "refused"
    with pytest.raises(SourceError, match=r"no machine is called|nobody answers") as caught:
        list(watching(faults("rtsp://nobody.invalid/x"), timeout=1.0))


def test_over_udp_there_is_nothing_to_see() -> None:
    with pytest.raises(UsageError, match="UDP"):
        list(watching(faults("rtsp://cam/x", "transport=udp&drop=0.1")))


def test_nothing_is_left_behind(served: str) -> None:
    def left() -> tuple[list[str], int]:
        return [thread.name for thread in threading.enumerate()], len(os.listdir("/proc/self/fd"))

    asked = faults(served, "drop=0.1&reset=600ms")
    before = None
    for _ in range(3):
        with pytest.raises(SourceError):
            list(watching(asked))
        before = before or left()  # the first opening loads what stays
    list(islice(watching(asked), 3))  # left in the middle
    threads, files = left()
    assert "faults" not in threads
    assert files <= before[1]
