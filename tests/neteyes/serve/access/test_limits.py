"""What clients may hold open, send and take: those who overdo it lose, and nobody else does."""

import re
import socket
import threading
import time
from contextlib import suppress

import pytest

from neteyes.serve.access import middleware, protocols
from neteyes.serve.access.connections import Connections, Most
from tests.neteyes.serve.access.conftest import TOKEN, hung_up, serving

SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


def reach(site):
    return socket.create_connection(("127.0.0.1", site.port), 10)


def heads(site):
    """An answer of each kind, by what it is."""
    own = {"origin": site.origin}
    yield "page", site.ask("GET", "/", headers=site.cookie())
    yield "uninvited", site.ask("GET", "/")
    yield "the page that asks for the token", site.ask("GET", "/", headers={"accept": "text/html"})
    yield "unknown", site.ask("GET", "/nothing", headers=site.cookie())
    yield "foreign host", site.ask("GET", "/", headers={"host": "evil.example"})
    yield "foreign origin", site.ask("POST", "/change", headers={"origin": "http://evil.example"})
    yield "wrong token", site.join("wrong-wrong-wrong")
    yield "failure", site.ask("GET", "/fail", headers=site.cookie())
    yield "too long", site.ask("POST", "/join", headers=own, content=b"x" * 10**6)


def test_every_answer_tells_browsers_what_it_may_be_used_for(site):
    for name, answer in heads(site):
        assert SAFE.items() <= dict(answer.headers).items(), name
        assert answer.headers["cache-control"] == "no-store", name
        policy = dict(
            part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == "'self'", name
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'", name
        assert not re.search(r"unsafe|\*|https?:", answer.headers["content-security-policy"]), name
        assert "evil" not in answer.headers["content-security-policy"], name
        assert "camera=(self)" in answer.headers["permissions-policy"], name
        assert "server" not in answer.headers, name


def test_other_pages_hold_no_window_of_ours(site):
    own = site.ask("GET", "/", headers=site.cookie())
    assert own.headers["cross-origin-opener-policy"] == "same-origin"
    plain = site.ask(
        "GET", "/", headers=site.cookie() | {"host": "mirror.example"}
    )  # browsers ignore it there
    assert "cross-origin-opener-policy" not in plain.headers


def test_a_page_may_open_the_websocket_of_its_own_server_only(site):
    answer = site.ask("GET", "/", headers=site.cookie())
    assert f"connect-src 'self' ws://127.0.0.1:{site.port};" in answer.headers["content-security-policy"]
    answer = site.ask("GET", "/", headers=site.cookie() | {"host": "[::1]:8710"})
    assert "connect-src 'self';" in answer.headers["content-security-policy"]


def test_an_error_says_nothing_of_its_cause(site):
    answer = site.ask("GET", "/fail", headers=site.cookie())
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")


def test_what_is_no_http_is_refused_with_the_same_headers(site):
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET / HTTP/1.1\r\nHo st: a\r\n\r\n"):
        with reach(site) as talk:
            talk.sendall(garbage)
            answer = talk.recv(4096)
            assert answer.startswith(b"HTTP/1.1 400 ") and b"x-content-type-options: nosniff" in answer
            assert hung_up(talk)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "BREW"])
def test_unknown_methods_are_refused(site, method):
    with reach(site) as talk:
        talk.sendall(f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert talk.recv(4096).startswith(b"HTTP/1.1 405 ")
    assert not site.reached


def test_a_body_beyond_the_limit_is_refused_and_one_at_the_limit_is_not(site):
    headers = site.cookie() | {"origin": site.origin}
    body = b"x" * middleware.MOST_REQUEST
    assert site.ask("POST", "/change", headers=headers, content=body).text == f"{len(body)}\n"
    assert site.ask("POST", "/change", headers=headers, content=body + b"x").status_code == 413
    pieces = iter([body, b"x"])  # sent in chunks: its length is said nowhere
    assert site.ask("POST", "/change", headers=headers, content=pieces).status_code == 413
    assert site.reached == ["POST /change"]


def test_headers_beyond_the_limit_are_refused(site):
    with reach(site) as talk:
        talk.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 20000 + b"\r\n\r\n")
        assert talk.recv(4096).startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))


def test_too_many_requests_of_one_client_are_refused_for_a_moment(kept, monkeypatch):
    monkeypatch.setattr(middleware, "REQUESTS", (5.0, 20))
    with serving(token=TOKEN) as site:
        answers = [site.ask("GET", "/join/status").status_code for _ in range(30)]
        assert answers[:20] == [200] * 20 and 429 in answers[20:]
        limit = time.monotonic() + 5
        while site.ask("GET", "/join/status").status_code == 429:
            assert time.monotonic() < limit


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
def test_who_never_finishes_a_request_is_hung_up_on(kept, monkeypatch, begun):
    monkeypatch.setattr(protocols, "PATIENCE", 0.3)
    with serving() as site, reach(site) as talk:
        talk.sendall(begun)
        assert hung_up(talk)
        assert len(site.access.connections) == 0


@pytest.mark.parametrize("answered", [False, True])
def test_who_sends_a_byte_now_and_then_is_hung_up_on(kept, monkeypatch, answered):
    monkeypatch.setattr(protocols, "PATIENCE", 0.5)
    with serving() as site, reach(site) as talk:
        if answered:
            talk.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            heard = b""
            while not heard.endswith(b"the mirror\n"):
                heard += talk.recv(4096)
        over = threading.Event()

        def trickle():
            with suppress(OSError):
                while not over.wait(0.05):
                    talk.sendall(b"X")

        thread = threading.Thread(target=trickle)
        thread.start()
        assert hung_up(talk)
        over.set()
        thread.join(10)


def test_a_body_that_never_ends_is_hung_up_on(kept, monkeypatch):
    monkeypatch.setattr(middleware, "BODY_TIME", 0.3)
    with serving() as site, reach(site) as talk:
        head = b"POST /change HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
        talk.sendall(head + b"Content-Length: 9\r\n\r\nabc")
        assert talk.recv(4096).startswith(b"HTTP/1.1 408 ")
        assert hung_up(talk)
        assert not site.reached


HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nOrigin: {site.origin}\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: {version}\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{more}\r\n"
)


@pytest.mark.parametrize("more", ["Content-Length: 9\r\n", f"X: {'a' * 10000}\r\n", "X: a\r\n" * 300])
def test_a_websocket_that_never_begins_is_hung_up_on(kept, monkeypatch, more):
    monkeypatch.setattr(protocols, "PATIENCE", 0.3)
    with serving() as site, reach(site) as talk:
        talk.sendall(HANDSHAKE.format(site=site, version=13, more=more).encode())
        assert hung_up(talk)
        assert not site.reached
        assert len(site.access.connections) == 0


def test_a_broken_handshake_is_refused_with_the_same_headers(open_site):
    with reach(open_site) as talk:
        talk.sendall(HANDSHAKE.format(site=open_site, version=12, more="").encode())
        answer = talk.recv(4096)
        assert answer.startswith(b"HTTP/1.1 400 ") and b"x-content-type-options: nosniff" in answer
        assert hung_up(talk)


def test_a_websocket_of_an_unknown_path_is_refused_with_the_same_headers(open_site):
    with reach(open_site) as talk:
        words = HANDSHAKE.format(site=open_site, version=13, more="").replace("/ws", "/nothing")
        talk.sendall(words.encode())
        answer = talk.recv(4096)
        assert answer.startswith(b"HTTP/1.1 404 ") and b"x-content-type-options: nosniff" in answer


def test_one_client_that_opens_many_connections_loses_its_own_oldest():
    counted, dropped = Connections(Most(all=10, each=6, half_open=8, half_open_each=3)), []
    visitor = counted.enter("visitor", lambda: dropped.append("visitor"))
    for number in range(5):
        assert counted.enter("attacker", lambda number=number: dropped.append(number))
    assert dropped == [0, 1]
    assert len(counted) == 4
    counted.leave(visitor)
    assert len(counted) == 3


def test_many_clients_that_open_connections_lose_those_of_the_one_with_most():
    counted, dropped = Connections(Most(all=10, each=6, half_open=4, half_open_each=3)), []
    for client in ("a", "b", "b", "c"):
        counted.enter(client, lambda client=client: dropped.append(client))
    assert counted.enter("d", lambda: None)
    assert dropped == ["b"]
    assert counted.half_open == 4


def test_another_machine_that_opens_one_after_the_other_is_refused_for_a_moment():
    counted = Connections()
    for client in ("10.0.0.9", "2001:db8::"):
        opened = [counted.enter(client, lambda: None) for _ in range(200)]
        assert all(opened[:100]) and not all(opened[100:])
    assert counted.enter("10.0.0.8", lambda: None)
    for client in ("127.0.0.1", "::1"):
        assert all(counted.enter(client, lambda: None) for _ in range(200))


def test_connections_of_visitors_are_never_dropped_for_new_ones():
    counted, dropped = Connections(Most(all=4, each=2, half_open=2, half_open_each=2)), []
    for client in ("a", "a", "b", "b"):
        counted.enter(client, lambda client=client: dropped.append(client)).admitted = True
    assert counted.enter("c", lambda: None) is None
    assert not dropped


def test_a_client_that_does_not_read_what_it_asked_for_is_hung_up_on(kept, monkeypatch):
    monkeypatch.setattr(protocols, "MOST_UNSENT", 20_000)
    with serving() as site, reach(site) as talk:
        talk.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        talk.sendall(HANDSHAKE.format(site=site, version=13, more="").encode())
        assert talk.recv(12) == b"HTTP/1.1 101"
        ping = b"\x89\xfd" + b"\0\0\0\0" + b"p" * 125  # each is answered with as many bytes
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                talk.sendall(ping * 100)


def test_a_thousand_half_open_connections_disturb_no_visitor_and_keep_nobody_out(kept):
    with serving(token=TOKEN) as site, site.talk(headers=site.cookie()) as visitor:
        rounds, over, failed = [], threading.Event(), []

        def go_on():
            try:
                while not over.wait(1 / 60):
                    visitor.send("frame")
                    assert visitor.recv(5) == "frame"
                    rounds.append(1)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=go_on)
        thread.start()
        half_open = []
        try:
            for number in range(1000):
                half_open.append(reach(site))
                if number % 2:
                    half_open[-1].sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            assert site.access.connections.half_open <= Most().half_open_each
            assert site.ask("GET", "/", headers=site.cookie()).status_code == 200
            assert sum(map(hung_up, half_open[:900])) == 900
        finally:
            over.set()
            thread.join(10)
            for talk in half_open:
                talk.close()
        assert not failed and len(rounds) > 10
