"""Test that no secrets stay in messages of libraries about a URL."""

import base64
from urllib.parse import quote

import pytest

from engines.errors import SourceError
from stream.redact import hide, redact, redact_lines, words_of
from stream.uri import parse

HARD = "p@s/s?w#r:d!"
URI = parse(f"fault+rtsp://some one:{HARD}@cam:8554/live?drop=0.1&api_key=k3y of mine")


@pytest.mark.parametrize(
    "quoted",
    [
        HARD,
        quote(HARD, safe=""),
        quote(HARD, safe="").lower(),
        quote(HARD),
        "some one",
        "some%20one",
        "some+one",
        "k3y of mine",
        "k3y%20of%20mine",
        base64.b64encode(f"some one:{HARD}".encode()).decode(),
    ],
)
def test_a_message_loses_the_secrets_however_it_quotes_them(quoted: str) -> None:
    for message in (
        f"login failed: {quoted}",
        f"{quoted}!",
        f"Authorization: Basic {quoted} (401)",
        URI.text,
    ):
        assert quoted not in URI.hide(message)
    assert URI.hide(f"login failed: {quoted}.") == "login failed: ***."


@pytest.mark.parametrize(
    "query",
    [
        "token=abc/DEFSECRET+gh==",
        "password=se?SECRET",
        "pwd=p#SECRET",
        "access_token=a;SECRET",
        *(f"{key}=SECRET" for key in ("pw", "loginuse", "loginpas", "userpwd", "session", "sid", "jwt")),
        *(f"{key}=SECRET" for key in ("credential", "credentials", "X-Amz-Credential", "client_secret")),
    ],
)
def test_a_token_is_hidden_whole_whatever_letters_it_is_typed_with(query: str) -> None:
    for text in (f"http://cam/x?size=2&{query}&rate=5", f"Cannot open http://cam/{query} at all"):
        shown = redact(text)
        assert "SECRET" not in shown
        assert shown.endswith(("=***&rate=5", "=*** at all"))
    value = query.partition("=")[2]
    assert "SECRET" not in hide(f"GET /x, {value}, failed", None, None, query)


def test_a_user_with_a_dot_is_hidden_although_it_may_be_a_host() -> None:
    """`parse` reads a host and its port; the user may have meant a user name and a password."""
    text = "rtsp://john.doe:1234/SECRET@cam/live"
    assert "SECRET" not in redact(text)
    assert "SECRET" not in str(parse(text))
    assert parse(text).host == "john.doe"
    assert redact("rtsp://10.0.0.2:554/cam@home") == "rtsp://10.0.0.2:554/cam@home"
    assert redact("rtsp://cam.local:554/live") == "rtsp://cam.local:554/live"


def test_each_line_of_a_page_is_redacted_by_itself() -> None:
    page = "open http://host:80/x\n  @decorator\nrtsp://me:hunter2@cam/live"
    assert redact_lines(page) == "open http://host:80/x\n  @decorator\nrtsp://***@cam/live"


def test_what_is_not_secret_stays_readable() -> None:
    assert URI.hide("cam: no route to host, live=1") == "cam: no route to host, live=1"
    assert parse("scene://duel").hide("duel is over") == "duel is over"


def test_a_short_secret_does_not_eat_the_words_around_it() -> None:
    uri = parse("rtsp://a:12@cam/x")
    assert (
        uri.hide("a failed attempt at 12:30 with 12, 123 bytes")
        == "*** failed attempt at ***:30 with ***, 123 bytes"
    )
    assert uri.hide("a:12@cam") == "***:***@cam"


def test_both_url_and_password_in_one_message() -> None:
    said = URI.hide(f"Cannot open {URI.url} with password {HARD}")
    assert said.startswith("Cannot open fault+rtsp://***@")
    assert HARD not in said
    assert "p%40s" not in said


@pytest.mark.parametrize(
    "key",
    ["authToken", "streamkey", "session_token", "passcode", "pin", "hdnts", "tok%65n", "cameraPassword"],
)
def test_a_key_that_ends_in_the_name_of_a_secret_has_its_value_hidden(key: str) -> None:
    url = f"https://cam/live?size=2&{key}=S3CRET&rate=5"
    assert redact(url) == f"https://cam/live?size=2&{key}=***&rate=5"
    assert "S3CRET" not in parse(url).hide("refused: S3CRET")


def test_a_url_that_lacks_a_slash_is_redacted_too() -> None:
    assert redact("There is no file rtsp:/me:hunter2@cam/live.") == "There is no file rtsp:/***@cam/live."


def test_our_own_errors_are_printed_unchanged_and_those_of_libraries_without_secrets():
    hint = "rtsp://***@camera wants a user. Write rtsp://USER:PASSWORD@camera"
    assert words_of(SourceError(hint)) == hint
    foreign = OSError(5, "Input/output error", "rtsp://admin:s3cret@camera/live")
    assert words_of(foreign) == "OSError: [Errno 5] Input/output error: 'rtsp://***@camera/live'"
    assert words_of(KeyboardInterrupt()) == "KeyboardInterrupt"
