"""`neteyes config`, and `neteyes run --config`, as their users meet them."""

import os
import re
from pathlib import Path

import pytest

from stream.sinks.null import NullSink

ROOT = Path(__file__).parents[3]
SECRET = "p@ss/#?:%41"


@pytest.fixture
def file(neteyes, monkeypatch):
    monkeypatch.setenv("CAMERA_PASSWORD", SECRET)

    def write(text):
        path = Path("mirror.toml")
        path.write_text(text)
        return path

    return write


def test_a_sound_file_is_said_to_be_sound(neteyes, file):
    result = neteyes("config", "check", file('view = "labels"\noutput = "null://"\n'))
    assert result.code == 0
    assert result.out == "mirror.toml is valid: 2 settings.\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("view = ", "mirror.toml, line 1: not TOML"),
        ("\nhight = 3", "mirror.toml, line 2: Unknown key 'hight'. Did you mean 'height'?"),
        ("view = 3", "mirror.toml, line 1: view wants text in quotes, not a whole number."),
        ('input = "${NO_SUCH_THING}"', "mirror.toml, line 1: ${NO_SUCH_THING} is not set."),
        ('input = "rtps://camera/"', "mirror.toml, line 1: Unknown scheme rtps://"),
        ('\noutput = "ftp://a/b.mp4"', "mirror.toml, line 2: Unknown scheme ftp://"),
        ('[swap]\ndog = "cat"\npersn = "bear"', "mirror.toml, line 3: Unknown label 'persn'"),
        ('swap = [\n  "dog=cat",\n  "person",\n]', "mirror.toml, line 3: A swap reads NAME=NAME"),
        ('swap = ["dog=cat", "dog=bear"]', "mirror.toml, line 1: 'dog' is swapped twice"),
        ('input = "scene://dule"', "mirror.toml, line 1: Unknown scene: 'dule'"),
        ('\ninput = "rtsp://h/x"\ninput-width = 640', "mirror.toml, line 2: Only a camera can be asked"),
        ('backend = "opnvino"', "mirror.toml, line 1: Unknown backend 'opnvino'"),
        ('metrics = "0.0.0.0:9108"', "mirror.toml, line 1: Others can reach 0.0.0.0:9108"),
        ('bundle = "gone"', "mirror.toml, line 1: "),
        ('swap-file = "gone.txt"', "Cannot read the swap file gone.txt"),
        ('input = "screen://?window=pong&rate=0"', "mirror.toml, line 1: rate=0 is invalid"),
        ('input = "fault+scene://duel?drop=7"', "mirror.toml, line 1: drop=7 is invalid"),
        ('\noutput = ["a.mkv", "./a.mkv"]', "mirror.toml, line 2: The same output is given twice"),
        ('input = "a.mkv"\noutput = "./a.mkv"', "mirror.toml, line 2: a.mkv is both the input and an output"),
        ('output = "null://"\nfullscreen = true', "mirror.toml, line 2: --fullscreen is for a window"),
        ('output = "null://"\nfill = true', "mirror.toml, line 2: --fill is for a window"),
        ('output = "display://x"', "mirror.toml, line 1: 'display://x' names no monitor."),
        ('headless = true\noutput = "display://"', "mirror.toml, line 2: --headless and display:// exclude"),
        ("\nflash-guard = false", "mirror.toml, line 2: Without the flash guard a start asks"),
        ('report = "mirror.toml"', "mirror.toml cannot hold the report"),
        ('report = "no/r.json"', "mirror.toml, line 1: Cannot write the report no/r.json"),
        ('segment = "10m"\noutput = "a.png"', "mirror.toml, line 1: --segment cuts recordings"),
        ('output = "a.mkv"\nkeep = "7d"', "mirror.toml, line 2: --keep deletes old segments"),
    ],
)
def test_a_wrong_file_is_usage_and_the_line_is_named(neteyes, file, text, message):
    result = neteyes("config", "check", file(text))
    assert result.code == 2
    assert message in result.err


def test_all_that_is_wrong_is_told_at_once(neteyes, file):
    text = 'input = "scene://dule"\nkeep = "7d"\nmetrics = "here"\nswap = "persn=bear"\nbackend = "best"\n'
    result = neteyes("config", "check", file(text))
    assert result.code == 2
    assert re.findall(r"mirror.toml, line (\d):", result.err) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "text",
    [
        'input = "rtps://camera/${CAMERA_PASSWORD}"',
        'input = "rtsp://cam era:554/${CAMERA_PASSWORD}/live"',
        'input = "http://h/${CAMERA_PASSWORD}"\noutput = "rtps://h/${CAMERA_PASSWORD}"',
        'input = "fault+rtsp://h/x?drop=${CAMERA_PASSWORD}"',
    ],
)
def test_what_is_wrong_is_told_without_what_a_variable_holds(neteyes, file, monkeypatch, text):
    monkeypatch.setenv("CAMERA_PASSWORD", "s3cret-path")
    result = neteyes("config", "check", file(text))
    assert result.code == 2
    assert "***" in result.err
    assert "s3cret" not in result.err


def test_a_missing_file_is_usage(neteyes):
    result = neteyes("config", "show", "gone.toml")
    assert result.code == 2
    assert "gone.toml: No such file" in result.err


def test_all_settings_are_shown_and_no_secret(neteyes, file):
    path = file(
        'input = "rtsp://admin:${CAMERA_PASSWORD}@camera.local/a-path-that-is-longer-than-a-terminal-is-wide"\n'
        'output = ["https://typed:inhere@host/live?token=${CAMERA_PASSWORD}", "${CAMERA_PASSWORD}.mp4"]\n'
        "steadiness = 0.5\n[swap]\nperson = 'bear'\n"
    )
    result = neteyes("config", "show", path)
    assert result.code == 0
    words = " ".join(result.out.split())
    assert '"rtsp://***@camera.local/' in words
    assert "steadiness 0.5 line 3" in words
    assert 'swap ["person=bear"] line 4' in words
    assert re.search(r"height 512 +default", words)
    assert "${CAMERA_PASSWORD}.mp4" in "".join(result.out.split())
    for secret in (SECRET, "p%40ss", "admin", "typed", "inhere"):
        assert secret not in result.out + result.err


def blocks(page):
    return re.findall(r"^```toml\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "text",
    [pytest.param((ROOT / "deploy/mirror.toml").read_text("utf-8"), id="deploy/mirror.toml")]
    + [
        pytest.param(text, id=f"docs/config.md {place}")
        for place, text in enumerate(blocks("docs/config.md"))
    ],
)
def test_what_we_show_as_examples_is_sound(neteyes, file, monkeypatch, text):
    for name in re.findall(r"\$\{(\w+)\}", text):
        monkeypatch.setenv(name, "value")
    result = neteyes("config", "check", file(text))
    assert (result.code, result.err) == (0, "")


def test_a_run_by_config_that_fails_shows_no_secret(neteyes, file):
    path = file(
        'input = "rtsp://admin:${CAMERA_PASSWORD}@127.0.0.1:1/live"\noutput = "null://"\n'
        'report = "r.json"\nretry = 0\nseconds = 9\n'
    )
    result = neteyes("run", "--config", path, "--seconds", 2)
    assert result.code == 1
    assert "127.0.0.1:1" in result.err
    written = "".join(found.read_text() for found in Path().glob("*.json"))
    for secret in (SECRET, "p%40ss", "admin"):
        assert secret not in result.out + result.err + written


def test_a_wrong_config_ends_with_two_and_every_fault(neteyes, file):
    result = neteyes("run", "--config", file("hight = 3\nview = 4\n"))
    assert result.code == 2
    assert "line 1: Unknown key 'hight'" in result.err
    assert "line 2: view wants text" in result.err


@pytest.mark.alone
def test_a_changed_config_is_taken_up_while_it_runs(neteyes, file, monkeypatch, a_second_a_look, await_words):
    text = 'input = "scene://duel?size=256x256"\noutput = "null://"\npace = false\nframes = 60\nheight = 64\n'
    write = NullSink.write

    def change(changed):
        Path("other").write_text(changed)
        os.replace("other", "mirror.toml")

    def edit(sink, frame):
        if frame.index == 3:
            change("hight = 3\n")
        if frame.index == 20:
            await_words("hight")
            change(text.replace("64", "128") + 'view = "labels"\n')
        if frame.index == 40:
            await_words("restart")
        return write(sink, frame)

    monkeypatch.setattr(NullSink, "write", edit)
    result = neteyes("run", "--config", file(text))
    assert result.code == 0
    assert "Unknown key 'hight'" in result.err
    assert "view" in result.err
    assert "height" in result.err
    assert "restart" in result.err


@pytest.mark.alone
def test_a_headless_run_whose_output_leaves_the_config_goes_on_with_none(
    neteyes, file, monkeypatch, await_words
):
    text = 'input = "scene://duel?size=256x256"\nheadless = true\npace = false\nframes = 40\nheight = 64\n'
    write = NullSink.write

    def edit(sink, frame):
        if frame.index == 3:
            Path("other").write_text(text)
            os.replace("other", "mirror.toml")
        if frame.index == 20:
            await_words("output changed")
        return write(sink, frame)

    monkeypatch.setattr(NullSink, "write", edit)
    result = neteyes("run", "--config", file(text + 'output = ["a.mkv", "null://"]\n'))
    assert result.code == 0
    assert "output changed" in result.err
    assert "window" not in result.err
    assert "null://: " in result.err
