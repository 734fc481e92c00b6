"""The probe says where the way to a server ends, and never waits for long."""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from engines.errors import SinkError, SourceError, StreamError
from stream.resilience.probe import Address, ask, locked_out, port_of, reach, url_of
from stream.uri import Uri, parse

pytestmark = pytest.mark.alone


def reached(uri: Uri, seconds: float = 5.0, wrong: type[StreamError] = SourceError) -> Address | None:
    return reach(uri, time.monotonic() + seconds, lambda: False, wrong)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def black_hole() -> Iterator[Uri]:
    """A port whose queue of connections is full: a client waits there for ever."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        while True:
            caller = stack.enter_context(socket.socket())
            caller.settimeout(0.2)
            try:
                caller.connect(server.getsockname())
            except TimeoutError:
                break
        yield parse(f"rtsp://127.0.0.1:{server.getsockname()[1]}/x")


def test_a_server_that_is_there_is_found_and_answers(server: socket.socket) -> None:
    place = server.getsockname()
    address = reached(parse(f"rtsp://localhost:{place[1]}/x"))
    assert address is not None
    assert address[4] == place
    server.accept()[0].close()

    def answer() -> None:
        with server.accept()[0] as caller:
            caller.sendall(caller.recv(100).upper())

    answering = threading.Thread(target=answer)
    answering.start()
    assert ask(address, b"hello", time.monotonic() + 20, lambda: False) == b"HELLO"
    answering.join()


@pytest.mark.parametrize("wrong", [SourceError, SinkError])
def test_a_closed_port_refuses(server: socket.socket, wrong: type[StreamError]) -> None:
    port = server.getsockname()[1]
    server.close()
    with pytest.raises(wrong, match=f"refused the connection: nothing listens on port {port} ") as caught:
        reached(parse(f"rtsp://me:secret@127.0.0.1:{port}/x"), wrong=wrong)
    assert caught.value.kind == "refused"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["nobody.invalid", "x" * 64 + ".org", "a..b"])
def test_a_name_that_no_machine_has_or_can_have_is_said_to_be_none(host: str) -> None:
    uri = Uri(f"rtsp://{host}/x", "rtsp", host=host, path="/x")
    with pytest.raises(SourceError, match="no machine is called") as caught:
        reached(uri)
    assert caught.value.kind == "unreachable"


def test_a_name_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over, look_up = threading.Event(), socket.getaddrinfo

    def wait(*asked: object, flags: int = 0, **options: object) -> object:
        return look_up(*asked, flags=flags, **options) if flags else over.wait()

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    with pytest.raises(SourceError, match="the name 'cam' was not found within 1 s") as caught:
        reached(parse("rtsp://cam/x"), seconds=0.1)
    over.set()
    assert caught.value.kind == "unreachable"


def test_nobody_answers_in_a_black_hole(black_hole: Uri) -> None:
    with pytest.raises(SourceError, match="nobody answers within 1 s") as caught:
        reached(black_hole, seconds=0.3)
    assert caught.value.kind == "timeout"


def test_the_waiting_ends_when_nobody_waits(black_hole: Uri) -> None:
    looks = itertools.count()
    assert reach(black_hole, time.monotonic() + 600, lambda: next(looks) > 3, SourceError) is None


def test_who_is_locked_out_is_told_what_to_write() -> None:
    assert "Put both into the URL, before the host." in locked_out(parse("rtsp://cam/x"))
    refused = locked_out(parse("rtsp://me:secret@cam/x"))
    assert "does not accept this user and password" in refused
    assert "secret" not in refused


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("rtsp://cam/x?transport=udp", "rtsp://cam/x"),
        ("rtsp://cam/x?a=1&transport=udp&b=2", "rtsp://cam/x?a=1&b=2"),
        ("http://cam/x?transport=udp", "http://cam/x?transport=udp"),
        ("rtsp://me:p@ss@cam/x", "rtsp://me:p%40ss@cam/x"),
    ],
)
def test_the_url_for_ffmpeg_is_without_what_is_ours(typed: str, given: str) -> None:
    assert url_of(parse(typed)) == given


def test_servers_listen_where_they_usually_do() -> None:
    assert [port_of(parse(url)) for url in ("rtsp://a/", "https://a/", "rtsp://a:7/")] == [554, 443, 7]
