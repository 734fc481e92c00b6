"""Which keys a config file may hold: those that the command's own parameters make."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_type_hints

import typer
from typer.core import TyperArgument, TyperOption

from engines.errors import NetEyesError, UsageError
from neteyes.option_type import OptionType

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the config file: one parameter of the command.

    Attributes:
        name: the flag's, without its dashes; an argument's own.
        parameter: what takes its value.
        type: which values it takes.
        default: what the command gets where nobody says anything.
    """

    name: str
    parameter: TyperArgument | TyperOption
    type: OptionType
    default: Any

    @property
    def denials(self) -> list[str]:
        """The flags that say no, such as `no-mirror`, without their dashes."""
        return [flag.lstrip("-") for flag in self.parameter.secondary_opts]

    def values(self, written: object) -> list[Value]:
        """Return what the file has for this key as the command line's words would say it.

        Raises:
            UsageError: it is of another type.
        """
        return self.type.values(self.name, written)

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
        return [self._typed(word) for word in value] if self.type.many else self._typed(value)

    def _typed(self, value: Any) -> Any:
        """Return paths and enumerations as such, which typer before 0.29 leaves for later."""
        typed = isinstance(self.type.kind, type) and issubclass(self.type.kind, Path | Enum)
        return self.type.kind(value) if typed else value  # type: ignore[operator]


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
        keys[name] = Key(name, parameter, OptionType.of(hints[argument.name]), argument.default)
    return keys


def unknown(name: str, keys: Mapping[str, Key]) -> str:
    """Return what to tell about a key that there is not: the nearest one.

    Args:
        name: with the tables that it stands in, as in `swap.height`.
        keys: those there are.
    """
    table = name.partition(".")[0]
    if table in keys and keys[table].type.pairs:
        return f"{name} wants text in quotes. All below [{table}] belongs to it; other keys come above."
    for key in keys.values():
        if name in key.denials:
            return f"Unknown key '{name}'. Write {key.name} = false."
    spelled = name.lower().replace("_", "-").replace(".", "-").lstrip("-")
    near = difflib.get_close_matches(spelled, keys, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else "Keys are the names of flags: `neteyes run --help`."
    return f"Unknown key '{name}'. {hint}"
