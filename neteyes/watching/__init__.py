"""`/metrics` and `/health` of a run: what they are made of, and where they are served."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from neteyes.watching.addresses import Address
from neteyes.watching.health import RunHealth
from neteyes.watching.http import Answer, PageServer

log = logging.getLogger(__name__)

TEXT = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of Prometheus's text format."""


@contextmanager
def watched(
    address: Address | None,
    token: str | None,
    vitals: RunHealth,
    *,
    flashes: Callable[[], Mapping[str, Any]] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Serve a run's metrics and health as long as the context lasts.

    Args:
        address: where, as `neteyes.watching.addresses.parse_address` gives it; None serves nothing.
        token: what those who ask must know.
        vitals: the run.
        flashes: gives the flash guard's figures.
        facts: more labels of `neteyes_build_info`.

    Raises:
        SinkError: nobody can listen there.
    """
    if address is None:
        yield
        return
    with PageServer(address, pages_of(vitals, flashes, facts), token) as listener:
        log.info("Metrics at http://%s/metrics", listener.address)
        yield


def pages_of(
    vitals: RunHealth,
    flashes: Callable[[], Mapping[str, Any]] | None = None,
    facts: Mapping[str, str] | None = None,
) -> dict[str, Callable[[], Answer]]:
    """Return path → page; arguments as in `watched`."""
    from neteyes.watching.metrics import Metrics  # a run that nobody watches loads nothing for it

    metrics = Metrics(vitals, flashes, facts)
    return {
        "/metrics": lambda: Answer(metrics.page(), kind=TEXT),
        "/health": lambda: _health(vitals),
    }


def _health(vitals: RunHealth) -> Answer:
    status = HTTPStatus.SERVICE_UNAVAILABLE if vitals.trouble else HTTPStatus.OK
    return Answer(f"{vitals.line}\n".encode(), status)
