"""Export a run's metrics for Prometheus: counted in the loop, read when Prometheus asks."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from engines.errors import Kind
from neteyes import __version__
from neteyes.watching.health import RunHealth
from neteyes.watching.loop_figures import LoopFigures
from stream.loop.outlet import Outlet
from stream.meter import Histogram
from stream.redact import redact
from stream.sources.reconnect.status import STATES, Status

AGES = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Bounds of frame ages in seconds: a mirror feels late from 0.1 s on."""

TIMES = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Bounds of a frame's time in one stage, in seconds."""


class Metrics:
    """Collect all metrics of one run, in a registry of their own.

    Args:
        health: the run's health, with its loop and feeds.
        flashes: returns the flash guard's figures, such as `stream.flashes.guard_stage.Guard.figures`.
        facts: more labels of `neteyes_build_info`, such as the bundle's name; no secrets.
    """

    def __init__(
        self,
        health: RunHealth,
        flashes: Callable[[], Mapping[str, Any]] | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        self.page = MetricsPage(_Run(health, flashes, facts or {}))


class MetricsPage:
    """Make the page of a collector's metrics, with those of the process."""

    def __init__(self, collector: Collector) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(collector)
        ProcessCollector(registry=self._registry)  # memory, open files, processor time

    def __call__(self) -> bytes:
        """Return the current metrics in Prometheus's text format 0.0.4."""
        return generate_latest(self._registry)


class _Run(Collector):
    """Read a run's figures whenever Prometheus asks; nothing is counted here."""

    def __init__(
        self, health: RunHealth, flashes: Callable[[], Mapping[str, Any]] | None, facts: Mapping[str, str]
    ) -> None:
        self._health, self._flashes, self._facts = health, flashes, facts

    def collect(self) -> Iterator[Metric]:
        figures = LoopFigures()
        figures.add(self._health.pipeline)
        yield from program_metrics(self._facts, well=self._health.trouble is None)
        yield from loop_metrics(figures)
        yield from feed_metrics(self._health.feeds)
        yield from _outputs(self._health.pipeline.outlets)
        if self._flashes:
            yield from flash_metrics(self._flashes())


def program_metrics(facts: Mapping[str, str], *, well: bool) -> Iterator[Metric]:
    """Yield the version, and whether all is well, as /health says."""
    facts = {name: redact(fact) for name, fact in facts.items()}
    build = {"version": __version__, "python": platform.python_version(), **facts}
    yield InfoMetricFamily("neteyes_build", "What runs here.", value=build)
    yield GaugeMetricFamily("neteyes_up", "Whether the run is well, as /health says.", value=float(well))


def loop_metrics(figures: LoopFigures) -> Iterator[Metric]:
    """Yield the counters of a loop, or of several."""
    yield CounterMetricFamily("neteyes_frames_in", "Frames that the source gave.", value=figures.frames_in)
    yield CounterMetricFamily("neteyes_frames_out", "Frames that were shown.", value=figures.frames_out)
    dropped = CounterMetricFamily(
        "neteyes_frames_dropped", "Frames that came in and were not shown.", labels=["reason"]
    )
    for reason, count in figures.dropped.items():
        dropped.add_metric([reason], count)
    yield dropped
    yield GaugeMetricFamily("neteyes_frames_in_flight", "Frames on their way.", value=figures.in_flight)
    age = HistogramMetricFamily("neteyes_frame_age_seconds", "From capture until shown.", labels=[])
    _fill(age, [], figures.ages, AGES)
    yield age
    stages = HistogramMetricFamily(
        "neteyes_stage_duration_seconds", "What one frame takes in one stage.", labels=["stage"]
    )
    for name, times in figures.stages.items():
        _fill(stages, [name], times, TIMES)
    yield stages


def _fill(
    family: HistogramMetricFamily, labels: Sequence[str], times: Histogram, bounds: Sequence[float]
) -> None:
    counts, total = times.up_to(bounds)
    buckets = [(str(bound), float(count)) for bound, count in zip(bounds, counts, strict=True)]
    family.add_metric(labels, [*buckets, ("+Inf", float(total))], times.sum)


def feed_metrics(feeds: Iterable[Status]) -> list[Metric]:
    """Return the state of each live input, and what it has received."""
    named = ["feed"]
    state = GaugeMetricFamily("neteyes_feed_state", "1 for the state it is in.", labels=["feed", "state"])
    error = GaugeMetricFamily("neteyes_feed_error", "1 for what is wrong with it.", labels=["feed", "kind"])
    since = GaugeMetricFamily("neteyes_feed_state_seconds", "How long it is in this state.", labels=named)
    away = GaugeMetricFamily(
        "neteyes_feed_away_seconds",
        "Since it was last live, or since the start; 0 while it is.",
        labels=named,
    )
    age = GaugeMetricFamily("neteyes_feed_last_frame_age_seconds", "Since its last frame.", labels=named)
    frozen = GaugeMetricFamily("neteyes_feed_frozen_seconds", "Its picture has not changed.", labels=named)
    frames = CounterMetricFamily("neteyes_feed_frames", "Frames that it gave.", labels=named)
    repeated = CounterMetricFamily("neteyes_feed_repeated_frames", "The same once more.", labels=named)
    damaged = CounterMetricFamily("neteyes_feed_damaged", "Frames, or parts, not to be shown.", labels=named)
    restarts = CounterMetricFamily("neteyes_feed_restarts", "How often it came back.", labels=named)
    received = CounterMetricFamily("neteyes_feed_received_bytes", "Before decoding.", labels=named)
    for feed in feeds:
        health, name = feed.health, redact(feed.name)
        for one in STATES:
            state.add_metric([name, one], float(one == health.state))
        for kind in get_args(Kind):
            error.add_metric([name, kind], float(kind == health.kind))
        since.add_metric([name], health.since)
        away.add_metric([name], health.away)
        if health.age is not None:
            age.add_metric([name], health.age)
        frozen.add_metric([name], health.frozen)
        frames.add_metric([name], health.frames)
        repeated.add_metric([name], health.repeated)
        damaged.add_metric([name], health.damaged)
        restarts.add_metric([name], health.restarts)
        received.add_metric([name], health.bytes)
    return [state, error, since, away, age, frozen, frames, repeated, damaged, restarts, received]


def _outputs(outlets: Iterable[Outlet]) -> list[Metric]:
    named = ["output"]
    frames = CounterMetricFamily("neteyes_output_frames", "Frames meant for it, missed or not.", labels=named)
    missed = CounterMetricFamily("neteyes_output_missed_frames", "It was slow or broken.", labels=named)
    broken = GaugeMetricFamily("neteyes_output_broken", "1 while it takes none.", labels=named)
    restarts = CounterMetricFamily("neteyes_output_restarts", "How often it came back.", labels=named)
    for outlet in outlets:
        name = redact(outlet.name)
        frames.add_metric([name], outlet.written + outlet.missed)
        missed.add_metric([name], outlet.missed)
        broken.add_metric([name], float(outlet.trouble is not None))
        restarts.add_metric([name], outlet.restarts)
    return [frames, missed, broken, restarts]


def flash_metrics(figures: Mapping[str, Any]) -> Iterator[Metric]:
    """Yield the figures of the flash guard."""
    if figures["held"] is not None:
        yield CounterMetricFamily(
            "neteyes_flash_held_frames", "Frames with something held back.", value=figures["held"]
        )
    yield GaugeMetricFamily(
        "neteyes_flash_complies",
        "1 while every second shown kept WCAG 2.3.1.",
        value=float(figures["complies"]),
    )
    over = CounterMetricFamily(
        "neteyes_flash_over_frames", "Frames at which a limit was passed.", labels=["flash"]
    )
    for flash in ("general", "red"):
        over.add_metric([flash], figures[flash]["pictures_over"])
    yield over
