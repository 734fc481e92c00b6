"""Read the figures of a loop for metrics, and add up those of several."""

from __future__ import annotations

from dataclasses import dataclass, field

from stream.loop.pipeline import Pipeline
from stream.meter import Histogram


@dataclass
class LoopFigures:
    """Hold the counters of one loop, or of several.

    Attributes:
        frames_in: frames that the source gave.
        frames_out: frames that were shown.
        dropped: frames that came in and were not shown, by reason.
        in_flight: frames on their way.
        ages: ages of the frames that were shown.
        stages: times of a frame in each stage, by its name.
    """

    frames_in: int = 0
    frames_out: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    in_flight: int = 0
    ages: Histogram = field(default_factory=Histogram)
    stages: dict[str, Histogram] = field(default_factory=dict)

    def add(self, pipeline: Pipeline) -> None:
        """Add the figures of a loop, which may still run."""
        meter, dropped = pipeline.meter, dict(pipeline.dropped)
        self.frames_in += meter.frames_in
        self.frames_out += meter.frames_out
        self.in_flight += max(dropped.pop("unfinished"), 0)
        for reason, count in dropped.items():
            self.dropped[reason] = self.dropped.get(reason, 0) + count
        self.ages.merge(meter.ages)
        for name, times in dict(meter.stages).items():
            self.stages.setdefault(name, Histogram()).merge(times)
