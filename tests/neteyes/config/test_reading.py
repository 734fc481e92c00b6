"""A config file is right as a whole, or every fault is told with its line and what was meant."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from engines.errors import UsageError
from neteyes.config import read_config

SECRET = "s3cret/w@rd"


def faults_of(path, context, environ=None):
    with pytest.raises(UsageError) as told:
        read_config(path, context, environ or {})
    return str(told.value).split("\n")


def test_keys_mean_what_flags_mean(file, run_context):
    config = read_config(
        file(
            'input = "rtsp://admin:${CAMERA_PASSWORD}@camera/live"\n'
            'output = ["a.mp4", "${CLIPS}/b.mkv"]\n'
            'view = "labels"\nmirror = false\nheight = 256\nsteadiness = 1\ninput-rate = 12.5\n'
            'report = "r.json"\n[swap]\nperson = "bear"\n"potted plant" = "tree"\n'
        ),
        run_context,
        {"CAMERA_PASSWORD": SECRET, "CLIPS": "/srv"},
    )
    assert {name: setting.value for name, setting in config.settings.items()} == {
        "input": "rtsp://admin:s3cret%2Fw%40rd@camera/live",
        "output": ["a.mp4", "/srv/b.mkv"],
        "view": "labels",
        "mirror": False,
        "height": 256,
        "steadiness": 1.0,
        "input-rate": 12.5,
        "report": Path("r.json"),
        "swap": ["person=bear", "potted plant=tree"],
    }
    assert config.secrets == {SECRET, "s3cret%2Fw%40rd"}
    assert config.place("height") == "mirror.toml, line 5"
    assert SECRET not in repr(config)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('output = "a.mp4"', ["a.mp4"]),
        ('swap = "person=bear"', ["person=bear"]),
        ('swap = ["person=bear", "sky=sea"]', ["person=bear", "sky=sea"]),
        ('swap.person = "bear"', ["person=bear"]),
        ('swap = { person = "bear" }', ["person=bear"]),
        ("swap = []", []),
    ],
)
def test_a_list_may_be_one_text_and_pairs_a_table(file, run_context, text, values):
    (setting,) = read_config(file(text), run_context).settings.values()
    assert setting.value == values


def test_every_flag_of_run_is_a_key(file, run_context):
    """Also those that were added after this test was written."""
    flags = {flag for parameter in run_context.command.params for flag in parameter.opts}
    keys = {flag.removeprefix("--") for flag in flags} - {"config"}
    assert {"input", "output", "swap", "input-width", "flash-guard"} <= keys
    # A date suits none of them, so each that is known says what it wants.
    told = faults_of(file("".join(f"{key} = 2024-01-01\n" for key in sorted(keys))), run_context)
    assert len(told) == len(keys)
    assert all("wants" in fault and "a date or time" in fault for fault in told)


FAULTS = [
    ("hight = 256", "Unknown key 'hight'. Did you mean 'height'?"),
    ("input_width = 640", "Unknown key 'input_width'. Did you mean 'input-width'?"),
    ("Mirror = true", "Unknown key 'Mirror'. Did you mean 'mirror'?"),
    ("no-mirror = true", "Unknown key 'no-mirror'. Write mirror = false."),
    ("[input]\nwidth = 640", "line 2: Unknown key 'input.width'. Did you mean 'input-width'?"),
    ("[zebra]", "Unknown key 'zebra'. Keys are the names of flags"),
    ("help = true", "Unknown key 'help'"),
    ('height = "256"', "height wants a whole number, not text."),
    ("height = true", "height wants a whole number, not true or false."),
    ("height = 256.0", "height wants a whole number, not a number with a point."),
    ("input = 0", "input wants text in quotes, not a whole number."),
    ("input = ['a', 'b']", "input wants text in quotes, not a list."),
    ('mirror = "yes"', "mirror wants true or false, not text."),
    ("steadiness = false", "steadiness wants a number, not true or false."),
    ("output = 1", "output wants text in quotes, a list, not a whole number."),
    ("output = ['a.mp4', 2]", "Each output wants text in quotes, not a whole number."),
    ("[output]\na = 1", "line 2: Unknown key 'output.a'."),
    ("swap = 1", "swap wants text in quotes, a list or a table, not a whole number."),
    (
        "[swap]\nperson = 'bear'\nheight = 256",
        "line 3: swap.height wants text in quotes. All below [swap] belongs to it; other keys come above.",
    ),
    ("view = 'labls'", "view wants one of picture, labels, triptych, overlay. Did you mean 'labels'?"),
    ("height = 12", "height: "),
    ("steadiness = 1.5", "steadiness: "),
    ("input = 'rtsp://${P}@camera/'", "${P} is not set. Set P in the environment of neteyes."),
    ("output = [\n 'a.mp4',\n '${GONE}',\n]", "line 3: ${GONE} is not set."),
    ("height = \n\n", "line 1: not TOML at column 10: Invalid value."),
    ("height = 2\n\nheight = 3", "line 3: not TOML: Cannot overwrite a value."),
    ("\noutput = ['a.mp4',\n'b.mp4'\n#", "line 2: not TOML: Unclosed array."),
    ('headless = true\ninput = """a\nheight = 2\n', "line 2: not TOML: Unterminated string."),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS, ids=[text.split("\n")[0] for text, _ in FAULTS])
def test_a_fault_is_told_with_its_line_and_what_was_meant(file, run_context, text, fault):
    (told,) = faults_of(file(text), run_context)
    assert told.startswith("mirror.toml")
    assert fault in told
    assert "line" in told


def test_all_faults_are_told_at_once_in_the_order_of_the_file(file, run_context):
    told = faults_of(file('hight = 1\nview = "all"\ninput = "${A}${B}"\nheight = "x"\n'), run_context)
    assert [fault.split(":")[0] for fault in told] == [
        f"mirror.toml, line {line}" for line in (1, 2, 3, 3, 4)
    ]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b"view = 'caf\xe9'"), "not UTF-8"),
        (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
        (lambda path: path.unlink(), "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_usage_error(file, run_context, spoil, message):
    path = file("")
    spoil(path)
    (told,) = faults_of(path, run_context)
    assert message in told
    assert "mirror.toml" in told


def test_a_file_from_windows_is_read(file, run_context):
    path = file("")
    path.write_bytes(b'\xef\xbb\xbfview = "labels"\r\n\r\nheight = 256\r\n')
    settings = read_config(path, run_context).settings
    assert {name: setting.line for name, setting in settings.items()} == {"view": 1, "height": 3}


@pytest.mark.parametrize(
    "text",
    [
        "view = '${P}'",
        "input = ['rtsp://${P}@camera']",
        "height = '${P}'",
        "inputt = 'rtsp://admin:${P}@camera'",
        "swap = { person = '${P}', '${P}' = 1 }",
        f"view = 'rtsp://admin:{SECRET}@camera'",
        f"output = 1\ninput = ['rtsp://admin:{SECRET}@camera']",
    ],
)
def test_no_fault_shows_a_secret(file, run_context, text):
    told = " ".join(faults_of(file(text), run_context, {"P": SECRET}))
    assert SECRET not in told
    assert "s3cret" not in told


def parsed(text):
    if not text.endswith("s"):
        raise typer.BadParameter(f"'{text}' is no time.")
    return float(text[:-1])


class Card(Enum):
    ACE = "ace"
    KING = "king"


Every = Annotated[float, typer.Option("--every", parser=parsed, metavar="TIME")]
Token = Annotated[str | None, typer.Option("--token", parser=parsed)]
Cards = Annotated[list[Card] | None, typer.Option("--card", "-c")]


@pytest.fixture
def other_context():
    """A context of a command with options that `run` has not."""
    made = typer.Typer()

    @made.command()
    def command(every: Every = 1.0, token: Token = None, card: Cards = None, deep_down: bool = False) -> None:
        pass

    return typer.Context(get_command(made), info_name="command")


def test_options_of_any_kind_are_keys_without_being_named_anywhere(file, other_context):
    config = read_config(file('every = "5s"\ncard = ["ace", "king"]\ndeep-down = true'), other_context)
    assert [setting.value for setting in config.settings.values()] == [5.0, [Card.ACE, Card.KING], True]
    (told,) = faults_of(file('card = ["ace", "kin"]'), other_context)
    assert told == "mirror.toml, line 1: card wants one of ace, king. Did you mean 'king'?"


def test_what_a_parser_refuses_is_told_with_its_line_and_without_secrets(file, other_context):
    assert faults_of(file('every = "5m"'), other_context) == ["mirror.toml, line 1: every: '5m' is no time."]
    (told,) = faults_of(file('every = "${P}"'), other_context, {"P": SECRET})
    assert told == "mirror.toml, line 1: every: what ${P} holds is not accepted. Correct it."
    (told,) = faults_of(file(f'token = "{SECRET}"'), other_context)
    assert told == "mirror.toml, line 1: token: its value is not accepted. Correct it."
