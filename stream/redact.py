"""Redact passwords, user names and tokens in texts that are printed or logged."""

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
"""A secret with fewer letters is hidden only as a whole word: a single letter is in every word."""

_KEY = (
    r"(?:password|passwd|passphrase|passcode|passkey|pass|pwd|pw|pin|token|ticket|bearer|secret|signature|sig|auth"
    r"|key|code|user|username|usr|login|loginuse|loginpas|account|session|session_?id|sid|jwt|credentials?|hdnts)"
)
"""The endings of a secret's name, such as `authToken`; that `monkey=` is hidden too does no harm."""

_ENDS_IN_KEY = re.compile(rf"(?i){_KEY}$")
_SECRET = re.compile(rf"(?i)([\w.%~-]*{_KEY}=)[^&\s]*")
"""A secret and its value, up to the next `&`: the `/`, `+` and `=` of base64 tokens may be typed raw."""

_CODED = re.compile(r"([\w.~-]*%[\w.%~-]*)=[^&\s]*")
"""A percent-encoded key and its value."""

_LIKE_A_URL = re.compile(rf"{SCHEME.pattern[:-2]}/?/")
"""The start of a URL; also with one slash only, as paths print it."""


_known: tuple[str, ...] = ()


def conceal(secrets: Iterable[str]) -> None:
    """Let `redact` hide these texts everywhere from now on: secrets that came from `${NAME}`."""
    global _known
    _known = tuple(sorted({*_known, *filter(None, secrets)}, key=len, reverse=True))


def hide_known(text: str) -> str:
    """Return `text` without the secrets given to `conceal`.

    This is enough for our own messages, which quote no URL as it was typed.
    """
    for secret in _known:
        text = _without(text, secret)
    return text


def redact(text: str) -> str:
    """Return `text` with every user, password and token in it replaced by `***`.

    Rather too much is hidden than too little: everything from `://` to the last `@`, also in a long message.
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
    """Return an error's message, redacted: our own errors hold no secrets, those of libraries quote URLs."""
    if isinstance(error, NetEyesError):
        return hide_known(str(error))
    return redact(": ".join(filter(None, (type(error).__name__, " ".join(str(error).split())))))


def _shown(pair: re.Match[str]) -> str:
    """Return a `key=value` with an encoded key; the value is hidden if the key names a secret."""
    return f"{pair[1]}={HIDDEN}" if _ENDS_IN_KEY.search(unquote(pair[1])) else pair[0]


def redact_lines(text: str) -> str:
    """Redact each line of `text` by itself, as pages and tracebacks need it.

    An `@` in another line does not belong to the URL in this one.
    """
    return "\n".join(map(redact, text.split("\n")))


def hide(message: str, user: str | None, password: str | None, query: str = "") -> str:
    """Redact a library's message: hide the secrets of one URL, however the library quotes it.

    Args:
        message: any text, with or without the URL.
        user: the decoded user name.
        password: the decoded password.
        query: the URL's query; the values of `token=` and similar keys are hidden too.
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
    """Split the part of a URL behind `://` into credentials, if any, and the rest from the host on.

    A password that is typed raw may hold any of `@#!/:?`, so the standard's rule (the authority ends at the
    first `/`, `?` or `#`) cannot find its end. An `@` counts as part of the path only if a plain host stands
    before it.

    Args:
        rest: the text behind `://`.
        wary: whether `john.doe:1234/…@` counts as credentials too: it may be a host and its port, but also a
            user with a dot and a password with a slash, which must not be shown.
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
