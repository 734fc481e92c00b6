"""Decide who may come in: tokens, cookies, hosts and origins, https, and limits of what clients may hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from starlette.types import ASGIApp

from engines.errors import UsageError
from neteyes.serve.access.checks import Checks
from neteyes.serve.access.connections import Connections
from neteyes.serve.access.hosts import Hosts
from neteyes.serve.access.https import HttpsContext, given_https, made_https
from neteyes.serve.access.invitation import Invitation
from neteyes.serve.access.join import Attempts, Entrance
from neteyes.serve.access.middleware import MOST_HEAD, Guarded
from neteyes.serve.access.protocols import bounded_protocols
from neteyes.serve.access.tokens import make_token
from neteyes.watching.addresses import Address, parse_address
from stream.redact import conceal


class Access:
    """Hold who may come in to one server, and by which address.

    On an address that only this machine reaches, browsers need no token, unless one is given. There is always
    one all the same: programs need it to change something.

    Args:
        listen: the address, as `parse_address` takes it.
        token: the secret that visitors must bring; made if None.
        https: whether to encrypt, with a certificate made here if none is given.
        cert: the file of a certificate; stands for `https` too.
        key: the file of its key, if it is another one.
        allow_host: more names by which this machine may be addressed.

    Raises:
        UsageError: the address, the token, the certificate or a name is invalid.

    Attributes:
        address: where to listen.
        everyone: whether browsers need no token.
        connections: the open connections.
    """

    def __init__(
        self,
        listen: str,
        *,
        token: str | None = None,
        https: bool = False,
        cert: Path | None = None,
        key: Path | None = None,
        allow_host: Sequence[str] = (),
    ) -> None:
        if key is not None and cert is None:
            raise UsageError("--key is the key of a certificate: give --cert as well.")
        self._token = make_token(token)
        conceal([self._token.secret, self._token.cookie])
        self.address = parse_address(listen, self._token.secret)
        self.everyone = self.address.local and token is None
        self._hosts = Hosts(allow_host, local=self.everyone)
        self._made = token is None
        self._https = _https(https, cert, key, [*self._hosts.more, self.address.host])
        self._attempts = Attempts()
        self._entrance = Entrance(self._token, self._attempts)
        self.connections = Connections()

    def guard(self, app: ASGIApp) -> ASGIApp:
        """Return the app behind all checks."""
        checks = Checks(self._hosts, self._token, self._attempts, self._entrance, everyone=self.everyone)
        return Guarded(app, checks, self._entrance)

    def uvicorn_options(self) -> dict[str, Any]:
        """Return the options of `uvicorn.Config` that bound clients' connections."""
        http, websocket = bounded_protocols(self.connections, self._https)
        return {
            "http": http,
            "ws": websocket,
            "h11_max_incomplete_event_size": MOST_HEAD,
            "backlog": 256,  # also how many connections asyncio accepts before it closes one
            "timeout_keep_alive": 5,
            "access_log": False,  # its lines quote what stands in a request
            "server_header": False,
            "proxy_headers": False,  # anybody can write them
        }

    def check_terminal(self, console: Console) -> None:
        """Check that somebody will see the token that visitors need.

        Raises:
            UsageError: it was made here, and there is no terminal to show it in.
        """
        if self._made and not self.everyone and (console.quiet or not console.is_terminal):
            raise UsageError(
                f"Others can reach {self.address}, so visitors need a token, and there is no terminal to "
                "show a new one in. Set NETEYES_TOKEN."
            )

    def invitation(self, port: int) -> Invitation:
        """Return how the page is opened, when the server listens on that port."""
        return Invitation(
            Address(self.address.host, port),
            names=self._hosts.more,
            secret=self._token.secret,
            everyone=self.everyone,
            fingerprint=self._https.pair.fingerprint if self._https else None,
        )


def _https(https: bool, cert: Path | None, key: Path | None, names: Sequence[str]) -> HttpsContext | None:
    if cert is not None:
        return given_https(cert, key)
    return made_https([name for name in names if name not in ("0.0.0.0", "::")]) if https else None
