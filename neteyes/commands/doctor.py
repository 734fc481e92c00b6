"""`neteyes doctor`: check the installation, and say how to get missing parts."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engines.backends import BACKENDS, DEVICE_BACKENDS, Backend, backend_of, open_device, probe
from engines.bundle import NETS, installed_bundles, open_bundle, shipped_bundles
from engines.errors import BackendError, NetEyesError, SourceError
from engines.gpu.nvidia import find_gpu
from engines.trial import open_graphs
from stream.sinks.display import check_display
from stream.sources.camera import list_cameras
from stream.sources.screens.screen_access import open_display
from stream.x11.x_server import X11, listed

Finding = tuple[bool | None, str, str]
"""Whether a part works (None: it is optional and absent), its name, and the details."""


def doctor() -> None:
    """Check this machine: packages, runtimes, bundles, cameras, the display and the screen.

    Exits with 1 if something that every run needs does not work.
    """
    marks = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]–[/]"}
    table = Table.grid(padding=(0, 2))
    healthy = True
    for well, what, found in _findings():
        table.add_row(marks[well], escape(what), escape(found))
        healthy = healthy and well is not False
    Console().print(table)
    if not healthy:
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    yield True, "python", f"{platform.python_version()} on {platform.platform(terse=True)}"
    for package in ("numpy", "opencv-python", "av"):
        yield _found(package, partial(version, package))
    runtimes = [_found(backend.name, partial(probe, backend)) for backend in BACKENDS]
    works = any(well for well, _, _ in runtimes)
    for well, name, found in runtimes:
        yield well or (None if works else False), name, found
    yield from _gpu_findings()
    for folder in (*shipped_bundles(), *installed_bundles()):
        yield _found(f"bundle {folder.name}", partial(_open_both, str(folder)))
    cameras = ", ".join(f"{camera.index}: {camera.name}" for camera in list_cameras())
    yield True if cameras else None, "cameras", cameras or "none; `neteyes run` shows a drawn scene"
    for name, look in (("display", _display), ("screen", _screen)):
        well, what, found = _found(name, look)
        yield well or None, what, found


def _gpu_findings() -> Iterator[Finding]:
    """Check the packages for a GPU; without a GPU, report only that, because none of them can be used."""
    if both := _both_onnxruntimes():
        yield False, "onnxruntime", both
    well, what, found = _found("GPU", _gpu)
    yield well or None, what, found
    if not well:
        if find_spec("tensorrt_rtx_bindings"):
            well, name, found = _found("tensorrt-rtx", partial(probe, backend_of("tensorrt-rtx")))
            yield well or None, name, f"{found}; builds engines here, for GPUs elsewhere" if well else found
        return
    looks: list[tuple[str, Callable[[], str]]] = [
        ("pycuda", _pycuda),
        ("cuda-bindings", partial(version, "cuda-bindings")),
        *((backend.name, partial(_gpu_runtime, backend)) for backend in DEVICE_BACKENDS),
    ]
    for name, look in looks:
        well, what, found = _found(name, look)
        yield well or None, what, found


def _gpu() -> str:
    gpu = find_gpu()
    return f"{gpu.name}, compute capability {gpu.capability}, driver {gpu.driver}"


def _pycuda() -> str:
    try:
        return f"{version('pycuda')}, reaches the {open_device().name}"
    except PackageNotFoundError as error:
        tools = [tool for tool in ("g++", "nvcc") if shutil.which(tool) is None]
        first = f"first {' and '.join(tools)}, with which pip compiles it; then " if tools else ""
        raise BackendError(f"not installed. Get {first}it: pip install pycuda") from error


def _gpu_runtime(backend: Backend) -> str:
    """Return the version of a GPU's runtime; one that takes graphs as they are opens the small pair too."""
    found = probe(backend)
    if backend.name != "cuda":
        return found
    device = open_device()
    open_graphs(open_bundle("small"), backend, device)
    return f"{found}, opens graphs on the {device.name}"


def _both_onnxruntimes() -> str:
    """Return the fault if both builds of ONNX Runtime are installed, else an empty text."""
    try:
        plain, gpu = version("onnxruntime"), version("onnxruntime-gpu")
    except PackageNotFoundError:
        return ""
    return (
        f"onnxruntime {plain} and onnxruntime-gpu {gpu} overwrite each other's files. Uninstall both, then "
        "install the one you want: pip install 'neteyes[cpu]' or 'neteyes[gpu]'"
    )


def _display() -> str:
    check_display()
    try:
        with X11() as server:
            return f"windows can be shown: {listed(server.monitors())}"
    except OSError as error:
        return f"windows can be shown; monitors cannot be listed: {error}"


def _screen() -> str:
    with closing(open_display(whole_screen=True)) as server:
        try:
            monitors = listed(server.monitors(), "screen")
        except OSError as error:
            raise SourceError(f"The display '{server.name}' has ended: {error}", "ended") from error
        if not server.has_extension("Composite"):
            return f"can be read: {monitors}; windows cannot: the X server has no Composite extension"
        return f"can be read: {monitors}, and windows; `neteyes screens` lists them"


def _found(what: str, look: Callable[[], str]) -> Finding:
    try:
        return True, what, look()
    except NetEyesError as error:
        return False, what, str(error)
    except PackageNotFoundError as error:
        return False, what, f"not installed. Get it with: pip install '{error.name}'"


def _open_both(name: str) -> str:
    bundle = open_bundle(name)
    opened = []
    for net in NETS:
        engine = bundle.open(net)
        opened.append(engine.backend)
        engine.close()
    return f"verified; segments with {opened[0]}, paints with {opened[1]}"
