"""`neteyes health`: ask a run that serves metrics, or a mirror, whether it is well."""

from __future__ import annotations

import http.client
import ssl
from typing import Annotated

import typer

from engines.errors import UsageError
from neteyes.watching.addresses import Address, parse_address
from stream.redact import words_of

TIMEOUT = 4.0
"""Seconds that each step of the request may take."""

_HTTPS = "https://"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def health(
    address: Annotated[
        str,
        typer.Argument(
            help="Where the run serves its metrics: what it was given as --metrics. Of a mirror, what it was "
            "given as --listen; with https:// in front if it was given --https.",
        ),
    ] = "127.0.0.1:9108",
    token: Annotated[
        str | None,
        typer.Option(envvar="NETEYES_TOKEN", help="The run's token; better set NETEYES_TOKEN."),
    ] = None,
) -> None:
    """Ask a run with [cyan]--metrics[/] or a mirror whether it is well, and print its answer.

    Exits with 0 if frames come in and go out, and with 1 if not, or if nobody answers. For health checks of
    containers and the like.
    """
    # A client's address is valid without a token: the run decides whether it needs one.
    encrypted = address.startswith(_HTTPS)
    place = parse_address(address.removeprefix(_HTTPS), token or "none")
    if not place.port:
        raise UsageError("Port 0 stands for any port. Give the one that the run listens on.")
    place = Address(_EVERYWHERE.get(place.host, place.host), place.port)
    well, answer = _ask(_connection(place, encrypted=encrypted), place, token or None)
    print(answer)
    if not well:
        raise typer.Exit(1)


def _connection(place: Address, *, encrypted: bool) -> http.client.HTTPConnection:
    if not encrypted:
        return http.client.HTTPConnection(place.host, place.port, timeout=TIMEOUT)
    context = ssl.create_default_context()
    if place.local:  # nobody can stand in between, and a certificate that was made here is signed by nobody
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(place.host, place.port, timeout=TIMEOUT, context=context)


def _ask(asking: http.client.HTTPConnection, place: Address, token: str | None) -> tuple[bool, str]:
    """Return whether a run is well, and its answer."""
    try:
        asking.request("GET", "/health", headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = asking.getresponse()
        text = answer.read(4096).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return False, f"No run answers on {place} ({words_of(error)}). Was it started with --metrics {place}?"
    finally:
        asking.close()
    if answer.status == http.client.UNAUTHORIZED:
        return False, "The run wants its token: set NETEYES_TOKEN to what it was started with."
    return answer.status == http.client.OK, text
