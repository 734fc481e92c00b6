"""Keep TensorRT plans, each with a stamp beside it: the graph it was built from and the GPU it was built for.

A TensorRT plan is executable code that fits one graph, one TensorRT and one GPU. So plans lie in the user's
own data, never in a bundle, which others may have made. A plan is loaded only if its stamp names this plan,
this graph, this TensorRT and this GPU; else it must be built again.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from engines.bundle import identity_of
from engines.errors import BackendError, UsageError
from engines.gpu.nvidia import Gpu
from engines.runtimes.built_files import Figures, built_path, read_stamp, read_unaltered, save_stamped


class Origin(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The origin of a plan: its graph, its TensorRT and its GPU.

    Attributes:
        graph: sha256 of the ONNX file and its weights, from `identity_of`.
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
        graph=identity_of(graph),
        precision=precision,
        tensorrt=tensorrt,
        gpu=gpu.name,
        uuid=gpu.uuid,
        capability=gpu.capability,
        driver=gpu.driver,
    )


def plan_path(graph: Path) -> Path:
    """Return the path of a graph's plan."""
    return built_path(graph, ".plan")


def save_plan(graph: Path, plan: bytes, origin: Origin, parity: Figures) -> Path:
    """Write the plan of a graph and then its stamp, each whole or not at all; return the plan's path.

    Raises:
        BackendError: the folder of the user's data cannot be written to.
    """
    path = plan_path(graph)
    save_stamped(path, plan, origin, parity)
    return path


def load_plan(graph: Path, wanted: Origin) -> bytes:
    """Return the plan of a graph after checking that it is unaltered and has the wanted origin.

    Raises:
        BackendError: there is no plan, it cannot be read, or it does not fit; the message says what differs.
    """
    try:
        path = plan_path(graph)
        stamp = read_stamp(path, Origin)
        if differing := differences(stamp.origin, wanted):
            raise BackendError(f"The plan of {graph} does not fit any more: {'; '.join(differing)}.")
        return read_unaltered(path, stamp.plan)
    except FileNotFoundError:
        raise BackendError(f"No plan was built yet for {graph}.") from None
    except UsageError as error:
        raise BackendError(f"No plan can be found: {error}") from error


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
