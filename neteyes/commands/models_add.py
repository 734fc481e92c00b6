"""`neteyes models add`: make a bundle with your own segmenter."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from engines.bundle import open_bundle, sha256_of
from engines.errors import UsageError
from engines.label_mapping import NameMap, map_names, map_space, mapped_spaces
from engines.sizes import parse_size
from engines.user_data import bundles_home
from neteyes.commands._bundles import lacking, show, some_frames

if TYPE_CHECKING:
    from export.adopt.adopt import Agreement


def add(
    name: Annotated[str, typer.Argument(help="Of the new bundle.")],
    segment: Annotated[Path, typer.Option(help="The segmenter: ONNX, logits or labels out.")],
    labels: Annotated[
        str,
        typer.Option(
            help="coco-stuff, ade20k, cityscapes or voc, if the net has exactly their labels; else a file, "
            "one name a line in the net's order. NAME = COCO-STUFF NAME says where a label goes."
        ),
    ],
    mean: Annotated[
        str,
        typer.Option(help="Subtracted from the 0–255 pixels, in the net's order of channels: 0 for none."),
    ],
    scale: Annotated[
        str,
        typer.Option(
            help="By which the rest is multiplied: one number or three; 1 for none, 1/255 is a number."
        ),
    ],
    rgb: Annotated[bool, typer.Option("--rgb/--bgr", help="The net's order of channels.")] = True,
    size: Annotated[
        str | None, typer.Option(help="Of the frame, WIDTHxHEIGHT; only for a net that takes any.")
    ] = None,
    output: Annotated[
        str | None, typer.Option(help="Name of the net's output, if several could be meant.")
    ] = None,
    painter: Annotated[str, typer.Option(help="The bundle whose synthesizer paints.")] = "small",
    license: Annotated[str, typer.Option(help="The segmenter's licence, for the card.")] = "not told",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the bundle of that name.")] = False,
) -> None:
    """Make a bundle of your own segmenter and another bundle's painter.

    The net's label names go to those of COCO-Stuff, which the painter knows: by tables for ADE20K, Cityscapes
    and Pascal VOC, by their own names, or as your list says. What leads nowhere is listed, and painted as
    unlabelled. A net trained on ImageNet's mean and deviation wants
    [cyan]--mean 123.675,116.28,103.53 --scale 1/58.395,1/57.12,1/57.375[/]

    Example: [cyan]neteyes models add mine --segment net.onnx --labels voc --mean 0 --scale 1/255[/]
    """
    try:
        from export.adopt.adopt import adopt
        from export.adopt.inspect_onnx import read_net
        from export.adopt.wrap_onnx import Manner
        from export.published.install import installing
    except ImportError as error:
        raise lacking("Adding nets", error) from error
    manner = Manner(_three(mean, "--mean"), _three(scale, "--scale"), rgb)
    names = map_space(labels) if labels in mapped_spaces() else map_names(_lines(labels))
    beside = open_bundle(painter)
    with installing(name, overwrite=overwrite) as (folder, _):
        net = read_net(segment, len(names.ids), size=parse_size(size) if size else None, output=output)
        about = {
            "description": f"{segment.name} beside the painter of {beside.name}.",
            "license": f"segmenter: {license}; painter: {beside.card.license or f'that of {beside.name}'}",
            "credits": [f"{segment.name}, sha256 {sha256_of(segment)}", *beside.card.credits],
        }
        _, agreements = adopt(folder, net, manner, names, beside, some_frames(), about)
    _tell(names)
    answers = "logits" if net.answers == "logits" else "labels, not logits"
    title = (
        f"{name} is installed in {bundles_home() / name}; its net answers {answers}, and so does its graph:"
    )
    show(title, map(_row, agreements), "runtime", "labels alike")
    print(f"Try it: neteyes run --bundle {name}")


def _row(agreement: Agreement) -> tuple[str, str]:
    alike = f"{agreement.labels:.3%}" if agreement.labels is not None else f"refused: {agreement.reason}"
    return agreement.backend, alike


def _tell(names: NameMap) -> None:
    """Print how the labels are mapped, so that no guess goes unseen."""
    console = Console(stderr=True, soft_wrap=True, emoji=False)
    if names.space:
        console.print(f"These are the labels of {names.space}.")
    console.print(f"{len(names.names)} labels go to {len(names.trained)} of COCO-Stuff.")
    if names.unmapped:
        console.print("[yellow]Painted as unlabelled, for COCO-Stuff has nothing of that name:[/]")
        for name, near in names.hints().items():
            console.print(escape(f"  {name}" + (f"   (resembles {', '.join(near)})" if near else "")))
        console.print("In a list of labels, NAME = COCO-STUFF NAME leads one where you want.")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(mapped_spaces())
        raise UsageError(
            f"{path} is no list of labels ({error}). Give a text file, or one of {known}."
        ) from error


def _three(text: str, option: str) -> tuple[float, float, float]:
    """Return three numbers from `a,b,c`, or from `a` for all; each may be a fraction."""
    try:
        parts = [part.partition("/") for part in text.split(",")]
        numbers = [float(over) / float(under or 1) for over, _, under in parts]
    except (ValueError, ZeroDivisionError):
        numbers = []
    if len(numbers) not in (1, 3) or not all(map(math.isfinite, numbers)):
        raise UsageError(
            f"{option} takes one number or three, as in 0.5 or 1/58.4,1/57.1,1/57.4; got '{text}'."
        )
    one, two, three = numbers * (3 // len(numbers))
    return one, two, three
