import pytest

from engines.errors import UsageError
from stream.uri import parse, redact

HARD = "p@s/s?w#r:d!"


@pytest.mark.parametrize(
    ("text", "scheme", "path"),
    [
        ("0", "v4l2", "0"),
        ("/dev/video2", "v4l2", "/dev/video2"),
        ("v4l2:///dev/video0", "v4l2", "/dev/video0"),
        ("camera://Logitech C920", "camera", "Logitech C920"),
        ("film.mp4", "file", "film.mp4"),
        ("file://film.mp4", "file", "film.mp4"),
        ("file:///films/a%20b.mp4", "file", "/films/a b.mp4"),
        ("concat:a.mp4|b.mp4", "file", "concat:a.mp4|b.mp4"),
        ("C:/films/a.mp4", "file", "C:/films/a.mp4"),
        ("what?.png", "file", "what?.png"),
    ],
)
def test_cameras_and_files_by_any_of_their_names(text: str, scheme: str, path: str) -> None:
    uri = parse(text)
    assert (uri.scheme, uri.path) == (scheme, path)


def test_a_scene_has_a_name_and_options() -> None:
    uri = parse("scene://duel?rate=60&mark=1")
    assert (uri.scheme, uri.host, uri.options) == ("scene", "duel", {"rate": "60", "mark": "1"})


@pytest.mark.parametrize("typed", [HARD, "p%40s%2Fs%3Fw%23r%3Ad%21"])
@pytest.mark.parametrize("place", ["cam", "cam:8554/live", "10.0.0.7/a/b?channel=1", "[::1]:554/x"])
def test_a_password_may_be_typed_raw_or_encoded(typed: str, place: str) -> None:
    uri = parse(f"rtsp://admin:{typed}@{place}")
    assert (uri.user, uri.password) == ("admin", HARD)
    assert uri.url == f"rtsp://admin:p%40s%2Fs%3Fw%23r%3Ad%21@{place}"
    assert str(uri) == f"rtsp://***@{place}"


def test_the_example_that_people_type() -> None:
    uri = parse("rtsp://user:p@ss#w!rd@host/path")
    assert (uri.user, uri.password, uri.host, uri.path) == ("user", "p@ss#w!rd", "host", "/path")


def test_an_at_sign_after_a_plain_host_belongs_to_the_path() -> None:
    for text in (
        "http://host/@someone/clip.mp4",
        "rtsp://10.0.0.2:554/cam@home",
        "http://localhost:80/x?to=a@b",
    ):
        uri = parse(text)
        assert uri.user is None
        assert str(uri) == uri.url == text


def test_what_would_break_a_request_is_encoded_or_refused() -> None:
    assert parse("http://host/my film.mp4?q=a b").url == "http://host/my%20film.mp4?q=a%20b"
    with pytest.raises(UsageError, match="control character"):
        parse("rtsp://host/a\r\nEvil: header")


def test_an_unknown_scheme_names_the_nearest_and_all_known_ones() -> None:
    with pytest.raises(UsageError, match=r"rtsq://.*Did you mean rtsp://\?.*scene://"):
        parse("rtsq://host/x")
    for text in ("ftp://host/x.mp4", "udp://239.0.0.1:1234", "concat://a|b", "pipe://0"):
        with pytest.raises(UsageError, match="Unknown scheme"):
            parse(text)


def test_other_schemes_may_be_known_elsewhere() -> None:
    assert parse("null://", schemes=("null", "file")).scheme == "null"
    assert parse("0", schemes=("null", "file")).scheme == "file"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "rtsp://",
        "rtsp:///x",
        "rtsp://host:99999/x",
        "http://:80/",
        "file://",
        "v4l2://",
        "camera://",
    ],
)
def test_half_a_name_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


SECRET = "hunter2"


@pytest.mark.parametrize(
    "text",
    [
        f"rtsp://admin:{SECRET}@host/x",
        f"rtsp://{SECRET}@host/x",
        f"rtsp://admin:1/{SECRET}@host/x",
        f"rtsp://admin:a@b/{SECRET}?#@host:554/x",
        f"rtps://admin:{SECRET}@host/x",
        f"http://host/x?token={SECRET}&size=1",
        f"http://host/x?a=1&PassWord={SECRET}",
        f"http://host/x?api_key={SECRET}",
        f"http://10.0.0.1/user=admin_password={SECRET}_channel=1",
        f"it failed: rtsp://admin:{SECRET}@host/x: no route",
        f"http://10.0.0.1/x and then rtsp://admin:{SECRET}@host/x",
        f"rtsp://admin:{SECRET}@host:99999/x",
    ],
)
def test_nothing_secret_is_ever_printed(text: str) -> None:
    assert SECRET not in redact(text)
    try:
        uri = parse(text)
    except UsageError as error:
        assert SECRET not in str(error)
    else:
        if uri.scheme != "file":  # a bare path has no secrets
            assert SECRET not in f"{uri} {uri!r} {[uri]}"


def test_what_is_not_secret_stays_readable() -> None:
    for text in ("film.mp4", "scene://duel?rate=60", "rtsp://host:554/live?channel=1&subtype=0"):
        assert redact(text) == text
    assert redact("http://host/x?token=a&size=2") == "http://host/x?token=***&size=2"
