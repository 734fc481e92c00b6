"""Define the options of a run, each once, for the command line, the config file and programs.

A field of `RunOptions` is a flag of `neteyes run`, a key of the config file and a keyword of `neteyes.run`.
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
from neteyes.config import use_config
from neteyes.config.variables import shown
from neteyes.option_type import OptionType
from stream.controls import View
from stream.fit import FitMode

NETS, VIEW, INPUT, OUTPUT, WATCH = "Nets", "View", "Input", "Output", "Unattended"

# Options that other commands take too have a name of their own.
Input = Annotated[
    str,
    typer.Argument(
        help="scene://duel, 0, /dev/video0, camera://NAME, rtsp://…, http://…, a clip, a picture, a folder "
        "or glob of pictures; fault+scene://duel?drop=0.1 and the like fail on a schedule.",
    ),
]
BundleName = Annotated[
    str,
    typer.Option(
        "--bundle", help="The nets: a bundle's name, or its folder, with a /.", rich_help_panel=NETS
    ),
]
BackendName = Annotated[
    str,
    typer.Option(
        "--backend",
        help="The runtime: auto, openvino, onnxruntime; on a GPU tensorrt, tensorrt-rtx, cuda or torch.",
        rich_help_panel=NETS,
    ),
]
EnginesFolder = Annotated[
    Path | None,
    typer.Option(
        "--engines",
        metavar="DIR",
        help="A folder that `neteyes build --out` made elsewhere, for tensorrt-rtx. Engines are code: name "
        "only one that you trust.",
        show_default=False,
        rich_help_panel=NETS,
    ),
]
NetSize = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="WIDTHxHEIGHT",
        help="Size of the nets' pictures, one of the bundle's, such as 352x192; by default, for each picture "
        "the one nearest to its proportions. For the size of the view see --height.",
        show_default=False,
        rich_help_panel=NETS,
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads of each net.", rich_help_panel=NETS)]
Steadiness = Annotated[
    float | None,
    typer.Option(
        "--steadiness",
        min=0,
        max=1,
        help="Steadiness of labels: 0 is the net as it is, 1 the calmest. By default 0.7.",
        show_default=False,
        rich_help_panel=NETS,
    ),
]
Pixels = Annotated[int | None, typer.Option(min=1, help="Pixels to ask of a camera.", rich_help_panel=INPUT)]
Seconds = Annotated[
    float | None, typer.Option(min=0.001, help="End after so many seconds.", rich_help_panel=INPUT)
]
Frames = Annotated[int | None, typer.Option(min=1, help="End after so many frames.", rich_help_panel=INPUT)]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write what happened as JSON.", rich_help_panel=OUTPUT)
]


@dataclass(frozen=True, kw_only=True, repr=False)
class RunOptions:
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

    input: Input = "scene://duel"
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

    bundle: BundleName = "small"
    backend: BackendName = "auto"
    engines: EnginesFolder = None
    threads: Threads = None
    size: NetSize = None
    fit: Annotated[
        FitMode | None,
        typer.Option(
            "--fit",
            help="How frames meet the nets' size: crop fills it and cuts the rest off, pad keeps the whole "
            "picture, stretch squeezes it. By default pad for clips and pictures, crop for all else.",
            show_default=False,
            rich_help_panel=NETS,
        ),
    ] = None
    steadiness: Steadiness = None

    view: Annotated[
        View,
        typer.Option(
            "--view", help="The view of the frame, its labels and the painting.", rich_help_panel=VIEW
        ),
    ] = "picture"
    swap: Annotated[
        list[str] | None,
        typer.Option(
            "--swap",
            metavar="NAME=NAME",
            help="Paint one label as another. Repeat for more.",
            rich_help_panel=VIEW,
        ),
    ] = None
    swap_file: Annotated[
        Path | None,
        typer.Option(help="More swaps, one a line; read again whenever it changes.", rich_help_panel=VIEW),
    ] = None
    mirror: Annotated[
        bool | None,
        typer.Option(
            "--mirror/--no-mirror",
            help="Flip left and right. Local cameras are, by default.",
            show_default=False,
            rich_help_panel=VIEW,
        ),
    ] = None
    flash_guard: Annotated[
        bool,
        typer.Option(
            "--flash-guard/--no-flash-guard",
            help="Hold back what would flash too often; without it you are asked to be sure.",
            rich_help_panel=VIEW,
        ),
    ] = True
    yes: Annotated[
        bool, typer.Option("--yes", help="Sure: do not ask about the flash guard.", rich_help_panel=VIEW)
    ] = False
    height: Annotated[
        int,
        typer.Option(
            min=64,
            max=4320,
            help="Output size: the height in pixels of what is shown, recorded and sent; its width follows.",
            rich_help_panel=VIEW,
        ),
    ] = 512

    badges: Annotated[
        bool,
        typer.Option(
            "--badges",
            help="Write into recordings and streams what the window says: labels frozen, flashes held back.",
            rich_help_panel=VIEW,
        ),
    ] = False
    fullscreen: Annotated[
        bool,
        typer.Option("--fullscreen", help="Begin in full screen; Esc or f leaves it.", rich_help_panel=VIEW),
    ] = False
    fill: Annotated[
        bool,
        typer.Option(
            "--fill",
            help="Fill the window and cut the edges off, instead of black bars; a triptych stays whole.",
            rich_help_panel=VIEW,
        ),
    ] = False

    pace: Annotated[
        bool,
        typer.Option(
            "--pace/--no-pace",
            help="Keep a clip's own speed, or go as fast as can be.",
            rich_help_panel=INPUT,
        ),
    ] = True
    input_loop: Annotated[
        bool, typer.Option("--input-loop", help="Begin a clip anew at its end.", rich_help_panel=INPUT)
    ] = False
    input_width: Pixels = None
    input_height: Pixels = None
    input_rate: Annotated[
        float | None,
        typer.Option(
            min=0.01, help="Frames a second to ask of a camera; pictures a second.", rich_help_panel=INPUT
        ),
    ] = None
    retry: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Number of tries in a row to reopen a lost camera or stream; by default for ever.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None
    seconds: Seconds = None
    frames: Frames = None

    headless: Annotated[bool, typer.Option("--headless", help="No window.", rich_help_panel=OUTPUT)] = False
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace output files that exist.", rich_help_panel=OUTPUT)
    ] = False
    audio: Annotated[
        bool,
        typer.Option(
            "--audio/--no-audio", help="Keep the input's sound in recordings.", rich_help_panel=OUTPUT
        ),
    ] = True
    segment: Annotated[
        str | None,
        typer.Option(
            "--segment",
            metavar="DURATION",
            help="Record into a new file every so often: 90s, 10m, 1h30m. Each is named by its time.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="AGE|SIZE",
            help="Delete the oldest segments beyond an age or size: 7d, 10GB, or both with a comma.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None
    report: ReportFile = None

    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            callback=use_config,
            is_eager=True,
            help="Take what no flag says from a TOML file, read again whenever it changes; "
            "see `neteyes config`.",
            show_default=False,
            rich_help_panel=WATCH,
        ),
    ] = None
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics",
            metavar="HOST:PORT",
            help="Serve /metrics for Prometheus, and /health; for others than this machine only with a "
            "token.",
            show_default=False,
            rich_help_panel=WATCH,
        ),
    ] = None
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar="NETEYES_TOKEN",
            show_envvar=True,
            help="Password for metrics, sent as a bearer token.",
            show_default=False,
            rich_help_panel=WATCH,
        ),
    ] = None

    def __post_init__(self) -> None:
        for name, kind in option_types().items():
            kind.check(name, getattr(self, name))

    def __repr__(self) -> str:
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        said = {field.name: said[field.name] for field in fields(self) if said[field.name] != field.default}
        return f"RunOptions({', '.join(f'{name}={_shown(name, value)!r}' for name, value in said.items())})"


@cache
def option_types() -> Mapping[str, OptionType]:
    """Return the type of each option, by its field in `RunOptions`."""
    hints = get_type_hints(RunOptions, include_extras=True)
    return {field.name: OptionType.of(hints[field.name]) for field in fields(RunOptions)}


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
