"""Every runtime keeps the engine's protocol, on the graphs that come with neteyes."""

import numpy as np
import pytest

from engines.backends import BACKENDS, installed_backends, open_engine
from engines.bundle import open_bundle
from engines.errors import BackendError, UsageError

BUNDLE = open_bundle("small")
GRAPHS = {"segment": BUNDLE.segment, "synthesize": BUNDLE.synthesize}


@pytest.fixture(params=[backend.name for backend in BACKENDS])
def backend(request):
    if request.param not in installed_backends():
        pytest.skip(f"{request.param} is not installed")
    return request.param


def run(engine, seed=0):
    rng = np.random.default_rng(seed)
    inputs = {spec.name: rng.integers(0, 256, spec.shape).astype(spec.dtype) for spec in engine.inputs}
    outputs = {spec.name: spec.empty() for spec in engine.outputs}
    engine(inputs, outputs)
    return outputs


@pytest.mark.parametrize("graph", GRAPHS)
def test_pictures_and_labels_are_uint8_and_memory_is_float32(backend, graph):
    engine = open_engine(GRAPHS[graph], backend, threads=1)
    specs = {spec.name: (spec.shape, spec.dtype) for spec in (*engine.inputs, *engine.outputs)}
    assert (
        specs
        == {
            "segment": {
                "frame": ((256, 256, 3), np.uint8),
                "memory": ((64 * 64 * (48 + 2) + 2 * 128 * 128,), np.float32),
                "dt": ((), np.float32),
                "steadiness": ((), np.float32),
                "labels": ((256, 256), np.uint8),
                "memory_next": ((64 * 64 * (48 + 2) + 2 * 128 * 128,), np.float32),
            },
            "synthesize": {
                "labels": ((256, 256), np.uint8),
                "swap": ((256,), np.uint8),
                "picture": ((256, 256, 3), np.uint8),
            },
        }[graph]
    )
    engine.close()


def test_the_same_input_gives_the_same_output_and_outputs_belong_to_the_caller(backend):
    engine = open_engine(BUNDLE.segment, backend, threads=1)
    first = run(engine)["labels"]
    kept = first.copy()
    run(engine, seed=1)
    assert np.array_equal(first, kept)
    assert np.array_equal(run(engine)["labels"], kept)


def test_a_wrong_array_is_refused_by_name(backend):
    engine = open_engine(BUNDLE.segment, backend, threads=1)
    outputs = {spec.name: spec.empty() for spec in engine.outputs}
    with pytest.raises(BackendError, match="'frame' must be contiguous uint8"):
        engine({"frame": np.zeros((256, 256, 3), np.float32)}, outputs)
    with pytest.raises(BackendError, match="wants a tensor 'frame'"):
        engine({}, outputs)


def test_a_file_that_is_no_graph_is_refused(backend, tmp_path):
    nonsense = tmp_path / "nonsense.onnx"
    nonsense.write_bytes(b"not a graph")
    with pytest.raises(BackendError, match=r"refuses .*nonsense\.onnx"):
        open_engine(nonsense, backend)


def test_auto_says_why_each_runtime_failed(tmp_path):
    nonsense = tmp_path / "nonsense.onnx"
    nonsense.write_bytes(b"not a graph")
    with pytest.raises(BackendError) as error:
        open_engine(nonsense)
    assert all(backend.name in str(error.value) for backend in BACKENDS)


def test_the_error_for_an_unknown_backend_lists_the_known_ones():
    with pytest.raises(UsageError, match="onnxruntime"):
        open_engine(BUNDLE.segment, "onnx")


def test_engines_say_what_they_compute_in(backend):
    assert open_engine(BUNDLE.segment, backend, threads=1).backend.startswith(backend)


def test_auto_never_takes_a_program_because_it_is_code():
    with pytest.raises(BackendError) as error:
        open_engine(BUNDLE.segment, stream=object())
    assert "tensorrt:" in str(error.value)
    assert "torch:" not in str(error.value)
