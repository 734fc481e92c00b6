"""Passwords, users and tokens hidden in all that is printed."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from engines.errors import NetEyesError

HIDDEN = "***"
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[\w.~-]+)(?::(?P<port>\d{1,5}))?(?=[/?#]|$)")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")

_WHOLE = 4
"""Letters below which a secret is hidden only where it stands alone: a single letter is in every word."""

_KEY = (
    r"(?:password|passwd|passphrase|passcode|passkey|pass|pwd|pw|pin|token|ticket|bearer|secret|signature|sig|auth"
    r"|key|code|user|username|usr|login|loginuse|loginpas|account|session|session_?id|sid|jwt|credentials?|hdnts)"
)
"""What the name of a secret ends in, such as `authToken`; that `monkey=` is hidden, too, harms nobody."""

_ENDS_IN_KEY = re.compile(rf"(?i){_KEY}$")
_SECRET = re.compile(rf"(?i)([\w.%~-]*{_KEY}=)[^&\s]*")
"""Up to the next `&`: what tokens are made of, such as the `/`, `+` and `=` of base64, is typed raw too."""

_CODED = re.compile(r"([\w.~-]*%[\w.%~-]*)=[^&\s]*")
"""A key that is percent-encoded, and anything that it says."""

_LIKE_A_URL = re.compile(rf"{SCHEME.pattern[:-2]}/?/")
"""Also one that lacks a slash, as paths are printed."""


_known: tuple[str, ...] = ()


def conceal(secrets: Iterable[str]) -> None:
    """Let `redact` hide these texts too, wherever they stand, from now on: they came by `${NAME}`."""
    global _known
    _known = tuple(sorted({*_known, *filter(None, secrets)}, key=len, reverse=True))


def hide_known(text: str) -> str:
    """Return `text` without what `conceal` was told, for our own words: they quote no URL as it was typed."""
    for secret in _known:
        text = _without(text, secret)
    return text


def redact(text: str) -> str:
    """Return `text` with every user, password and token in it replaced by `***`.

    It errs on the side of hiding: everything from `://` to the last `@` goes, also within a longer message.
    """
    text = hide_known(text)
    found = _LIKE_A_URL.search(text)
    if found is None:
        return text
    head, rest = text[: found.end()], text[found.end() :]
    login, place = split_login(rest, wary=True)
    shown = _CODED.sub(_shown, _SECRET.sub(rf"\g<1>{HIDDEN}", place))
    shown = redact(shown)  # a message may hold a second URL
    return head + shown if login is None else f"{head}{HIDDEN}@{shown}"


def words_of(error: BaseException) -> str:
    """Return what may be printed of an error: our own say no secrets, those of libraries quote whole URLs."""
    if isinstance(error, NetEyesError):
        return hide_known(str(error))
    return redact(": ".join(filter(None, (type(error).__name__, " ".join(str(error).split())))))


def _shown(pair: re.Match[str]) -> str:
    """Return a `key=value` with an encoded key, its value hidden if the key is a secret's."""
    return f"{pair[1]}={HIDDEN}" if _ENDS_IN_KEY.search(unquote(pair[1])) else pair[0]


def redact_lines(text: str) -> str:
    """Return `text` with each line redacted by itself, as pages and tracebacks want it.

    An `@` in another line has nothing to do with the URL in this one.
    """
    return "\n".join(map(redact, text.split("\n")))


def hide(message: str, user: str | None, password: str | None, query: str = "") -> str:
    """Return a library's message without what one URL keeps secret, however the library quotes it.

    Args:
        message: any text, with or without the URL.
        user: decoded.
        password: decoded.
        query: the URL's; what belongs to `token=` and its like is hidden too.
    """
    pairs = [part.partition("=") for part in query.split("&")]
    typed = {value for key, _, value in pairs if _ENDS_IN_KEY.search(unquote(key))}
    secrets = {form for value in typed for form in (value, unquote(value), unquote_plus(value))}
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


def split_login(rest: str, *, wary: bool = False) -> tuple[str | None, str]:
    """Split what follows `://` into credentials, if any, and the rest from the host on.

    Typed raw, a password may hold any of `@#!/:?`, so the standard's rule (the authority ends at the first
    `/`, `?` or `#`) cannot find its end. Only what already reads as a plain host keeps an `@` in its path.

    Args:
        rest: what follows.
        wary: whether `john.doe:1234/…@` counts as credentials too: it may be a host and its port, but also a
            user with a dot and a password with a slash, which nobody is to read.
    """
    before, at, place = rest.rpartition("@")
    if not at:
        return None, rest
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host = HOST.fullmatch(authority)
    named = host is not None and (
        host["port"] is None
        or host["host"] == "localhost"
        or authority[0] == "["
        or ("." in host["host"] and (not wary or _ADDRESS.fullmatch(host["host"]) is not None))
    )
    return (None, rest) if named else (before, place)
