"""Parse the address on which a run serves its metrics, and check who can reach it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from engines.errors import UsageError
from stream.redact import redact

_ADDRESS = re.compile(r"(?:(?P<host>\[[^\[\]]+\]|[^\s:\[\]]+):)?(?P<port>\d{1,5})")
_NAMED = re.compile(r"(?P<host>\[[^\[\]]+\]|[^\s:\[\]]+)(?::\d{1,5})?")
_TOKEN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Represent an address to listen on.

    Attributes:
        host: an IP address or name; IPv6 without its brackets.
        port: the port; 0 for any free port.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str, token: str | None = None) -> Address:
    """Return the address in `text`: `127.0.0.1:9108`, `[::1]:9108`, `localhost:9108` or just `9108`.

    Args:
        text: the address as it was typed.
        token: the secret that every request must bring; required if other machines can reach the address.

    Raises:
        UsageError: the address or the token is invalid, or others can reach it and there is no token.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if not found or int(found["port"]) > 65535:
        raise UsageError(
            f"'{redact(text)}' is no address to listen on. Write HOST:PORT, as in 127.0.0.1:9108."
        )
    address = Address((found["host"] or "127.0.0.1").strip("[]"), int(found["port"]))
    if token is not None and not _TOKEN.fullmatch(token):
        raise UsageError("The token is empty, or holds what no header can. Use letters and digits.")
    if token is None and not address.local:
        raise UsageError(
            f"Others can reach {address}, so it wants a token: set NETEYES_TOKEN. "
            "Or listen on 127.0.0.1, where only this machine does."
        )
    return address


def is_local_name(host: str) -> bool:
    """Return whether a Host header has a name that means only this machine: `localhost:9108`, `127.0.0.1`."""
    named = _NAMED.fullmatch(host)
    return named is not None and Address(named["host"].strip("[]"), 0).local
