"""`neteyes bench pair`: measure two checkpoints, plain and exactly simplified, in each runtime."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engines.bundle import Bundle
from engines.sizes import parse_size
from neteyes.commands._bench import check_places
from neteyes.commands._bundles import SegmentSize, Size, lacking, some_frames
from stream.loop.report import save_report

if TYPE_CHECKING:
    from collections.abc import Callable

SCENE = "scene://duel"


def pair(
    segmenter: Annotated[Path, typer.Option(help="The segmenter's checkpoint.")],
    synthesizer: Annotated[Path, typer.Option(help="The synthesizer's checkpoint.")],
    photos: Annotated[
        Path,
        typer.Option(help="A folder with photos/NAME.jpg and labels/NAME.png, whose labels are painted."),
    ],
    size: Size = "256x256",
    segment_size: SegmentSize = "321x181",
    maps: Annotated[int, typer.Option(min=1, help="Number of label maps, spread over the photos.")] = 8,
    rounds: Annotated[
        int, typer.Option(min=1, help="Number of times that each is painted, in every way.")
    ] = 3,
    threads: Annotated[int, typer.Option(min=1, help="Threads of each engine.")] = 2,
    frames: Annotated[int, typer.Option(min=1, help="Number of frames of the whole loop.")] = 20,
    out: Annotated[Path, typer.Option(help="A folder for pair.json and pair.png, made if need be.")] = Path(
        "out/bench"
    ),
) -> None:
    """Measure a pair on this processor: the painter in every way, then the whole loop beside the eager nets.

    The painter is measured plain and simplified, in each runtime and precision, all in turn on the same label
    maps. The loop runs the pair as a bundle of the quality `live` in bf16; beside it the authors' manner:
    both nets in eager float32, the segmenter at all its scales.

    Example: [cyan]neteyes bench pair --segmenter deeplab.pth --synthesizer latest_net_G.pth --photos DIR[/]
    """
    try:
        from benchmarks.painter import label_maps, measure_painter
        from benchmarks.photos import labelled_photos
        from benchmarks.plots.ways import plot_ways
        from export.write_bundle import make_bundle
    except ImportError as error:
        raise lacking("Measuring a pair", error) from error
    check_places(None, out)
    chosen = labelled_photos(photos)
    chosen = chosen[:: max(1, len(chosen) // maps)][:maps]
    painted, seen = parse_size(size), parse_size(segment_size or size)
    console = Console()
    with TemporaryDirectory() as folder, Console(stderr=True).status("starting") as status:

        def tell(what: str) -> None:
            status.update(f"Measuring: {what}")

        status.update("Exporting the pair and comparing it with its nets; this takes minutes")
        bundle, parities = make_bundle(
            segmenter,
            synthesizer,
            Path(folder) / f"{segmenter.stem}-{synthesizer.stem}",
            some_frames(SCENE, count=2, apart=45),
            sizes=[painted],
            frame_sizes=[seen],
            quality="live",
            precision="bf16",
        )
        result = measure_painter(
            bundle, label_maps(bundle, chosen), threads=threads, rounds=rounds, tell=tell
        )
        result |= _chain(bundle, segmenter, synthesizer, frames, threads, tell)
    result["likeness"] = [
        {"backend": one.backend, "labels": one.labels, "mean": one.mean, "worst": one.worst}
        for _, one in parities
    ]
    _print(console, result)
    save_report(result, out / "pair.json")
    plot_ways(result, out / "pair.png")
    console.print(f"Look at {out / 'pair.png'}; the figures are in {out / 'pair.json'}")


def _chain(
    bundle: Bundle, segmenter: Path, synthesizer: Path, frames: int, threads: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Return the loop's report, and the frames a second of the eager nets as their authors run them."""
    from benchmarks.loop import measure_loop
    from export.eager import eager_pair, measure_eager
    from stream.fit import Fit

    tell("the whole loop")
    loop = measure_loop(bundle, SCENE, "auto", pace=False, frames=frames, threads=threads)
    tell("the eager nets")
    card = bundle.card
    height, width = card.segment.size
    nets = eager_pair(segmenter, synthesizer, frame_size=(height, width), size=card.synthesize.size)
    fit = Fit("crop", (height, width))
    eager = measure_eager(
        nets, [fit.to_net(image) for image in some_frames(SCENE, count=2)], rounds=3, warm=1
    )
    return {"loop": loop, "eager": eager, "times_eager": round(loop["fps"] / eager["fps"], 2)}


def _print(console: Console, result: dict[str, Any]) -> None:
    from benchmarks.machine import in_words

    first = result["ways"][0]
    console.print(f"{in_words(result['machine'])}, {result['threads']} threads an engine\n")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for header in ("painter", "runtime", "ms", "× first", "× plain", "mean", "worst"):
        table.add_column(
            header, no_wrap=True, justify="left" if header in ("painter", "runtime") else "right"
        )
    for way in result["ways"]:
        table.add_row(
            way["graph"],
            way["backend"],
            f"{way['ms']:.0f}",
            _ratio(way["quicker"]),
            _ratio(way["quicker_than_plain"]),
            f"{way['mean']:.3f}",
            f"{way['worst']:.0f}",
        )
    console.print(table)
    console.print(
        f"\n× first: times as fast as {first['graph']} in {first['backend']}; × plain: as plain in the same "
        f"runtime and precision. Medians, and the middle four fifths, over {result['maps']} label maps; "
        "errors in 1/255."
    )
    loop, eager = result["loop"], result["eager"]
    console.print(
        f"The whole loop reaches {loop['fps']:.2f} fps ({', '.join(loop['backends'].values())}), the eager "
        f"nets at all scales {eager['fps']:.2f}: {result['times_eager']} times as many."
    )


def _ratio(spread: list[float] | None) -> str:
    return "" if spread is None else "{:.2f} ({:.1f}–{:.1f})".format(*spread)
