"""Parse the names of inputs and outputs as users type them: URLs, paths, camera numbers."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote

from engines.errors import UsageError
from stream.redact import HOST, SCHEME, hide, redact, split_login

__all__ = ["FAULT", "INPUTS", "NETWORK", "Uri", "parse", "parsed", "redact"]

FAULT = "fault+"
"""Prefix of a scheme: the same input, made to fail as its query says; see `stream.faults`."""

NETWORK = ("rtsp", "rtsps", "http", "https")
FAULTY = tuple(FAULT + scheme for scheme in ("scene", "v4l2", "camera", "rtsp", "http", "file"))
INPUTS = ("scene", "v4l2", "camera", "screen", *NETWORK, "file", *FAULTY)

_CAMERA = re.compile(r"\d{1,3}|/dev/video\d+|/dev/v4l/.+")
_WITH_OPTIONS = re.compile(r"(?P<path>.*(?:\.\w+|/))\?(?P<query>[a-z]+=[^?]*)", re.DOTALL)
"""The path of an output, which has a suffix or is a folder, and its options."""

_CAMERA_WITH_OPTIONS = re.compile(r"(?P<path>(?:v4l2://)?/dev/[^?]+)\?(?P<query>[a-z]+=[^?]*)")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, repr=False)
class Uri:
    """Represent the parsed name of one input or output.

    Printing it never shows a password: `str` and `repr` give the redacted text.

    Attributes:
        text: the text as typed, with credentials; never print it.
        scheme: lower case; "v4l2" for `0` and `/dev/video0`, "file" for a bare path; with `fault+` if typed.
        host: the machine of a network URL, the name of a scene, the number of a screen, else "".
        port: port of the URL; None if it has none.
        user: decoded user name; None if the URL has no credentials.
        password: decoded password; None if the URL has none.
        path: the path of a file or device, the camera's name, or a network URL's path with its slash.
        query: the text behind the `?`, as typed. Input files and cameras have none, because their names may
            hold a `?`; with `fault+`, it is the text behind the last `?`. An output file has one if it reads
            `?key=value` behind a suffix or a `/`.
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
    def is_faulty(self) -> bool:
        """Whether the input is made to fail (`fault+`)."""
        return self.scheme.startswith(FAULT)

    @property
    def options(self) -> dict[str, str]:
        """The query's `key=value` pairs, decoded; the last of equal keys wins."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def url(self) -> str:
        """The network URL for a library, with percent-encoded credentials."""
        login = ""
        if self.user is not None:
            password = "" if self.password is None else ":" + quote(self.password, safe="")
            login = quote(self.user, safe="") + password + "@"
        port = "" if self.port is None else f":{self.port}"
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{login}{self.host}{port}{self.path}{query}"

    def hide(self, message: str) -> str:
        """Return a library's message without this URL's user, password and tokens, however encoded."""
        return hide(message, self.user, self.password, self.query)

    def without_faults(self, query: str) -> "Uri":
        """Return the input behind `fault+`, with another query."""
        plain = replace(self, scheme=self.scheme.removeprefix(FAULT), query=query)
        if plain.scheme in NETWORK:
            return replace(plain, text=plain.url)
        if plain.scheme == "scene":
            return replace(plain, text=f"scene://{plain.host}" + (f"?{query}" if query else ""))
        return replace(plain, text=plain.path, query="")


def parsed(named: str | Uri, schemes: Collection[str] = INPUTS) -> Uri:
    """Return a `Uri` unchanged, and parse a text.

    Raises:
        UsageError: as in `parse`.
    """
    return named if isinstance(named, Uri) else parse(named, schemes)


def parse_output(text: str, schemes: Collection[str]) -> Uri:
    """Parse the name of an output as `parse` does; files and devices may have options: `out.mp4?crf=18`.

    In a file's own name, such a `?` is written `%3F`, with `file://` in front.

    Raises:
        UsageError: as in `parse`.
    """
    if camera := _CAMERA_WITH_OPTIONS.fullmatch(text):
        return replace(parse(camera["path"], schemes), text=text, query=camera["query"])
    uri = parse(text, schemes)
    scheme = SCHEME.match(text)
    found = _WITH_OPTIONS.fullmatch(text, scheme.end() if scheme else 0) if uri.scheme == "file" else None
    if found is None:
        return uri
    return replace(uri, path=unquote(found["path"]) if scheme else found["path"], query=found["query"])


def parse(text: str, schemes: Collection[str] = INPUTS) -> Uri:
    """Parse the name of an input or output; no file or device is touched.

    A network URL's credentials may be typed raw or percent-encoded: they end at the last `@`, so any further
    `@` after them is written `%40`. A text without `scheme://` is a camera's number or device, or else a
    path, whatever colons it holds.

    Raises:
        UsageError: the text is empty, its scheme is not in `schemes`, or the URL's host is invalid.
    """
    if not text.strip():
        raise UsageError(
            "An input or output without a name. Give a file, a camera such as 0, or a URL such as scene://duel."
        )
    _refuse_controls(text, text)
    found = SCHEME.match(text)
    if found is None:
        if _CAMERA.fullmatch(text) and "v4l2" in schemes:
            return Uri(text, "v4l2", path=text)
        return Uri(text, "file", path=text)
    scheme, rest = found[1].lower(), text[found.end() :]
    if scheme not in schemes:
        raise UsageError(_unknown(text, scheme, schemes))
    kind = scheme.removeprefix(FAULT)
    if kind in NETWORK:
        return _network(text, scheme, rest)
    if kind in ("scene", "screen") or kind not in INPUTS:
        name, _, query = rest.partition("?")
        return Uri(text, scheme, host=name.rstrip("/"), query=query)
    path, query = rest, ""
    if scheme in FAULTY:
        path, mark, query = rest.rpartition("?")
        path, query = (path, query) if mark else (rest, "")
    path = unquote(path)
    _refuse_controls(path, text)
    if not path and kind == "file":
        raise UsageError(f"{scheme}:// names no file. Write {scheme}://clip.mp4.")
    # On systems without V4L2, OpenCV would open a URL as a camera.
    if kind != "file" and (not path or SCHEME.search(path)):
        raise UsageError(f"{scheme}:// names no camera. See `neteyes cameras`.")
    return Uri(text, scheme, path=path, query=query)


def _network(text: str, scheme: str, rest: str) -> Uri:
    login, place = split_login(rest)
    host = HOST.match(place)
    if host is None or int(host["port"] or 1) not in range(1, 65536) or not _resolvable(host["host"]):
        raise UsageError(f"The host is invalid in {redact(text)}. Write {scheme}://host:port/path.")
    user = password = None
    if login is not None:
        name, colon, secret = login.partition(":")
        user, password = unquote(name), unquote(secret) if colon else None
        # Line breaks would end a line of the request, and begin another.
        _refuse_controls(user + (password or ""), text)
    path, _, query = place[host.end() :].partition("?")
    port = int(host["port"]) if host["port"] else None
    # Spaces and the like would end the request line; characters that are encoded already stay encoded.
    path, query = (quote(part, safe="/%:;,+=&@!$'()*~?[]") for part in (path, query))
    return Uri(text, scheme, host["host"], port, user, password, path, query)


def _resolvable(host: str) -> bool:
    """Return whether a resolver accepts a host name: each label has 1 to 63 bytes (RFC 1035, RFC 3490)."""
    try:
        host.encode("idna")  # as `socket` does, which raises no OSError then
    except UnicodeError:
        return False
    return True


def _refuse_controls(part: str, text: str) -> None:
    if _CONTROL.search(part):
        raise UsageError(f"There is a control character in {redact(text)!r}. Remove it.")


def _unknown(text: str, scheme: str, schemes: Collection[str]) -> str:
    plain = [name for name in schemes if not name.startswith(FAULT)]
    if scheme.startswith(FAULT) and scheme.removeprefix(FAULT) in ("rtsps", "https") and FAULTY[0] in schemes:
        return (
            f"{scheme}:// is not possible: an encrypted stream cannot be made to fail. Try the same as "
            f"{scheme[:-1]}://, if the server has it."
        )
    near = difflib.get_close_matches(scheme, schemes, n=1)
    hint = f"Did you mean {near[0]}://? " if near else ""
    known = ", ".join(f"{name}://" for name in plain)
    faulty = f", {FAULT} before most of them" if len(plain) < len(schemes) else ""
    return f"Unknown scheme {scheme}:// in {redact(text)}. {hint}Known: {known}{faulty} and plain paths."
