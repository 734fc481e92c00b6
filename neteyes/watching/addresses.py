"""Where a run listens, and whom it lets in there."""

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
    """Where a listener listens.

    Attributes:
        host: an address or name; IPv6 without its brackets.
        port: 0 for any that is free.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str, token: str | None = None) -> Address:
    """Return where `text` says to listen: `127.0.0.1:9108`, `[::1]:9108`, `localhost:9108` or just `9108`.

    Args:
        text: as it was typed.
        token: what those who ask must know; any other address than this machine's own demands one.

    Raises:
        UsageError: it is no address, others could reach it and there is no token, or the token is none.
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
    """Whether a Host header names this machine as only itself does: `localhost:9108`, `127.0.0.1`."""
    named = _NAMED.fullmatch(host)
    return named is not None and Address(named["host"].strip("[]"), 0).local
