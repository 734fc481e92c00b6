"""Tell whether the mirror's server is well, for `/health`, systemd and metrics."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from neteyes.serve.service import Service
from neteyes.watching.health import trouble_of
from neteyes.watching.metrics import feed_metrics, flash_metrics, loop_metrics, program_metrics

STUCK = 10.0
"""Seconds without a picture in a mirror that holds frames, after which the server is not well."""


class MirrorHealth(Collector):
    """Observe the server; implements `neteyes.watching.health.TellsHealth`, and collects its metrics.

    Args:
        service: what all visits share.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def started(self) -> bool:
        """Whether pages are served: they are as soon as this is asked."""
        return True

    @property
    def trouble(self) -> str | None:
        """Why the server is not well, as a phrase without secrets; None while it is."""
        if trouble := trouble_of(self._service.feeds):
            return trouble
        if self._service.totals.stuck(STUCK):
            return f"a mirror shows nothing for {STUCK:.0f} s"
        return None

    @property
    def line(self) -> str:
        """The state of the server in one line."""
        visitors = self._service.visitors
        words = [self.trouble or "well", f"{visitors.inside} visitors", f"{visitors.waiting} waiting"]
        words.append(f"{self._service.totals.figures.frames_out} frames shown")
        return " · ".join(words)

    def moves(self, within: float) -> bool:
        """Return whether all mirrors get on: False if one shows nothing for so many seconds."""
        return not self._service.totals.stuck(within)

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of the server."""
        service, visitors = self._service, self._service.visitors
        yield from program_metrics({"bundle": service.bundle.name}, well=self.trouble is None)
        yield GaugeMetricFamily("neteyes_visitors", "Visitors who are in.", value=visitors.inside)
        yield GaugeMetricFamily("neteyes_visitors_waiting", "Visitors in the queue.", value=visitors.waiting)
        yield CounterMetricFamily(
            "neteyes_visitors_refused", "Visitors turned away: too many waited.", value=visitors.refused
        )
        yield from loop_metrics(service.totals.figures)
        yield from feed_metrics(service.feeds)
        yield from flash_metrics(service.totals.flashes)
