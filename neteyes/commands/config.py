"""`neteyes config`: what a config file means, before anything runs by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from engines.bundle import find_bundle, read_bundle
from engines.errors import SinkError, UsageError
from neteyes.config import Config, read_config
from neteyes.config.keys import keys_of
from neteyes.places import Places
from neteyes.swaps import Swaps
from stream.faults import Faults
from stream.uri import parse

app = typer.Typer(
    help="Check and show files for `neteyes run --config`.", no_args_is_help=True, rich_markup_mode="rich"
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A config file, in TOML.", show_default=False)]


@app.command()
def check(ctx: typer.Context, file: File) -> None:
    """Check a config file: its keys, types, variables, inputs, outputs and swaps. Nothing is opened.

    What goes with what is checked too, such as an output that is given twice or is the input. Exits with 2
    if anything is wrong, and says on which line.
    """
    run = _run(ctx)
    config = read_config(file, run)
    value = {name: config.value(key) for name, key in keys_of(run).items()}
    with _at(config, "input"):
        named = parse(value["input"])
        if named.is_faulty:
            Faults(named)
    places = Places(value["input"], value["report"], value["headless"], value["segment"], value["keep"])
    with _at(config, "output"):
        names = places.outputs(value["output"])
    with _at(config, "segment" if value["segment"] else "keep"):
        places.recorded(names)
    bundle = read_bundle(find_bundle(value["bundle"]))
    with _at(config, "swap"):
        Swaps(bundle, value["swap"] or [], value["swap-file"])
    print(f"{file} is sound: {len(config.settings)} settings.")


@app.command()
def show(ctx: typer.Context, file: File) -> None:
    """Show what each setting is by a config file, and on which line it says so; no secret is printed."""
    run = _run(ctx)
    config = read_config(file, run)
    table = Table("setting", box=None, header_style="bold")
    table.add_column("value", overflow="fold")
    table.add_column("said by", no_wrap=True)
    for name, key in keys_of(run).items():
        setting = config.settings.get(name)
        if setting:
            table.add_row(escape(name), escape(_word(setting.shown)), f"line {setting.line}")
        else:
            table.add_row(escape(name), escape(_word(key.default)), "default", style="dim")
    Console(emoji=False).print(table)


def _run(ctx: typer.Context) -> typer.Context:
    """Return a context of `neteyes run`, whose parameters the keys of a config file are."""
    group = ctx.find_root().command
    command = group.get_command(ctx, "run") if isinstance(group, TyperGroup) else None
    assert command is not None
    return typer.Context(command, info_name="run")


@contextmanager
def _at(config: Config, name: str) -> Iterator[None]:
    """Begin a fault's message with the line of the key that has it."""
    try:
        yield
    except (UsageError, SinkError) as fault:
        raise UsageError(f"{config.place(name)}: {fault}") from fault


def _word(value: Any) -> str:
    """Return a value as TOML has it; a dash for none."""
    return "–" if value is None else json.dumps(value, ensure_ascii=False, default=str)
