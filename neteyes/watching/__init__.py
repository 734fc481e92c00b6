"""Serve `/metrics` and `/health` of a run."""

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
    health: RunHealth,
    *,
    flashes: Callable[[], Mapping[str, Any]] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Serve a run's metrics and health inside the context.

    Args:
        address: the address to listen on, from `parse_address`; None serves nothing.
        token: the secret that every request must bring; None for no secret.
        health: the run's health.
        flashes: returns the flash guard's figures.
        facts: more labels of `neteyes_build_info`.

    Raises:
        SinkError: the server cannot listen on the address.
    """
    if address is None:
        yield
        return
    with PageServer(address, pages_of(health, flashes, facts), token) as listener:
        log.info("Metrics at http://%s/metrics", listener.address)
        yield


def pages_of(
    health: RunHealth,
    flashes: Callable[[], Mapping[str, Any]] | None = None,
    facts: Mapping[str, str] | None = None,
) -> dict[str, Callable[[], Answer]]:
    """Return the pages by their paths; arguments as in `watched`."""
    from neteyes.watching.metrics import Metrics  # here, so that a run without metrics does not load it

    metrics = Metrics(health, flashes, facts)
    return {
        "/metrics": lambda: Answer(metrics.page(), kind=TEXT),
        "/health": lambda: _health(health),
    }


def _health(health: RunHealth) -> Answer:
    status = HTTPStatus.SERVICE_UNAVAILABLE if health.trouble else HTTPStatus.OK
    return Answer(f"{health.line}\n".encode(), status)
