"""`neteyes palette`: find the colours of a game or cartoon, and see what a palette makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from engines.bundle import open_bundle
from engines.errors import SinkError, SourceError, UsageError
from neteyes import option_fields as opt
from neteyes.api.eyes import Eyes
from neteyes.api.frames import open_frames
from neteyes.palettes.palette_sheet import draw_palette
from neteyes.palettes.palette_text import text_of
from stream.files import write_whole
from stream.frame import Image
from stream.nets.palette.learn import learn as learn_palette
from stream.nets.palette.learn import smaller
from stream.redact import redact
from stream.sinks.pictures import save_picture

app = typer.Typer(
    help="Segment games and cartoons by their colours.", no_args_is_help=True, rich_markup_mode="rich"
)

_RATE = 10.0
"""Frames a second that are looked at."""


@app.command()
def learn(
    input: opt.Input,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FILE", help="The file to write, such as game.toml."),
    ],
    seconds: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds of the input to look at.")] = 10.0,
    bundle: opt.BundleName = "small",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Find the colours of a game or cartoon, and propose a label for each.

    Writes a palette file to edit, and beside it a sheet (.png): each colour with its share, its label and its
    place. Example: [cyan]neteyes palette learn 'scene://arcade' -o game.toml[/]
    """
    sheet = out.with_suffix(".png")
    for path in (out, sheet):
        if path.exists() and not overwrite:
            raise UsageError(f"{path} is there already. Name another file, or add --overwrite.")
    space = open_bundle(bundle).card.synthesize.space
    images = _images(input, seconds)
    learnt = learn_palette(images, space)
    try:
        write_whole(out, text_of(learnt, redact(input)).encode())
    except OSError as error:
        raise SinkError(f"Cannot write {out}: {error.strerror}. Name another file.") from error
    save_picture(sheet, draw_palette(learnt, images))
    Console().print(
        f"{len(learnt.traits)} colours are in {escape(str(out))}, and drawn in {escape(str(sheet))}. Change "
        f"the labels, then: neteyes run {escape(redact(input))} --segmenter palette:{escape(str(out))}",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def show(
    input: opt.Input,
    palette: Annotated[str, typer.Argument(metavar="FILE", help="The palette file, or auto.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PICTURE", help="The picture to write.")] = Path(
        "palette.png"
    ),
    at: Annotated[float, typer.Option(min=0, help="Seconds into the input.")] = 1.0,
    bundle: opt.BundleName = "small",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a picture that exists.")] = False,
) -> None:
    """Paint a frame beside its label map, as a palette has it.

    Example: [cyan]neteyes palette show 'scene://arcade' game.toml -o look.png[/]
    """
    if out.exists() and not overwrite:
        raise UsageError(f"{out} is there already. Name another file, or add --overwrite.")
    with Eyes(bundle, view="triptych", segmenter=f"palette:{palette}", guard=False) as eyes:
        result = None
        for image in _images(input, at + 1 / _RATE):
            result = eyes(image)
        assert result is not None
        save_picture(out, result.view)
    Console().print(f"Look at {escape(str(out))}.", highlight=False)


def _images(input: str, seconds: float) -> list[Image]:
    """Return frames of an input, ten a second, no larger than they are looked at.

    Raises:
        SourceError: the input cannot be opened, or has no picture.
    """
    images: list[Image] = []
    with open_frames(input, pace=False, retry=3) as frames, Progress(transient=True) as progress:
        task = progress.add_task("Looking", total=seconds)
        first: float | None = None
        last = -1.0
        for frame in frames:
            first = frame.pts if first is None else first
            at = frame.pts - first
            if at >= seconds:
                break
            if at - last >= 0.999 / _RATE:
                shape = images[0].shape if images else None
                image = smaller(frame.image)
                if shape is None or image.shape == shape:
                    images.append(image)
                last = at
                progress.update(task, completed=at)
    if not images:
        raise SourceError(f"{redact(input)} gave no picture.")
    return images
