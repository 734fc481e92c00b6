"""Define the options of a run, each once, for the command line, the config file and programs.

A field of `RunOptions` is a flag of `neteyes run`, a key of the config file and a keyword of `neteyes.run`.
The annotations that other commands use too stand in `option_fields`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from engines.errors import UsageError
from neteyes import option_fields as opt
from neteyes.config.variables import shown
from neteyes.option_type import OptionType


@dataclass(frozen=True, kw_only=True, repr=False)
class Options:
    """Check the fields of a command's options by their annotations, and print them without passwords.

    Raises:
        UsageError: a value has the wrong type, a word is not a choice, or a number is out of range.
    """

    def __post_init__(self) -> None:
        # mypy takes the `__hash__` of instances for that of the class.
        for name, kind in option_types(type(self)).items():  # type: ignore[arg-type]
            kind.check(name, getattr(self, name))

    def __repr__(self) -> str:
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        said = {field.name: said[field.name] for field in fields(self) if said[field.name] != field.default}
        words = (f"{name}={_shown(name, value)!r}" for name, value in said.items())
        return f"{type(self).__name__}({', '.join(words)})"


@dataclass(frozen=True, kw_only=True, repr=False)
class RunOptions(Options):
    """Hold the options of a run: `neteyes run --help` describes each, with `-` for `_`.

    An option that is not set is None. Printing them shows no password.

    Raises:
        UsageError: a value has the wrong type, a word is not a choice, or a number is out of range.

    >>> RunOptions(input="scene://street", output=["out.mkv"], view="labels")
    RunOptions(input='scene://street', output=['out.mkv'], view='labels')
    >>> RunOptions(height=12)
    Traceback (most recent call last):
    engines.errors.UsageError: height wants a whole number from 64 to 4320, not 12.
    """

    input: opt.Input = "scene://duel"
    output: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[OUTPUT]",
            help="display://0 (a window, the default; 1 on the second monitor), a recording (.mp4, .mkv, "
            ".mov, .webm, .gif), picture.png, folder/, rtsp://…, /dev/video10 (a virtual camera), null://; "
            "several at once. out.mp4?crf=18 is a recording of better quality.",
            show_default=False,
        ),
    ] = None

    bundle: opt.BundleName = "small"
    backend: opt.BackendName = "auto"
    engines: opt.EnginesFolder = None
    segmenter: opt.Segmenter = None
    threads: opt.Threads = None
    size: opt.NetSize = None
    fit: opt.Fitting = None
    steadiness: opt.Steadiness = None

    view: opt.ViewName = "picture"
    swap: opt.SwapPairs = None
    swap_file: opt.SwapFile = None
    mirror: opt.Mirrored = None
    flash_guard: Annotated[
        bool,
        typer.Option(
            "--flash-guard/--no-flash-guard",
            help="Hold back what would flash too often; without it you are asked to be sure.",
            rich_help_panel=opt.VIEW,
        ),
    ] = True
    yes: Annotated[
        bool, typer.Option("--yes", help="Sure: do not ask about the flash guard.", rich_help_panel=opt.VIEW)
    ] = False
    height: opt.Height = 512

    badges: Annotated[
        bool,
        typer.Option(
            "--badges",
            help="Write into recordings and streams what the window says: labels frozen, flashes held back.",
            rich_help_panel=opt.VIEW,
        ),
    ] = False
    fullscreen: Annotated[
        bool,
        typer.Option(
            "--fullscreen", help="Begin in full screen; Esc or f leaves it.", rich_help_panel=opt.VIEW
        ),
    ] = False
    fill: Annotated[
        bool,
        typer.Option(
            "--fill",
            help="Fill the window and cut the edges off, instead of black bars; a triptych stays whole.",
            rich_help_panel=opt.VIEW,
        ),
    ] = False

    pace: Annotated[
        bool,
        typer.Option(
            "--pace/--no-pace",
            help="Keep a clip's own speed, or go as fast as can be.",
            rich_help_panel=opt.INPUT,
        ),
    ] = True
    input_loop: opt.InputLoop = False
    input_width: opt.Pixels = None
    input_height: opt.Pixels = None
    input_rate: opt.InputRate = None
    retry: opt.Retry = None
    seconds: opt.Seconds = None
    frames: opt.Frames = None

    headless: Annotated[bool, typer.Option("--headless", help="No window.", rich_help_panel=opt.OUTPUT)] = (
        False
    )
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace output files that exist.", rich_help_panel=opt.OUTPUT)
    ] = False
    audio: Annotated[
        bool,
        typer.Option(
            "--audio/--no-audio", help="Keep the input's sound in recordings.", rich_help_panel=opt.OUTPUT
        ),
    ] = True
    segment: Annotated[
        str | None,
        typer.Option(
            "--segment",
            metavar="DURATION",
            help="Record into a new file every so often: 90s, 10m, 1h30m. Each is named by its time.",
            show_default=False,
            rich_help_panel=opt.OUTPUT,
        ),
    ] = None
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="AGE|SIZE",
            help="Delete the oldest segments beyond an age or size: 7d, 10GB, or both with a comma.",
            show_default=False,
            rich_help_panel=opt.OUTPUT,
        ),
    ] = None
    report: opt.ReportFile = None

    config: opt.ConfigFile = None
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics",
            metavar="HOST:PORT",
            help="Serve /metrics for Prometheus, and /health; for others than this machine only with a "
            "token.",
            show_default=False,
            rich_help_panel=opt.WATCH,
        ),
    ] = None
    token: opt.Token = None


@cache
def option_types(options: type[Any] = RunOptions) -> Mapping[str, OptionType]:
    """Return the type of each option, by its field."""
    hints = get_type_hints(options, include_extras=True)
    return {field.name: OptionType.of(hints[field.name]) for field in fields(options)}


def written_options(written: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a program's values for `RunOptions`: a text may stand for a path or a list, a dict for swaps.

    Raises:
        UsageError: an option is unknown (the message names the nearest one), or a value has the wrong type.
    """
    types, options = option_types(), dict(written)
    for name, value in written.items():
        if name not in types:
            near = difflib.get_close_matches(name, types, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(types)}."
            raise UsageError(f"There is no option '{name}'. {hint}")
        if types[name].many and value is not None:
            options[name] = types[name].values(name, value)
        elif types[name].kind is Path and isinstance(value, str):
            options[name] = Path(value)
    return options


def _shown(name: str, value: Any) -> Any:
    """Return a value without secrets, for printing."""
    if isinstance(value, list):
        return [_shown(name, each) for each in value]
    return shown(name, value) if isinstance(value, str) else value
