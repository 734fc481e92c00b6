"""`neteyes bench gpu`: measure everything on a GPU in one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from engines.bundle import Bundle
from engines.errors import SinkError, UsageError
from engines.labels import KEEP
from engines.sizes import parse_size
from neteyes import option_fields as opt
from neteyes.commands._bench import BenchSize, bundle_at, not_measurable
from neteyes.commands._bundles import SegmentSize, lacking
from stream.loop.report import save_report

if TYPE_CHECKING:
    from export.write_bundle import GraphPair


def gpu(
    bundle: opt.BundleName = "small",
    backend: opt.BackendName = "auto",
    segmenter: Annotated[
        Path | None,
        typer.Option(help="A checkpoint: measure these nets in torch, in fp16, with the eager ones beside."),
    ] = None,
    synthesizer: Annotated[Path | None, typer.Option(help="The other checkpoint.")] = None,
    size: BenchSize = None,
    segment_size: SegmentSize = None,
    pair: Annotated[
        Path | None,
        typer.Option(
            help="A folder to keep what is made of the checkpoints in; it is used again.", show_default=False
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.5, help="Seconds that each loop runs.")] = 10.0,
    out: Annotated[
        Path, typer.Option(help="A folder for the JSON and the PNG, which are named after the GPU.")
    ] = Path("benchmarks/results"),
) -> None:
    """Measure the loop through a GPU: rates, ages, device times by events, memory, power.

    With two checkpoints it makes the nets' torch programs, and measures beside them the eager nets in fp32,
    TF32 and fp16, how alike the answers are, and how near the painter comes to what the GPU can do.

    Example: [cyan]neteyes bench gpu --segmenter deeplab.pth --synthesizer latest_net_G.pth[/]
    """
    if (segmenter is None) != (synthesizer is None):
        raise UsageError("Give --segmenter and --synthesizer together, or neither.")
    try:
        from benchmarks.gpu import device_name, measure_gpu
        from benchmarks.plots.gpu import plot_gpu
    except ImportError as error:
        raise not_measurable(error) from error
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"Cannot make the folder {out}: {error.strerror}.") from error
    console = Console()
    with TemporaryDirectory() as folder, Console(stderr=True).status("starting") as status:

        def tell(what: str) -> None:
            status.update(f"Measuring {what}")

        if segmenter and synthesizer:
            _need_cuda()
            from export.program_pair import program_pair

            painted = parse_size(size or "256x256")
            seen = parse_size(segment_size) if segment_size else painted
            status.update("Making the programs")
            made = pair or Path(folder) / f"{segmenter.stem}-{synthesizer.stem}"
            nets, graphs = program_pair(made, segmenter, synthesizer, painted, seen)
            result = measure_gpu(nets, "torch", seconds=seconds, tell=tell) | {"precision": "fp16"}
            path = out / f"{device_name()}-{result['bundle']}.json"
            save_report(result, path)  # what follows may be cut off
            _compare(result, nets, graphs, tell)
        else:
            result = measure_gpu(bundle_at(bundle, size), backend, seconds=seconds, tell=tell)
            path = out / f"{device_name()}-{result['bundle']}.json"
    save_report(result, path)
    _print(console, result)
    plot_gpu(result, path.with_suffix(".png"))
    console.print(f"Look at {path.with_suffix('.png')}; the figures are in {path}")


def _need_cuda() -> None:
    try:
        from export.eager import need_cuda
    except ImportError as error:
        raise lacking("Measuring checkpoints", error) from error
    need_cuda()


def _compare(result: dict[str, Any], nets: Bundle, graphs: GraphPair, tell: Callable[[str], None]) -> None:
    """Add `eager`, `times_eager`, `parity` and `roofline` to the figures."""
    from benchmarks.gpu import answers, draw, roofline
    from export.eager import MANNERS, EagerPair, copy_rate, cost_of, matrix_rate, measure_eager
    from stream.controls import Controls
    from stream.fit import Fit
    from stream.nets.open import open_route

    card = nets.card
    fit, frames = Fit("crop", card.segment.size), draw(count=20)
    eager: dict[str, Any] = {}
    for manner in MANNERS:
        tell(f"the eager nets, {manner}")
        eager[manner] = measure_eager(
            EagerPair(*graphs, manner), [fit.to_net(frame.image) for frame in frames]
        )
    fps = result["throughput"]["fps"]
    result["eager"] = eager
    result["times_eager"] = {manner: round(fps / figures["fps"], 2) for manner, figures in eager.items()}
    tell("how alike the answers are")
    trusted = EagerPair(*graphs, "fp32")
    route = open_route(nets, Controls(card.segment.space, card.synthesize.space), backend="torch")
    assert route.nets is not None
    result["parity"] = answers(route.nets, fit, frames, lambda frame: trusted(frame, KEEP))
    tell("what the GPU can do")
    cost = cost_of(graphs[1])
    painter = result["throughput"]["device_ms"]["synthesize"]["p50"]
    result["roofline"] = roofline(painter, cost.gmac, cost.gigabytes, matrix_rate(), copy_rate())


def _print(console: Console, result: dict[str, Any]) -> None:
    console.print(f"{result['bundle']}, {result['precision']}, on {result['gpu']['name']}\n")
    table = Table("loop", "fps", "age p50 ms", "p95", "p99", "W", "MiB", box=None, header_style="bold")
    for name, loop in (("as fast as it can", result["throughput"]), ("live", result["live"])):
        ages = (f"{loop['age_ms'][p] or 0:.1f}" for p in ("p50", "p95", "p99"))
        held = (str(loop[key] or "?") for key in ("power_w", "memory_mib"))
        table.add_row(name, f"{loop['fps'] or 0:.1f}", *ages, *held)
    for permits, tried in result["permits"].items():
        ages = (f"{tried['age_ms'][p] or 0:.1f}" for p in ("p50", "p95", "p99"))
        table.add_row(f"{permits} in flight", f"{tried['fps'] or 0:.1f}", *ages, "", "")
    for manner, figures in result.get("eager", {}).items():
        times = f"ours is {result['times_eager'][manner]} times as fast"
        table.add_row(f"eager {manner}", f"{figures['fps']:.1f}", times, "", "", "", "")
    console.print(table)
    table = Table("on the device", "p50 ms", "p95", box=None, header_style="bold")
    for step, times in result["throughput"]["device_ms"].items():
        table.add_row(step, f"{times['p50']:.3f}", f"{times['p95']:.3f}")
    console.print(table)
    console.print(
        f"A frame brings {result['bytes_up']} bytes up and {result['bytes_down']} down. The nets alone would "
        f"allow {result['parts_fps']:.0f} fps; the loop has {result['share_of_parts']:.0%} of it."
    )
    if "roofline" in result:
        roof, parity = result["roofline"], result["parity"]
        console.print(
            f"The painter runs at {roof['tflops']:.0f} of {roof['matrix_tflops']:.0f} TFLOP/s "
            f"({roof['share_of_matrix_rate']:.0%}) and {roof['gb_s']:.0f} of {roof['copy_gb_s']:.0f} GB/s. "
            f"{parity['labels']:.2%} of labels are the eager ones; pictures are {parity['mean']:.2f}/255 off."
        )
