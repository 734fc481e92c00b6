"""Who may read a run's pages, and what those can do who are up to no good."""

import socket
import threading

import pytest

from engines.errors import SinkError, UsageError
from neteyes.watching import http
from neteyes.watching.addresses import Address, parse_address
from neteyes.watching.http import Answer, PageServer

pytestmark = pytest.mark.alone

FREE = Address("127.0.0.1", 0)
PAGES = {"/page": lambda: Answer(b"hello\n")}


def call(listener, *lines, method="GET", path="/page", host=None):
    """Return the status line, the headers and the body of what is answered."""
    head = [f"{method} {path} HTTP/1.1", f"Host: {host or listener.address}", *lines, "", ""]
    with socket.create_connection((listener.address.host, listener.address.port), 10) as talk:
        talk.sendall("\r\n".join(head).encode())
        with talk.makefile("rb") as heard:
            head, _, body = heard.read().decode().partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    return status, headers, body


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("127.0.0.1:9108", "127.0.0.1:9108"),
        ("localhost:9108", "localhost:9108"),
        ("[::1]:9108", "[::1]:9108"),
        ("9108", "127.0.0.1:9108"),
    ],
)
def test_an_address_of_this_machine_wants_no_token(text, shown):
    assert str(parse_address(text)) == shown


@pytest.mark.parametrize(
    "text", ["0.0.0.0:9108", "192.168.1.5:9108", "[::]:9108", "mirror:9108", "127.1:9108"]
)
def test_an_address_that_others_reach_wants_one(text):
    with pytest.raises(UsageError, match="NETEYES_TOKEN"):
        parse_address(text)
    assert parse_address(text, "abc").port == 9108


@pytest.mark.parametrize(
    "text", ["", "localhost", "::1:9108", "a:b", "1.2.3.4:99999", "http://localhost:9108/x"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(UsageError, match=r"HOST:PORT"):
        parse_address(text, "abc")


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_token_that_no_header_can_hold_is_refused(token):
    with pytest.raises(UsageError, match="token"):
        parse_address("127.0.0.1:9108", token)


def test_a_page_is_answered_and_the_rest_is_not():
    with PageServer(FREE, PAGES) as listener:
        status, headers, body = call(listener)
        assert (status, body) == ("HTTP/1.1 200 OK", "hello\n")
        assert "Content-Length: 6" in headers
        assert call(listener, path="/page?any=thing")[0] == status
        assert call(listener, method="HEAD")[::2] == (status, "")
        assert call(listener, path="/other")[0] == "HTTP/1.1 404 Not Found"
        assert call(listener, method="POST")[0] == "HTTP/1.1 405 Method Not Allowed"
        assert call(listener, method="no such", path="thing")[0] == "HTTP/1.1 400 Bad Request"


@pytest.mark.parametrize(
    "header", ["", "Authorization: Bearer wrong", "Authorization: Basic s3cret", "Authorization: s3cret"]
)
def test_without_the_token_nothing_is_told_wherever_it_listens(header):
    with PageServer(FREE, PAGES, "s3cret") as listener:
        status, headers, body = call(listener, *filter(None, [header]), path="/page?token=s3cret")
        assert status == "HTTP/1.1 401 Unauthorized"
        assert 'WWW-Authenticate: Bearer realm="neteyes"' in headers
        assert "hello" not in body
        assert call(listener, "authorization: bearer s3cret")[2] == "hello\n"


def test_a_web_page_cannot_lead_a_browser_here_by_a_name_of_its_own():
    with PageServer(FREE, PAGES) as listener:
        assert call(listener, host="evil.example:9108")[0] == "HTTP/1.1 421 Misdirected Request"
        assert call(listener, host="localhost")[2] == "hello\n"
        assert call(listener, host="[::1]:80")[2] == "hello\n"


def test_a_port_that_is_taken_is_an_error_that_says_how_to_mend_it():
    with PageServer(FREE, PAGES) as listener, pytest.raises(SinkError, match=r"is taken.* Name another"):
        PageServer(listener.address, PAGES).__enter__()


def test_an_address_of_another_machine_is_named():
    with pytest.raises(SinkError, match="not one of this machine's"):
        PageServer(Address("192.0.2.1", 0), PAGES).__enter__()


def test_many_who_never_finish_their_request_keep_nobody_out_and_hold_nothing_up(monkeypatch):
    monkeypatch.setattr(http, "PATIENCE", 100)
    before = threading.active_count()
    with PageServer(FREE, PAGES) as listener:
        slow = [socket.create_connection(("127.0.0.1", listener.address.port), 10) for _ in range(100)]
        for talk in slow:
            talk.sendall(b"GET /page HTTP/1.1\r\nX-Slow: ")
        for _ in range(3):
            assert call(listener)[2] == "hello\n"
        assert threading.active_count() == before + 1
        assert all(hung_up(talk) for talk in slow[: -http.MOST])
    assert threading.active_count() == before
    for talk in slow:
        with talk:
            assert hung_up(talk)


def hung_up(talk):
    try:
        return talk.recv(1) == b""
    except ConnectionError:
        return True


def test_who_says_nothing_is_hung_up_on(monkeypatch):
    monkeypatch.setattr(http, "PATIENCE", 0.1)
    with (
        PageServer(FREE, PAGES) as listener,
        socket.create_connection(("127.0.0.1", listener.address.port), 10) as talk,
    ):
        assert hung_up(talk)


def test_a_head_without_end_is_refused():
    with PageServer(FREE, PAGES) as listener:
        status = call(listener, f"X-Long: {'a' * 2 * http.HEAD}")[0]
        assert status == "HTTP/1.1 431 Request Header Fields Too Large"


def test_a_page_that_fails_says_nothing_of_why_and_the_next_is_answered():
    def fails():
        raise ValueError("rtsp://me:hunter2@camera")

    with PageServer(FREE, {**PAGES, "/bad": fails}) as listener:
        status, _, body = call(listener, path="/bad")
        assert status == "HTTP/1.1 500 Internal Server Error"
        assert "hunter2" not in body
        assert call(listener)[2] == "hello\n"


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_ipv6_works_as_well():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no ::1 here")
    with PageServer(Address("::1", 0), PAGES) as listener:
        assert call(listener)[2] == "hello\n"


def test_leaving_frees_the_port():
    with PageServer(FREE, PAGES) as listener:
        call(listener)
    with PageServer(listener.address, PAGES) as again:
        assert call(again)[2] == "hello\n"
