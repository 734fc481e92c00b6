"""Train the nets of the `small` bundle: `python -m export.train labels|segmenter|painter`."""

import sys
from pathlib import Path
from typing import Annotated

import torch
import typer

from engines.errors import NetEyesError
from export.train.choose_look import choose_look
from export.train.prepare_labels import prepare_labels
from export.train.train_painter import train_painter
from export.train.train_segmenter import train_segmenter

app = typer.Typer(no_args_is_help=True, help="Train the nets of the `small` bundle.")

Data = Annotated[Path, typer.Option(help="folder of photos, labels and teachers")]
Labels = Annotated[Path, typer.Option(help="folder of the label maps that `labels` prepared")]
Out = Annotated[Path, typer.Option(help="folder of the run; training resumes from its last checkpoint")]
Steps = Annotated[int, typer.Option(help="steps of the whole run")]
Count = Annotated[int, typer.Option("--batch", help="pictures a step")]
Seed = Annotated[int, typer.Option(help="seed of all random numbers")]
Threads = Annotated[int, typer.Option(help="threads of torch")]


@app.command()
def labels(
    data: Data,
    out: Annotated[Path, typer.Option(help="folder of the new label maps; those in it are kept")] = Path(
        "runs/labels"
    ),
    workers: Annotated[int, typer.Option(help="processes")] = 2,
) -> None:
    """Prepare the label maps: repair what photos' names contradict, and move borders to the edges."""
    prepare_labels(data, out, workers)


@app.command()
def segmenter(
    data: Data,
    labels: Labels = Path("runs/labels"),
    out: Out = Path("runs/segmenter"),
    steps: Steps = 1600,
    count: Count = 12,
    rate: Annotated[float, typer.Option(help="highest learning rate of the head")] = 1e-3,
    seed: Seed = 0,
    threads: Threads = 2,
) -> None:
    """Train the segmenter; the bundle is exported from `best.pt` in the run's folder."""
    torch.set_num_threads(threads)
    train_segmenter(data, labels, out, steps, count, rate, seed)


@app.command()
def painter(
    data: Data,
    labels: Labels = Path("runs/labels"),
    out: Out = Path("runs/painter"),
    critic: Annotated[
        Path | None, typer.Option(help="best.pt of the trained segmenter; without it, the teacher's features")
    ] = None,
    steps: Steps = 40_000,
    count: Count = 8,
    side: Annotated[int, typer.Option(help="side of the painted part of each picture, in pixels")] = 128,
    seed: Seed = 0,
    threads: Threads = 2,
    device: Annotated[str, typer.Option(help="cpu or cuda")] = "cpu",
) -> None:
    """Train the painter; the bundle is exported from `best.pt` in the run's folder."""
    torch.set_num_threads(threads)
    train_painter(data, labels, out, steps, count, side, seed, critic, device)


@app.command()
def look(
    data: Data,
    painter: Annotated[Path, typer.Option(help="best.pt of the trained painter")],
    critic: Annotated[Path, typer.Option(help="best.pt of the trained segmenter")],
    out: Annotated[Path, typer.Option(help="the painter with its look, for `neteyes export`")],
    labels: Labels = Path("runs/labels"),
    count: Annotated[int, typer.Option(help="number of looks to try")] = 40,
    threads: Threads = 2,
) -> None:
    """Choose the look that the painter paints with."""
    torch.set_num_threads(threads)
    choose_look(painter, data, labels, critic, out, count)


if __name__ == "__main__":
    try:
        app()
    except NetEyesError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
