"""Derive the keys of a config file from the command's own parameters."""

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
    """Represent a key of the config file: one parameter of the command.

    Attributes:
        name: name of the flag without its dashes, or of the argument.
        parameter: the command's parameter.
        type: the values that it takes.
        default: the command's default value.
    """

    name: str
    parameter: TyperArgument | TyperOption
    type: OptionType
    default: Any

    @property
    def denials(self) -> list[str]:
        """The flags that mean false, such as `no-mirror`, without their dashes."""
        return [flag.lstrip("-") for flag in self.parameter.secondary_opts]

    def values(self, written: object) -> list[Value]:
        """Return the value in the file as a list of values, as on the command line.

        Raises:
            UsageError: the value has the wrong type.
        """
        return self.type.values(self.name, written)

    def convert(self, ctx: typer.Context, given: Any) -> Any:
        """Convert a value as the command line does, with its own checks.

        Raises:
            UsageError: the command line would refuse the value; the message may hold it.
        """
        try:
            value = self.parameter.process_value(ctx, given)
        except typer.BadParameter as error:
            raise UsageError(f"{self.name}: {error.message.rstrip('.')}.") from error
        except NetEyesError as error:
            raise UsageError(f"{self.name}: {error}") from error
        return [self._typed(word) for word in value] if self.type.many else self._typed(value)

    def _typed(self, value: Any) -> Any:
        """Convert paths and enumerations, which typer before 0.29 leaves as texts here."""
        typed = isinstance(self.type.kind, type) and issubclass(self.type.kind, Path | Enum)
        return self.type.kind(value) if typed else value  # type: ignore[operator]


def keys_of(ctx: typer.Context) -> dict[str, Key]:
    """Return the keys for a command's parameters, by name.

    Flags that act at once, such as `--help` and `--config` itself, are no keys.
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
    """Return the message for an unknown key, with the nearest known one.

    Args:
        name: the key with its tables, as in `swap.height`.
        keys: the known keys.
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
