"""Implement `engines.gpu.device` for an NVIDIA GPU, with pycuda and CUDA graphs; nothing else imports these.

The context is the device's *primary* one. torch, TensorRT and ONNX Runtime use it too, so they and neteyes
can use each other's memory and streams. It is held until the process ends, as they hold it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import pycuda
import pycuda.driver as drv

from engines.errors import BackendError
from engines.gpu import device as seam
from engines.gpu.device import DeviceArray, HostArray

NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING: never waits for the default stream
_NAP = 50e-6  # seconds between two queries of an event: short beside a frame, long beside a query


@contextmanager
def _explained() -> Iterator[None]:
    """Turn the driver's errors into messages for the user."""
    try:
        yield
    except drv.MemoryError as error:
        raise BackendError(
            f"The GPU is out of memory ({error}). Close what else uses it, or take a smaller bundle."
        ) from error
    except drv.Error as error:
        raise BackendError(
            f"The GPU failed: {error}. See what `nvidia-smi` and `dmesg` say; if the GPU is lost, restart."
        ) from error


class CudaStream:
    """A CUDA stream; implements `engines.gpu.device.Stream`."""

    def __init__(self) -> None:
        self.raw = drv.Stream(NON_BLOCKING)
        self.handle = int(self.raw.handle)

    def destroy(self) -> None:
        """Give the stream back now, while its context is current; it cannot be used any more."""
        del self.raw

    def wait(self, event: seam.Event) -> None:
        """Hold all work that is enqueued from now on until `event` has come."""
        assert isinstance(event, CudaEvent)
        with _explained():
            self.raw.wait_for_event(event.raw)


class CudaEvent:
    """A CUDA event with a timestamp; implements `engines.gpu.device.Event`."""

    def __init__(self) -> None:
        self.raw = drv.Event()

    def destroy(self) -> None:
        """Give the event back now, while its context is current; it cannot be used any more."""
        del self.raw

    def record(self, stream: seam.Stream) -> None:
        """Put the mark behind the work that is in `stream` now."""
        assert isinstance(stream, CudaStream)
        with _explained():
            self.raw.record(stream.raw)

    def wait(self, seconds: float) -> None:
        """Wait on this thread, with a timeout.

        The driver's own wait has no timeout: if the GPU hangs, it never ends.

        Args:
            seconds: the timeout.

        Raises:
            BackendError: the event has not come in time, or the GPU failed.
        """
        deadline = time.monotonic() + seconds
        with _explained():
            while not self.raw.query():
                if time.monotonic() > deadline:
                    raise BackendError(
                        f"The GPU has not answered for {seconds:g} s. See what `nvidia-smi` and `dmesg` say."
                    )
                time.sleep(_NAP)

    def ms_since(self, earlier: seam.Event) -> float:
        """Return the milliseconds between two events that have come, exact to half a microsecond."""
        assert isinstance(earlier, CudaEvent)
        with _explained():
            return float(self.raw.time_since(earlier.raw))


class CudaDevice:
    """An NVIDIA GPU; implements `engines.gpu.device.Device`."""

    def __init__(self, ordinal: int) -> None:
        with _explained():
            drv.init()
            self._device = drv.Device(ordinal)
            self._context = self._device.retain_primary_context()
        self.name = str(self._device.name())
        self._allocations: dict[int, Any] = {}

    @contextmanager
    def current(self) -> Iterator[None]:
        """Push the primary context on this thread, and pop it at the end of the `with`."""
        with _explained():
            self._context.push()
        try:
            yield
        finally:
            drv.Context.pop()

    def stream(self) -> CudaStream:
        """Return a new stream that does not wait for the default one."""
        with _explained():
            return CudaStream()

    def event(self) -> CudaEvent:
        """Return a new event."""
        with _explained():
            return CudaEvent()

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> DeviceArray:
        """Allocate uninitialised memory on the device."""
        with _explained():
            allocation = drv.mem_alloc(int(np.prod(shape)) * dtype.itemsize)
        array = DeviceArray(int(allocation), shape, dtype, self.event())
        self._allocations[array.pointer] = allocation
        return array

    def pinned(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> HostArray:
        """Allocate zeroed page-locked memory on the host."""
        with _explained():
            array: HostArray = drv.pagelocked_zeros(shape, dtype)
            return array

    def upload(self, source: HostArray, target: DeviceArray, stream: seam.Stream) -> None:
        """Enqueue a copy from pinned memory."""
        assert isinstance(stream, CudaStream)
        with _explained():
            drv.memcpy_htod_async(target.pointer, source, stream.raw)

    def download(self, source: DeviceArray, target: HostArray, stream: seam.Stream) -> None:
        """Enqueue a copy to pinned memory."""
        assert isinstance(stream, CudaStream)
        with _explained():
            drv.memcpy_dtoh_async(target, source.pointer, stream.raw)

    def copy(self, source: DeviceArray, target: DeviceArray, stream: seam.Stream) -> None:
        """Enqueue a copy on the device."""
        assert isinstance(stream, CudaStream)
        with _explained():
            drv.memcpy_dtod_async(target.pointer, source.pointer, source.nbytes, stream.raw)

    def capture(self, work: Callable[[], None], stream: seam.Stream) -> CapturedGraph:
        """Capture what `work` enqueues on `stream`, by cuda-bindings: pycuda has no function for it."""
        return CapturedGraph(work, stream)

    def memory(self) -> tuple[int, int]:
        """Return the free bytes and all bytes; memory that other programs use is not free."""
        with _explained():
            free, total = drv.mem_get_info()
        return int(free), int(total)

    def free(self, *made: DeviceArray | HostArray | seam.Stream | seam.Event) -> None:
        """Free arrays with their events, streams and events now, while the context is current.

        pycuda gives a stream or an event back when Python deletes it. It needs the context for that. On a
        thread that has left the context, it leaks them without a word.
        """
        with _explained():
            for one in made:
                if isinstance(one, DeviceArray):
                    self._allocations.pop(one.pointer).free()
                    one = one.ready
                if isinstance(one, np.ndarray):
                    _allocation_of(one).free()
                elif isinstance(one, CudaStream | CudaEvent):
                    one.destroy()


class CapturedGraph:
    """A CUDA graph; implements `engines.gpu.device.Graph`."""

    def __init__(self, work: Callable[[], None], stream: seam.Stream) -> None:
        self._cu = cu = _bindings()
        raw = cu.CUstream(stream.handle)
        # Other threads allocate and copy during the capture; a global capture would forbid that.
        mode = cu.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
        self._call(cu.cuStreamBeginCapture, raw, mode)
        try:
            work()
        except BaseException:
            cu.cuStreamEndCapture(raw)  # its result does not matter: the first error is the one to report
            raise
        (self._graph,) = self._call(cu.cuStreamEndCapture, raw)
        try:
            (self._executable,) = self._call(cu.cuGraphInstantiate, self._graph, 0)
        except BackendError:
            self._call(cu.cuGraphDestroy, self._graph)
            raise

    def launch(self, stream: seam.Stream) -> None:
        """Enqueue the captured work."""
        self._call(self._cu.cuGraphLaunch, self._executable, self._cu.CUstream(stream.handle))

    def close(self) -> None:
        """Free the graph."""
        self._call(self._cu.cuGraphExecDestroy, self._executable)
        self._call(self._cu.cuGraphDestroy, self._graph)

    def _call(self, function: Callable[..., tuple[Any, ...]], *arguments: Any) -> tuple[Any, ...]:
        """Call the driver and check the code that it returns.

        Raises:
            BackendError: the driver does not know the function, which the bindings raise as an error of
                their own, or answers another code than success.
        """
        try:
            code, *answers = function(*arguments)
        except Exception as error:  # RuntimeError of the bindings, TypeError of another major's signature
            raise BackendError(
                f"cuda-bindings cannot call {function.__name__}: {error}. Update the driver, or install the "
                "cuda-bindings of the driver's CUDA."
            ) from error
        if code != self._cu.CUresult.CUDA_SUCCESS:
            raise BackendError(f"The GPU failed at a CUDA graph: {function.__name__} answers {code.name}.")
        return tuple(answers)


def _bindings() -> Any:
    """Return cuda-bindings' driver module.

    Raises:
        BackendError: it is not installed, or does not load.
    """
    try:
        from cuda.bindings import driver
    except Exception as error:  # ImportError, or what the bindings raise where the driver does not load
        raise BackendError(
            f"cuda-bindings, which captures CUDA graphs, does not load ({error}). Get it with: pip install "
            "'neteyes[gpu]'"
        ) from error
    return driver


@cache
def open_device(ordinal: int = 0) -> CudaDevice:
    """Return a GPU, the same object at every call: its context is held until the process ends.

    Raises:
        BackendError: there is no driver or no such GPU.
    """
    return CudaDevice(ordinal)


def version() -> str:
    """Return the versions of pycuda and of the CUDA that it was built with."""
    return f"{pycuda.VERSION_TEXT}, CUDA {'.'.join(map(str, drv.get_version()))}"


def _allocation_of(array: HostArray) -> Any:
    """Return the object that holds a page-locked array's memory: the last of its chain of bases."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return base
