import pytest

from engines.errors import UsageError
from stream.uri import parse, parse_output, redact

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
        ("concat:file:///etc/passwd|b", "file", "concat:file:///etc/passwd|b"),
        ("subfile,,start,0,end,9,,:/etc/passwd", "file", "subfile,,start,0,end,9,,:/etc/passwd"),
        ("exec:reboot", "file", "exec:reboot"),
        ("file:clip.mp4", "file", "file:clip.mp4"),
        ("data:video/mp4;base64,AAAA", "file", "data:video/mp4;base64,AAAA"),
        ("rtsp,listen,1://host/x", "file", "rtsp,listen,1://host/x"),
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


def test_characters_that_would_break_a_request_are_encoded_or_refused() -> None:
    assert parse("http://host/my film.mp4?q=a b").url == "http://host/my%20film.mp4?q=a%20b"
    for text in (
        "rtsp://host/a\r\nEvil: header",
        "rtsp://a%0d%0aEvil:x@host/x",
        "rtsp://a:b%00@host/x",
        "fault+http://a%0Ab:c@host/x",
        "file://a%00b.mp4",
        "scene://duel\x9b31m",
    ):
        with pytest.raises(UsageError, match="control character"):
            parse(text)


@pytest.mark.parametrize(
    "host",
    [
        "a,b",
        "a|b",
        "a;b",
        "a&b",
        "a=b",
        'a"b',
        "a\\b",
        "a%2Fb",
        "a%00b",
        "$(x)",
        "a<b",
        "concat:x|y",
        "file:x",
    ],
)
@pytest.mark.parametrize("scheme", ["rtsp", "http", "fault+rtsp"])
def test_a_host_holds_nothing_that_a_library_could_read_as_an_option(scheme: str, host: str) -> None:
    with pytest.raises(UsageError, match="host is invalid"):
        parse(f"{scheme}://{host}/x")


@pytest.mark.parametrize("host", ["a..b", ".a", "..", "a" * 64, f"cam.{'b' * 64}.de", "ü" * 63])
@pytest.mark.parametrize("place", ["{}/x", "{}:554/x", "me:pw@{}/x"])
def test_a_host_is_a_name_that_resolvers_take(host: str, place: str) -> None:
    with pytest.raises(UsageError, match="host is invalid"):
        parse(f"rtsp://{place.format(host)}")


def test_unusual_hosts_are_fine() -> None:
    for host in ("a" * 63, "cam.", "my_cam", "münchen.de", "[fe80::1]", "cam-2.local"):
        assert parse(f"rtsp://{host}/x").host == host


def test_a_protocol_in_a_path_or_query_stays_a_mere_text() -> None:
    for place in ("concat:a|b", "file:///etc/passwd", "x?url=exec:reboot&file:///etc/passwd"):
        assert parse(f"http://host/{place}").url.startswith("http://host/")
    assert parse("http://host/concat:a|b").url == "http://host/concat:a%7Cb"


def test_a_camera_is_never_a_url() -> None:
    for text in ("v4l2://http://host/x", "camera://rtsp://host/x", "fault+v4l2://file:///etc/passwd"):
        with pytest.raises(UsageError, match="names no camera"):
            parse(text)


def test_an_unknown_scheme_names_the_nearest_and_all_known_ones() -> None:
    with pytest.raises(UsageError, match=r"rtsq://.*Did you mean rtsp://\?.*scene://"):
        parse("rtsq://host/x")
    for text in (
        "ftp://host/x.mp4",
        "udp://239.0.0.1:1234",
        "concat://a|b",
        "pipe://0",
        "exec://x",
        "subfile://x",
        "data://x",
        "tcp://h:1",
        "fault+udp://h:1",
    ):
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
def test_an_incomplete_name_is_a_usage_error(text: str) -> None:
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
        f"fault+rtsp://admin:{SECRET}@host/x?drop=0.1",
        f"fault+rtsps://admin:{SECRET}@host/x",
        f"fault+http://host/x?token={SECRET}&stall=5s/30s",
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


@pytest.mark.parametrize("typed", [HARD, "p%40s%2Fs%3Fw%23r%3Ad%21"])
def test_an_input_with_faults_is_parsed_like_the_input_itself(typed: str) -> None:
    uri = parse(f"fault+rtsp://admin:{typed}@cam:8554/live?drop=0.1&stall=5s/30s")
    assert (uri.scheme, uri.user, uri.password) == ("fault+rtsp", "admin", HARD)
    assert (uri.host, uri.port, uri.path) == ("cam", 8554, "/live")
    assert uri.options == {"drop": "0.1", "stall": "5s/30s"}
    assert uri.is_faulty
    assert str(uri) == "fault+rtsp://***@cam:8554/live?drop=0.1&stall=5s/30s"
    assert uri.without_faults("a=1").url == "rtsp://admin:p%40s%2Fs%3Fw%23r%3Ad%21@cam:8554/live?a=1"
    assert not uri.without_faults("").is_faulty


@pytest.mark.parametrize(
    ("text", "path", "query"),
    [
        ("fault+file://clip.mp4?drop=0.1", "clip.mp4", "drop=0.1"),
        ("fault+file:///films/a%20b.mp4", "/films/a b.mp4", ""),
        ("fault+file://what?.mp4?reset=20s", "what?.mp4", "reset=20s"),
        ("fault+v4l2:///dev/video0?stall=5", "/dev/video0", "stall=5"),
        ("fault+camera://Logitech C920?stall=5", "Logitech C920", "stall=5"),
    ],
)
def test_files_and_cameras_with_faults_have_a_query(text: str, path: str, query: str) -> None:
    uri = parse(text)
    assert (uri.path, uri.query) == (path, query)
    assert str(uri) == text


def test_faults_of_encrypted_streams_are_refused() -> None:
    for scheme in ("rtsps", "https"):
        with pytest.raises(UsageError, match=rf"encrypted.*fault\+{scheme[:-1]}://"):
            parse(f"fault+{scheme}://admin:{SECRET}@host/x")
    with pytest.raises(UsageError, match=r"Did you mean fault\+rtsp://"):
        parse("fault+rtps://host/x")
    with pytest.raises(UsageError, match="names no file"):
        parse("fault+file://?drop=1")
    with pytest.raises(UsageError, match="Unknown scheme"):
        parse("fault+scene://duel", schemes=("null", "file"))


@pytest.mark.parametrize(
    ("text", "path", "options"),
    [
        ("out.mp4?crf=18", "out.mp4", {"crf": "18"}),
        ("file://a%20b.mp4?crf=18", "a b.mp4", {"crf": "18"}),
        ("FILE://out.mp4?crf=18", "out.mp4", {"crf": "18"}),
        ("a?b=c/out.mp4?crf=18", "a?b=c/out.mp4", {"crf": "18"}),
        ("out/?crf=18", "out/", {"crf": "18"}),
        ("what?a=b.mp4", "what?a=b.mp4", {}),
        ("why?.mp4", "why?.mp4", {}),
        ("file://out.mp4%3Fcrf=18", "out.mp4?crf=18", {}),
    ],
)
def test_an_output_file_has_options_behind_its_suffix(text, path, options):
    found = parse_output(text, ("file",))
    assert (found.scheme, found.path, found.options, str(found)) == ("file", path, options, text)
    assert parse(text, ("file",)).query == "", "an input's name may hold a question mark"
