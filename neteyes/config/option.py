"""Handle `--config`: the settings in the file become the defaults of all other flags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from neteyes.config.reading import Config, read_config

CONFIG = "neteyes.config"
"""Key of the config in a context's `meta`."""


def use_config(ctx: typer.Context, value: Path | None) -> Path | None:
    """Read the file of `--config`, the callback of an eager option: flags that are typed still win.

    Raises:
        UsageError: as in `read_config`.
    """
    if value is None or ctx.resilient_parsing:
        return value
    config = read_config(value, ctx)
    ctx.meta[CONFIG] = config
    given = {str(setting.key.parameter.name): _later(setting.given) for setting in config.settings.values()}
    ctx.default_map = {**(ctx.default_map or {}), **given}
    return value


def config_of(ctx: typer.Context) -> Config | None:
    """Return the config that `--config` named; None if it was not given."""
    config = ctx.meta.get(CONFIG)
    return config if isinstance(config, Config) else None


def _later(value: Any) -> Callable[[], Any]:
    """Wrap a default in a function, because `--help` prints plain defaults, also passwords."""
    return lambda: value
