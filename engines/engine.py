"""An engine: one graph made ready to run by one runtime, behind one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from engines.errors import BackendError
from engines.gpu.device import DeviceArray, HostArray

Array = HostArray | DeviceArray
"""Memory of the caller's: numpy on the host, on a GPU an array with a `ready` event."""

Place = Literal["host", "device"]


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output of a graph."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """Its length in bytes."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def empty(self) -> HostArray:
        """Return uninitialised host memory for this tensor."""
        return np.empty(self.shape, self.dtype)

    def zeros(self) -> HostArray:
        """Return zeroed host memory for this tensor."""
        return np.zeros(self.shape, self.dtype)


class Engine(Protocol):
    """A function on memory that the caller owns, on the host or on the device that it was opened for.

    On a device it enqueues its work on the stream it was given and never waits. It is opened, called and
    closed with the device current on the calling thread, and closed when the stream is past its last call.

    An engine that only enqueues, so that its calls can be captured in a graph, says `capturable = True`.

    Attributes:
        backend: the runtime and where it computes, such as `onnxruntime (CPU)`.
        inputs: what the call wants, by name.
        outputs: what the call fills, by name.
    """

    backend: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the graph: read `inputs`, fill `outputs`; all contiguous, of the shapes and dtypes specified.

        Raises:
            BackendError: an array is missing or has another shape or dtype, or the runtime failed.
        """
        ...

    def close(self) -> None:
        """Free the runtime's memory; the engine is not used again."""
        ...


def check_arrays(
    specs: tuple[TensorSpec, ...], arrays: Mapping[str, Array], place: Place = "host"
) -> dict[str, int]:
    """The one check in front of every runtime: that `arrays` holds what `specs` ask for.

    Returns:
        Where each of them begins, on the host or the device.

    Raises:
        BackendError: an array is missing, lies elsewhere, or has another shape, dtype or layout.
    """
    addresses = {}
    for spec in specs:
        array = arrays.get(spec.name)
        if array is None:
            raise BackendError(f"The graph wants a tensor '{spec.name}'; got {', '.join(arrays) or 'none'}.")
        on_host = isinstance(array, np.ndarray)
        if on_host != (place == "host"):
            raise BackendError(f"'{spec.name}' must be on the {place}; it is on the other side.")
        contiguous = not isinstance(array, np.ndarray) or array.flags.c_contiguous
        if array.shape != spec.shape or array.dtype != spec.dtype or not contiguous:
            raise BackendError(
                f"'{spec.name}' must be contiguous {spec.dtype} {spec.shape}, "
                f"not {array.dtype} {array.shape}."
            )
        addresses[spec.name] = array.ctypes.data if isinstance(array, np.ndarray) else array.pointer
    return addresses
