"""`${NAME}`: where it may stand, and that a password of any letters arrives as it is."""

import pytest

from neteyes.config.variables import expand, shown
from stream.uri import parse

PASSWORDS = ["secret", "p@ss/#?:%", "100%41", "a b", "ö€", "://", "x@y@z", "$$", "${NAME}", "'\"\\"]


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("url", ["rtsp://admin:${P}@camera:8554/live", "https://${P}:${P}@host/a?b=c"])
def test_a_password_of_any_letters_arrives(url, password):
    named = parse(expand(url, {"P": password}).text)
    assert named.password == password
    assert named.host in ("camera", "host")
    assert password not in str(named).replace("://", "", password == "://")


def test_a_whole_login_and_a_whole_url_are_taken_as_typed():
    named = parse(expand("rtsp://${LOGIN}@camera/live", {"LOGIN": "admin:p/w"}).text)
    assert (named.user, named.password) == ("admin", "p/w")
    url = "rtsp://admin:p%2Fw@camera/live"
    assert expand("${URL}", {"URL": url}).text == url


def test_dollars_that_name_nothing_stay():
    assert expand("$5, $$5, $${HOME}, $HOME, 5$", {"HOME": "x"}).text == "$5, $5, ${HOME}, $HOME, 5$"


def test_a_value_is_not_looked_into():
    assert expand("${A}", {"A": "${B} $$", "B": "no"}).text == "${B} $$"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("${GONE}/x", "${GONE} is not set"),
        ("${VOID}", "${VOID} is empty"),
        ("${not a name}", "${not a name} names no variable"),
        ("${A:-b}", "${A:-b} names no variable"),
        ("${open", "${open names no variable"),
        ("${}", "${} names no variable"),
    ],
)
def test_a_variable_without_a_value_is_named(text, fault):
    expanded = expand(text, {"VOID": "", "A": "a"})
    (told,) = expanded.faults.values()
    assert told.startswith(fault)


def test_all_variables_without_a_value_are_named():
    assert set(expand("rtsp://${A}:${B}@${C}/", {"C": "camera"}).faults) == {"${A}", "${B}"}


def test_what_goes_into_a_url_is_a_secret_in_both_its_forms():
    assert expand("rtsp://admin:${P}@camera/", {"P": "a@b"}).secrets == {"a@b", "a%40b"}
    assert expand("rtsp://camera/${KEY}", {"KEY": "stream/key"}).secrets == {"stream/key"}
    assert expand("${A}", {"A": "token"}, secret=True).secrets == {"token"}


def test_a_folder_is_none():
    assert expand("${CLIPS}/a.mp4", {"CLIPS": "/srv"}).secrets == set()


@pytest.mark.parametrize(
    ("key", "text", "seen"),
    [
        ("input", "rtsp://admin:${P}@camera/live", "rtsp://***@camera/live"),
        ("input", "rtsp://admin:typed@camera/live?token=x", "rtsp://***@camera/live?token=***"),
        ("output", "${CLIPS}/a.mp4", "${CLIPS}/a.mp4"),
        ("metrics-token", "abc", "***"),
        ("keyframes", "abc", "abc"),
    ],
)
def test_what_is_shown_names_variables_and_hides_credentials(key, text, seen):
    assert shown(key, text) == seen


@pytest.mark.parametrize(
    "url",
    ["rtsp:/mirror:${P}@camera/live", "rstp:${P}@camera/live", "mirror:${P}@camera/live", "http:/h/${P}"],
)
def test_a_secret_in_a_misspelled_url_is_one_all_the_same(url):
    assert "hunter2" in expand(url, {"P": "hunter2"}).secrets


def test_a_folder_is_no_secret():
    assert expand("${DIR}/mirror.mkv", {"DIR": "/srv"}).secrets == frozenset()
