"""Describe options that several commands take: type, flag, help and panel of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neteyes.config import use_config
from stream.controls import View
from stream.fit import FitMode

NETS, VIEW, INPUT, OUTPUT, WATCH = "Nets", "View", "Input", "Output", "Unattended"

Input = Annotated[
    str,
    typer.Argument(
        help="scene://duel, 0, /dev/video0, camera://NAME, screen://, rtsp://…, http://…, a clip, a picture, "
        "a folder or glob of pictures; fault+scene://duel?drop=0.1 and the like fail on a schedule.",
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
Segmenter = Annotated[
    str | None,
    typer.Option(
        "--segmenter",
        metavar="palette:FILE",
        help="Segment games and cartoons by their colours, in place of a net: palette:game.toml, or "
        "palette:auto to learn them from the first seconds.",
        show_default=False,
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
Fitting = Annotated[
    FitMode | None,
    typer.Option(
        "--fit",
        help="How frames meet the nets' size: crop fills it and cuts the rest off, pad keeps the whole "
        "picture, stretch squeezes it. By default pad for clips and pictures, crop for all else.",
        show_default=False,
        rich_help_panel=NETS,
    ),
]
ViewName = Annotated[
    View,
    typer.Option("--view", help="The view of the frame, its labels and the painting.", rich_help_panel=VIEW),
]
SwapPairs = Annotated[
    list[str] | None,
    typer.Option(
        "--swap",
        metavar="NAME=NAME",
        help="Paint one label as another. Repeat for more.",
        rich_help_panel=VIEW,
    ),
]
SwapFile = Annotated[
    Path | None,
    typer.Option(help="More swaps, one a line; read again whenever it changes.", rich_help_panel=VIEW),
]
Mirrored = Annotated[
    bool | None,
    typer.Option(
        "--mirror/--no-mirror",
        help="Flip left and right. Local cameras are, by default.",
        show_default=False,
        rich_help_panel=VIEW,
    ),
]
Height = Annotated[
    int,
    typer.Option(
        min=64,
        max=4320,
        help="Output size: the height in pixels of what is shown, recorded and sent; its width follows.",
        rich_help_panel=VIEW,
    ),
]
InputLoop = Annotated[
    bool, typer.Option("--input-loop", help="Begin a clip anew at its end.", rich_help_panel=INPUT)
]
InputRate = Annotated[
    float | None,
    typer.Option(
        min=0.01, help="Frames a second to ask of a camera; pictures a second.", rich_help_panel=INPUT
    ),
]
Retry = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="Number of tries in a row to reopen a lost camera or stream; by default for ever.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        callback=use_config,
        is_eager=True,
        help="Take what no flag says from a TOML file, read again whenever it changes; see `neteyes config`.",
        show_default=False,
        rich_help_panel=WATCH,
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="NETEYES_TOKEN",
        show_envvar=True,
        help="Password for metrics and for the page of a mirror, sent as a bearer token.",
        show_default=False,
        rich_help_panel=WATCH,
    ),
]
