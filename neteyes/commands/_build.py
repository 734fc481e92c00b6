"""Build the engines of a bundle, one graph after the other, with progress bars."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from engines.bundle import Bundle, open_bundle, read_bundle
from engines.card import CARD, GraphCard
from engines.certificate import CERTIFICATE
from engines.compare import Parity, compare_labels, compare_pictures
from engines.errors import BundleError, SinkError
from engines.film import Answers, trusted_answers
from engines.labels import KEEP
from neteyes.commands._bundles import some_frames
from neteyes.signals import on_interrupt
from stream.fit import Fit

if TYPE_CHECKING:
    from export.plan_builder import Compare, Inputs, PlanBuilder
    from export.tensorrt_network import Progress as Told

Row = list[str]
"""A graph's name, the engine's megabytes and seconds, and how alike its answers are."""


@dataclass(frozen=True, slots=True)
class Job:
    """The build of one bundle.

    Attributes:
        builder: builds one graph at a time; without a device it compares nothing.
        bundle: the graphs.
        made_for: the GPUs that the engines fit, in words.
        command: the command that runs what was built.
        why_not_run: why there is no device.
    """

    builder: PlanBuilder
    bundle: Bundle
    made_for: str
    command: str
    why_not_run: str = ""


def build_all(job: Job, *, rebuild: bool) -> list[Row]:
    """Build every graph of every size, unless a fitting engine exists; return a row of the table for each.

    Args:
        job: what to build.
        rebuild: build again what fits already.

    Raises:
        BackendError: an engine cannot be built or run.
        ParityError: an engine's answers differ from the processor's; it is not kept.
    """
    return [row for size in job.bundle.each_size() for row in _build_size(job.builder, size, rebuild)]


def copy_bundle(bundle: Bundle, folder: Path) -> Bundle:
    """Copy the files of a bundle into a folder, made if there is none; return the copy, verified.

    Raises:
        BundleError: the folder holds another bundle.
        SinkError: the folder cannot be written to.
    """
    if (folder / CARD).exists() and read_bundle(folder).card != bundle.card:
        raise BundleError(f"{folder} holds another bundle. Give a new folder, or remove that one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (*bundle.files, bundle.folder / CERTIFICATE, bundle.folder / CARD):
            there = folder / path.name
            if path.is_file() and not (there.exists() and there.samefile(path)):
                shutil.copyfile(path, there)
    except OSError as error:
        raise SinkError(f"Cannot write into {folder}: {error.strerror}. Give another --out.") from error
    return open_bundle(folder)


def _build_size(builder: PlanBuilder, nets: Bundle, rebuild: bool) -> Iterator[Row]:
    card = nets.card
    if not builder.device:
        for graph, part in ((nets.segment, card.segment), (nets.synthesize, card.synthesize)):
            yield _make(builder, graph, part, [], Answers([], None), compare_labels, rebuild)
        return
    fit = Fit("crop", card.segment.size)
    frames: Inputs = [{"frame": fit.to_net(frame)} for frame in some_frames()]
    labels = _trusted(nets.segment, frames)
    yield _make(builder, nets.segment, card.segment, frames, labels, compare_labels, rebuild)
    maps: Inputs = [{"labels": one, "swap": KEEP} for one in labels.alone]
    pictures = _trusted(nets.synthesize, maps)
    yield _make(builder, nets.synthesize, card.synthesize, maps, pictures, compare_pictures, rebuild)


def _trusted(graph: Path, inputs: Inputs) -> Answers:
    with Console(stderr=True, emoji=False).status(f"asking the processor what {graph.name} answers"):
        return trusted_answers(graph, inputs)


def _make(
    builder: PlanBuilder,
    graph: Path,
    part: GraphCard,
    inputs: Inputs,
    trusted: Answers,
    compare: Compare,
    rebuild: bool,
) -> Row:
    """Build a graph unless a fitting engine exists, and return a row of the table."""
    console = Console(stderr=True, emoji=False)
    reason = "Asked to." if rebuild else builder.reason_to_build(graph, part.precision)
    if not reason:
        return [graph.stem, _megabytes(builder.kind.path(graph)), "built before"]
    console.print(f"Building {escape(graph.name)}. {escape(reason)}", soft_wrap=True)
    began = monotonic()
    parity = _with_bars(
        lambda tell: builder.build(graph, part.precision, inputs, trusted, compare, tell), console
    )
    took = f"{monotonic() - began:.1f}"
    return [graph.stem, _megabytes(builder.kind.path(graph)), took, *_words(parity)]


def _with_bars(work: Callable[[Told], Parity | None], console: Console) -> Parity | None:
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


def _words(parity: Parity | None) -> Row:
    if parity is None:
        return ["not run"]
    labels = "" if parity.labels is None else f"{parity.labels:.3%}"
    mean, worst = ("" if error is None else f"{error:.3g}/255" for error in (parity.mean, parity.worst))
    return [labels, mean, worst]


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f}"
