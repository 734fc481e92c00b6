"""`neteyes build`: build engines of a bundle's graphs for this machine's GPU, and compare them before use."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from engines.backends import open_device
from engines.bundle import open_bundle
from engines.card import GraphCard
from engines.compare import Parity, compare_labels, compare_pictures
from engines.errors import BackendError, UsageError
from engines.gpu.device import HostArray
from engines.gpu.nvidia import find_gpu
from engines.labels import KEEP
from neteyes import options as opt
from neteyes.commands._bundles import show, some_frames
from neteyes.signals import on_interrupt
from stream.fit import Fit

if TYPE_CHECKING:
    from export.plan_builder import Compare, Inputs, PlanBuilder
    from export.to_tensorrt import Progress as Told


def build(
    bundle: opt.BundleName = "small",
    backend: Annotated[
        Literal["tensorrt"], typer.Option("--backend", help="The runtime to build for.")
    ] = "tensorrt",
    workspace: Annotated[
        str, typer.Option(help="Memory of the GPU that one layer may use for scratch, such as 512M.")
    ] = "4G",
    optimization: Annotated[
        int, typer.Option(min=0, max=5, help="How hard to look for quicker ways; 5 takes longest.")
    ] = 3,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build again what fits already.")] = False,
) -> None:
    """Build both graphs of a bundle with TensorRT, for the GPU of this machine.

    This takes minutes. What is built must answer as the processor does, or it is thrown away. It fits only
    this GPU, driver and TensorRT: after a change of one of them, build again.

    Example: [cyan]neteyes build --backend tensorrt --bundle coco[/]
    """
    scratch, nets = _bytes(workspace), open_bundle(bundle)
    card, builder = nets.card, _plan_builder(scratch, optimization)
    fit = Fit("crop", card.segment.size)
    frames: Inputs = [{"frame": fit.to_net(frame)} for frame in some_frames()]
    labels, seen = _make(builder, nets.segment, card.segment, frames, compare_labels, rebuild=rebuild)
    maps: Inputs = [{"labels": one, "swap": KEEP} for one in labels]
    _, painted = _make(builder, nets.synthesize, card.synthesize, maps, compare_pictures, rebuild=rebuild)
    title = f"{nets.name} is built for {builder.gpu.name}, and answers as the processor does:"
    show(title, (seen, painted), "graph", "labels alike", "mean error", "worst")
    print(f"Try it: neteyes run --backend {backend} --bundle {bundle}")


def _plan_builder(scratch: int, level: int) -> PlanBuilder:
    try:
        from export.plan_builder import PlanBuilder
        from export.to_tensorrt import Effort
    except ImportError as error:
        raise BackendError(
            f"TensorRT does not load ({error}). Get it with: pip install 'neteyes[gpu]'"
        ) from error
    gpu = find_gpu()
    return PlanBuilder(open_device(), gpu, Effort(scratch, level))


def _make(
    builder: PlanBuilder, graph: Path, part: GraphCard, inputs: Inputs, compare: Compare, *, rebuild: bool
) -> tuple[list[HostArray], list[str]]:
    """Build a graph unless a fitting engine exists; return the processor's answers and a row of the table."""
    from export.plan_builder import trusted_answers

    console = Console(stderr=True, emoji=False)
    with console.status(f"asking the processor what {graph.name} answers"):
        trusted = trusted_answers(graph, inputs)
    reason = "Asked to." if rebuild else builder.reason_to_build(graph, part.precision)
    if not reason:
        return trusted, [graph.stem, "built before"]
    console.print(f"Building {escape(graph.name)}, which takes minutes. {escape(reason)}", soft_wrap=True)
    parity = _with_bars(
        lambda tell: builder.build(graph, part.precision, inputs, trusted, compare, tell), console
    )
    return trusted, [graph.stem, *_words(parity)]


def _with_bars(work: Callable[[Told], Parity], console: Console) -> Parity:
    """Run `work` on a thread of its own, with a bar for each of its phases; Ctrl-C stops it."""
    columns = BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    bars = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    tasks: dict[str, TaskID] = {}
    with on_interrupt() as interrupted, bars, ThreadPoolExecutor(1) as worker:

        def tell(phase: str, done: int, steps: int) -> bool:
            if phase not in tasks:
                tasks[phase] = bars.add_task(escape(phase), total=steps)
            bars.update(tasks[phase], completed=done)
            if done >= steps:
                bars.remove_task(tasks.pop(phase))
            return not interrupted()

        future = worker.submit(work, tell)
        while wait([future], 0.1).not_done:
            pass
        if interrupted():
            raise KeyboardInterrupt
        return future.result()


def _words(parity: Parity) -> list[str]:
    labels = "" if parity.labels is None else f"{parity.labels:.3%}"
    mean, worst = ("" if error is None else f"{error:.3g}/255" for error in (parity.mean, parity.worst))
    return [labels, mean, worst]


def _bytes(text: str) -> int:
    """Return the number of bytes in a text such as `4G` or `512M`.

    Raises:
        UsageError: the text has another form.
    """
    size = re.fullmatch(r"([1-9]\d*)([KMG])", text, re.IGNORECASE)
    if not size:
        raise UsageError(f"A size of memory reads 4G or 512M; got '{text}'.")
    return int(size[1]) << {"K": 10, "M": 20, "G": 30}[size[2].upper()]
