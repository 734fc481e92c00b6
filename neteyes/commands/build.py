"""`neteyes build`: build engines of a bundle's graphs with TensorRT or TensorRT for RTX."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from engines.backends import backend_of, open_device
from engines.bundle import open_bundle, typed
from engines.errors import BackendError, UsageError
from engines.gpu.device import Device
from engines.gpu.nvidia import Gpu, find_gpu
from neteyes import option_fields as opt
from neteyes.commands._build import Job, build_all, copy_bundle
from neteyes.commands._bundles import show

OF_TENSORRT, OF_RTX = ("--workspace", "--optimization"), ("--for", "--out")


def build(
    bundle: opt.BundleName = "small",
    backend: Annotated[
        Literal["tensorrt", "tensorrt-rtx"],
        typer.Option(
            "--backend", help="tensorrt: plans for this GPU. tensorrt-rtx: for GeForce and RTX cards."
        ),
    ] = "tensorrt",
    targets: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="sm75,sm86,…|here|any",
            help="The cards to build for, with tensorrt-rtx; by default those of compute capability 8.0 and "
            "later.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="With tensorrt-rtx, copy the bundle and put its engines into this folder, to carry it to "
            "another machine.",
            show_default=False,
        ),
    ] = None,
    workspace: Annotated[
        str | None,
        typer.Option(
            help="With tensorrt, memory of the GPU that one layer may use for scratch, such as 512M; by "
            "default 4G.",
            show_default=False,
        ),
    ] = None,
    optimization: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=5,
            help="With tensorrt, how hard to look for quicker ways; 5 takes longest. By default 3.",
            show_default=False,
        ),
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Build again what fits already.")] = False,
) -> None:
    """Build all graphs of a bundle, and compare their answers with those of the processor.

    TensorRT takes minutes, and builds for the GPU of this machine, its driver and this TensorRT. TensorRT for
    RTX takes seconds, needs no GPU, and builds for many cards; where none is here, nothing is compared.

    Example: [cyan]neteyes build --backend tensorrt-rtx --bundle coco[/]
    """
    given = {"--for": targets, "--out": out, "--workspace": workspace, "--optimization": optimization}
    for name in OF_RTX if backend == "tensorrt" else OF_TENSORRT:
        if given[name] is not None:
            raise UsageError(f"{name} is not for {backend}; it is for the other of the two.")
    if backend == "tensorrt":
        job = _tensorrt(bundle, _bytes(workspace or "4G"), 3 if optimization is None else optimization)
    else:
        job = _tensorrt_rtx(bundle, targets, out)
    rows = build_all(job, rebuild=rebuild)
    if job.builder.device:
        title = f"{job.bundle.name} is built for {job.made_for}, and answers as the processor does:"
    else:
        title = f"{job.bundle.name} is built for {job.made_for}. It was not run here: {job.why_not_run}"
    show(title, rows, "graph", "MB", "seconds", "labels alike", "mean error", "worst")
    print(f"Try it: {job.command}")


def _tensorrt(name: str, scratch: int, level: int) -> Job:
    try:
        from export.plan_builder import PlanBuilder
        from export.to_tensorrt import Effort, Plans
    except ImportError as error:
        raise _missing("tensorrt", error) from error
    nets, gpu = open_bundle(name), find_gpu()
    builder = PlanBuilder(Plans(gpu, Effort(scratch, level)), open_device())
    return Job(builder, nets, gpu.name, f"neteyes run --backend tensorrt {shlex.join(['--bundle', name])}")


def _tensorrt_rtx(name: str, targets: str | None, out: Path | None) -> Job:
    try:
        from engines.runtimes.rtx_files import describe, fits
        from export.plan_builder import PlanBuilder
        from export.to_tensorrt_rtx import RtxEngines, parse_targets
    except ImportError as error:
        raise _missing("tensorrt-rtx", error) from error
    capabilities = parse_targets(targets)
    nets = open_bundle(name)
    if out:
        nets = copy_bundle(nets, out)
    gpu, device, why = _card()
    if gpu and not fits(capabilities, gpu.capability):
        device, why = None, f"the {gpu.name} here is another card."
    builder = PlanBuilder(RtxEngines(capabilities, gpu, out), device)
    where = ["--bundle", typed(out), "--engines", str(out)] if out else ["--bundle", name]
    command = f"neteyes run --backend tensorrt-rtx {shlex.join(where)}"
    return Job(builder, nets, describe(capabilities), command, why)


def _card() -> tuple[Gpu | None, Device | None, str]:
    """Return this machine's GPU and the device to run on; if one is None, the reason."""
    try:
        gpu = find_gpu()
    except BackendError as error:
        return None, None, str(error)
    try:
        return gpu, open_device(), ""
    except BackendError as error:
        return gpu, None, str(error)


def _missing(backend: str, error: ImportError) -> BackendError:
    known = {"tensorrt": "TensorRT", "tensorrt-rtx": "TensorRT for RTX"}
    return BackendError(
        f"{known[backend]} does not load ({error}). Get it with: pip install '{backend_of(backend).package}'"
    )


def _bytes(text: str) -> int:
    """Return the number of bytes in a text such as `4G` or `512M`.

    Raises:
        UsageError: the text has another form.
    """
    size = re.fullmatch(r"([1-9]\d*)([KMG])", text, re.IGNORECASE)
    if not size:
        raise UsageError(f"A size of memory reads 4G or 512M; got '{text}'.")
    return int(size[1]) << {"K": 10, "M": 20, "G": 30}[size[2].upper()]
