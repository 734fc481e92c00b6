"""Find the line of each key in a TOML file, which `tomllib` does not give."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]
"""A key with the tables that contain it."""


class Lines:
    """Find the lines of the keys in a TOML text.

    Args:
        text: valid TOML.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._spans: dict[Path, tuple[int, int]] = {}
        table: Path = ()
        for first, last, statement in _statements(self._lines):
            paths = list(_paths(statement))
            if self._lines[first].lstrip().startswith("["):
                table = max(paths, key=len)
                paths = [()]
            for path in paths:
                for end in range(1, len(table + path) + 1):
                    self._spans.setdefault((table + path)[:end], (first, last))

    def find(self, path: Path, text: str = "") -> int:
        """Return the line of a key, counted from 1; if it has several, the one that contains `text`."""
        first, last = self._spans[path]
        for line in range(first, last + 1):
            if text in self._lines[line]:
                return line + 1
        return first + 1


def last_line(text: str) -> int:
    """Return the line where the last statement begins, counted from 1: in invalid TOML, that of the error."""
    return max((first + 1 for first, _, _ in _statements(text.split("\n"))), default=1)


def _statements(lines: list[str]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield each statement's first line, last line and value; the value is empty if it never ends.

    A statement, a `[table]` or a `key = value`, ends with the first line at which it is valid by itself.
    """
    first, statement = 0, ""
    for place, line in enumerate(lines):
        statement += line + "\n"
        try:
            meaning = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if meaning:
            yield first, place, meaning
        first, statement = place + 1, ""
    if statement:
        yield first, len(lines) - 1, {}


def _paths(table: dict[str, Any]) -> Iterator[Path]:
    for key, value in table.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *path) for path in _paths(value))
