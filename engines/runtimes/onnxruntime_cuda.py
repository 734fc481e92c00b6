"""Open graphs with ONNX Runtime's CUDA provider, on the caller's stream and the caller's memory."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import onnxruntime as ort

from engines.engine import Array
from engines.errors import BackendError
from engines.gpu.device import Stream
from engines.runtimes.onnxruntime import bind, specs

log = logging.getLogger(__name__)

PROVIDER = "CUDAExecutionProvider"
_GET_IT = (
    "pip uninstall onnxruntime onnxruntime-gpu, then pip install 'onnxruntime-gpu[cuda,cudnn]'; the two "
    "overwrite each other's files."
)


class OrtCudaEngine:
    """A graph in an ONNX Runtime session on a GPU; implements `engines.engine.Engine` for device arrays."""

    backend = "cuda (ONNX Runtime)"

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self.inputs, self.outputs = self._ends = specs(session)
        # A binding holds addresses, and the loop uses those of its slots again and again.
        self._bindings: dict[tuple[int, ...], ort.IOBinding] = {}
        self._options = ort.RunOptions()
        self._options.add_run_config_entry("disable_synchronize_execution_providers", "1")

    def __call__(self, inputs: Mapping[str, Array], outputs: Mapping[str, Array]) -> None:
        """Enqueue the graph on the stream that it was opened with, on the caller's memory.

        Raises:
            BackendError: an array does not fit the graph, or ONNX Runtime failed.
        """
        key = tuple(getattr(array, "pointer", 0) for array in (*inputs.values(), *outputs.values()))
        binding = self._bindings.get(key)
        if binding is None:
            binding = self._bindings[key] = bind(self._session, self._ends, (inputs, outputs), "cuda")
        try:
            self._session.run_with_iobinding(binding, self._options)
        except Exception as error:  # ONNX Runtime's exceptions share no other base
            raise BackendError(f"ONNX Runtime failed while running on the GPU: {error}") from error

    def close(self) -> None:
        """Free the session."""
        self._bindings.clear()
        del self._session


def version() -> str:
    """Return the version of ONNX Runtime.

    Raises:
        BackendError: this build has no CUDA.
    """
    if PROVIDER not in ort.get_available_providers():
        raise BackendError(f"This onnxruntime {ort.__version__} has no CUDA. Get it with: {_GET_IT}")
    return str(ort.__version__)


@cache
def _preload() -> None:
    """Load CUDA's and cuDNN's libraries from the packages beside ONNX Runtime, before its first session.

    Else the system's loader looks for them, and does not look there. ONNX Runtime prints what it does not
    find; that is no fault yet, because the system may have it.
    """
    said = io.StringIO()
    with redirect_stdout(said):
        ort.preload_dlls()
    if said.getvalue():
        log.debug("ONNX Runtime looked for CUDA's libraries: %s", said.getvalue().strip())


def open_graph(path: Path, threads: int | None, precision: str, stream: Stream) -> OrtCudaEngine:
    """Open a graph on the GPU; it computes in the graph's own dtypes, in TF32 where `precision` is not fp32.

    Raises:
        BackendError: this ONNX Runtime has no CUDA, cannot load it, refuses the file, or cannot run a node of
            it on the GPU; nothing falls back to the processor.
    """
    version()
    _preload()
    options = ort.SessionOptions()
    options.log_severity_level = 3
    # A node on the processor would copy there and back, and wait, at each frame.
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    provider = {
        "device_id": 0,
        "user_compute_stream": str(stream.handle),
        "cudnn_conv_algo_search": "EXHAUSTIVE",
        "use_tf32": "0" if precision == "fp32" else "1",
        # prefer_nhwc stays off until a card has shown that it pays.
    }
    try:
        session = ort.InferenceSession(str(path), options, providers=[(PROVIDER, provider)])
    except Exception as error:  # as above
        raise BackendError(f"ONNX Runtime refuses {path} on the GPU: {error}") from error
    if PROVIDER not in session.get_providers():
        raise BackendError(f"ONNX Runtime does not load its CUDA provider, though it has one. Try: {_GET_IT}")
    return OrtCudaEngine(session)
