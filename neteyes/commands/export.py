"""`neteyes export`: two checkpoints become a bundle."""

from __future__ import annotations

import re
import threading
import tomllib
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engines.errors import BackendError, UsageError
from stream.frame import Image
from stream.sources import open_source


def export(
    segmenter: Annotated[Path, typer.Option(help="The segmenter's checkpoint: .pth, .pt or .safetensors.")],
    synthesizer: Annotated[Path, typer.Option(help="The synthesizer's checkpoint.")],
    out: Annotated[Path, typer.Option(help="The bundle's folder.")],
    size: Annotated[str, typer.Option(help="Of the painted picture, multiples of 32.")] = "256x256",
    segment_size: Annotated[
        str | None, typer.Option(help="Of the frame that the segmenter gets; by default --size.")
    ] = None,
    precision: Annotated[
        Literal["fp32", "bf16"], typer.Option(help="What runtimes may compute in.")
    ] = "fp32",
    half_weights: Annotated[
        bool, typer.Option("--half-weights", help="Store weights in 16 bits: half the size on disk.")
    ] = False,
    argmax: Annotated[
        int, typer.Option(min=1, max=16, help="Pixels on a side that share one label; 1 is exact.")
    ] = 1,
    frames: Annotated[
        str, typer.Option(help="What the parity certificate is made on: any input of `neteyes run`.")
    ] = "scene://duel",
    about: Annotated[
        Path | None,
        typer.Option(help="TOML for the card: name, description, license, credits, training."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a bundle that lies there.")] = False,
) -> None:
    """Turn a segmenter's and a synthesizer's checkpoint into a bundle, and prove that it answers as they do.

    Example: [cyan]neteyes export --segmenter deeplab.pth --synthesizer latest_net_G.pth --out coco[/]
    """
    try:
        from export.bundle import make_bundle
    except ImportError as error:
        raise BackendError(
            f"Exporting needs torch and onnx ({error}). Get them with: pip install 'neteyes[export]'"
        ) from error
    painted = _size(size)
    bundle, parities = make_bundle(
        segmenter,
        synthesizer,
        out,
        _some_frames(frames),
        size=painted,
        frame_size=_size(segment_size) if segment_size else painted,
        argmax=argmax,
        half_weights=half_weights,
        precision=precision,
        overwrite=overwrite,
        about=_read_about(about) if about else None,
    )
    table = Table("runtime", "frames", "labels alike", "mean error", "worst", box=None, header_style="bold")
    for parity in parities:
        errors = f"{parity.mean:.3f}/255", f"{parity.worst:.0f}/255"
        table.add_row(parity.backend, str(parity.frames), f"{parity.labels:.3%}", *errors)
    console = Console()
    console.print(f"The bundle {escape(str(bundle.folder))} answers as its nets do:")
    console.print(table)
    console.print(f"Try it: neteyes run --bundle {escape(str(bundle.folder))}")


def _read_about(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"Cannot read {path}: {error}.") from error


def _size(text: str) -> tuple[int, int]:
    """Return (H, W) of a size that is written WxH."""
    sides = re.fullmatch(r"(\d+)x(\d+)", text)
    if not sides:
        raise UsageError(f"A size reads WIDTHxHEIGHT, as in 512x256; got '{text}'.")
    return int(sides[2]), int(sides[1])


def _some_frames(name: str, count: int = 8, apart: int = 15) -> list[Image]:
    """Return up to `count` frames of an input, every `apart`-th, uint8 (H, W, 3) BGR."""
    source = open_source(name, pace=False)
    try:
        frames = islice(source.frames(threading.Event()), 0, count * apart, apart)
        return [frame.image for frame in frames]
    finally:
        source.close()
