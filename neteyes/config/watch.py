"""A config file that may change while the loop runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import typer

from neteyes.config.keys import keys_of
from neteyes.config.option import config_of
from neteyes.config.reading import Config, read_config
from neteyes.file_watch import FileWatch

TYPED = ("COMMANDLINE", "ENVIRONMENT", "PROMPT")
"""The sources of a value that beat the config file."""


class ConfigWatch:
    """Follows the file that `--config` named; without one, nothing ever changes.

    Args:
        ctx: of the running command.

    Attributes:
        config: the one in force.
    """

    def __init__(self, ctx: typer.Context) -> None:
        self._ctx = ctx
        self._keys = {
            name: key
            for name, key in keys_of(ctx).items()
            if getattr(ctx.get_parameter_source(str(key.parameter.name)), "name", "") not in TYPED
        }
        self.config = config_of(ctx)
        self._file_watch = FileWatch(self.config.path, self.config.stamp) if self.config else None

    def changes(self, check: Callable[[Mapping[str, Any]], object] | None = None) -> dict[str, Any]:
        """Read the file again if it has changed; return the keys that mean something new, and what.

        A key that left the file has its default again. What was typed as a flag stays as typed. When a file
        has changed is what `FileWatch` says.

        Args:
            check: is asked about the changes before they count; it refuses the file by a `UsageError`.

        Raises:
            UsageError: the file is wrong, told once; the config before stays, whole.
        """
        if self.config is None or self._file_watch is None or not self._file_watch.changed():
            return {}
        config = read_config(self.config.path, self._ctx)
        before, now = self._values(self.config), self._values(config)
        changes = {name: value for name, value in now.items() if value != before[name]}
        if check:
            check(changes)
        self.config = config
        return changes

    def _values(self, config: Config) -> dict[str, Any]:
        """Return what each key means that no flag overrides."""
        return {name: config.value(key) for name, key in self._keys.items()}
