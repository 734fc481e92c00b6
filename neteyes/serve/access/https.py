"""Encrypt with a certificate that is made at start, or given, and renewed while the server runs."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engines.errors import UsageError
from engines.user_data import home
from neteyes.file_watch import FileWatch, stamp_of
from neteyes.serve.access.key_pairs import RENEWED, KeyPair, given_pair, kept_pair, now
from stream.redact import words_of

log = logging.getLogger(__name__)

_LOOK_EVERY = 60.0
"""Seconds between two looks at the files of a given certificate, or at the days that a made one has left."""


class HttpsContext:
    """Hold the TLS context of a server, with a certificate that is renewed while it runs.

    Args:
        find: returns the certificate to use now.
        watched: its file, if others renew it.
    """

    def __init__(self, find: Callable[[], KeyPair], watched: Path | None = None) -> None:
        self._find = find
        self._watch = FileWatch(watched, stamp_of(watched) if watched else None)
        self._watched = watched
        self.pair = find()
        self._context = _context_of(self.pair)
        self._looked = time.monotonic()

    def current(self) -> ssl.SSLContext:
        """Return the context for a new connection; once a minute, look whether to renew the certificate."""
        if time.monotonic() - self._looked >= _LOOK_EVERY:
            self._looked = time.monotonic()
            self._renew()
        return self._context

    def _renew(self) -> None:
        changed = self._watch.changed()
        ending = self._watched is None and now() > self.pair.ends - RENEWED
        if not changed and not ending:
            return
        try:
            pair = self._find()
            self._context = _context_of(pair)
        except (UsageError, OSError) as error:
            log.warning("The certificate stays as it was: %s", words_of(error))
        else:
            self.pair = pair
            log.info("The certificate was renewed. Its fingerprint (SHA-256) is %s.", pair.fingerprint)


def made_https(names: Sequence[str] = ()) -> HttpsContext:
    """Return a context with this user's own certificate, made if there is none that fits.

    Args:
        names: further names and addresses of this machine.

    Raises:
        UsageError: it cannot be kept.
    """
    return HttpsContext(lambda: kept_pair(home() / "serve" / "https.pem", names))


def given_https(certificate: Path, key: Path | None) -> HttpsContext:
    """Return a context with a given certificate; both files are read again when the certificate changes.

    Args:
        certificate: a PEM file.
        key: the PEM file of its key; None if both are in one file.

    Raises:
        UsageError: a file is missing or invalid, they do not belong together, or the certificate has ended.
    """
    return HttpsContext(lambda: given_pair(certificate, key or certificate), certificate)


def _context_of(pair: KeyPair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(pair.certificate, pair.key)
    except ssl.SSLError as error:
        raise UsageError(
            f"OpenSSL takes no certificate from '{pair.certificate}': {error.reason or error}. Give another."
        ) from error
    return context
