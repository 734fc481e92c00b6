"""The day on a GPU: parts with limits, resumed where it was cut off, and all of them on the fake device."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from benchmarks.gpu_day.day import Day
from benchmarks.gpu_day.day_page import read_results
from benchmarks.gpu_day.parts import Part, all_parts

ROOT = Path(__file__).parents[2]
CODE = (sys.executable, "-c")
WELL = "print('well')"
HANG = "import time; print('begun', flush=True); time.sleep(600)"


def part(name, *programs, seconds=60.0, **words):
    return Part(name, f"words of {name}", seconds, tuple((program,) for program in programs), **words)


@pytest.fixture
def day(tmp_path):
    return lambda **given: Day(tmp_path / "day", start=CODE, **given)


def states(outcomes):
    return {name: one.state for name, one in outcomes.items()}


def test_a_part_that_fails_does_not_keep_the_next_from_its_turn(day, tmp_path):
    outcomes = day().run([part("bad", "raise SystemExit('it is broken')", WELL), part("good", WELL)])
    assert states(outcomes) == {"bad": "failed", "good": "done"}
    assert outcomes["bad"].words == "it is broken"
    assert "well" not in (tmp_path / "day" / "bad.log").read_text()  # what follows a failure is not run
    assert "well" in (tmp_path / "day" / "good.log").read_text()
    summary = (tmp_path / "day" / "summary.md").read_text()
    assert "| bad | failed |" in summary and "it is broken" in summary


def test_the_next_call_goes_on_behind_what_is_done(day, tmp_path):
    day().run([part("one", WELL), part("two", "raise SystemExit(1)")])
    told = []
    outcomes = day().run([part("one", WELL), part("two", WELL)], told.append)
    assert states(outcomes) == {"one": "done", "two": "done"}
    assert (tmp_path / "day" / "one.log").read_text().count("well\n") == 1
    assert told[0].startswith("one: done before")


def test_a_part_is_ended_at_its_limit_with_all_its_processes(day, tmp_path):
    spawn = (
        "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; "
        "time.sleep(600)']); open(sys.argv[1], 'w').write(str(child.pid)); time.sleep(600)"
    )
    note = tmp_path / "pid"
    outcomes = day().run([Part("long", "", 3.0, ((spawn, str(note)),)), part("next", WELL)])
    assert states(outcomes) == {"long": "too long", "next": "done"}
    child = Path(f"/proc/{note.read_text()}/stat")
    assert not child.exists() or child.read_text().split()[2] == "Z"


def test_the_whole_day_has_an_end_too(day):
    outcomes = day(budget=6.0).run([part("long", HANG), part("late", WELL)])
    assert states(outcomes) == {"long": "too long", "late": "no time"}


def test_what_is_not_here_is_left_out_with_its_name(day):
    parts = [
        part("rtx", WELL, wants=("a_module_that_there_is_not",)),
        part("bad", "raise SystemExit(1)"),
        part("after", WELL, after="bad"),
    ]
    outcomes = day().run(parts)
    assert states(outcomes) == {"rtx": "left out", "bad": "failed", "after": "left out"}
    assert "a_module_that_there_is_not" in outcomes["rtx"].words
    assert outcomes["after"].words == "bad is not done"


def test_a_day_that_is_killed_keeps_what_it_found(tmp_path):
    program = f"""
import signal
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, if the tests run in the background
from tests.benchmarks.test_gpu_day import CODE, HANG, WELL, part
from benchmarks.gpu_day.day import Day
Day(Path({str(tmp_path / "day")!r}), start=CODE).run([part("one", WELL), part("two", HANG)])
"""
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, start_new_session=True)
    log = tmp_path / "day" / "two.log"
    deadline = time.monotonic() + 60
    while not (log.exists() and "begun" in log.read_text()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)  # for a file of another process there is no event
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    kept = json.loads((tmp_path / "day" / "day.json").read_text())
    assert kept["one"]["state"] == "done" and "two" not in kept
    assert "| one | done |" in (tmp_path / "day" / "summary.md").read_text()


def test_results_that_are_cut_short_are_left_out(tmp_path):
    for name, content in (("whole", '{"a": 1}'), ("short", '{"a": '), ("list", "[1]")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "r.json").write_text(content)
    assert read_results(tmp_path) == {"whole/r": {"a": 1}}


def test_the_day_is_eight_minutes_at_most_and_begins_with_what_is_worth_most():
    parts = list(all_parts())
    assert [one.name for one in parts][:4] == ["contract", "standins", "parity", "published"]
    assert Day(Path("x")).budget <= 480
    assert all(one.seconds <= 180 for one in parts)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_day_is_rehearsed_on_the_fake_device_from_end_to_end(tmp_path, monkeypatch):
    """Every part runs as on the day itself, but for the device and the width of the nets."""
    monkeypatch.setenv("NETEYES_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(ROOT)
    start = (sys.executable, "-m", "tests.fixtures.rehearsal")
    day = Day(tmp_path / "day", 850, start, has=lambda name: True)
    patient = [replace(one, seconds=600.0) for one in all_parts(0.5, "64x64", "{day}/pair")]
    outcomes = day.run(patient)
    logs = {name: (tmp_path / "day" / f"{name}.log").read_text()[-2000:] for name in outcomes}
    assert set(states(outcomes).values()) == {"done"}, (outcomes, logs)
    results = read_results(tmp_path / "day")
    for name in ("published", "rtx", "cuda", "tensorrt"):
        (loop,) = [one for key, one in results.items() if key.startswith(f"{name}/")]
        assert loop["throughput"]["fps"] > 0 and loop["live"]["age_ms"]["p95"] > 0
    assert results["parity/parity"]["segment"]["labels"] >= 0.99
    assert results["parity/parity"]["synthesize"]["mean"] <= 1
    summary = (tmp_path / "day" / "summary.md").read_text()
    assert "times as fast as the eager nets in fp16" in summary
    assert cv2.imread(str(tmp_path / "day" / "loops.png")) is not None
