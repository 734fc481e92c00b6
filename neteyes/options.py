"""The options of `neteyes run`, each with its help; shared with the commands that take the same ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neteyes.config import use_config
from stream.fit import FitMode
from stream.views.layouts import View

NETS, VIEW, INPUT, OUTPUT, WATCH = "Nets", "View", "Input", "Output", "Unattended"

Input = Annotated[
    str,
    typer.Argument(
        help="scene://duel, 0, /dev/video0, camera://NAME, rtsp://…, http://…, a clip, a picture, a folder "
        "or glob of pictures; fault+scene://duel?drop=0.1 and the like fail on a schedule.",
    ),
]
Outputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[OUTPUT]",
        help="display://0 (the default), clip.mp4, clip.mkv, picture.png, folder/, rtsp://…, /dev/video10 "
        "(a virtual camera), null://; several at once.",
        show_default=False,
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
        help="The runtime: auto, openvino, onnxruntime; on a GPU tensorrt, cuda or torch.",
        rich_help_panel=NETS,
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads of each net.", rich_help_panel=NETS)]
FitName = Annotated[
    FitMode, typer.Option("--fit", help="How frames meet the nets' size.", rich_help_panel=NETS)
]

Steadiness = Annotated[
    float | None,
    typer.Option(
        "--steadiness",
        min=0,
        max=1,
        help="How hard labels hold still: 0 is the net as it is, 1 the calmest. By default 0.7.",
        show_default=False,
        rich_help_panel=NETS,
    ),
]

ViewName = Annotated[View, typer.Option("--view", help="What is shown.", rich_help_panel=VIEW)]
SwapNames = Annotated[
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
Mirror = Annotated[
    bool | None,
    typer.Option(
        "--mirror/--no-mirror",
        help="Flip left and right. Local cameras are, by default.",
        show_default=False,
        rich_help_panel=VIEW,
    ),
]
FlashGuard = Annotated[
    bool,
    typer.Option(
        "--flash-guard/--no-flash-guard",
        help="Hold back what would flash too often; without it you are asked to be sure.",
        rich_help_panel=VIEW,
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", help="Sure: do not ask about the flash guard.", rich_help_panel=VIEW)
]
Height = Annotated[
    int, typer.Option(min=64, max=4320, help="Height of the view in pixels.", rich_help_panel=VIEW)
]

Pace = Annotated[
    bool,
    typer.Option(
        "--pace/--no-pace", help="Keep a clip's own speed, or go as fast as can be.", rich_help_panel=INPUT
    ),
]
Loop = Annotated[
    bool, typer.Option("--input-loop", help="Begin a clip anew at its end.", rich_help_panel=INPUT)
]
Width = Annotated[int | None, typer.Option(min=1, help="Pixels to ask of a camera.", rich_help_panel=INPUT)]
Rate = Annotated[
    float | None,
    typer.Option(
        min=0.01, help="Frames a second to ask of a camera; pictures a second.", rich_help_panel=INPUT
    ),
]
Retry = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="How often in a row a camera or stream that is gone is tried again; by default for ever.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
Seconds = Annotated[
    float | None, typer.Option(min=0.001, help="End after so many seconds.", rich_help_panel=INPUT)
]
Frames = Annotated[int | None, typer.Option(min=1, help="End after so many frames.", rich_help_panel=INPUT)]

Headless = Annotated[bool, typer.Option("--headless", help="No window.", rich_help_panel=OUTPUT)]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace output files that exist.", rich_help_panel=OUTPUT)
]
Audio = Annotated[
    bool,
    typer.Option("--audio/--no-audio", help="Keep the input's sound in recordings.", rich_help_panel=OUTPUT),
]
Segment = Annotated[
    str | None,
    typer.Option(
        "--segment",
        metavar="DURATION",
        help="Record into a new file every so often: 90s, 10m, 1h30m. Each is named by its time.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
Keep = Annotated[
    str | None,
    typer.Option(
        "--keep",
        metavar="AGE|SIZE",
        help="Delete the oldest segments beyond an age or size: 7d, 10GB, or both with a comma.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write what happened as JSON.", rich_help_panel=OUTPUT)
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
Metrics = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        metavar="HOST:PORT",
        help="Serve /metrics for Prometheus, and /health; for others than this machine only with a token.",
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
        help="What those who ask for metrics must know.",
        show_default=False,
        rich_help_panel=WATCH,
    ),
]
LogJson = Annotated[
    bool, typer.Option("--log-json", help="Say everything as JSON, a line each.", rich_help_panel=WATCH)
]
