"""Read and check a config file as a whole: it is valid, or all its faults are reported with their lines."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from engines.errors import UsageError
from neteyes.config.keys import Key, Value, keys_of, unknown
from neteyes.config.lines import Lines, last_line
from neteyes.config.variables import Expanded, expand, is_secret, shown
from neteyes.file_watch import Stamp, stamp_of
from stream.redact import conceal

OWN_TABLES = ("serve",)
"""Commands whose settings stand in a table of their name; those of `run` stand above all tables."""


@dataclass(frozen=True, slots=True, repr=False)
class Setting:
    """Represent one setting of a config file: a key and its value.

    Attributes:
        key: the key of the command's parameter.
        written: its value or values in the file, variables by name; a credential may be among them.
        given: the value as on the command line; may hold secrets.
        value: the converted value that the command gets; may hold secrets.
        secrets: texts in it that must not be shown.
        line: line of the key, from 1.
        lines: line of each of `written`, from 1.
    """

    key: Key
    written: list[Value]
    given: Any
    value: Any
    secrets: frozenset[str]
    line: int
    lines: tuple[int, ...]

    @property
    def shown(self) -> Any:
        """The value for printing: variables by name, credentials hidden."""
        words = [shown(self.key.name, word) if isinstance(word, str) else word for word in self.written]
        return words if self.key.type.many else words[0]


@dataclass(frozen=True, slots=True, repr=False)
class Config:
    """Represent the settings of a config file.

    Attributes:
        path: path of the file.
        stamp: stamp of the file when it was read.
        settings: the settings of the command by key name, in the file's order.
        tables: the commands that have a table of their own in it.
    """

    path: Path
    stamp: Stamp | None
    settings: Mapping[str, Setting]
    tables: tuple[str, ...] = ()

    @property
    def secrets(self) -> frozenset[str]:
        """Texts in the settings that must not be shown."""
        return frozenset[str]().union(*(setting.secrets for setting in self.settings.values()))

    def value(self, key: Key) -> Any:
        """Return the command's value for a key: that of the file, else the default."""
        return self.settings[key.name].value if key.name in self.settings else key.default

    def place(self, name: str, which: int | None = None) -> str:
        """Return the file and the line, for the start of a message; only the file if it lacks the key."""
        line = self.line(name, which)
        return f"{self.path}, line {line}" if line else str(self.path)

    def line(self, name: str, which: int | None = None) -> int:
        """Return the line of a key, or of one of its values from 0 on; 0 if it is not in the file."""
        setting = self.settings.get(name)
        if setting is None:
            return 0
        return setting.line if which is None else setting.lines[which]


def read_config(path: Path, ctx: typer.Context, environ: Mapping[str, str] | None = None) -> Config:
    """Read a config file; from then on `redact` hides the secrets in it.

    Args:
        path: path of the file; paths inside it are relative to the working folder, as on the command line.
        ctx: context of the command that has the keys as parameters.
        environ: the values of `${NAME}`; by default the environment.

    Raises:
        UsageError: the file cannot be read, is not TOML, or has unknown keys, invalid values or unset
            variables. All faults are reported at once, each on a line of the message, with file and line.
    """
    stamp = stamp_of(path)  # before reading: a change meanwhile leads to another reading
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(_syntax(path, text, error)) from error
    keys, lines = keys_of(ctx), Lines(text)
    environ = os.environ if environ is None else environ
    settings: dict[str, Setting] = {}
    faults: list[tuple[int, str]] = []
    above = (str(ctx.command.name),) if ctx.command.name in OWN_TABLES else ()
    tables = {name: document.pop(name) for name in OWN_TABLES if name in document}
    for name, table in tables.items():
        if not isinstance(table, dict):
            faults.append((lines.find((name,)), f"{name} is a table of settings: write [{name}] above them."))
    own = tables.get(above[0]) if above else document
    for where, written in _entries(own if isinstance(own, dict) else {}, keys, above):
        name, line = ".".join(where[len(above) :]), lines.find(where)
        try:
            if name not in keys:
                raise UsageError(unknown(name, keys))
            key = keys[name]
            values = key.values(written)
            texts = [_expanded(key, value, environ) for value in values]
            unset = {variable: fault for text in texts if text for variable, fault in text.faults.items()}
            faults += [(lines.find(where, variable), fault) for variable, fault in unset.items()]
            if not unset:
                if isinstance(written, dict):
                    each = tuple(lines.find((*where, part)) for part in written)
                else:
                    each = tuple(lines.find(where, str(value)) for value in values)
                settings[name] = _setting(ctx, key, values, texts, line, each)
        except UsageError as fault:
            faults.append((line, str(fault)))
    if faults:
        raise UsageError("\n".join(f"{path}, line {line}: {fault}" for line, fault in sorted(faults)))
    config = Config(path, stamp, settings, tuple(tables))
    conceal(config.secrets)
    return config


def _setting(
    ctx: typer.Context,
    key: Key,
    values: list[Value],
    texts: list[Expanded | None],
    line: int,
    lines: tuple[int, ...],
) -> Setting:
    words = [text.text if text else value for text, value in zip(texts, values, strict=True)]
    for word in words:
        key.type.check_choice(key.name, word)
    given = words if key.type.many else words[0]
    used = {f"${{{name}}}" for text in texts if text for name in text.used}
    try:
        value = key.convert(ctx, given)
    except UsageError as refused:
        if used or is_secret(key.name):  # the message may quote the value
            what = f"what {' and '.join(sorted(used))} holds" if used else "its value"
            raise UsageError(f"{key.name}: {what} is not accepted. Correct it.") from None
        raise UsageError(shown(key.name, str(refused))) from refused
    secrets = frozenset[str]().union(*(text.secrets for text in texts if text))
    return Setting(key, values, given, value, secrets, line, lines)


def _expanded(key: Key, value: Value, environ: Mapping[str, str]) -> Expanded | None:
    return expand(value, environ, secret=is_secret(key.name)) if isinstance(value, str) else None


def _entries(
    table: Mapping[str, Any], keys: Mapping[str, Key], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each value with its path. The keys of a table count singly, but a table of pairs is one value."""
    for name, value in table.items():
        where = (*above, name)
        if not isinstance(value, dict) or not value:
            yield where, value
        elif name in keys and keys[name].type.pairs:
            yield where, {old: new for old, new in value.items() if isinstance(new, str)}
            yield from (((*where, old), new) for old, new in value.items() if not isinstance(new, str))
        else:
            yield from _values(value, where)


def _values(table: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each value below a table that is no key, with its path."""
    for name, value in table.items():
        where = (*above, name)
        if isinstance(value, dict) and value:
            yield from _values(value, where)
        else:
            yield where, value


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise UsageError(f"Cannot read the config file {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The config file {path} is not UTF-8 text. Save it as UTF-8.") from error


def _syntax(path: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
    if found is None:
        return f"{path} is not TOML: {error}."
    what, line, column = found.groups()
    if line is None:
        return f"{path}, line {last_line(text)}: not TOML: {what}."
    return f"{path}, line {line}: not TOML at column {column}: {what}."
