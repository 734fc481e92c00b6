"""Make and check the token of a server, and the cookie that a browser gets for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from engines.errors import UsageError
from engines.user_data import home

LEAST = 12
"""The fewest letters of a token that a person chooses: it must not be found by trying."""

_LETTERS = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""What a bearer token may hold (RFC 6750)."""


class Token:
    """Hold the secret by which visitors and programs are let in.

    The cookie that stands for it is another text, so that who reads a browser's cookies has no token. It also
    depends on a key in a file of the user's data. So nobody can try tokens by making cookies of them, and
    browsers stay in when a server starts again with the same token.

    Args:
        secret: the token.
        key: random bytes that only this user knows.

    Raises:
        UsageError: a header cannot hold the token, or it is too short.
    """

    def __init__(self, secret: str, key: bytes) -> None:
        if not _LETTERS.fullmatch(secret) or len(secret) < LEAST:
            raise UsageError(
                f"The token wants at least {LEAST} letters and digits, without blanks. "
                "Leave it out, and one is made."
            )
        self.secret = secret
        digest = hmac.digest(key, b"neteyes cookie\0" + secret.encode(), "sha256")
        self.cookie = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def __repr__(self) -> str:
        return "Token(***)"

    def is_token(self, given: str) -> bool:
        """Return whether a text is the token; the time that it takes says nothing about either."""
        return _same(given, self.secret)

    def is_among(self, cookies: Iterable[str]) -> bool:
        """Return whether one of a browser's cookies is the right one."""
        return any([_same(cookie, self.cookie) for cookie in cookies])


def make_token(given: str | None) -> Token:
    """Return the given token, or a new one.

    Raises:
        UsageError: the given one is invalid.
    """
    return Token(secrets.token_urlsafe(24) if given is None else given, _cookie_key())


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only this user can read, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600 from the start
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _cookie_key() -> bytes:
    """Return the key of this user's cookies, made at its first use; where no file can be kept, a new one."""
    path = home() / "serve" / "cookie.key"
    try:
        key = path.read_bytes()
        if len(key) >= 32:
            return key
    except OSError:
        pass
    key = secrets.token_bytes(32)
    with suppress(OSError):  # a read-only home: browsers want the link again after a restart
        write_secret(path, key)
    return key


def _same(given: str, wanted: str) -> bool:
    digests = [hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest() for text in (given, wanted)]
    return hmac.compare_digest(*digests)
