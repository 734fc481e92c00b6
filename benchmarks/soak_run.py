"""Start a `neteyes run` in a process of its own, and sample it from outside."""

from __future__ import annotations

import csv
import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psutil
from prometheus_client.parser import text_string_to_metric_families

from engines.errors import NetEyesError, SinkError
from stream.files import reason

RECORDING = ("--segment", "2m", "--keep", "200MB")

_PATIENCE = 60.0
"""The timeout for a run to open its metrics, in seconds: the nets load before."""

_FAREWELL = 10.0
"""The timeout for a run to end, in seconds."""


@dataclass(frozen=True, slots=True)
class SoakSample:
    """A sample of a run at one moment, with counts since the sample before.

    Attributes:
        at: seconds since the run was started.
        memory_mb: resident memory of the process and its children, in 10⁶ bytes.
        threads: number of threads of all of them.
        descriptors: number of file descriptors of all of them.
        frames: number of frames shown since the sample before.
        age_ms: mean age of these frames when shown, in milliseconds; None if there were none.
        restarts: number of reconnects of the source since the start.
    """

    at: float
    memory_mb: float
    threads: int
    descriptors: int
    frames: int
    age_ms: float | None
    restarts: int


class RunProcess:
    """A `neteyes run` in a process of its own, sampled from outside; it ends with the `with`.

    It ends by itself a minute after its time, so a killed bench leaves no run behind for ever.

    Args:
        folder: folder for the recording and the log, run.jsonl.
        source: the input of the run.
        seconds: length of the run.

    Raises:
        SinkError: the folder cannot be written to.
    """

    def __init__(self, folder: Path, source: str, seconds: float) -> None:
        self._said = folder / "run.jsonl"
        self._words = [sys.executable, "-m", "neteyes", "run", source, "null://", str(folder / "soak.mkv")]
        self._words += [*RECORDING, "--log-json", "--metrics", "127.0.0.1:0", "--seconds", f"{seconds + 60}"]
        self._address: str | None = None
        self._shown, self._ages = 0, 0.0

    def __enter__(self) -> Self:
        """Start the run; Ctrl-C in the terminal does not reach it, so it gets the signal to end only once."""
        try:
            with self._said.open("w") as log:
                self._process = subprocess.Popen(
                    self._words, stdin=subprocess.DEVNULL, stderr=log, start_new_session=True
                )
        except OSError as error:
            raise SinkError(f"Cannot write {self._said}: {reason(error)}. Name another folder.") from error
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the run as Ctrl-C does; kill the processes that do not end in time."""
        family = []
        with suppress(psutil.NoSuchProcess):
            family = self._family()
        try:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_FAREWELL)
        finally:
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            self._process.wait()

    @property
    def age(self) -> float:
        """Seconds since the run was started."""
        return time.monotonic() - self._began

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while the run goes on, negative if a signal killed it."""
        return self._process.poll()

    @property
    def is_ready(self) -> bool:
        """Whether the run's metrics can be read.

        Raises:
            NetEyesError: the timeout for them is over.
        """
        if self._address is None:
            found = re.search(r"Metrics at http://([^/\s]+)/", self._said.read_text())
            self._address = found[1] if found else None
            if not found and self.age > _PATIENCE:
                raise NetEyesError(f"The run did not start in {_PATIENCE:.0f} s. See {self._said}.")
        return self._address is not None

    @property
    def last_words(self) -> str:
        """The last message of the run's log."""
        lines = self._said.read_text().splitlines()
        with suppress(IndexError, KeyError, TypeError, json.JSONDecodeError):
            return str(json.loads(lines[-1])["message"])
        return lines[-1] if lines else "nothing"

    def sample(self) -> SoakSample:
        """Take a sample of the run.

        Raises:
            OSError: its metrics do not answer.
            http.client.HTTPException: its metrics answer with an error.
            psutil.Error: the run has ended, or a child of it cannot be inspected.
        """
        shown, ages, restarts = self._scrape()
        memory, threads, descriptors = 0, 0, 0
        for one in self._family():
            try:
                with one.oneshot():
                    memory += one.memory_info().rss
                    threads += one.num_threads()
                    descriptors += one.num_fds()
            except psutil.NoSuchProcess:  # a child may go at any time
                if one.pid == self._process.pid:
                    raise
        frames, aged = shown - self._shown, ages - self._ages
        self._shown, self._ages = shown, ages
        age = round(1000 * aged / frames, 2) if frames else None
        at = round(self.age, 2)
        return SoakSample(at, round(memory / 1e6, 3), threads, descriptors, frames, age, restarts)

    def _family(self) -> list[psutil.Process]:
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def _scrape(self) -> tuple[int, float, int]:
        """Return the number of frames shown, the sum of their ages in seconds, and of reconnects."""
        asking = http.client.HTTPConnection(str(self._address), timeout=4)
        try:
            asking.request("GET", "/metrics")
            answer = asking.getresponse()
            page = answer.read().decode()
        finally:
            asking.close()
        if answer.status != http.client.OK:
            raise http.client.HTTPException(f"{answer.status} {answer.reason}")
        found = {
            sample.name: sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
        }
        return (
            int(found["neteyes_frame_age_seconds_count"]),
            found["neteyes_frame_age_seconds_sum"],
            int(found.get("neteyes_feed_restarts_total", 0)),  # a file has none
        )


def write_row(path: Path, row: Iterable[object], mode: Literal["w", "a"] = "a") -> None:
    """Write a row of a CSV file at once, so that a killed process leaves all rows so far.

    Raises:
        SinkError: the file cannot be written.
    """
    try:
        with path.open(mode, newline="") as file:
            csv.writer(file).writerow(row)
    except OSError as error:
        raise SinkError(f"Cannot write {path}: {reason(error)}. Name another folder.") from error
