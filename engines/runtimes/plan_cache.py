"""Keep TensorRT plans, each with a stamp beside it: the graph it was built from and the GPU it was built for.

A TensorRT plan is executable code that fits one graph, one TensorRT and one GPU. So plans lie in the user's
own data, never in a bundle, which others may have made. A plan is loaded only if its stamp names this plan,
this graph, this TensorRT and this GPU; else it must be built again.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from engines.bundle import sha256_of
from engines.errors import BackendError, UsageError
from engines.gpu.nvidia import Gpu
from engines.user_data import HOME, home

Figures = dict[str, float | int | str | None]


class Origin(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The origin of a plan: its graph, its TensorRT and its GPU.

    Attributes:
        graph: sha256 of the ONNX file.
        precision: the precision that the graph's card allows a runtime.
        tensorrt: the version of the TensorRT that built it.
        gpu: the GPU's name.
        uuid: the UUID of this one GPU.
        capability: its compute capability.
        driver: the version of its driver.
    """

    graph: str
    precision: str
    tensorrt: str
    gpu: str
    uuid: str
    capability: str
    driver: str


class Stamp(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The file beside a plan that says what the plan fits.

    Attributes:
        plan: sha256 of the plan.
        origin: the origin of the plan.
        parity: the difference between its answers and a CPU's; only a plan within the limits gets a stamp.
    """

    plan: str
    origin: Origin
    parity: Figures


_WORDS = {
    "graph": "graph",
    "precision": "precision",
    "tensorrt": "TensorRT",
    "gpu": "GPU",
    "uuid": "number of the GPU",
    "capability": "compute capability",
    "driver": "driver",
}


def origin_of(graph: Path, precision: str, tensorrt: str, gpu: Gpu) -> Origin:
    """Return the origin that a plan of `graph` must have to fit this machine now."""
    return Origin(
        graph=sha256_of(graph),
        precision=precision,
        tensorrt=tensorrt,
        gpu=gpu.name,
        uuid=gpu.uuid,
        capability=gpu.capability,
        driver=gpu.driver,
    )


def built_home() -> Path:
    """Return the folder of all plans; it may not exist yet.

    Raises:
        UsageError: as for `home`.
    """
    return home() / "built"


def plan_path(graph: Path) -> Path:
    """Return the path of a graph's plan.

    It depends on the graph's path alone, so a new plan replaces the old one.
    """
    graph = graph.resolve()
    place = hashlib.sha256(str(graph.parent).encode()).hexdigest()
    return built_home() / f"{graph.parent.name}-{place[:8]}" / f"{graph.stem}.plan"


def save_plan(graph: Path, plan: bytes, origin: Origin, parity: Figures) -> Path:
    """Write the plan of a graph and then its stamp, each whole or not at all; return the plan's path.

    Raises:
        BackendError: the folder of the user's data cannot be written to.
    """
    path = plan_path(graph)
    stamp = Stamp(plan=hashlib.sha256(plan).hexdigest(), origin=origin, parity=parity)
    write_whole(path, plan)
    write_whole(_stamp_path(path), msgspec.json.format(msgspec.json.encode(stamp)) + b"\n")
    return path


def load_plan(graph: Path, wanted: Origin) -> bytes:
    """Return the plan of a graph after checking that it is unaltered and has the wanted origin.

    Raises:
        BackendError: there is no plan, it cannot be read, or it does not fit; the message says what differs.
    """
    try:
        path = plan_path(graph)
        stamp = msgspec.json.decode(_stamp_path(path).read_bytes(), type=Stamp)
        plan = path.read_bytes()
    except FileNotFoundError:
        raise BackendError(f"No plan was built yet for {graph}.") from None
    except UsageError as error:
        raise BackendError(f"No plan can be found: {error}") from error
    except (OSError, msgspec.DecodeError) as error:
        raise BackendError(f"The plan of {graph} cannot be read: {error}.") from error
    if differing := differences(stamp.origin, wanted):
        raise BackendError(f"The plan of {graph} does not fit any more: {'; '.join(differing)}.")
    if hashlib.sha256(plan).hexdigest() != stamp.plan:
        raise BackendError(f"{path} is not the file that was built: it was altered, or cut short.")
    return plan


def differences(found: Origin, wanted: Origin) -> list[str]:
    """Return the differences between a plan's origin and the wanted one, each in words."""
    differing = []
    for field, word in _WORDS.items():
        before, now = getattr(found, field), getattr(wanted, field)
        if field == "graph":
            before, now = before[:12], now[:12]
        if before != now:
            differing.append(f"{word} {before} then, {now} now")
    return differing


def write_whole(path: Path, content: bytes) -> None:
    """Write a built file, whole or not at all, and make its folder if there is none.

    Raises:
        BackendError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise BackendError(
            f"Cannot keep {path}: {error.strerror}. Make room, or name another folder in {HOME}."
        ) from error


def _stamp_path(plan: Path) -> Path:
    return plan.with_suffix(".json")
