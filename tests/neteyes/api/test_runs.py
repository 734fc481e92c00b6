"""`neteyes.run` does what the command does, and gives the report to the program."""

import json
import signal
import threading
from pathlib import Path

import av
import pytest

import neteyes

SCENE = "scene://duel?size=160x120&seconds=0.5"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_report_is_what_the_command_writes(tmp_path) -> None:
    report = neteyes.run(SCENE, ["out.mkv", Path("last.png")], pace=False, height=64, report="r.json")
    assert report.frames_in == report.frames_out == 15
    assert [(output.name, output.written) for output in report.outputs] == [("out.mkv", 15), ("last.png", 15)]
    assert (report.bundle, report.input, report.error, report.feed) == ("small", SCENE, None, None)
    assert json.loads(report.as_json()) == json.loads(json.dumps(report.as_dict()))
    written = json.loads(Path("r.json").read_text())
    assert {**report.as_dict(), "device_ms": None} == {"device_ms": None, **written}
    with av.open("out.mkv") as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 15


def test_a_live_feed_is_in_the_report() -> None:
    report = neteyes.run("scene://duel?size=64x48&seconds=0.3", "null://", height=64)
    assert report.feed is not None and report.feed.state == "live"


def test_options_may_come_all_at_once_and_keywords_win() -> None:
    options = neteyes.RunOptions(input=SCENE, output=["null://"], pace=False, frames=5, height=64)
    assert neteyes.run(options).frames_out == 5
    assert neteyes.run(options, frames=3).frames_out == 3


def test_a_config_file_says_what_the_program_does_not() -> None:
    Path("mirror.toml").write_text(
        f'input = "{SCENE}"\noutput = "null://"\npace = false\nframes = 4\nheight = 64\n'
    )
    assert neteyes.run(config="mirror.toml").frames_out == 4
    assert neteyes.run(config="mirror.toml", frames=2).frames_out == 2
    Path("mirror.toml").write_text("hight = 64\n")
    with pytest.raises(neteyes.UsageError, match=r"mirror.toml, line 1: .*Did you mean 'height'"):
        neteyes.run(config="mirror.toml")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hight": 64}, "no option 'hight'"),
        ({"view": "pictures"}, "Did you mean 'picture'"),
        ({"seconds": float("nan")}, "seconds wants a number"),
        ({"flash_guard": False}, "yes=True"),
        ({"output": "out.xyz"}, "out.xyz"),
        ({"swap": {"person": "beer"}}, "bear"),
        ({"input": 3.5}, "input wants text in quotes"),
    ],
)
def test_errors_are_raised_and_the_program_goes_on(options, words) -> None:
    with pytest.raises(neteyes.UsageError, match=words):
        neteyes.run(**{"input": SCENE, "output": "null://", **options})


def test_an_input_that_is_not_there_ends_no_program() -> None:
    with pytest.raises(neteyes.SourceError, match=r"nosuch\.mp4"):
        neteyes.run("nosuch.mp4", "null://")


def test_an_error_on_the_way_is_raised_after_the_report_is_written() -> None:
    with pytest.raises(neteyes.SourceError, match="port 9"):
        neteyes.run("rtsp://127.0.0.1:9/x", "null://", retry=0, report="r.json")
    assert "127.0.0.1" in json.loads(Path("r.json").read_text())["error"]


def test_a_program_ends_a_run_from_another_thread() -> None:
    stop, reports = threading.Event(), []
    thread = threading.Thread(
        target=lambda: reports.append(neteyes.run("scene://duel?size=64x48", "out.mkv", height=64, stop=stop))
    )
    thread.start()
    stop.set()
    thread.join(30)
    assert reports and reports[0].error is None


def test_signals_stay_the_programs_own_unless_it_asks() -> None:
    mine = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    seen = []

    class Look(threading.Event):
        def is_set(self) -> bool:
            seen.append((signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)))
            return super().is_set()

    neteyes.run(SCENE, "null://", pace=False, height=64, stop=Look())
    assert set(seen) == {mine}
    seen.clear()
    neteyes.run(SCENE, "null://", pace=False, height=64, stop=Look(), catch_signals=True)
    assert mine not in seen
    assert mine == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))


def test_signals_cannot_be_caught_in_another_thread() -> None:
    said = []

    def attempt() -> None:
        try:
            neteyes.run(SCENE, "null://", catch_signals=True)
        except neteyes.UsageError as error:
            said.append(str(error))

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join(30)
    assert "main thread" in said[0]
