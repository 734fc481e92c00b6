"""What was built for one GPU, and the stamp beside it that says from what and for which.

A TensorRT plan is executable code that fits one graph, one TensorRT and one GPU. So plans lie with the user's
own data, never inside a bundle that others may have made, and a plan is loaded only if its stamp names it and
all that it was built from; else it is built again.
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
    """What a plan was built from, and for.

    Attributes:
        graph: sha256 of the ONNX file.
        precision: what the graph's card lets a runtime compute in.
        tensorrt: the version of the builder.
        gpu: the GPU's name.
        uuid: of that very GPU.
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
    """The file beside a plan.

    Attributes:
        plan: sha256 of the plan.
        origin: what it was built from.
        parity: how its answers compare with those of a CPU; only what passed is stamped.
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
    """Return what a plan of `graph` must have been built from to fit here and now."""
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
    """Return the folder of all that was built; it need not be there yet."""
    return home() / "built"


def plan_path(graph: Path) -> Path:
    """Return where the plan of a graph lies; it goes by the graph's place, so a new one replaces the old."""
    graph = graph.resolve()
    place = hashlib.sha256(str(graph.parent).encode()).hexdigest()
    return built_home() / f"{graph.parent.name}-{place[:8]}" / f"{graph.stem}.plan"


def save_plan(graph: Path, plan: bytes, origin: Origin, parity: Figures) -> Path:
    """Write the plan of a graph and then its stamp, each whole or not at all; return where the plan lies.

    Raises:
        BackendError: the folder of the user's data cannot be written to.
    """
    path = plan_path(graph)
    stamp = Stamp(plan=hashlib.sha256(plan).hexdigest(), origin=origin, parity=parity)
    write_whole(path, plan)
    write_whole(_stamp_path(path), msgspec.json.format(msgspec.json.encode(stamp)) + b"\n")
    return path


def load_plan(graph: Path, wanted: Origin) -> bytes:
    """Return the plan of a graph, verified: it is the one that was built, and from what is wanted.

    Raises:
        BackendError: there is none, or it does not fit; the message says what differs.
    """
    try:
        path = plan_path(graph)
        stamp = msgspec.json.decode(_stamp_path(path).read_bytes(), type=Stamp)
        plan = path.read_bytes()
    except FileNotFoundError:
        raise BackendError(f"Nothing was built yet for {graph}.") from None
    except UsageError as error:
        raise BackendError(f"Nothing that was built is found: {error}") from error
    except (OSError, msgspec.DecodeError) as error:
        raise BackendError(f"What was built for {graph} cannot be read: {error}.") from error
    if differing := differences(stamp.origin, wanted):
        raise BackendError(f"What was built for {graph} does not fit any more: {'; '.join(differing)}.")
    if hashlib.sha256(plan).hexdigest() != stamp.plan:
        raise BackendError(f"{path} is not the file that was built: it was altered, or cut short.")
    return plan


def differences(found: Origin, wanted: Origin) -> list[str]:
    """Return in words what differs between what a plan was built from and what is wanted."""
    differing = []
    for field, word in _WORDS.items():
        before, now = getattr(found, field), getattr(wanted, field)
        if field == "graph":
            before, now = before[:12], now[:12]
        if before != now:
            differing.append(f"{word} {before} then, {now} now")
    return differing


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that was built, whole or not at all; its folder is made if need be.

    Raises:
        BackendError: it cannot be written.
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
