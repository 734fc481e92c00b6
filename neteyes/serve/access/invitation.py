"""Tell how to open the mirror: its address, and in a terminal the link with the token, also as a QR code."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from rich.console import Console
from rich.text import Text

from neteyes.serve.access.hosts import own_addresses
from neteyes.serve.access.join import PATH
from neteyes.watching.addresses import Address

log = logging.getLogger(__name__)

PLAIN_HTTP = (
    "This is plain http: browsers on other machines give the page no camera, and everybody on the network "
    "can read what is sent, the token too. Start with --https."
)
PLAIN_HTTP_ONE_INPUT = (
    "This is plain http: everybody on the network can read what is sent, the token too. Start with --https."
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """Hold how a server is reached.

    Attributes:
        address: where it listens, with its true port.
        names: names from `--allow-host`, which a link shows rather than addresses.
        secret: the token; it is printed in terminals only.
        everyone: whether visitors need no token.
        fingerprint: the certificate's; None for plain http.
    """

    address: Address
    names: Sequence[str]
    secret: str
    everyone: bool
    fingerprint: str | None

    @property
    def pages(self) -> list[str]:
        """The addresses of the page, the best one first; without the token."""
        scheme = "https" if self.fingerprint else "http"
        hosts = [self.address.host]
        if self.address.host in ("0.0.0.0", "::"):
            hosts = own_addresses() or ["127.0.0.1"]
        found = [Address(host, self.address.port) for host in (*self.names, *hosts)]
        return [f"{scheme}://{one}/" for one in found]

    @property
    def link(self) -> str:
        """The link that opens the page; it holds the token, unless everyone may come in."""
        return self.pages[0] if self.everyone else f"{self.pages[0].rstrip('/')}{PATH}#{self.secret}"

    def show(self, console: Console, *, cameras: bool) -> None:
        """Log the address, and print the link and its QR code if the console is a terminal.

        Args:
            console: of `neteyes.logs.logs`.
            cameras: whether visitors bring their own cameras.
        """
        page = self.pages[0]
        fields = {"address": page, "fingerprint": self.fingerprint}
        log.info("The mirror is at %s", page, extra={"fields": fields})
        if self.fingerprint:
            log.info("The certificate's fingerprint (SHA-256) is %s.", self.fingerprint)
        elif not self.address.local:
            log.warning("%s", PLAIN_HTTP if cameras else PLAIN_HTTP_ONE_INPUT)
        if console.quiet or not console.is_terminal:
            return
        for line in self._lines():
            # No `print` with markup and no wrapping: a link must stay one.
            console.print(Text(line), soft_wrap=True)

    def _lines(self) -> list[str]:
        if self.everyone:
            return [f"Programs (WHIP, WHEP) bring this token: {self.secret}"]
        lines = ["", "Open this link, or point a phone's camera at the code:", "", self.link, ""]
        lines += qr_lines(self.link)
        if others := self.pages[1:]:
            lines.append(f"Also at {', '.join(others)} by the token {self.secret}")
        if self.fingerprint:
            lines.append(
                "The certificate was made on this machine and nobody else signed it, so the browser warns "
                "once. Compare the fingerprint, then go on."
            )
        return lines


def qr_lines(text: str) -> list[str]:
    """Return a QR code as lines of block letters, for light letters on a dark ground and the reverse."""
    shown = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(shown, border=2, compact=True)
    return shown.getvalue().rstrip("\n").split("\n")
