"""Keep built engines, each with a stamp beside it that says what it was built from and what it fits.

An engine is executable code. It is loaded only if its stamp names this very file and the wanted origin.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from engines.errors import BackendError
from engines.user_data import HOME, home

Figures = dict[str, float | int | str | None]
Origin = TypeVar("Origin", bound=msgspec.Struct)


class Stamp(msgspec.Struct, Generic[Origin], kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The file beside an engine that says what the engine fits.

    Attributes:
        plan: sha256 of the engine's file.
        origin: the origin of the engine.
        parity: the difference between its answers and a CPU's; empty if it was not
            run where it was built.
    """

    plan: str
    origin: Origin
    parity: Figures


def built_home() -> Path:
    """Return the folder of all that was built here; it may not exist yet.

    Raises:
        UsageError: as for `home`.
    """
    return home() / "built"


def built_path(graph: Path, suffix: str) -> Path:
    """Return the path of the engine that is built here from a graph.

    It depends on the graph's path alone, so a new engine replaces the old one.
    """
    graph = graph.resolve()
    place = hashlib.sha256(str(graph.parent).encode()).hexdigest()
    return built_home() / f"{graph.parent.name}-{place[:8]}" / f"{graph.stem}{suffix}"


def save_stamped(path: Path, content: bytes, origin: Origin, parity: Figures) -> None:
    """Write an engine and then its stamp, each whole or not at all.

    Raises:
        BackendError: the folder cannot be written to.
    """
    stamp = Stamp(plan=hashlib.sha256(content).hexdigest(), origin=origin, parity=parity)
    write_whole(path, content)
    write_whole(stamp_path(path), msgspec.json.format(msgspec.json.encode(stamp)) + b"\n")


def read_stamp(path: Path, kind: type[Origin]) -> Stamp[Origin]:
    """Return the stamp beside an engine.

    Raises:
        FileNotFoundError: there is none.
        BackendError: it cannot be read.
    """
    try:
        return msgspec.json.decode(stamp_path(path).read_bytes(), type=Stamp[kind])  # type: ignore[valid-type]
    except FileNotFoundError:
        raise
    except (OSError, msgspec.DecodeError) as error:
        raise BackendError(f"The stamp of {path} cannot be read: {error}.") from error


def read_unaltered(path: Path, sha256: str) -> bytes:
    """Return the content of a file that was built, after checking that it is the same file.

    Raises:
        FileNotFoundError: there is no such file.
        BackendError: it cannot be read, or has another sha256.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BackendError(f"{path} cannot be read: {error}.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BackendError(f"{path} is not the file that was built: it was altered, or cut short.")
    return content


def stamp_path(path: Path) -> Path:
    """Return the path of an engine's stamp."""
    return path.with_name(f"{path.name}.json")


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
