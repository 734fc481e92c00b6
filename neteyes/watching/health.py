"""Tell whether a run is well, and describe its state in a line, at any time, from any thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stream.loop.pipeline import Pipeline
from stream.redact import redact
from stream.sources.reconnect.status import Status

RECENT = 10.0
"""Seconds without a frame, from the source or on an output, after which a run is not well."""


class TellsHealth(Protocol):
    """Tell whether a program is well; called from any thread at any time."""

    @property
    def started(self) -> bool:
        """Whether it has begun to do its work."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why it is not well, as a phrase without secrets; None while it is."""
        ...

    @property
    def line(self) -> str:
        """Its state in one line."""
        ...

    def moves(self, within: float) -> bool:
        """Return whether it moves: False if it does not get on for so many seconds."""
        ...


class RunHealth:
    """Observe the health of a run.

    Args:
        pipeline: the loop.
        feeds: the states of its live inputs; without any, only the loop itself is observed.
    """

    def __init__(self, pipeline: Pipeline, feeds: Sequence[Status] = ()) -> None:
        self.pipeline = pipeline
        self.feeds = tuple(feeds)

    @property
    def started(self) -> bool:
        """Whether anything has been shown yet: a frame, or a notice in place of one."""
        return self.pipeline.meter.since_written is not None

    @property
    def trouble(self) -> str | None:
        """Why the run is not well, as a phrase without secrets; None while it is."""
        meter = self.pipeline.meter
        if trouble := trouble_of(self.feeds):
            return trouble
        if meter.since_shown is None:
            return "starting"
        if self.pipeline.paused:
            return "paused"
        if not self.feeds and (meter.since_captured or 0.0) > RECENT:
            return f"the source gave no frame for {meter.since_captured:.0f} s"
        if meter.since_shown > RECENT:
            return f"no output took a frame for {meter.since_shown:.0f} s"
        outlets = self.pipeline.outlets
        if outlets and all(outlet.trouble for outlet in outlets):
            return redact(f"no output works: {outlets[0].trouble}")
        return None

    @property
    def line(self) -> str:
        """The state of the run in one line: what is wrong, the current rate and age, broken outputs."""
        meter = self.pipeline.meter
        words = [self.trouble or "well", f"{meter.frames_out} frames shown"]
        if not self.pipeline.paused:
            rate, age = meter.rate, meter.age
            if rate is not None:
                words.append(f"{rate:.1f} a second")
            if age is not None and self.pipeline.source.live:
                words.append(f"age {1000 * age:.0f} ms")
        words += [f"{redact(outlet.name)} is broken" for outlet in self.pipeline.outlets if outlet.trouble]
        return " ".join(" · ".join(words).split())

    def moves(self, within: float) -> bool:
        """Return whether the loop moves: False if it received a frame and has not shown it in time.

        A silent source is no fault of the loop as long as a notice of it is shown; nor is a pause.

        Args:
            within: seconds that a frame may take.
        """
        meter = self.pipeline.meter
        written, captured = meter.since_written, meter.since_captured
        if written is None or self.pipeline.paused:
            return True
        return written < within or captured is None or written <= captured


def trouble_of(feeds: Sequence[Status]) -> str | None:
    """Return why a live input is not well, as a phrase without secrets; None while all are."""
    for feed in feeds:
        health = feed.health
        if health.state != "live":
            return f"{health.state}: {redact(health.reason or feed.name)}"
        if (health.age or 0.0) > RECENT:
            return f"{redact(feed.name)} gave no frame for {health.age:.0f} s"
    return None
