"""`--config`: the file speaks where no flag does."""

import pytest
import typer

from engines.errors import UsageError
from neteyes.commands._options import with_options
from neteyes.config import ConfigWatch
from neteyes.options import RunOptions


@pytest.fixture
def said():
    """`said("--config", "mirror.toml", …)` is what a command with run's options gets."""
    made = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False)

    @made.command()
    @with_options
    def command(ctx: typer.Context, options: RunOptions) -> dict[str, object]:
        return {**vars(options), "watch": ConfigWatch.of_command(ctx)}

    return lambda *words: made(words, standalone_mode=False)


TEXT = """\
input = "rtsp://admin:${P}@camera/live"
output = ["a.mp4", "null://"]
view = "labels"
mirror = false
pace = false
height = 256
input-rate = 5
[swap]
person = "bear"
"""


@pytest.fixture
def config(file, monkeypatch):
    monkeypatch.setenv("P", "s3cret@rd")
    return file(TEXT)


def test_the_file_says_what_no_flag_says(said, config):
    got = said("--config", str(config))
    assert got["input"] == "rtsp://admin:s3cret%40rd@camera/live"
    assert got["output"] == ["a.mp4", "null://"]
    assert (got["view"], got["mirror"], got["pace"], got["height"]) == ("labels", False, False, 256)
    assert (got["input_rate"], got["swap"]) == (5.0, ["person=bear"])
    assert got["config"] == config


@pytest.mark.parametrize("place", [0, 100])
def test_a_flag_beats_the_file_wherever_it_stands(said, config, place):
    words = ["0", "b.mkv", "--view", "overlay", "--mirror", "--pace", "--swap", "sky=sea"]
    words[place:place] = ["--config", str(config)]
    got = said(*words)
    assert (got["input"], got["output"]) == ("0", ["b.mkv"])
    assert (got["view"], got["mirror"], got["pace"]) == ("overlay", True, True)
    assert got["swap"] == ["sky=sea"]
    assert got["height"] == 256


def test_the_outputs_of_the_file_stay_where_only_an_input_is_typed(said, config):
    got = said("0", "--config", str(config))
    assert (got["input"], got["output"]) == ("0", ["a.mp4", "null://"])


def test_without_a_file_all_is_as_ever(said):
    got = said()
    assert (got["input"], got["output"], got["swap"], got["view"]) == ("scene://duel", None, None, "picture")
    assert got["watch"].changes() == {}


def test_a_wrong_file_is_refused_before_anything_begins(said, file):
    with pytest.raises(UsageError, match=r"mirror.toml, line 1: .*Did you mean 'height'"):
        said("--config", str(file("hight = 256")), "--height", "64")


def test_help_shows_no_secret(said, config, capsys):
    said("--config", str(config), "--help")
    shown = capsys.readouterr()
    assert "--input-rate" in shown.out
    assert "s3cret" not in shown.out + shown.err
    assert "admin" not in shown.out + shown.err


def test_a_wrong_flag_beside_the_file_shows_no_secret(said, config, capsys):
    with pytest.raises(typer.BadParameter) as refused:
        said("--config", str(config), "--height", "no")
    assert "s3cret" not in refused.value.format_message()
