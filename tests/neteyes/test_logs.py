"""What a run logs: for a person, for a program, and never a secret."""

import json
import logging
import sys
import threading
import warnings
from datetime import datetime

import numpy as np
import pytest
import typer

from engines.errors import SourceError, UsageError
from neteyes.logs import OURS, logs
from stream import redact

SECRET = "rtsp://me:hunter2@camera/live"
log = logging.getLogger("stream.test")


@pytest.fixture
def lines(capsys):
    """Return what standard error holds, each line read as JSON; nothing may stand between them."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def state():
    """Everything about logging that a run could leave changed."""
    loggers = [logging.getLogger(name) for name in (None, *OURS)]
    return [(each.level, each.handlers[:], each.propagate, each.disabled) for each in loggers] + [
        warnings.showwarning,
        threading.excepthook,
    ]


def test_a_line_is_an_object_with_time_level_words_and_facts(lines):
    with logs(as_json=True):
        log.info("%s is back.", "camera", extra={"fields": {"feed": "camera", "gone": 2.5, "kind": None}})
    (line,) = lines()
    assert datetime.fromisoformat(line.pop("time")).utcoffset().total_seconds() == 0
    assert line == {
        "level": "info",
        "logger": "stream.test",
        "message": "camera is back.",
        "feed": "camera",
        "gone": 2.5,
        "kind": None,
    }


def test_the_time_is_utc_and_ends_in_z(capsys):
    with logs(as_json=True):
        log.info("now")
    assert json.loads(capsys.readouterr().err)["time"].endswith("Z")


def test_facts_of_any_kind_are_written_and_hide_nothing_that_is_there(lines):
    facts = {
        "message": "mine",
        "count": np.int64(3),
        "ratio": np.float32(0.5),
        "lost": float("nan"),
        "sizes": [(1, 2), {3}],
        "error": ValueError("no"),
        "odd": object(),
    }
    with logs(as_json=True):
        log.warning("two\nlines \udc80", extra={"fields": facts})
    (line,) = lines()
    assert line["message"] == "two\nlines \udc80"
    assert (line["message_"], line["count"], line["ratio"], line["lost"]) == ("mine", 3, 0.5, None)
    assert line["sizes"] == [[1, 2], [3]]
    assert line["error"] == "ValueError: no"


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_comes_through_from_anywhere(capsys, monkeypatch, as_json):
    monkeypatch.setenv("NETEYES_TRACEBACK", "1")
    monkeypatch.setattr(redact, "_known", ())
    redact.conceal(["geheim"])
    with logs(as_json=as_json):
        log.info("opening %s, or geheim", SECRET)
        log.info("facts", extra={"fields": {"a": {"b": [SECRET, {SECRET: "geheim"}]}}})
        for library in ("libav.rtsp", "PIL.Image", "matplotlib", "asyncio", "urllib3"):
            logging.getLogger(library).error("cannot open %s", SECRET)
            logging.getLogger(library).debug(SECRET)
        warnings.warn(f"cannot open {SECRET}", stacklevel=1)
        log.warning("too few arguments for %s and %s: " + SECRET, "x")
        try:
            raise OSError(f"Server says no: {SECRET}")
        except OSError:
            log.exception("It broke.")
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert "geheim" not in said
    assert said.count("rtsp://***@camera/live") >= 5


def test_a_library_that_tells_everything_is_heard_only_when_it_warns(lines):
    chatty = logging.getLogger("chatty")
    chatty.setLevel(logging.DEBUG)
    with logs(as_json=True):
        chatty.info("all is well")
        chatty.warning("not so well")
        log.debug("details")
        log.info("mine")
    assert [line["message"] for line in lines()] == ["not so well", "mine"]


def test_exceptions_are_words_and_a_traceback_only_if_asked_for(lines, monkeypatch):
    def fail():
        try:
            raise ValueError("bad\nnews")
        except ValueError:
            log.exception("It broke.")

    monkeypatch.delenv("NETEYES_TRACEBACK", raising=False)
    with logs(as_json=True):
        fail()
        monkeypatch.setenv("NETEYES_TRACEBACK", "1")
        fail()
    plain, traced = lines()
    assert plain["error"] == traced["error"] == "ValueError: bad news"
    assert "traceback" not in plain
    assert "in fail" in traced["traceback"]


@pytest.mark.parametrize("traced", [True, False])
@pytest.mark.parametrize("as_json", [True, False])
def test_an_error_that_ends_a_thread_is_told_without_secrets(capsys, monkeypatch, as_json, traced):
    def fails():
        raise OSError(f"Server says no: {SECRET}")

    monkeypatch.setenv("NETEYES_TRACEBACK", "1" if traced else "")
    with logs(as_json=as_json):
        threads = [threading.Thread(target=job, name="listener") for job in (fails, sys.exit)]
        for thread in threads:
            thread.start()
            thread.join()
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert ("in fails" in said) == traced
    if as_json:
        (line,) = map(json.loads, said.splitlines())
        assert line["error"] == "OSError: Server says no: rtsp://***@camera/live"
        said = line["message"]
    words = "internal error in the thread 'listener': OSError: Server says no: rtsp://***@camera/live. Please"
    assert words in said


def test_a_person_reads_sentences(capsys):
    with logs() as console:
        log.info("camera [red]is back.", extra={"fields": {"feed": "camera"}})
        log.warning("camera has stopped sending.")
        console.print("a line of the progress")
    assert capsys.readouterr().err.splitlines() == [
        "camera [red]is back.",
        "warning: camera has stopped sending.",
        "a line of the progress",
    ]


def test_what_a_server_says_does_not_steer_the_terminal(capsys):
    with logs():
        log.warning("It says: \x1b[2J\x1b]0;title\x07\rowned\nwarning: forged")
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\r" not in said
    assert len(said.splitlines()) == 1


def test_with_json_a_persons_lines_are_not_there(capsys):
    with logs(as_json=True) as console:
        console.print("a line of the progress")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (SourceError(f"{SECRET} refused.", "refused"), 1, "rtsp://***@camera/live refused."),
        (UsageError("No such view."), 2, "No such view."),
        (ZeroDivisionError("division by zero"), 1, "internal error"),
    ],
)
def test_with_json_the_error_that_ends_the_run_is_a_line_too(lines, error, code, words):
    with pytest.raises(SystemExit) as ended, logs(as_json=True):
        raise error
    assert ended.value.code == code
    (line,) = lines()
    assert (line["level"], line["exit_code"]) == ("error", code)
    assert line["message"].startswith(words)


def test_for_a_person_errors_are_left_to_the_front_door(capsys):
    with pytest.raises(SourceError), logs():
        raise SourceError("gone")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("error", [typer.Exit(3), KeyboardInterrupt()])
def test_ends_that_are_no_errors_pass(capsys, error):
    with pytest.raises(type(error)), logs(as_json=True):
        raise error
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("as_json", [True, False])
def test_afterwards_logging_is_as_it_was(as_json):
    before = state()
    with logs(as_json=as_json):
        assert state() != before
    assert state() == before
    with pytest.raises(KeyboardInterrupt), logs(as_json=as_json):
        raise KeyboardInterrupt
    assert state() == before


@pytest.mark.parametrize("as_json", [True, False])
def test_a_reader_who_left_ends_no_run(as_json, monkeypatch):
    class Gone:
        encoding = "utf-8"

        def write(self, text):
            raise BrokenPipeError

        flush = write

    with logs(as_json=as_json) as console:
        monkeypatch.setattr(sys, "stderr", Gone())
        console.print("nobody hears this")
        log.warning("nobody hears this")
