"""Follow a config file that may change while the loop runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Self

import typer

from neteyes.config.keys import keys_of
from neteyes.config.option import config_of
from neteyes.config.reading import Config, read_config
from neteyes.file_watch import FileWatch

TYPED = ("COMMANDLINE", "ENVIRONMENT", "PROMPT")
"""The sources of a value that beat the config file."""


class ConfigWatch:
    """Follow a config file; without one, nothing ever changes.

    Args:
        config: the config as it was read at the start.
        ctx: context of the command that has the keys as parameters.
        fixed: names of parameters that were given as flags, which win over the file.

    Attributes:
        config: the current config.
    """

    def __init__(
        self, config: Config | None = None, ctx: typer.Context | None = None, fixed: Collection[str] = ()
    ) -> None:
        self.config, self._ctx = config, ctx
        keys = keys_of(ctx) if ctx else {}
        self._keys = {name: key for name, key in keys.items() if key.parameter.name not in fixed}
        self._file_watch = FileWatch(config.path, config.stamp) if config else None

    @classmethod
    def of_command(cls, ctx: typer.Context) -> Self:
        """Follow the file that `--config` named; the values of typed flags stay.

        Args:
            ctx: context of the running command.
        """
        names = [str(parameter.name) for parameter in ctx.command.params]
        sources = {name: getattr(ctx.get_parameter_source(name), "name", "") for name in names}
        return cls(config_of(ctx), ctx, [name for name, source in sources.items() if source in TYPED])

    def changes(self, check: Callable[[Mapping[str, Any]], object] | None = None) -> dict[str, Any]:
        """Read the file again if it has changed, as `FileWatch` detects; return the new values by key.

        A key that was removed from the file has its default again.

        Args:
            check: is called with the changes before they count; it refuses the file by a `UsageError`.

        Raises:
            UsageError: the file is invalid (raised once for each change); the whole config stays as it was.
        """
        if self.config is None or self._ctx is None or self._file_watch is None:
            return {}
        if not self._file_watch.changed():
            return {}
        config = read_config(self.config.path, self._ctx)
        before, now = self._values(self.config), self._values(config)
        changes = {name: value for name, value in now.items() if value != before[name]}
        if check:
            check(changes)
        self.config = config
        return changes

    def _values(self, config: Config) -> dict[str, Any]:
        """Return the value of each key that the file decides."""
        return {name: config.value(key) for name, key in self._keys.items()}
