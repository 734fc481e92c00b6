"""Who is let in: the token, the cookie that it is exchanged for, and those who try tokens."""

import re

import pytest
from websockets.exceptions import InvalidStatus

from engines.errors import UsageError
from neteyes.serve.access import Access
from neteyes.serve.access.join import Attempts
from neteyes.serve.access.rates import Rate, client_of
from neteyes.serve.access.tokens import Token, make_token
from stream.redact import redact
from tests.neteyes.serve.access.conftest import TOKEN, serving

BEARER = {"authorization": f"Bearer {TOKEN}"}
HTML = {"accept": "text/html"}


@pytest.mark.parametrize("path", ["/", "/change", "/metrics", "/no-such-page", "/ws"])
def test_without_the_token_nothing_is_there(site, path):
    answer = site.ask("GET", path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert site.ask("POST", path, headers={"origin": site.origin}).status_code == 401
    assert not site.reached


def test_a_visitor_without_the_token_is_told_where_the_link_is(site):
    answer = site.ask("GET", "/?swap=person:bear", headers=HTML)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "The terminal" in answer.text and "link" in answer.text
    for path in re.findall(r'(?:src|href)="([^"]+)"', answer.text):  # what that page loads is there for all
        assert site.ask("GET", path).status_code == 200
    assert not site.reached


def test_the_token_is_exchanged_for_a_cookie_that_opens_the_mirror(site):
    answer = site.join()
    assert answer.json() == {"invited": True}
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie and TOKEN not in cookie
    assert site.ask("GET", "/", headers=site.cookie()).text == "the mirror\n"
    with site.talk(headers=site.cookie()) as talk:
        talk.send("hello")
        assert talk.recv(10) == "hello"


@pytest.mark.parametrize(
    "cookies", ["", "neteyes-{port}=", f"neteyes-{{port}}={TOKEN}", "neteyes-{port}=wrong"]
)
def test_a_websocket_without_the_cookie_is_refused(site, cookies):
    headers = {"cookie": cookies.format(port=site.port)} if cookies else {}
    with pytest.raises(InvalidStatus) as refused:
        site.talk(headers=headers)
    assert refused.value.response.status_code == 401
    assert not site.reached


def test_a_page_can_ask_whether_it_is_let_in(site, open_site):
    assert site.ask("GET", "/join/status").json() == {"invited": False}
    assert site.ask("GET", "/join/status", headers=site.cookie()).json() == {"invited": True}
    assert open_site.ask("GET", "/join/status").json() == {"invited": True}


def test_another_site_cannot_join_with_a_visitors_browser(site):
    assert site.join(origin="http://evil.example").status_code == 403
    form = {"origin": site.origin, "content-type": "text/plain"}
    assert site.ask("POST", "/join", headers=form, content=b'{"token": "x"}').status_code == 415


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token": 5}', b"[" * 4000, b"\xff"])
def test_what_is_no_token_is_refused(site, body):
    headers = {"origin": site.origin, "content-type": "application/json"}
    assert site.ask("POST", "/join", headers=headers, content=body).status_code == 400


def test_a_program_brings_the_token_as_a_bearer(site):
    assert site.ask("GET", "/", headers=BEARER).status_code == 200
    assert site.ask("POST", "/change", headers=BEARER).status_code == 200
    with site.talk(origin=None, headers=BEARER) as talk:
        talk.send("hello")
        assert talk.recv(10) == "hello"


def test_a_program_on_this_machine_needs_it_too_to_change_something(kept):
    with serving() as site:
        token = {"authorization": f"Bearer {site.access.invitation(site.port).secret}"}
        assert site.ask("POST", "/change").status_code == 403
        with pytest.raises(InvalidStatus):
            site.talk(origin=None)
        assert not site.reached
        assert site.ask("POST", "/change", headers=token).status_code == 200
        with site.talk(origin=None, headers=token):
            pass


@pytest.mark.parametrize(
    "value", ["Bearer wrong-wrong-wrong", "Bearer", "Basic abc", TOKEN, f"Bearer {TOKEN}x"]
)
def test_a_wrong_bearer_is_refused_even_with_the_cookie(kept, value):
    with serving(token=TOKEN) as site:
        headers = {"authorization": value}
        assert site.ask("GET", "/", headers=headers).status_code == 401
        assert site.ask("GET", "/", headers=site.cookie() | headers).status_code == 401
        assert not site.reached


def test_who_tries_tokens_is_held_up_also_from_the_right_one_and_visitors_are_not(kept):
    with serving(token=TOKEN) as site:
        cookie = site.cookie()
        answers = [site.join(f"wrong-wrong-{number}").status_code for number in range(10)]
        assert answers == [403] * 10
        answer = site.join("wrong-wrong-wrong")
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 6
        assert site.join().status_code == 429  # or each try would be worth it
        assert site.ask("GET", "/", headers=BEARER).status_code == 429
        assert site.ask("GET", "/", headers=cookie).status_code == 200


def test_who_tries_tokens_is_named_in_the_log_but_cannot_fill_it(caplog):
    attempts = Attempts()
    for _ in range(100):
        attempts.wrong("10.0.0.9")
    (line,) = caplog.messages
    assert "10.0.0.9" in line


def test_many_who_try_tokens_together_are_held_up_and_known_ones_are_not():
    attempts = Attempts()
    attempts.right("10.0.0.1")
    tries = 0
    while not attempts.wait(f"10.0.{tries // 256 + 1}.{tries % 256}"):
        attempts.wrong(f"10.0.{tries // 256 + 1}.{tries % 256}")
        tries += 1
        assert tries < 1000
    assert attempts.wait("10.1.1.1")
    assert not attempts.wait("10.0.0.1")


def test_a_rate_lets_a_burst_through_and_then_so_many_a_second():
    now = 0.0
    rate = Rate(per_second=2, burst=3, clock=lambda: now)
    assert [rate.take("a") for _ in range(4)] == [True, True, True, False]
    assert rate.take("b")
    assert rate.wait("a") == pytest.approx(0.5)
    now = 0.5
    assert [rate.take("a") for _ in range(2)] == [True, False]


def test_a_rate_remembers_no_more_clients_than_it_may():
    rate = Rate(per_second=0.1, burst=2, clients=10)
    for number in range(1000):
        rate.take(str(number))
    assert len(rate) == 10


def test_one_machine_is_one_client_whatever_address_it_takes_of_its_network():
    assert client_of("2001:db8:1:2:3:4:5:6") == client_of("2001:db8:1:2::1")
    assert client_of("2001:db8:1:3::1") != client_of("2001:db8:1:2::1")
    assert client_of("::ffff:10.0.0.1") == client_of("10.0.0.1") != client_of("10.0.0.2")
    assert client_of("fe80::1%eth0") == client_of("fe80::2")


def test_visitors_stay_in_when_the_server_starts_again_with_the_same_token(kept):
    with serving(token=TOKEN) as site:
        _, value = site.cookie()["cookie"].split("=", 1)
    for token, status in ((TOKEN, 200), ("another-token-1", 401)):
        with serving(token=token) as again:
            headers = {"cookie": f"neteyes-{again.port}={value}"}
            assert again.ask("GET", "/", headers=headers).status_code == status
    key = kept / "serve" / "cookie.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert Token(TOKEN, b"another key").cookie != Token(TOKEN, key.read_bytes()).cookie


def test_a_made_token_is_another_at_each_start_and_shown_in_no_message(kept):
    first, second = make_token(None), make_token(None)
    assert first.secret != second.secret and len(first.secret) >= 32
    assert first.secret not in repr(first)
    access = Access("127.0.0.1:0")
    secret = access.invitation(1).secret
    assert redact(f"GET /join?x={secret} failed") == "GET /join?x=*** failed"


@pytest.mark.parametrize(
    "token", ["", "short", "eleven-char", "two words that are long", "schlüsselschlüssel"]
)
def test_a_token_that_could_be_guessed_or_that_no_header_holds_is_refused(kept, token):
    with pytest.raises(UsageError, match="at least 12"):
        Access("0.0.0.0:0", token=token)
