"""Requests that are not addressed to this machine, or that a page of another site makes a browser send."""

import socket

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from engines.errors import UsageError
from neteyes.serve.access.hosts import Hosts, own_addresses

REBINDING = "evil.example"  # its DNS answers 127.0.0.1


def test_the_page_opens_under_each_of_this_machines_names(open_site, site):
    for name in (f"127.0.0.1:{open_site.port}", "localhost:8710", "LOCALHOST", "[::1]:8710"):
        assert open_site.ask("GET", "/", headers={"host": name}).status_code == 200
    assert site.ask("GET", "/", headers=site.cookie() | {"host": socket.gethostname()}).status_code == 200


def test_without_a_token_a_host_name_opens_nothing_because_the_network_says_where_it_leads(open_site):
    assert open_site.ask("GET", "/", headers={"host": socket.gethostname()}).status_code == 421


@pytest.mark.parametrize(
    "host",
    [REBINDING, f"{REBINDING}:8710", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.7", ""],
)
def test_a_name_that_leads_here_but_is_not_ours_is_refused(open_site, host):
    answer = open_site.ask("GET", "/", headers={"host": host})
    assert answer.status_code == 421
    assert "--allow-host" in answer.text
    assert not open_site.reached


def test_neither_does_a_right_token_open_the_page_under_a_foreign_name(site):
    headers = {**site.cookie(), "authorization": "Bearer correct-horse-battery"}
    assert site.ask("GET", "/", headers=headers | {"host": REBINDING}).status_code == 421
    assert site.ask("GET", "/", headers=headers).status_code == 200
    assert site.reached == ["/"]


def test_a_websocket_by_a_foreign_name_is_refused_and_by_ours_is_not(open_site):
    here = socket.create_connection(("127.0.0.1", open_site.port), 10)
    with here, pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{REBINDING}/ws", origin=f"http://{REBINDING}", sock=here, proxy=None)
    assert refused.value.response.status_code == 421
    assert not open_site.reached
    with open_site.talk() as talk:
        talk.send("hello")
        assert talk.recv(10) == "hello"


def test_two_host_headers_are_refused(open_site):
    with socket.create_connection(("127.0.0.1", open_site.port), 10) as talk:
        talk.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert talk.recv(4096).startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 421 "))
    assert not open_site.reached


def test_a_name_that_was_allowed_opens_the_page(site):
    answer = site.ask("GET", "/", headers={**site.cookie(), "host": "Mirror.Example:80"})
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["", "mirror.example:80", "http://mirror.example", "*", "a b", "a/b"])
def test_what_is_no_name_cannot_be_allowed(name):
    with pytest.raises(UsageError, match="--allow-host wants"):
        Hosts([name])


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "file://",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:8710",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}@evil.example",
        "http://[::1",
    ],
)
def test_a_foreign_page_can_neither_post_nor_open_a_websocket(open_site, origin):
    origin = origin.format(port=open_site.port)
    for method in ("POST", "PATCH", "DELETE"):
        assert open_site.ask(method, "/change", headers={"origin": origin}).status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        open_site.talk(origin=origin)
    assert refused.value.response.status_code == 403
    assert not open_site.reached


def test_our_own_page_can(open_site):
    for method in ("POST", "PATCH", "DELETE"):
        assert open_site.ask(method, "/change", headers={"origin": open_site.origin}).status_code == 200
    assert open_site.reached == ["POST /change", "PATCH /change", "DELETE /change"]


def test_a_foreign_page_cannot_post_with_a_visitors_cookie_or_with_the_token(site):
    foreign = {"origin": "http://evil.example"}
    for secret in (site.cookie(), {"authorization": "Bearer correct-horse-battery"}):
        assert site.ask("POST", "/change", headers=secret | foreign).status_code == 403
        assert site.ask("POST", "/change", headers=secret | {"origin": site.origin}).status_code == 200
    assert site.reached == ["POST /change"] * 2


def test_a_page_of_another_site_may_link_to_the_mirror_but_load_nothing_of_it(open_site):
    foreign = {"sec-fetch-site": "cross-site"}
    assert open_site.ask("GET", "/", headers=foreign | {"sec-fetch-mode": "no-cors"}).status_code == 403
    assert not open_site.reached
    assert open_site.ask("GET", "/", headers=foreign | {"sec-fetch-mode": "navigate"}).status_code == 200
    own = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "no-cors"}
    assert open_site.ask("GET", "/", headers=own).status_code == 200


def test_no_other_site_is_given_leave_by_a_preflight(open_site):
    asks = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = open_site.ask("OPTIONS", "/change", headers=asks)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_behind_a_proxy_that_ends_tls_the_pages_origin_is_https():
    hosts = Hosts(["mirror.example"])
    assert hosts.is_own_origin("https://mirror.example", "mirror.example", "http")
    assert not hosts.is_own_origin("https://mirror.example:8443", "mirror.example", "http")
    assert not hosts.is_own_origin("https://127.0.0.1", "127.0.0.1", "http")
    assert not hosts.is_own_origin("http://mirror.example", "mirror.example", "https")


def test_this_machine_is_known_by_the_address_at_which_it_was_reached():
    hosts = Hosts()
    assert hosts.include("192.168.1.5:8710", "192.168.1.5")
    assert hosts.include("192.168.1.5:8710", "::ffff:192.168.1.5")
    assert hosts.include("[FD00::1]:8710", "fd00::1")
    assert not hosts.include("192.168.1.6:8710", "192.168.1.5")


def test_own_addresses_are_those_that_others_can_reach():
    assert not {"127.0.0.1", "::1"} & set(own_addresses())
