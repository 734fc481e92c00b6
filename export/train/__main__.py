"""`python -m export.train segmenter|painter`: train the nets of the `small` bundle."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Train the nets of the `small` bundle."""


Data = Annotated[Path, typer.Option(help="folder of photos, labels and teachers")]
Out = Annotated[Path, typer.Option(help="folder of the run; goes on from its last checkpoint")]
Steps = Annotated[int, typer.Option(help="steps of the whole run")]
Count = Annotated[int, typer.Option("--batch", help="pictures a step")]
Seed = Annotated[int, typer.Option(help="of everything random")]
Threads = Annotated[int, typer.Option(help="of torch")]


@app.command()
def segmenter(
    data: Data,
    out: Out = Path("runs/segmenter"),
    steps: Steps = 2400,
    count: Count = 16,
    rate: Annotated[float, typer.Option(help="highest learning rate, of the head")] = 2e-3,
    seed: Seed = 0,
    threads: Threads = 2,
) -> None:
    """Train the segmenter; `best.pt` in the run's folder is what the bundle is exported from."""
    import torch

    from export.train.segmenter import train_segmenter

    torch.set_num_threads(threads)
    train_segmenter(data, out, steps, count, rate, seed)


if __name__ == "__main__":
    app()
