"""Which keys a config file may hold: those that the command's own parameters make."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperArgument, TyperOption

from engines.errors import NetEyesError, UsageError

Value = str | int | float | bool

_WANTED: dict[object, str] = {bool: "true or false", int: "a whole number", float: "a number"}
_FOUND: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a point",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the config file: one parameter of the command.

    Attributes:
        name: the flag's, without its dashes; an argument's own.
        parameter: what takes its value.
        kind: the type of its value, or of one of its values.
        many: whether it takes a list.
        default: what the command gets where nobody says anything.
    """

    name: str
    parameter: TyperArgument | TyperOption
    kind: object
    many: bool
    default: Any

    @property
    def pairs(self) -> bool:
        """Whether it takes `NAME=NAME` texts, which a table can hold."""
        return self.many and "=" in (self.parameter.metavar or "")

    @property
    def denials(self) -> list[str]:
        """The flags that say no, such as `no-mirror`, without their dashes."""
        return [flag.lstrip("-") for flag in self.parameter.secondary_opts]

    @property
    def choices(self) -> list[str]:
        """The words it may be; empty where it may be any."""
        if get_origin(self.kind) is Literal:
            return [str(word) for word in get_args(self.kind)]
        if isinstance(self.kind, type) and issubclass(self.kind, Enum):
            return [str(member.value) for member in self.kind]
        return []

    def values(self, written: object) -> list[Value]:
        """Return what the file has for this key as the command line's words would say it.

        Raises:
            UsageError: it is of another type.
        """
        if isinstance(written, dict) and self.pairs:
            return [f"{old}={new}" for old, new in written.items()]
        listed = isinstance(written, list) and self.many
        values: list[Any] = written if isinstance(written, list) and listed else [written]
        for value in values:
            if not self._accepts(value):
                which = f"Each {self.name}" if listed else self.name
                raise UsageError(f"{which} wants {self._wanted(listed=listed)}, not {_found(value)}.")
        return values

    def check(self, value: Value) -> None:
        """Refuse a word that is not one of the choices.

        Raises:
            UsageError: with the nearest choice.
        """
        if self.choices and value not in self.choices:
            near = difflib.get_close_matches(str(value), self.choices, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"{self.name} wants one of {', '.join(self.choices)}.{hint}")

    def convert(self, ctx: typer.Context, given: Any) -> Any:
        """Return what the command would get; the command line's own conversion and checks are used.

        Raises:
            UsageError: what the command line would refuse; the message may hold the value.
        """
        try:
            value = self.parameter.process_value(ctx, given)
        except typer.BadParameter as error:
            raise UsageError(f"{self.name}: {error.message.rstrip('.')}.") from error
        except NetEyesError as error:
            raise UsageError(f"{self.name}: {error}") from error
        return [self._typed(word) for word in value] if self.many else self._typed(value)

    def _typed(self, value: Any) -> Any:
        """Return paths and enumerations as such, which typer before 0.29 leaves for later."""
        typed = isinstance(self.kind, type) and issubclass(self.kind, Path | Enum)
        return self.kind(value) if typed else value  # type: ignore[operator]

    def _accepts(self, value: object) -> bool:
        if isinstance(value, bool) or self.kind is bool:
            return isinstance(value, bool) and self.kind is bool
        if self.kind is int:
            return isinstance(value, int)
        if self.kind is float:
            return isinstance(value, int | float)
        return isinstance(value, str)

    def _wanted(self, *, listed: bool) -> str:
        wanted = _WANTED.get(self.kind, "text in quotes")
        if listed or not self.many:
            return wanted
        return f"{wanted}, a list{' or a table' if self.pairs else ''}"


def keys_of(ctx: typer.Context) -> dict[str, Key]:
    """Return the keys that a command's parameters make, by name.

    What acts at once, such as `--help` and `--config` itself, is none.
    """
    function = ctx.command.callback
    if function is None:
        return {}
    hints, arguments = get_type_hints(function, include_extras=True), inspect.signature(function).parameters
    keys = {}
    for parameter in ctx.command.params:
        argument = arguments.get(str(parameter.name))
        if argument is None or parameter.is_eager or not isinstance(parameter, TyperArgument | TyperOption):
            continue
        name = max(parameter.opts, key=len).lstrip("-").replace("_", "-")
        keys[name] = Key(name, parameter, *_kind(hints[argument.name]), argument.default)
    return keys


def unknown(name: str, keys: Mapping[str, Key]) -> str:
    """Return what to tell about a key that there is not: the nearest one.

    Args:
        name: with the tables that it stands in, as in `swap.height`.
        keys: those there are.
    """
    table = name.partition(".")[0]
    if table in keys and keys[table].pairs:
        return f"{name} wants text in quotes. All below [{table}] belongs to it; other keys come above."
    for key in keys.values():
        if name in key.denials:
            return f"Unknown key '{name}'. Write {key.name} = false."
    spelled = name.lower().replace("_", "-").replace(".", "-").lstrip("-")
    near = difflib.get_close_matches(spelled, keys, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else "Keys are the names of flags: `neteyes run --help`."
    return f"Unknown key '{name}'. {hint}"


def _kind(hint: Any) -> tuple[object, bool]:
    """Return the type of one value (text where a parser follows), and whether there may be several."""
    parsed = any(getattr(extra, "parser", None) for extra in getattr(hint, "__metadata__", ()))
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    many = get_origin(hint) is list
    return str if parsed else get_args(hint)[0] if many else hint, many


def _found(value: object) -> str:
    return _FOUND.get(type(value), "a date or time")
