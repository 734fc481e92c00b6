"""Define an engine: one graph, made ready to run by one runtime, behind one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from engines.errors import BackendError
from engines.gpu.device import DeviceArray, HostArray

Array = HostArray | DeviceArray
"""Memory that the caller owns: a numpy array on the host, an array with a `ready` event on a GPU."""

Place = Literal["host", "device"]


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """The name, shape and dtype of one input or output of a graph."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def nbytes(self) -> int:
        """The tensor's size in bytes."""
        return int(np.prod(self.shape)) * self.dtype.itemsize

    def empty(self) -> HostArray:
        """Return uninitialised host memory for this tensor."""
        return np.empty(self.shape, self.dtype)

    def zeros(self) -> HostArray:
        """Return zeroed host memory for this tensor."""
        return np.zeros(self.shape, self.dtype)


class Engine(Protocol):
    """A graph that runs on the caller's memory, on the host or on the device that it was opened for.

    On a device it enqueues its work on the stream that it was opened with and never waits. It is opened,
    called and closed with the device current on the calling thread. It is closed after the stream has
    finished its last call.

    An engine has `capturable = True` if it only enqueues: then its calls can be captured in a CUDA graph.

    Attributes:
        backend: the runtime and where it computes, such as `onnxruntime (CPU)`.
        inputs: the tensors that a call reads.
        outputs: the tensors that a call fills.
    """

    backend: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the graph: read `inputs` and fill `outputs`, both by name.

        All arrays are contiguous and have the shapes and dtypes of the specs.

        Raises:
            BackendError: an array is missing or has another shape or dtype, or the runtime failed.
        """
        ...

    def close(self) -> None:
        """Free the runtime's memory; the engine cannot be used after that."""
        ...


def check_arrays(
    specs: tuple[TensorSpec, ...], arrays: Mapping[str, Array], place: Place = "host"
) -> dict[str, int]:
    """Check that `arrays` holds what `specs` ask for; this is the one check in front of every runtime.

    Returns:
        Name → the address where its memory begins, on the host or the device.

    Raises:
        BackendError: an array is missing, lies at another place, or has another shape, dtype or layout.
    """
    addresses = {}
    for spec in specs:
        array = arrays.get(spec.name)
        if array is None:
            raise BackendError(f"The graph wants a tensor '{spec.name}'; got {', '.join(arrays) or 'none'}.")
        on_host = isinstance(array, np.ndarray)
        if on_host != (place == "host"):
            found = "host" if on_host else "device"
            raise BackendError(f"'{spec.name}' must be on the {place}; it is on the {found}.")
        contiguous = not isinstance(array, np.ndarray) or array.flags.c_contiguous
        if array.shape != spec.shape or array.dtype != spec.dtype or not contiguous:
            raise BackendError(
                f"'{spec.name}' must be contiguous {spec.dtype} {spec.shape}, "
                f"not {array.dtype} {array.shape}."
            )
        addresses[spec.name] = array.ctypes.data if isinstance(array, np.ndarray) else array.pointer
    return addresses
