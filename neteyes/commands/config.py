"""`neteyes config`: check and show a config file before a run uses it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from engines.backends import backend_of
from engines.bundle import find_bundle, read_bundle
from engines.errors import NetEyesError, UsageError
from neteyes.config import Config, read_config
from neteyes.config.keys import keys_of
from neteyes.output_conflicts import Places, check_window
from neteyes.palettes.chosen_palette import ChosenPalette, palette_named, segment_length
from neteyes.swaps import Swaps
from neteyes.watching.addresses import parse_address
from stream.controls import steadiness_of
from stream.faults import Faults
from stream.loop.report import check_report_path
from stream.nets.palette.palette_segment import seen_by_colours
from stream.sources import Asked, open_source
from stream.sources.screen.screen_options import screen_options
from stream.uri import FAULT, NETWORK, Uri, parse

app = typer.Typer(
    help="Check and show files for `neteyes run --config`.", no_args_is_help=True, rich_markup_mode="rich"
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A config file, in TOML.", show_default=False)]


@app.command()
def check(ctx: typer.Context, file: File) -> None:
    """Check a config file, as far as possible without opening a file, a device or a connection.

    Its keys, types, variables, input, outputs, swaps, backend and metrics address are checked, and conflicts
    between them, such as an output that is given twice or is the input. Exits with 2 if anything is wrong,
    and names the line.
    """
    run = _run(ctx)
    config = read_config(file, run)
    value = {name: config.value(key) for name, key in keys_of(run).items()}
    found = Findings(config)
    source = None
    with found.of("input"):
        source = parse(value["input"])
        _check_input(source, value)
    with found.of("backend"):
        if value["backend"] != "auto":
            backend_of(value["backend"])
    with found.of("metrics"):
        if value["metrics"]:
            parse_address(value["metrics"], value["token"])
    with found.of("report"):
        if value["report"]:
            check_report_path(value["report"])
    files = tuple(each for each in (file, value["swap-file"]) if each)
    segment = segment_length(value["segment"])
    places = Places(source, value["report"], value["headless"], segment, value["keep"], files)
    with found.of("output"):
        outputs = places.outputs(value["output"])
        with found.of("segment" if value["segment"] else "keep"):
            places.recorded(outputs)
        with found.of("fullscreen" if value["fullscreen"] else "fill"):
            check_window(outputs, fullscreen=value["fullscreen"], fill=value["fill"])
    with found.of("flash-guard"):
        if not (value["flash-guard"] or value["yes"]):
            raise UsageError(
                "Without the flash guard a start asks, and a service cannot answer: add yes = true."
            )
    with found.of("bundle"):
        nets = read_bundle(find_bundle(value["bundle"]))
        segmenter = palette_named(value["segmenter"], value["segment"])
        if segmenter:
            with found.of("segmenter" if value["segmenter"] else "segment"):
                ChosenPalette(segmenter, nets)
            nets = seen_by_colours(nets)
        with found.of("steadiness"):
            steadiness_of(nets, value["steadiness"])
        for which, pair in enumerate(value["swap"] or []):
            with found.of("swap", which):
                Swaps(nets, [pair], None)
        with found.of("swap"):
            Swaps(nets, value["swap"] or [], None)  # one label swapped twice
        with found.of("swap-file"):
            Swaps(nets, [], value["swap-file"])
    found.tell()
    print(f"{file} is valid: {len(config.settings)} settings.")


@app.command()
def show(ctx: typer.Context, file: File) -> None:
    """Show each setting by a config file, and the line that sets it; no secret is printed."""
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
    """Return a context of `neteyes run`: its parameters are the keys of a config file."""
    group = ctx.find_root().command
    command = group.get_command(ctx, "run") if isinstance(group, TyperGroup) else None
    assert command is not None
    return typer.Context(command, info_name="run")


class Findings:
    """Collect the faults of a config, each with the line of its key."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._faults: dict[str, tuple[int, str]] = {}

    @contextmanager
    def of(self, name: str, which: int | None = None) -> Iterator[None]:
        """Catch an error that ends the block, and keep it as a fault of a key or of one of its values."""
        try:
            yield
        except NetEyesError as fault:
            place = self._config.line(name, which), f"{self._config.place(name, which)}: {fault}"
            self._faults.setdefault(str(fault), place)

    def tell(self) -> None:
        """Raise all faults that were found as one error.

        Raises:
            UsageError: there are faults; the message has a line for each, in the file's order.
        """
        if self._faults:
            raise UsageError("\n".join(told for _, told in sorted(self._faults.values())))


def _check_input(named: Uri, value: Mapping[str, Any]) -> None:
    """Refuse an invalid input.

    Raises:
        UsageError: its faults, its options, or a setting for it is invalid.
        SourceError: there is no such scene.
    """
    if named.scheme.removeprefix(FAULT) in ("scene", *NETWORK):  # these open only with their frames
        asked = Asked(
            pace=value["pace"],
            loop=value["input-loop"],
            width=value["input-width"],
            height=value["input-height"],
            rate=value["input-rate"],
            sound=value["audio"],
        )
        open_source(named, **asked).close()
    elif named.scheme == "screen":
        screen_options(named)  # which windows are there is another matter
    elif named.is_faulty:
        Faults(named)


def _word(value: Any) -> str:
    """Return a value as written in TOML; a dash for None."""
    return "–" if value is None else json.dumps(value, ensure_ascii=False, default=str)
