"""Passwords, users and tokens hidden in all that is printed."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, quote_plus

HIDDEN = "***"
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[\w.~-]+)(?::(?P<port>\d{1,5}))?(?=[/?#]|$)")

_WHOLE = 4
"""Letters below which a secret is hidden only where it stands alone: a single letter is in every word."""

_KEY = (
    r"(?:access_?)?(?:password|passwd|passphrase|pass|pwd|token|secret|signature|sig|auth"
    r"|api_?key|key|user|username|usr|login|account)"
)
_SECRET = re.compile(rf"(?i)(?<![a-z])({_KEY}=)[^&;/?#\s]*")


_known: tuple[str, ...] = ()


def conceal(secrets: Iterable[str]) -> None:
    """Let `redact` hide these texts too, wherever they stand, from now on: they came by `${NAME}`."""
    global _known
    _known = tuple(sorted({*_known, *filter(None, secrets)}, key=len, reverse=True))


def redact(text: str) -> str:
    """Return `text` with every user, password and token in it replaced by `***`.

    It errs on the side of hiding: everything from `://` to the last `@` goes, also within a longer message.
    """
    for secret in _known:
        text = _without(text, secret)
    found = SCHEME.search(text)
    if found is None:
        return text
    head, rest = text[: found.end()], text[found.end() :]
    login, place = split_login(rest)
    shown = redact(_SECRET.sub(rf"\g<1>{HIDDEN}", place))  # a message may hold a second URL
    return head + shown if login is None else f"{head}{HIDDEN}@{shown}"


def hide(message: str, user: str | None, password: str | None, query: str = "") -> str:
    """Return a library's message without what one URL keeps secret, however the library quotes it.

    Args:
        message: any text, with or without the URL.
        user: decoded.
        password: decoded.
        query: the URL's; what belongs to `token=` and its like is hidden too.
    """
    secrets = {value for key, value in parse_qsl(query) if re.fullmatch(f"(?i){_KEY}", key)}
    secrets |= {user or "", password or ""}
    if user is not None:  # as a Basic header has it (RFC 7617)
        secrets.add(base64.b64encode(f"{user}:{password or ''}".encode()).decode())
    forms = {form for one in secrets for form in (one, quote(one, safe=""), quote(one), quote_plus(one))}
    message = redact(message)
    for form in sorted(filter(None, forms), key=len, reverse=True):
        message = _without(message, form)
    return message


def _without(text: str, secret: str) -> str:
    edge = r"\b" if len(secret) < _WHOLE and secret.isalnum() else ""
    return re.sub(f"(?i){edge}{re.escape(secret)}{edge}", HIDDEN, text)


def split_login(rest: str) -> tuple[str | None, str]:
    """Split what follows `://` into credentials, if any, and the rest from the host on.

    Typed raw, a password may hold any of `@#!/:?`, so the standard's rule (the authority ends at the first
    `/`, `?` or `#`) cannot find its end. Only what already reads as a plain host keeps an `@` in its path.
    """
    before, at, place = rest.rpartition("@")
    if not at:
        return None, rest
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host = HOST.fullmatch(authority)
    named = host is not None and (
        host["port"] is None or "." in host["host"] or host["host"] == "localhost" or authority[0] == "["
    )
    return (None, rest) if named else (before, place)
