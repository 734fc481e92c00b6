"""Run an exported torch program, `NAME.pt2` beside the graph `NAME.onnx`, on a GPU's stream or the processor.

It is for machines that have torch anyway. A program is code. A note in its file names the graph that it was
exported with; it is loaded for no other graph.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engines.bundle import sha256_of
from engines.engine import Array, TensorSpec, check_arrays
from engines.errors import BackendError
from engines.gpu.device import DeviceArray, Stream

NOTE = "neteyes.json"
"""The note in the program's file: `graph` (the ONNX file's sha256), `precision`, `inputs` and `outputs`."""

_HOW = "Export it again with: neteyes export … --program"
Program = Callable[..., Any]


def program_path(graph: Path) -> Path:
    """Return the path of a graph's program."""
    return graph.with_suffix(".pt2")


class ProgramEngine:
    """A program on the processor; implements `engines.engine.Engine`."""

    def __init__(self, program: Program, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
        self.backend = f"torch {torch.__version__} (CPU)"
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._program = program

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Run the program on the caller's memory.

        Raises:
            BackendError: an array does not fit the program.
        """
        check_arrays(self.inputs, inputs)
        check_arrays(self.outputs, outputs)
        taken = [torch.from_numpy(inputs[spec.name]) for spec in self.inputs]
        given = [torch.from_numpy(outputs[spec.name]) for spec in self.outputs]
        _run(self._program, taken, given)

    def close(self) -> None:
        """Free the program."""
        del self._program


class CudaProgramEngine:
    """A program on a stream of a GPU; implements `engines.engine.Engine` for device arrays.

    It captures itself, one CUDA graph for each set of arrays, because torch must know of a capture: the
    graph's memory comes from a pool that no other graph gets while this one may run.
    """

    def __init__(
        self,
        program: Program,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        stream: Stream,
        *,
        tf32: bool,
    ) -> None:
        self.backend = f"torch {torch.__version__} (CUDA)"
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._program, self._tf32 = program, tf32
        self._stream = torch.cuda.ExternalStream(stream.handle)  # type: ignore[no-untyped-call]
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs: dict[tuple[int, ...], torch.cuda.CUDAGraph] = {}

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Enqueue the program on the stream that it was opened with, without waiting.

        Raises:
            BackendError: an array does not fit the program, or torch failed.
        """
        where = check_arrays(self.inputs, inputs, "device") | check_arrays(self.outputs, outputs, "device")
        key = tuple(where.values())
        try:
            with torch.cuda.stream(self._stream):
                if key not in self._graphs:
                    taken = [tensor_at(inputs[spec.name]) for spec in self.inputs]
                    given = [tensor_at(outputs[spec.name]) for spec in self.outputs]
                    self._graphs[key] = self._capture(taken, given)
                self._graphs[key].replay()
        except RuntimeError as error:  # torch's errors derive from it, out of memory too
            raise BackendError(f"torch failed on the GPU: {error}") from error

    def close(self) -> None:
        """Free the graphs and the program; the stream has finished the last call."""
        self._graphs.clear()
        del self._program

    def _capture(self, taken: list[Tensor], given: list[Tensor]) -> torch.cuda.CUDAGraph:
        flags = torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=self._tf32)
        with flags:
            for _ in range(2):  # cuDNN tries its algorithms, and the allocator gets its memory
                _run(self._program, taken, given)
            graph = torch.cuda.CUDAGraph()
            # torch.cuda.graph would wait for the whole device.
            graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
            try:
                _run(self._program, taken, given)
            finally:
                graph.capture_end()
        return graph


def tensor_at(array: Array) -> Tensor:
    """Return device memory as a torch tensor, without a copy."""
    assert isinstance(array, DeviceArray)
    return torch.as_tensor(_Memory(array), device="cuda")


class _Memory:
    """A device array with the CUDA array interface, version 3."""

    def __init__(self, array: DeviceArray) -> None:
        self.__cuda_array_interface__ = {
            "shape": array.shape,
            "typestr": array.dtype.str,
            "data": (array.pointer, False),
            "strides": None,
            "version": 3,
        }


def version() -> str:
    """Return the version of torch."""
    return str(torch.__version__)


def open_graph(
    path: Path, threads: int | None, precision: str, stream: Stream | None = None
) -> ProgramEngine | CudaProgramEngine:
    """Load the program that was exported with a graph; it computes in the precision of its export.

    On a GPU, an fp32 program never computes in TF32; programs of other precisions may.

    Raises:
        BackendError: there is no program, it is of another graph, torch refuses it, or torch has no CUDA.
    """
    if stream and not torch.cuda.is_available():
        raise BackendError(
            f"This torch {torch.__version__} reaches no GPU. Get a CUDA build: see pytorch.org/get-started."
        )
    note = _read_note(path)
    inputs, outputs = ([_spec(one) for one in note[ends]] for ends in ("inputs", "outputs"))
    try:
        exported = torch.export.load(program_path(path))
        if stream:
            from torch.export.passes import move_to_device_pass

            exported = move_to_device_pass(exported, "cuda")
        program: Any = exported.module()
        program = program.to(memory_format=torch.channels_last)  # as tensor cores want it
    except Exception as error:  # a file of another torch can make it raise anything
        raise BackendError(f"torch refuses {program_path(path)}: {error}. {_HOW}") from error
    if stream is None:
        if threads:
            torch.set_num_threads(threads)
        return ProgramEngine(program, inputs, outputs)
    return CudaProgramEngine(program, inputs, outputs, stream, tf32=note["precision"] != "fp32")


def _read_note(graph: Path) -> dict[str, Any]:
    """Read the program's note, before the program is loaded, and check that it names the graph."""
    path = program_path(graph)
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(f"extra/{NOTE}"))
            note: dict[str, Any] = json.loads(archive.read(name))
    except FileNotFoundError as error:
        raise BackendError(f"torch needs an exported program, and there is no {path}. {_HOW}") from error
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise BackendError(f"torch refuses {path}: it is no program of neteyes. {_HOW}") from error
    if note["graph"] != sha256_of(graph):
        raise BackendError(f"{path} was exported with another graph than {graph.name}. {_HOW}")
    return note


def _spec(written: Mapping[str, Any]) -> TensorSpec:
    return TensorSpec(written["name"], tuple(written["shape"]), np.dtype(written["dtype"]))


def _run(program: Program, taken: Sequence[Tensor], given: Sequence[Tensor]) -> None:
    with torch.no_grad():
        answer = program(*taken)
        answers = answer if isinstance(answer, list | tuple) else (answer,)
        for place, tensor in zip(given, answers, strict=True):
            place.copy_(tensor)
