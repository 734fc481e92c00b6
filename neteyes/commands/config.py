"""`neteyes config`: check and show a config file before a run uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from neteyes.commands._config_checks import Findings, check_run, check_serve, raise_faults
from neteyes.config import Config, read_config
from neteyes.config.keys import keys_of

app = typer.Typer(
    help="Check and show files for `--config` of `neteyes run` and `neteyes serve`.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A config file, in TOML.", show_default=False)]


@app.command()
def check(ctx: typer.Context, file: File) -> None:
    """Check a config file, as far as possible without opening a file, a device or a connection.

    Its keys, types, variables, input, outputs, swaps, backend and addresses are checked, and conflicts
    between them, such as an output that is given twice or is the input; for `neteyes serve` those below
    [serve]. Exits with 2 if anything is wrong, and names the line.
    """
    run, config = _read(ctx, file, "run")
    settings, found = len(config.settings), [Findings(config)]
    check_run(found[0], _values(run, config), file)
    if "serve" in config.tables:
        serve, config = _read(ctx, file, "serve")
        settings += len(config.settings)
        found.append(Findings(config))
        check_serve(found[1], _values(serve, config))
    raise_faults(*found)
    print(f"{file} is valid: {settings} settings.")


@app.command()
def show(ctx: typer.Context, file: File) -> None:
    """Show each setting by a config file, and the line that sets it; no secret is printed."""
    run, config = _read(ctx, file, "run")
    table = Table("setting", box=None, header_style="bold")
    table.add_column("value", overflow="fold")
    table.add_column("said by", no_wrap=True)
    _add_rows(table, run, config)
    if "serve" in config.tables:
        table.add_row("\\[serve]", style="bold")
        _add_rows(table, *_read(ctx, file, "serve"))
    Console(emoji=False).print(table)


def _add_rows(table: Table, command: typer.Context, config: Config) -> None:
    for name, key in keys_of(command).items():
        setting = config.settings.get(name)
        if setting:
            table.add_row(escape(name), escape(_word(setting.shown)), f"line {setting.line}")
        else:
            table.add_row(escape(name), escape(_word(key.default)), "default", style="dim")


def _read(ctx: typer.Context, file: Path, name: str) -> tuple[typer.Context, Config]:
    """Return the context of a command, whose parameters are the keys, and the file as read for it."""
    group = ctx.find_root().command
    command = group.get_command(ctx, name) if isinstance(group, TyperGroup) else None
    assert command is not None
    context = typer.Context(command, info_name=name)
    return context, read_config(file, context)


def _values(command: typer.Context, config: Config) -> dict[str, Any]:
    return {name: config.value(key) for name, key in keys_of(command).items()}


def _word(value: Any) -> str:
    """Return a value as written in TOML; a dash for None."""
    return "–" if value is None else json.dumps(value, ensure_ascii=False, default=str)
