"""`${NAME}` in a config file: taken from the environment, and never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from stream.redact import HIDDEN, SCHEME, redact

_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<wrong>\{[^}]*\}?))")
_LIKE_A_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|.*@", re.DOTALL)
"""Also of one that is misspelled, which is quoted where it is refused. A drive of Windows has one letter."""

_SECRET_KEY = re.compile(r"(^|-)(token|password|passphrase|secret|key|auth)(-|$)")


@dataclass(frozen=True, slots=True, repr=False)
class Expanded:
    """A text whose variables were replaced.

    Attributes:
        text: with their values; may hold secrets.
        used: the names of those variables.
        secrets: what of their values may be shown nowhere, as it is and as it stands in a URL.
        faults: a variable without a value, as it stands in the file → what is wrong with it.
    """

    text: str
    used: tuple[str, ...]
    secrets: frozenset[str]
    faults: Mapping[str, str]


def expand(text: str, environ: Mapping[str, str], *, secret: bool = False) -> Expanded:
    """Replace each `${NAME}` by its value, and `$$` by one dollar; any other dollar stays.

    Between the `://` and the last `@` of a URL, a value is percent-encoded, so that a password may hold any
    character. A variable that is all of that part, user and password, is taken as it is typed. What a
    variable puts anywhere into a URL, even a misspelled one, counts as a secret, unless it is the URL.

    Args:
        text: as it stands in the file.
        environ: where values come from.
        secret: the whole text is one, as a token is.
    """
    used: list[str] = []
    secrets: set[str] = set()
    faults: dict[str, str] = {}
    start, end = _login(text)

    def value_of(found: re.Match[str]) -> str:
        name = found["name"]
        if found["dollar"]:
            return "$"
        if name is None:
            faults[found[0]] = (
                f"{found[0]} names no variable. Write ${{NAME}}, or $${{ for a dollar and a brace."
            )
            return ""
        value = environ.get(name, "")
        if not value:
            state = "is empty" if name in environ else "is not set"
            faults[found[0]] = f"{found[0]} {state}. Set {name} in the environment of neteyes."
            return ""
        used.append(name)
        inside = start <= found.start() and found.end() <= end and found.span() != (start, end)
        placed = quote(value, safe="") if inside else value
        if _LIKE_A_URL.match(text) and not SCHEME.match(value):
            secrets.update((value, placed))
        return placed

    result = _VARIABLE.sub(value_of, text)
    if secret:
        secrets.add(result)
    return Expanded(result, tuple(used), frozenset(secrets), faults)


def shown(key: str, text: str) -> str:
    """Return what may be printed of a text in the file: variables by name, credentials hidden."""
    return HIDDEN if is_secret(key) else redact(text)


def is_secret(key: str) -> bool:
    """Whether a key's name says that what it holds is for nobody's eyes."""
    return _SECRET_KEY.search(key) is not None


def _login(text: str) -> tuple[int, int]:
    """Return where a URL's credentials begin and end; (0, 0) in what is no URL."""
    scheme = SCHEME.match(text)
    return (scheme.end(), max(text.rfind("@"), scheme.end())) if scheme else (0, 0)
