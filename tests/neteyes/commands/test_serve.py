"""`neteyes serve` on the command line, and its table in a config file."""

import socket
from pathlib import Path

import pytest

FILE = """\
view = "labels"

[serve]
listen = "127.0.0.1:0"
input = "scene://duel?size=160x90&rate=20&seconds=1"
token = "${MIRROR_TOKEN}"
visitors = 2

[serve.swap]
person = "bear"
"""


@pytest.fixture
def file(neteyes, monkeypatch):
    monkeypatch.setenv("MIRROR_TOKEN", "abcdefgh12345678")

    def write(text):
        path = Path("mirror.toml")
        path.write_text(text)
        return path

    return write


def test_both_parts_of_a_file_are_checked_and_shown(neteyes, file):
    assert neteyes("config", "check", file(FILE)).out == "mirror.toml is valid: 6 settings.\n"
    shown = neteyes("config", "show", "mirror.toml").out
    assert "[serve]" in shown and "127.0.0.1:0" in shown and "abcdefgh" not in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[serve]\nvisitors = 0", "mirror.toml, line 2: visitors"),
        ("[serve]\nlisen = 1", "mirror.toml, line 2: Unknown key 'lisen'. Did you mean 'listen'?"),
        ('[serve]\nlisten = "here"', "mirror.toml, line 2: 'here' is no address"),
        ('[serve.swap]\ndog = "cat"\npersn = "bear"', "mirror.toml, line 3: Unknown label 'persn'"),
        ('[serve]\ninput = "scene://dule"', "mirror.toml, line 2: Unknown scene: 'dule'"),
        ('view = "labels"\nserve = 3', "mirror.toml, line 2: serve is a table"),
        ('input = "scene://dule"\n[serve]\nbundle = "gone"', "mirror.toml, line 3: "),
        ("visitors = 3", "mirror.toml, line 1: Unknown key 'visitors'"),
    ],
)
def test_what_is_wrong_in_the_table_is_named_with_its_line(neteyes, file, text, message):
    result = neteyes("config", "check", file(text))
    assert result.code == 2 and message in result.err


def test_the_command_takes_its_table_and_ends_with_its_input(neteyes, file):
    result = neteyes("serve", "--config", file(FILE))
    assert result.code == 0, result.err


def test_a_run_looks_past_the_table(neteyes, file):
    assert neteyes("run", "scene://duel?size=64x48&seconds=0.1", "null://", "--config", file(FILE)).code == 0


def test_a_port_that_is_taken_and_a_wrong_swap_are_named(neteyes):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = neteyes("serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert result.code == 1 and "The port is taken" in result.err
    result = neteyes("serve", "--swap", "person=unicorn", "--listen", "127.0.0.1:0")
    assert result.code == 2 and "unicorn" in result.err


def test_without_the_extra_the_command_that_installs_it_is_named(neteyes, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "neteyes.serve.server", None)
    result = neteyes("serve")
    assert result.code == 1 and "pip install 'neteyes[serve]'" in result.err
