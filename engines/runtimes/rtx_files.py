"""Keep engines of TensorRT for RTX, each with a stamp beside it: its graph, its library, and its GPUs.

Such an engine is built on any machine and fits many GPUs, so it may be carried with its bundle. It is code
all the same: engines are loaded from the user's own data, where `neteyes build` puts them, and from no other
folder unless the user names it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from engines.bundle import Bundle, identity_of
from engines.errors import BackendError
from engines.runtimes.built_files import built_path, read_stamp, read_unaltered

SUFFIX = ".rtx"

PORTABLE = "8.0"
"""The oldest compute capability that an engine runs on if none was named when it was built."""


class RtxOrigin(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The origin of an engine: its graph, its library, and the GPUs that it is for.

    Attributes:
        graph: sha256 of the ONNX file and its weights, from `identity_of`.
        precision: the precision that the graph's card allows a runtime.
        library: the version of the TensorRT for RTX that built it.
        capabilities: the compute capabilities that it is for, such as `8.9`; empty means 8.0 and later.
    """

    graph: str
    precision: str
    library: str
    capabilities: tuple[str, ...] = ()


def engine_path(graph: Path, folder: Path | None = None) -> Path:
    """Return the path of a graph's engine: in the user's own data, or in a folder that the user named."""
    return folder / f"{graph.stem}{SUFFIX}" if folder else built_path(graph, SUFFIX)


def fits(capabilities: tuple[str, ...], capability: str) -> bool:
    """Return whether an engine for `capabilities` is for a GPU of this compute capability."""
    return capability in capabilities if capabilities else _number(capability) >= _number(PORTABLE)


def describe(capabilities: tuple[str, ...]) -> str:
    """Return the compute capabilities of an engine in words."""
    return f"compute capability {', '.join(capabilities) or f'{PORTABLE} and later'}"


def load_engine(graph: Path, path: Path, precision: str, library: str) -> tuple[bytes, RtxOrigin]:
    """Return the engine of a graph and its origin, after checking that the engine is unaltered and fits both.

    Args:
        graph: the ONNX file.
        path: the engine, from `engine_path`.
        precision: the precision on the graph's card.
        library: the version of TensorRT for RTX here.

    Raises:
        BackendError: there is no engine, it cannot be read, or it does not fit; the message says why.
    """
    try:
        stamp = read_stamp(path, RtxOrigin)
        if differing := _differences(stamp.origin, identity_of(graph), precision, library):
            raise BackendError(f"{path} does not fit {graph}: {'; '.join(differing)}.")
        return read_unaltered(path, stamp.plan), stamp.origin
    except FileNotFoundError:
        raise BackendError(f"TensorRT for RTX has no engine of {graph}: there is no {path}.") from None


def check_engines(bundle: Bundle) -> list[str]:
    """Return the faults of the engines that lie in a bundle's folder: altered, or of other graphs.

    The engines are read and compared with their stamps, never run.
    """
    faults = []
    for size in bundle.each_size():
        for graph in (size.segment, size.synthesize):
            path = engine_path(graph, bundle.folder)
            try:
                stamp = read_stamp(path, RtxOrigin)
                read_unaltered(path, stamp.plan)
                if stamp.origin.graph != identity_of(graph):
                    faults.append(f"{path} was built from another graph than {graph.name}. Build it again.")
            except FileNotFoundError:
                if path.exists():
                    faults.append(f"{path} has no stamp, so nobody knows what it is. Build it again.")
            except BackendError as error:
                faults.append(f"{error} Build it again.")
    return faults


def _differences(found: RtxOrigin, graph: str, precision: str, library: str) -> list[str]:
    wanted = {"graph": graph, "precision": precision, "library": library}
    words = {"graph": "graph", "precision": "precision", "library": "TensorRT for RTX"}
    return [
        f"{words[name]} {getattr(found, name)[:12]} then, {now[:12]} now"
        for name, now in wanted.items()
        if getattr(found, name) != now
    ]


def _number(capability: str) -> tuple[int, ...]:
    return tuple(int(part) for part in capability.split("."))
