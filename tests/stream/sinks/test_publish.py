import json
import logging
import os
import select
import signal
import socket
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from engines.errors import Kind, SinkError, UsageError
from stream.frame import Frame, Image, Notice
from stream.sinks.encode import Encoding
from stream.sinks.publish import PublishSink
from stream.sinks.publish_worker import PACKET
from stream.sinks.reconnect import Returning
from stream.sources import open_source
from stream.uri import parse

pytestmark = pytest.mark.alone

MakeFrame = Callable[..., Frame]


@contextmanager
def publishing(url: str) -> Iterator[PublishSink]:
    sink = PublishSink(parse(url), rate=30)
    try:
        yield sink
    finally:
        sink.close()


def workers() -> list[int]:
    """The processes that publish for this one."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # it may end while it is looked at
            if any("publish_worker" in word for word in child.cmdline()):
                found.append(child.pid)
    return found


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def test_every_picture_arrives_once_and_in_order(receive, marked_frame) -> None:
    server = receive()
    with publishing(f"rtsp://{server.place}") as sink:
        for index in range(40):
            sink.write(marked_frame(index))
        server.wait_for(40)
    assert [index for index, _ in server.seen] == list(range(40))


def test_the_delay_from_drawing_to_receiving_does_not_grow(receive) -> None:
    server, drawn = receive(), {}
    with publishing(f"rtsp://{server.place}") as sink:
        for frame in open_source("scene://duel?mark=1&size=512x512&seconds=2").frames(threading.Event()):
            drawn[frame.index] = frame.captured_at
            sink.write(replace(frame, view=frame.image))
        server.wait_for(len(drawn))
    ages = [1000 * (arrived - drawn[index]) for index, arrived in server.seen][10:]
    before, after = (statistics.median(half) for half in (ages[: len(ages) // 2], ages[len(ages) // 2 :]))
    p95 = statistics.quantiles(ages, n=20)[-1]
    print(f"\nfrom drawing to receiving: p50 {statistics.median(ages):.0f} ms, p95 {p95:.0f} ms")
    assert after < 1.5 * before + 1000 / 30


def test_a_viewer_who_comes_later_waits_a_second_at_most_for_a_picture_to_begin_with(
    receive, make_frame: MakeFrame
) -> None:
    server = receive()
    with publishing(f"rtsp://{server.place}") as sink:
        for index in range(16):
            sink.write(make_frame(index, pts=index / 4))
        server.wait_for(16)
    assert len(server.keys) == 4, "by time: 16 frames are half a second of the rate that was announced"


def test_another_size_is_letterboxed_into_the_first(receive, make_frame: MakeFrame) -> None:
    server = receive()
    with publishing(f"rtsp://{server.place}") as sink:
        sink.write(make_frame(0, view=np.full((101, 200, 3), 200, np.uint8)))
        sink.write(make_frame(1, view=np.full((64, 64, 3), 200, np.uint8)))
        server.wait_for(2)
    assert server.sizes == [(102, 200)] * 2


def test_notices_are_shown_to_those_who_watch(receive, make_frame: MakeFrame) -> None:
    server = receive()
    with publishing(f"rtsp://{server.place}") as sink:
        for index in range(3):
            sink.write(replace(make_frame(index), notice=Notice("No signal")))
        server.wait_for(3)


@pytest.mark.parametrize("digest", [False, True])
def test_a_password_of_any_letters_works_and_is_nowhere_to_be_seen(
    receive, marked_frame, digest: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    password = "p@/#?:% ss"
    server = receive(user="me", password=password, digest=digest)
    with publishing(f"rtsp://me:{password}@{server.place}") as sink:
        for index in range(3):
            sink.write(marked_frame(index))
        server.wait_for(3)
        [worker] = workers()
        shown = command_of(worker) + Path(f"/proc/{worker}/environ").read_text()
    assert "ss" in password
    for form in (password, "p%40%2F%23%3F%3A%25%20ss"):
        assert form not in shown + caplog.text + repr(sink)


def test_it_is_encrypted_where_the_url_asks_for_it(receive, marked_frame, certificate: Path) -> None:
    server = receive(user="me", password="right", certificate=certificate)
    with publishing(f"rtsps://me:right@{server.place}") as sink:
        for index in range(10):
            sink.write(marked_frame(index))
        server.wait_for(10)
    assert [index for index, _ in server.seen] == list(range(10))
    assert "401" in failure(f"rtsps://me:wrong@{server.place}", marked_frame(0), "unauthorized")


def failure(url: str, frame: Frame, kind: Kind = "broken") -> str:
    with publishing(url) as sink, pytest.raises(SinkError) as caught:
        sink.write(frame)
    assert workers() == [], "nothing is left running"
    assert caught.value.kind == kind
    return str(caught.value)


def test_what_is_wrong_is_said_in_words_without_the_password(receive, marked_frame) -> None:
    server, frame = receive(user="me", password="right"), marked_frame(0)
    asked = failure(f"rtsp://{server.place}", frame, "unauthorized")
    assert "wants a user and a password (401)" in asked
    wrong = failure(f"rtsp://me:wr0ng@{server.place}", frame, "unauthorized")
    assert "does not accept this user and password (401)" in wrong
    assert "wr0ng" not in wrong
    absent = failure(f"rtsp://me:right@127.0.0.1:{server.port}/else", frame, "not found")
    assert "takes nothing by that name (404)" in absent
    assert "right" not in absent
    server.kill()
    assert "refused the connection" in failure(f"rtsp://me:right@{server.place}", frame, "refused")
    unknown = failure("rtsp://me:right@nowhere.invalid/live", frame, "unreachable")
    assert "no machine is called" in unknown


def test_a_server_that_only_gives_streams_is_told_from_one_that_takes_them(serve_scene, marked_frame) -> None:
    server = serve_scene()
    assert "does not take the stream" in failure(server.url, marked_frame(0), "refused")


def test_an_unknown_transport_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="Known: tcp, udp"):
        PublishSink(parse("rtsp://host/live?transport=pigeon"))


def test_a_server_that_accepts_and_stays_silent_is_given_up(silent_server, marked_frame, monkeypatch) -> None:
    monkeypatch.setattr("stream.sinks.publish.OPENING", 0.5)
    assert "stays silent" in failure(silent_server.url, marked_frame(0), "timeout")


def test_a_view_that_cannot_be_encoded_is_the_sinks_own_error(silent_server, make_frame: MakeFrame) -> None:
    endless = make_frame(0, view=np.zeros((2, 40_000, 3), np.uint8))
    assert "Cannot encode for rtsp://" in failure(silent_server.url, endless)


@pytest.fixture
def black_hole() -> Iterator[str]:
    """A port whose listener has a full backlog: connecting to it never ends."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield f"rtsp://127.0.0.1:{listener.getsockname()[1]}/live"


def test_a_black_hole_is_given_up(black_hole: str, marked_frame, monkeypatch) -> None:
    monkeypatch.setattr("stream.sinks.publish.OPENING", 0.5)
    assert "nobody answers" in failure(black_hole, marked_frame(0), "timeout")


def test_the_loop_can_end_while_a_black_hole_is_asked(black_hole: str, marked_frame) -> None:
    sink = Returning("wall", lambda: PublishSink(parse(black_hole)))
    sink.write(marked_frame(0))
    with pytest.raises(SinkError):
        sink.close()
    assert workers() == []


def test_many_tries_leave_nothing_behind(receive, marked_frame) -> None:
    server, frame = receive(user="me", password="right"), marked_frame(0)

    def open_files_and_threads() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    def fail_twice() -> None:
        failure("rtsp://127.0.0.1:1/live", frame, "refused")
        failure(f"rtsp://{server.place}", frame, "unauthorized")

    fail_twice()
    before = open_files_and_threads()
    for _ in range(4):
        fail_twice()
    assert open_files_and_threads() == before


def test_a_write_that_hangs_can_be_interrupted(silent_server, marked_frame) -> None:
    sink = PublishSink(parse(silent_server.url))
    threading.Thread(target=lambda: (silent_server.connected.wait(), sink.interrupt())).start()
    with pytest.raises(SinkError, match="had not answered"):
        sink.write(marked_frame(0))
    sink.close()
    assert workers() == []


def test_a_server_that_reads_no_more_is_noticed(
    receive, noise: Callable[[int], Image], make_frame: MakeFrame, monkeypatch
) -> None:
    monkeypatch.setattr("stream.sinks.publish.SENDING", 1.0)
    large = Encoding("libx264", "yuv420p", {"tune": "zerolatency", "crf": "1"})
    monkeypatch.setattr("stream.sinks.publish._ENCODING", large)
    server = receive()
    with publishing(f"rtsp://{server.place}") as sink:
        for index in range(3):
            sink.write(make_frame(index, view=noise(index)))
        server.wait_for(3)
        server.freeze()
        with pytest.raises(SinkError, match="takes no more"):
            for index in range(3, 1000):
                sink.write(make_frame(index, view=noise(index)))


def test_a_server_that_dies_is_noticed(receive, marked_frame) -> None:
    server = receive()
    with publishing(f"rtsp://{server.place}") as sink:
        for index in range(3):
            sink.write(marked_frame(index))
        server.wait_for(3)
        server.kill()
        with pytest.raises(SinkError, match="hung up"):
            for index in range(3, 100):
                sink.write(marked_frame(index))


PUBLISHER = """
import sys
import numpy as np
from stream.frame import Frame
from stream.sinks.encode import Encoding
from stream.sinks.publish import PublishSink
from stream.sinks.publish_worker import PACKET
from stream.uri import parse

view = np.zeros((96, 192, 3), np.uint8)
sink = PublishSink(parse(sys.argv[1]))
for index in range(int(sys.argv[2])):
    sink.write(Frame(index, 0.0, index / 30, view, view=view))
    print(sink._worker._child.pid, flush=True)
sys.stdin.read()
"""


def test_the_worker_ends_with_a_program_that_was_killed(receive) -> None:
    server = receive()
    program = [sys.executable, "-c", PUBLISHER, f"rtsp://{server.place}", "1"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as publisher:
        worker = int(publisher.stdout.readline())
        ended = os.pidfd_open(worker)
        publisher.send_signal(signal.SIGKILL)
    gone(ended)


def test_the_worker_ends_by_itself_where_a_call_hangs_and_nobody_is_left(silent_server, tmp_path) -> None:
    """The kernel's alarm, here after a second."""
    with ExitStack() as stack:
        worker = Path("stream/sinks/publish_worker.py").resolve()
        process = stack.enter_context(
            subprocess.Popen([sys.executable, "-P", str(worker)], stdin=subprocess.PIPE)
        )
        job = {"url": silent_server.url, "options": {}, "size": [96, 192]}
        job |= {"rate": "30", "ticks": 90_000, "limit": 1.0}
        process.stdin.write(json.dumps(job).encode() + b"\n" + key_frame())
        process.stdin.flush()
        assert silent_server.connected.wait(20)
        assert process.wait(20) == -signal.SIGALRM


def key_frame() -> bytes:
    unit = bytes.fromhex("00000001 6742c00a dd07 00000001 68ce3c80 00000001 65888400")
    return PACKET.pack(0, True, len(unit)) + unit


def gone(pidfd: int) -> None:
    """Wait until a process that is not our child has ended."""
    try:
        assert select.select([pidfd], [], [], 20)[0]
    finally:
        os.close(pidfd)
