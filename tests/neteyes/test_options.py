"""The options of a run are written once: the command line, the config file and programs have the same."""

import inspect
from dataclasses import fields
from pathlib import Path

import pytest

from engines.errors import UsageError
from neteyes.commands.run import run
from neteyes.config.keys import keys_of
from neteyes.options import RunOptions, written_options

NAMES = [field.name for field in fields(RunOptions)]


def test_the_command_line_has_every_option_with_its_default(run_context) -> None:
    parameters = inspect.signature(run).parameters
    assert [name for name in parameters if name not in ("ctx", "log_json")] == NAMES
    assert RunOptions(**{name: parameters[name].default for name in NAMES}) == RunOptions()


def test_the_config_file_has_every_option_but_its_own_name(run_context) -> None:
    keys = {key.replace("-", "_") for key in keys_of(run_context)}
    assert keys == {*NAMES, "log_json"} - {"config"}


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"height": 12}, "height wants a whole number from 64 to 4320, not 12."),
        ({"height": "512"}, "height wants a whole number, not text."),
        ({"height": True}, "height wants a whole number, not true or false."),
        ({"height": None}, "height wants a whole number, not nothing."),
        ({"seconds": 0}, "seconds wants a number, 0.001 or more, not 0."),
        ({"seconds": float("nan")}, "seconds wants a number, 0.001 or more, not nan."),
        ({"view": "pictures"}, "Did you mean 'picture'?"),
        ({"output": [1]}, "Each output wants text in quotes, not a whole number."),
        ({"mirror": 1}, "mirror wants true or false, not a whole number."),
        ({"report": 3.5}, "report wants text in quotes, not a number with a point."),
        ({"threads": b"1"}, "threads wants a whole number, not a value of the type bytes."),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_in_words(option, words) -> None:
    with pytest.raises(UsageError, match=words.replace("?", r"\?")):
        RunOptions(**option)


def test_numbers_may_be_whole_where_fractions_may_be() -> None:
    assert RunOptions(seconds=2, steadiness=1).seconds == 2


def test_a_program_writes_a_text_for_a_path_or_a_list_and_a_dict_of_swaps() -> None:
    written = written_options({"output": "a.mkv", "swap": {"person": "bear"}, "report": "r.json"})
    assert RunOptions(**written) == RunOptions(output=["a.mkv"], swap=["person=bear"], report=Path("r.json"))


def test_an_option_that_there_is_not_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no option 'hight'\. Did you mean 'height'"):
        written_options({"hight": 256})


def test_printing_shows_no_password() -> None:
    options = RunOptions(
        input="rtsp://me:s3cret@camera/live", output=["rtsp://me:s3cret@b/x"], token="s3cret"
    )
    assert "s3cret" not in repr(options)
    assert "camera" in repr(options)
