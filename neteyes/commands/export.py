"""`neteyes export`: turn two checkpoints into a bundle."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from engines.bundle import typed
from engines.errors import UsageError
from engines.sizes import parse_sizes, size_text
from neteyes.commands._bundles import (
    Precision,
    Quality,
    SegmentPrecision,
    SegmentSizes,
    Sizes,
    lacking,
    show,
    some_frames,
)


def export(
    segmenter: Annotated[Path, typer.Option(help="The segmenter's checkpoint: .pth, .pt or .safetensors.")],
    synthesizer: Annotated[Path, typer.Option(help="The synthesizer's checkpoint.")],
    out: Annotated[Path, typer.Option(help="The bundle's folder.")],
    size: Sizes = "256x256,352x192,192x352",
    segment_size: SegmentSizes = None,
    quality: Quality = "full",
    precision: Precision = "fp32",
    segment_precision: SegmentPrecision = None,
    half_weights: Annotated[
        bool, typer.Option("--half-weights", help="Store weights in 16 bits: half the size on disk.")
    ] = False,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Without the variants that paint the same quicker, for comparison."),
    ] = False,
    program: Annotated[
        bool, typer.Option("--program", help="Write torch programs too: on a GPU, --backend torch runs them.")
    ] = False,
    argmax: Annotated[
        int, typer.Option(min=1, max=16, help="Pixels on a side that share one label; 1 is exact.")
    ] = 1,
    steady: Annotated[
        bool, typer.Option("--steady/--no-steady", help="Give the segmenter a memory: labels hold still.")
    ] = True,
    frames: Annotated[
        str,
        typer.Option(
            help="Frames for comparing runtimes, and for the ranges of int8: any input of `neteyes run`."
        ),
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
        from export.write_bundle import make_bundle
    except ImportError as error:
        raise lacking("Exporting", error) from error
    bundle, parities = make_bundle(
        segmenter,
        synthesizer,
        out,
        some_frames(frames),
        sizes=parse_sizes(size),
        frame_sizes=parse_sizes(segment_size) if segment_size else None,
        argmax=argmax,
        quality=quality,
        precision=precision,
        segment_precision=segment_precision,
        half_weights=half_weights,
        plain=plain,
        steady=steady,
        program=program,
        overwrite=overwrite,
        about=_read_about(about) if about else None,
    )
    rows = (
        (
            size_text(size),
            one.backend,
            str(one.frames),
            f"{one.labels:.3%}",
            f"{one.mean:.3f}/255",
            f"{one.worst:.0f}/255",
        )
        for size, one in parities
    )
    title = f"The bundle {bundle.folder} answers as its nets do:"
    show(title, rows, "size", "runtime", "frames", "labels alike", "mean error", "worst")
    print(f"Try it: neteyes run --bundle {shlex.quote(typed(bundle.folder))}")


def _read_about(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"Cannot read {path}: {error}.") from error
