"""How errors reach the user: one line, an exit code, and no traceback that nobody asked for."""

import os
import subprocess
import sys

import pytest

from engines.errors import UsageError
from neteyes import run_session
from neteyes.__main__ import main
from neteyes.internal_errors import TRACEBACK


def breaks(*_):
    raise RuntimeError("cannot parse\n'rtsp://admin:s3cret@camera/live'")


def test_a_bug_is_one_line_with_exit_code_one_and_no_password(neteyes, monkeypatch, capsys):
    monkeypatch.setattr(run_session, "open_bundle", breaks)
    result = neteyes("run")
    assert result.code == 1
    assert result.err.startswith(
        "neteyes: internal error: RuntimeError: cannot parse 'rtsp://***@camera/live'."
    )
    assert "Please report it" in result.err
    assert "s3cret" not in result.err


def test_its_traceback_is_shown_to_whoever_asks_without_the_password(monkeypatch, capsys):
    monkeypatch.setattr(run_session, "open_bundle", breaks)
    monkeypatch.setattr(sys, "argv", ["neteyes", "run"])
    monkeypatch.setenv(TRACEBACK, "1")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "in breaks" in shown
    assert "rtsp://***@camera/live" in shown
    assert "s3cret" not in shown


def test_an_error_of_our_own_shows_no_password_even_where_its_words_hold_one(neteyes, monkeypatch):
    def refuses(*_):
        raise UsageError("No such bundle:\nrtsp://admin:s3cret@camera/live")

    monkeypatch.setattr(run_session, "open_bundle", refuses)
    result = neteyes("run", "scene://duel", "null://")
    assert result.code == 2
    assert "No such bundle: rtsp://***@camera/live" in result.err


def test_a_bug_in_the_loop_leaves_a_report_without_the_password(neteyes, report, monkeypatch):
    from stream.sinks.null import NullSink

    monkeypatch.setattr(NullSink, "write", breaks)
    result = neteyes("run", "scene://duel?size=64x64", "null://", "--report", "r.json", "--no-pace")
    assert result.code == 1
    assert "internal error" in result.err
    assert report()["error"] == "RuntimeError: cannot parse 'rtsp://***@camera/live'"


def test_a_library_that_does_not_load_is_named_with_what_to_install():
    code = "import sys; sys.modules['cv2'] = None; from neteyes.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "run"], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert done.returncode == 1
    assert "cv2" in done.stderr
    assert "apt-get install libgl1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_option_is_usage(neteyes):
    assert neteyes("run", "--hedless").code == 2


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("run", "--help"), ("labels", "wall")])
def test_questions_are_answered_with_exit_code_zero(neteyes, words):
    result = neteyes(*words)
    assert result.code == 0
    assert result.out


def test_square_brackets_are_no_markup(neteyes):
    result = neteyes("run", "scene://duel?size=64x64", "[bold]a[/b].png", "--no-pace", "--frames", 1)
    assert result.code == 1
    assert "There is no folder '[bold]a['" in result.err
    result = neteyes("run", "scene://duel?size=64x64", "[bold].png", "--no-pace", "--frames", 1)
    assert result.code == 0
    assert "[bold].png: 1 frames" in result.err


@pytest.mark.parametrize("words", [(), ("cameras",)])
def test_what_was_typed_in_the_wrong_place_is_quoted_without_its_password(neteyes, words):
    result = neteyes(*words, "rtsp://bob:hunter2@cam/live")
    assert result.code == 2
    assert "rtsp://***@cam/live" in result.err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("words", [("labels",), ("models", "where"), ("--version",), ("--help",)])
def test_a_full_disk_behind_standard_output_is_no_internal_error(words, buffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": "" if buffered else "1"}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "neteyes", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=environment,
        )
    assert done.returncode == 1
    assert done.stderr.count("Cannot write to standard output: No space left on device.") == 1
    assert "internal error" not in done.stderr


def test_a_reader_who_left_is_no_error_to_tell():
    command = f"{sys.executable} -m neteyes labels | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "label" in done.stdout
    assert done.stderr == ""
