"""Run the parts of a day on a GPU, each in processes of its own with a limit, and keep what was found.

The results are written after each part, so they are whole whenever the day is cut off. The next call goes on
behind the parts that are done.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import msgspec

from benchmarks.gpu_day.day_page import write_summary
from benchmarks.gpu_day.parts import Part

BUDGET = 480.0
"""Seconds of the whole day, unless told otherwise."""

LEAST = 5.0
"""The seconds that must be left for a part to begin."""

State = Literal["done", "failed", "too long", "left out", "no time"]
Start = tuple[str, ...]
"""The command that runs a module of Python; the module's name and arguments follow."""

PYTHON: Start = (sys.executable, "-m")


class Outcome(msgspec.Struct, kw_only=True, frozen=True):
    """The outcome of a part.

    Attributes:
        state: `done`; `failed`; `too long`: it was ended at its limit; `left out`: a module that it wants is
            not here, or the part before it is not done; `no time`: the day was over.
        words: why, if it is not done.
        seconds: how long it took.
    """

    state: State
    words: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Day:
    """A day: its folder, and how long it may last.

    Attributes:
        folder: holds `day.json`, `summary.md`, and for each part a log and a folder with results.
        budget: seconds of the whole day, the parts of earlier calls not counted.
        start: runs a module of Python.
        has: tells whether a module is here.
    """

    folder: Path
    budget: float = BUDGET
    start: Start = PYTHON
    has: Callable[[str], bool] = lambda name: find_spec(name) is not None

    def run(self, parts: Iterable[Part], tell: Callable[[str], None] = print) -> dict[str, Outcome]:
        """Run the parts that are not done yet, in order, and return the outcome of each.

        Args:
            parts: in order.
            tell: is called with what goes on.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        ends, outcomes = time.monotonic() + self.budget, self.outcomes()
        for part in parts:
            if (before := outcomes.get(part.name)) and before.state == "done":
                tell(f"{part.name}: done before, in {before.seconds:.0f} s")
                continue
            tell(f"{part.name}: {part.words}")
            outcomes[part.name] = outcome = self._run(part, outcomes, ends)
            tell(f"{part.name}: {outcome.state} {outcome.words}".rstrip() + f" ({outcome.seconds:.0f} s)")
            self._write(outcomes)
        return outcomes

    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcomes of the parts of earlier calls."""
        path = self.folder / "day.json"
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Outcome]) if path.is_file() else {}

    def _run(self, part: Part, outcomes: Mapping[str, Outcome], ends: float) -> Outcome:
        if missing := [name for name in part.wants if not self.has(name)]:
            return Outcome(state="left out", words=f"{', '.join(missing)} is not here")
        if part.after and (part.after not in outcomes or outcomes[part.after].state != "done"):
            return Outcome(state="left out", words=f"{part.after} is not done")
        began = time.monotonic()
        if ends - began < LEAST:
            return Outcome(state="no time", words=f"{self.budget:.0f} s are over")
        deadline = min(began + part.seconds, ends)
        out = self.folder / part.name
        out.mkdir(exist_ok=True)
        with (self.folder / f"{part.name}.log").open("ab") as log:
            for command in part.commands:
                words = [word.format(out=out, day=self.folder) for word in command]
                log.write(f"$ {' '.join(words)}\n".encode())
                log.flush()
                code = _run_until(deadline, [*self.start, *words], log)
                if code is None:
                    limit = deadline - began
                    return Outcome(state="too long", words=f"ended after {limit:.0f} s", seconds=limit)
                if code:
                    last = _last_line(self.folder / f"{part.name}.log")
                    return Outcome(state="failed", words=last, seconds=time.monotonic() - began)
        return Outcome(state="done", seconds=time.monotonic() - began)

    def _write(self, outcomes: Mapping[str, Outcome]) -> None:
        partial = self.folder / ".day.json.partial"
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(outcomes)))
        os.replace(partial, self.folder / "day.json")
        write_summary(self.folder, {name: msgspec.to_builtins(one) for name, one in outcomes.items()})


def _run_until(deadline: float, command: list[str], log: Any) -> int | None:
    """Return the exit code of a command, or None if it was ended at the deadline with all its processes."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        return process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None
    finally:  # on Ctrl-C too
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
