"""Define the options of `neteyes serve`, each once, for the command line and the config file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from neteyes import option_fields as opt
from neteyes.config import use_config
from neteyes.options import Options

SERVER = "Server"


@dataclass(frozen=True, kw_only=True, repr=False)
class ServeOptions(Options):
    """Hold the options of the browser mirror: `neteyes serve --help` describes each, with `-` for `_`.

    An option that is not set is None. Printing them shows no password.

    Raises:
        UsageError: a value has the wrong type, a word is not a choice, or a number is out of range.
    """

    input: Annotated[
        str | None,
        typer.Argument(
            help="What all visitors see: scene://duel, 0, rtsp://…, a clip and so on, as in `neteyes run`. "
            "Without it, each visitor's own camera is painted.",
            show_default=False,
        ),
    ] = None

    listen: Annotated[
        str,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            help="Where the page is served; for others than this machine only with a token.",
            rich_help_panel=SERVER,
        ),
    ] = "127.0.0.1:8710"
    visitors: Annotated[
        int,
        typer.Option(
            min=1, max=64, help="How many visitors there may be at once; others wait.", rich_help_panel=SERVER
        ),
    ] = 4

    stun: Annotated[
        str | None,
        typer.Option(
            "--stun",
            metavar="stun:HOST:PORT",
            help="A STUN server for WebRTC, where visitors come from behind another network's router; "
            "without it no other machine is asked.",
            show_default=False,
            rich_help_panel=SERVER,
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
    swap_file: Annotated[
        Path | None,
        typer.Option(
            help="More swaps, one a line; read again for each visitor with a camera.",
            show_default=False,
            rich_help_panel=opt.VIEW,
        ),
    ] = None
    mirror: opt.Mirrored = None
    height: opt.Height = 360

    input_loop: opt.InputLoop = False
    input_width: opt.Pixels = None
    input_height: opt.Pixels = None
    input_rate: opt.InputRate = None
    retry: opt.Retry = None

    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            callback=use_config,
            is_eager=True,
            help="Take what no flag says from the table [serve] of a TOML file; see `neteyes config`.",
            show_default=False,
            rich_help_panel=opt.WATCH,
        ),
    ] = None
    token: opt.Token = None
    https: Annotated[
        bool,
        typer.Option(
            "--https",
            help="Encrypt, with a certificate made here: browsers on other machines give no camera without.",
            rich_help_panel=SERVER,
        ),
    ] = False
    cert: Annotated[
        Path | None,
        typer.Option(
            help="Encrypt with this certificate, a PEM file.", show_default=False, rich_help_panel=SERVER
        ),
    ] = None
    key: Annotated[
        Path | None,
        typer.Option(help="Its key, if it is another file.", show_default=False, rich_help_panel=SERVER),
    ] = None
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host",
            metavar="NAME",
            help="One more name or address by which visitors may open the page. Repeat for more.",
            show_default=False,
            rich_help_panel=SERVER,
        ),
    ] = None
