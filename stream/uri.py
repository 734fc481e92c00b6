"""What users type to name an input or output, taken apart; and passwords hidden in all that is printed."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from engines.errors import UsageError

HIDDEN = "***"
NETWORK = ("rtsp", "rtsps", "http", "https")
INPUTS = ("scene", "v4l2", "camera", *NETWORK, "file")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/?#@\[\]]+)(?::(?P<port>\d{1,5}))?(?=[/?#]|$)")
_CAMERA = re.compile(r"\d{1,3}|/dev/video\d+|/dev/v4l/.+")
_SECRET = re.compile(
    r"(?i)(?<![a-z])((?:access_?)?(?:password|passwd|passphrase|pass|pwd|token|secret|signature|sig|auth"
    r"|api_?key|key|user|username|usr|login|account)=)[^&;/?#\s]*"
)


@dataclass(frozen=True, slots=True, repr=False)
class Uri:
    """One input or output, named.

    Printing it never shows a password: `str` and `repr` give the redacted text.

    Attributes:
        text: what the user typed, credentials and all; never print it.
        scheme: lower case; "v4l2" for `0` and `/dev/video0`, "file" for a bare path.
        host: the machine of a network URL, the name of a scene, else "".
        port: where the URL names one.
        user: decoded, None where the URL has no credentials.
        password: decoded, None where the URL has none.
        path: the path of a file or device, the camera's name, or a network URL's path with its slash.
        query: what follows the `?`, as typed; files have none, their names may hold a `?`.
    """

    text: str
    scheme: str
    host: str = ""
    port: int | None = None
    user: str | None = None
    password: str | None = None
    path: str = ""
    query: str = ""

    def __str__(self) -> str:
        """The text that may be printed."""
        return redact(self.text)

    def __repr__(self) -> str:
        return f"Uri({redact(self.text)!r})"

    @property
    def options(self) -> dict[str, str]:
        """The query's `key=value` pairs, decoded; the last of equal keys wins."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def url(self) -> str:
        """The network URL for a library, any character of the credentials percent-encoded."""
        login = ""
        if self.user is not None:
            password = "" if self.password is None else ":" + quote(self.password, safe="")
            login = quote(self.user, safe="") + password + "@"
        port = "" if self.port is None else f":{self.port}"
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{login}{self.host}{port}{self.path}{query}"


def parse(text: str, schemes: Collection[str] = INPUTS) -> Uri:
    """Take an input or output apart; no file or device is looked at.

    A network URL's credentials may be typed raw or percent-encoded: they end at the last `@`, so any further
    `@` after them is written `%40`. A text without `scheme://` is a camera's number or device, or else a
    path, whatever colons it holds.

    Raises:
        UsageError: an empty text, a scheme not among `schemes`, or a URL without a sound host.
    """
    if not text.strip():
        raise UsageError(
            "An input or output without a name. Give a file, a camera such as 0, or a URL such as scene://duel."
        )
    if any(ord(letter) < 32 for letter in text):
        raise UsageError(f"There is a control character in {redact(text)!r}. Remove it.")
    found = _SCHEME.match(text)
    if found is None:
        if _CAMERA.fullmatch(text) and "v4l2" in schemes:
            return Uri(text, "v4l2", path=text)
        return Uri(text, "file", path=text)
    scheme, rest = found[1].lower(), text[found.end() :]
    if scheme not in schemes:
        near = difflib.get_close_matches(scheme, schemes, n=1)
        known = ", ".join(f"{name}://" for name in schemes)
        hint = f"Did you mean {near[0]}://? " if near else ""
        raise UsageError(
            f"Unknown scheme {scheme}:// in {redact(text)}. {hint}Known: {known} and plain paths."
        )
    if scheme in NETWORK:
        return _network(text, scheme, rest)
    if scheme == "file":
        if not rest:
            raise UsageError("file:// names no file. Write file://clip.mp4 or just clip.mp4.")
        return Uri(text, scheme, path=unquote(rest))
    if scheme in ("v4l2", "camera"):
        if not rest:
            raise UsageError(f"{scheme}:// names no camera. See `neteyes cameras`.")
        return Uri(text, scheme, path=unquote(rest))
    name, _, query = rest.partition("?")
    return Uri(text, scheme, host=name.rstrip("/"), query=query)


def redact(text: str) -> str:
    """Return `text` with every user, password and token in it replaced by `***`.

    It errs on the side of hiding: everything from `://` to the last `@` goes, also within a longer message.
    """
    found = _SCHEME.search(text)
    if found is None:
        return text
    head, rest = text[: found.end()], text[found.end() :]
    login, place = _split(rest)
    shown = redact(_SECRET.sub(rf"\g<1>{HIDDEN}", place))  # a message may hold a second URL
    return head + shown if login is None else f"{head}{HIDDEN}@{shown}"


def _network(text: str, scheme: str, rest: str) -> Uri:
    login, place = _split(rest)
    host = _HOST.match(place)
    if host is None or int(host["port"] or 1) not in range(1, 65536):
        raise UsageError(f"There is no sound host in {redact(text)}. Write {scheme}://host:port/path.")
    user = password = None
    if login is not None:
        name, colon, secret = login.partition(":")
        user, password = unquote(name), unquote(secret) if colon else None
    path, _, query = place[host.end() :].partition("?")
    port = int(host["port"]) if host["port"] else None
    # Spaces and the like would end the request line; what is encoded already stays as it is.
    path, query = (quote(part, safe="/%:;,+=&@!$'()*~?[]") for part in (path, query))
    return Uri(text, scheme, host["host"], port, user, password, path, query)


def _split(rest: str) -> tuple[str | None, str]:
    """Split what follows `://` into credentials, if any, and the rest from the host on.

    Typed raw, a password may hold any of `@#!/:?`, so the standard's rule (the authority ends at the first
    `/`, `?` or `#`) cannot find its end. Only what already reads as a plain host keeps an `@` in its path.
    """
    before, at, place = rest.rpartition("@")
    if not at:
        return None, rest
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host = _HOST.fullmatch(authority)
    named = host is not None and (
        host["port"] is None or "." in host["host"] or host["host"] == "localhost" or authority[0] == "["
    )
    return (None, rest) if named else (before, place)
