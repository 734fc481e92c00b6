"""Replace `${NAME}` in a config file by environment variables, and keep their values secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from stream.redact import HIDDEN, SCHEME, redact

_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<wrong>\{[^}]*\}?))")
_LIKE_A_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|.*@", re.DOTALL)
"""The start of a URL, also of a misspelled one, which messages quote. A Windows drive has one letter."""

_SECRET_KEY = re.compile(r"(^|-)(token|password|passphrase|secret|key|auth)(-|$)")


@dataclass(frozen=True, slots=True, repr=False)
class Expanded:
    """Hold a text with its variables replaced.

    Attributes:
        text: the text with the variables' values; may hold secrets.
        used: names of those variables.
        secrets: values that must not be shown, plain and as they are encoded in a URL.
        faults: the fault of each variable without a value, by its spelling in the file.
    """

    text: str
    used: tuple[str, ...]
    secrets: frozenset[str]
    faults: Mapping[str, str]


def expand(text: str, environ: Mapping[str, str], *, secret: bool = False) -> Expanded:
    """Replace each `${NAME}` by its value, and `$$` by one dollar; any other dollar stays.

    Between the `://` and the last `@` of a URL, a value is percent-encoded, so that a password may hold any
    character. A variable that is all of that part, user and password, is taken as it is typed. The value of a
    variable anywhere in a URL, even in a misspelled one, counts as a secret, unless it is the whole URL.

    Args:
        text: the text in the file.
        environ: the values of variables.
        secret: whether the whole text is a secret, such as a token.
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
    """Return a text of the file for printing: variables by name, credentials hidden."""
    return HIDDEN if is_secret(key) else redact(text)


def is_secret(key: str) -> bool:
    """Return whether the value of a key is a secret, by the key's name."""
    return _SECRET_KEY.search(key) is not None


def _login(text: str) -> tuple[int, int]:
    """Return the positions where a URL's credentials begin and end; (0, 0) if the text is no URL."""
    scheme = SCHEME.match(text)
    return (scheme.end(), max(text.rfind("@"), scheme.end())) if scheme else (0, 0)
