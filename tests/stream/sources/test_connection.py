"""Test the kinds of connection errors; also that no wait is long and that no thread or socket stays."""

import itertools
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from engines.errors import SourceError
from stream.sound import Sound
from stream.sources.network import NetworkSource
from stream.sources.reader import LONGEST
from stream.uri import parse
from tests.fixtures.beeps import beeping_clip
from tests.fixtures.web import Web

pytestmark = pytest.mark.alone


def kind_of(url: str, timeout: float = 5.0) -> str:
    """Read until the source breaks; return the kind of its error."""
    with pytest.raises(SourceError) as caught:
        for _ in NetworkSource(parse(url), timeout=timeout).frames(threading.Event()):
            pass
    return caught.value.kind


@contextmanager
def answering(answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Yield a port where each client gets this answer, on a thread of its own, until the test is over."""
    over = threading.Event()
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def serve() -> None:
            with ExitStack() as callers:
                while True:
                    try:
                        caller = callers.enter_context(server.accept()[0])
                    except OSError:
                        return
                    thread = threading.Thread(target=answer, args=(caller, over))
                    thread.start()
                    callers.callback(thread.join)

        thread = threading.Thread(target=serve)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown, socket.SHUT_RDWR)
        stack.callback(over.set)
        yield server.getsockname()[1]


@contextmanager
def black_hole() -> Iterator[int]:
    """Yield a port with a full queue of clients: each further one waits for ever."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        while True:  # until the next client is not let in any more
            caller = stack.enter_context(socket.socket())
            caller.settimeout(0.2)
            try:
                caller.connect(server.getsockname())
            except TimeoutError:
                break
        yield server.getsockname()[1]


def hang_up(caller: socket.socket, over: threading.Event) -> None:
    with caller, suppress(ConnectionError):
        caller.recv(4096)


def speak_otherwise(caller: socket.socket, over: threading.Event) -> None:
    with caller, suppress(ConnectionError):  # the probe has hung up by now
        caller.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
        caller.recv(4096)


def say_nothing(caller: socket.socket, over: threading.Event) -> None:
    over.wait()


def trickle(caller: socket.socket, over: threading.Event) -> None:
    """Answer, one byte a second."""
    for letter in itertools.cycle(b"RTSP/1.0 200 OK\r\nX-Long: " + b"x" * 1000):
        try:
            caller.send(bytes([letter]))
        except OSError:
            return
        if over.wait(1.0):
            return


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "unauthorized"),
        (403, "unauthorized"),
        (404, "not found"),
        (410, "refused"),
        (500, "refused"),
        (503, "refused"),
    ],
)
def test_what_a_server_answers_has_a_name(status: int, kind: str, web: Web) -> None:
    web.refuses["film.mp4"] = status
    assert kind_of(f"{web.url}/film.mp4") == kind


def test_a_page_is_no_video(web: Web) -> None:
    web.files["index"] = b"<html>" + b"hello " * 1000
    assert kind_of(f"{web.url}/index") == "no video"


def test_a_closed_port_refuses() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        assert kind_of(f"rtsp://127.0.0.1:{server.getsockname()[1]}/x") == "refused"


def test_a_name_that_no_machine_has_is_unreachable() -> None:
    assert kind_of("rtsp://nobody.invalid/x", timeout=1.0) == "unreachable"


def test_a_network_without_a_route_is_unreachable() -> None:
    assert kind_of("rtsp://255.255.255.255/x", timeout=1.0) == "unreachable"


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_server_that_hangs_up_at_once_has_ended(scheme: str) -> None:
    with answering(hang_up) as port:
        assert kind_of(f"{scheme}://127.0.0.1:{port}/x") == "ended"


def test_a_server_of_another_kind_has_no_video() -> None:
    with answering(speak_otherwise) as port:
        assert kind_of(f"rtsp://127.0.0.1:{port}/x") == "no video"


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
@pytest.mark.parametrize("answer", [say_nothing, trickle])
def test_silence_is_a_timeout(scheme: str, answer: Callable[..., None]) -> None:
    with answering(answer) as port:
        assert kind_of(f"{scheme}://127.0.0.1:{port}/x", timeout=1.2) == "timeout"


def test_a_black_hole_is_a_timeout() -> None:
    with black_hole() as port:
        assert kind_of(f"rtsp://127.0.0.1:{port}/x", timeout=0.8) == "timeout"


def test_the_wait_for_a_black_hole_ends_with_stop_and_its_thread_too() -> None:
    stop, before = threading.Event(), set(threading.enumerate())
    with black_hole() as port:
        frames = NetworkSource(parse(f"rtsp://127.0.0.1:{port}/x"), timeout=600).frames(stop)
        waiting = threading.Thread(target=list, args=(frames,))
        waiting.start()
        connecting = None
        while connecting is None:
            connecting = next((one for one in threading.enumerate() if one.name == "connect"), None)
        stop.set()
        waiting.join(LONGEST)
        connecting.join(LONGEST)
        assert not waiting.is_alive()
        assert set(threading.enumerate()) <= before


def test_a_live_stream_that_falls_silent_is_a_timeout_and_one_that_ends_has_ended(
    tmp_path: Path, make_clip: Callable[..., Path], web: Web
) -> None:
    data, over = make_clip(tmp_path / "film.ts").read_bytes(), threading.Event()

    def silent() -> Iterator[bytes]:
        yield data
        over.wait()

    web.streams["silent.ts"] = "video/mp2t", silent()
    web.streams["short.ts"] = "video/mp2t", iter([data])
    assert kind_of(f"{web.url}/silent.ts", timeout=1.0) == "timeout"
    assert kind_of(f"{web.url}/short.ts", timeout=1.0) == "ended"
    over.set()


def test_sound_alone_does_not_pass_for_video(tmp_path: Path, web: Web) -> None:
    data = beeping_clip(tmp_path / "film.ts", seen=(0.0, 1.0), heard=(0.0, 20.0)).read_bytes()
    over = threading.Event()

    def fading() -> Iterator[bytes]:
        yield data[: len(data) // 4]
        for begin in range(len(data) // 4, len(data), 1316):
            yield data[begin : begin + 1316]
            if over.wait(0.08):
                return

    web.streams["fading.ts"] = "video/mp2t", fading()
    with pytest.raises(SourceError, match="stopped sending") as caught:
        list(NetworkSource(parse(f"{web.url}/fading.ts"), timeout=1.0, sound=Sound()).frames(over))
    assert caught.value.kind == "timeout"
    over.set()


OPENER = """
import gc, itertools, json, os, sys, threading
from pathlib import Path
from stream.sound import Sound
from stream.sources.network import NetworkSource
from stream.uri import parse

for _ in range(50):
    frames = NetworkSource(parse(sys.argv[1]), sound=Sound()).frames(threading.Event())
    assert len(list(itertools.islice(frames, 5))) == 5
    frames.close()
    gc.collect()
    size = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    print(json.dumps([threading.active_count(), len(os.listdir("/proc/self/fd")), size]), flush=True)
"""


def test_fifty_openings_leave_nothing_behind(
    tmp_path: Path, make_clip: Callable[..., Path], web: Web
) -> None:
    data = make_clip(tmp_path / "film.ts", sound=True).read_bytes()
    web.streams["live.ts"] = "video/mp2t", [data]
    command = [sys.executable, "-c", OPENER, f"{web.url}/live.ts"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    held = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(held) == 50
    for tenth, last, most in zip(held[9], held[-1], (0, 0, 2 << 20), strict=True):
        assert last - tenth <= most
