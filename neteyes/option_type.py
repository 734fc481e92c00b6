"""Represent the type of an option, from its annotation: the values that it takes."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Self, Union, get_args, get_origin

from engines.errors import UsageError

_WANTED: dict[object, str] = {bool: "true or false", int: "a whole number", float: "a number"}
_FOUND: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point",
    list: "a list",
    dict: "a table",
    NoneType: "nothing",
}


@dataclass(frozen=True, slots=True)
class OptionType:
    """Represent the values that an option takes.

    Attributes:
        kind: type of its value, or of one of its values.
        many: whether it takes a list.
        optional: whether it may be None.
        pairs: whether it takes `NAME=NAME` texts, or a table in their place.
        least: the lowest number it takes; None without a limit.
        most: the highest number it takes; None without a limit.
    """

    kind: object
    many: bool = False
    optional: bool = False
    pairs: bool = False
    least: float | None = None
    most: float | None = None

    @classmethod
    def of(cls, hint: Any) -> Self:
        """Return the type for an annotation such as `Annotated[int, typer.Option(min=1)]`."""
        extras: tuple[Any, ...] = ()
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)  # type: ignore[assignment]
        optional = get_origin(hint) in (Union, UnionType)
        if optional:
            hint = next(part for part in get_args(hint) if part is not NoneType)
        many = get_origin(hint) is list

        def said(name: str) -> Any:
            return next(
                (value for extra in extras if (value := getattr(extra, name, None)) is not None), None
            )

        # An option with a parser is written as text.
        kind = str if said("parser") else get_args(hint)[0] if many else hint
        pairs = many and "=" in (said("metavar") or "")
        return cls(kind, many, optional, pairs, said("min"), said("max"))

    @property
    def choices(self) -> list[str]:
        """The words it takes; empty if it takes any."""
        if get_origin(self.kind) is Literal:
            return [str(word) for word in get_args(self.kind)]
        if isinstance(self.kind, type) and issubclass(self.kind, Enum):
            return [str(member.value) for member in self.kind]
        return []

    def values(self, name: str, written: object) -> list[Any]:
        """Return the value or values of a setting as a list.

        Args:
            name: the option's name, for the message.
            written: one value; if `many`, also a list of them; if `pairs`, also a table.

        Raises:
            UsageError: a value is of another type.
        """
        if isinstance(written, dict) and self.pairs:
            return [f"{old}={new}" for old, new in written.items()]
        listed = self.many and isinstance(written, Sequence) and not isinstance(written, str)
        values: list[Any] = list(written) if listed else [written]  # type: ignore[call-overload]
        for value in values:
            if not self._accepts(value):
                which = f"Each {name}" if listed else name
                raise UsageError(f"{which} wants {self._wanted(listed=listed)}, not {_found(value)}.")
        return values

    def check_choice(self, name: str, value: object) -> None:
        """Refuse a word that is not one of the choices.

        Raises:
            UsageError: the word is not a choice; the message names the nearest one.
        """
        if self.choices and value not in self.choices:
            near = difflib.get_close_matches(str(value), self.choices, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"{name} wants one of {', '.join(self.choices)}.{hint}")

    def check(self, name: str, value: object) -> None:
        """Refuse a value of another type, a word that is no choice, and a number out of range.

        Raises:
            UsageError: the value is refused; the message names the option, and the values it takes.
        """
        if value is None and self.optional:
            return
        for each in self.values(name, value):
            self.check_choice(name, each)
            if self.kind in (int, float) and not self._reaches(each):  # a NaN is refused too
                raise UsageError(f"{name} wants {_WANTED[self.kind]}{self._range()}, not {each:g}.")

    def _accepts(self, value: object) -> bool:
        if isinstance(value, bool) or self.kind is bool:
            return isinstance(value, bool) and self.kind is bool
        if self.kind is int:
            return isinstance(value, int)
        if self.kind is float:
            return isinstance(value, int | float)
        return isinstance(value, str) or (self.kind is Path and isinstance(value, Path))

    def _wanted(self, *, listed: bool) -> str:
        wanted = _WANTED.get(self.kind, "text in quotes")
        if listed or not self.many:
            return wanted
        return f"{wanted}, a list{' or a table' if self.pairs else ''}"

    def _reaches(self, number: float) -> bool:
        least = number if self.least is None else self.least
        most = number if self.most is None else self.most
        return least <= number <= most

    def _range(self) -> str:
        if self.most is not None:
            return f" from {self.least:g} to {self.most:g}"
        return "" if self.least is None else f", {self.least:g} or more"


def _found(value: object) -> str:
    if isinstance(value, date | time):
        return "a date or time"
    return _FOUND.get(type(value), f"a value of the type {type(value).__name__}")
