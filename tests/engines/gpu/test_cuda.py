"""The module of the real device, over a stand-in driver in host memory: its CUDA calls and its messages."""

import ctypes
import gc
import importlib
import sys
import threading
from types import ModuleType

import numpy as np
import pytest

import engines.gpu
from engines.backends import open_device, open_engine
from engines.bundle import open_bundle
from engines.errors import BackendError
from engines.gpu.device import pinned_shape
from engines.infer_once import device_inference
from stream.controls import Controls
from stream.loop.pipeline import Pipeline
from stream.nets.open import device_route, open_route
from stream.sources.scene import SceneSource
from tests.fixtures.doubles import Keep
from tests.fixtures.pycuda_stub import Bindings, Driver

BUNDLE = open_bundle("small").at()
UINT8 = np.dtype(np.uint8)


@pytest.fixture
def driver(monkeypatch):
    driver, package = Driver(), ModuleType("pycuda")
    package.driver, package.VERSION_TEXT = driver, "2026.1"
    monkeypatch.setitem(sys.modules, "pycuda", package)
    monkeypatch.setitem(sys.modules, "pycuda.driver", driver)
    forget(monkeypatch)
    yield driver
    gc.collect()
    assert driver.leaked == []
    sys.modules.pop("engines.gpu.cuda", None)
    vars(engines.gpu).pop("cuda", None)


def forget(monkeypatch):
    """Import the module again."""
    monkeypatch.delitem(sys.modules, "engines.gpu.cuda", raising=False)
    monkeypatch.delattr(engines.gpu, "cuda", raising=False)


@pytest.fixture
def cuda(driver):
    return importlib.import_module("engines.gpu.cuda")


@pytest.fixture
def device(driver, cuda):
    device = cuda.open_device()
    with device.current():
        yield device
    assert driver.contexts() == []


@pytest.fixture
def bindings(monkeypatch):
    bindings, package, outer = Bindings(), ModuleType("cuda.bindings"), ModuleType("cuda")
    package.driver, outer.bindings = bindings, package
    for name, module in {"cuda": outer, "cuda.bindings": package, "cuda.bindings.driver": bindings}.items():
        monkeypatch.setitem(sys.modules, name, module)
    return bindings


class There:
    """A runtime for the processor that computes in the stub's device memory."""

    def __init__(self, inner):
        self.inner, self.backend = inner, inner.backend
        self.inputs, self.outputs = inner.inputs, inner.outputs

    def __call__(self, inputs, outputs):
        self.inner(*({name: self.at(array) for name, array in ends.items()} for ends in (inputs, outputs)))

    def at(self, array):
        data = (ctypes.c_uint8 * array.nbytes).from_address(array.pointer)
        return np.frombuffer(data, array.dtype).reshape(array.shape)

    def close(self):
        self.inner.close()


def scene():
    return SceneSource("duel", {"seconds": "0.3"}, pace=False)


def test_the_loop_makes_no_cuda_call_that_waits_for_the_whole_device(driver, cuda):
    settings = Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space)

    def open_graph(path, part, device, stream):
        return There(open_engine(path, "onnxruntime", threads=1))

    way, sink = device_route(BUNDLE, settings, cuda.open_device, open_graph=open_graph), Keep()
    with way.nets.on_this_thread():
        warm = len(driver.calls)
        Pipeline(scene(), way.stages, {"keep": sink}, permits=way.permits).run()
        calls = driver.calls[warm:]
    assert driver.used == 0 and driver.contexts() == []

    steady = {what for _, what, _ in calls}
    assert steady == {"push", "pop", "htod", "dtoh", "dtod", "record", "wait_for_event", "query"}
    assert all(stream for _, what, stream in calls if what in ("htod", "dtoh", "dtod", "record"))
    assert {flags for _, what, flags in driver.calls if what == "Stream"} == {1}  # never the default stream's
    for step in ("upload", "segment", "synthesize", "download"):
        whats = [what for thread, what, _ in calls if thread == step]
        assert (whats[0], whats[-1]) == ("push", "pop")
        assert (whats.count("push"), whats.count("pop")) == (1, 1)

    alone = Keep()
    Pipeline(
        scene(), open_route(BUNDLE, settings, backend="onnxruntime", threads=1).stages, {"": alone}
    ).run()
    for one, other in zip(sink.frames, alone.frames, strict=True):
        assert np.array_equal(one.labels, other.labels) and np.array_equal(one.picture, other.picture)
        assert np.array_equal(one.painted_labels, other.painted_labels)


def test_every_thread_shares_one_primary_context(driver, cuda):
    assert cuda.open_device() is cuda.open_device() is open_device()
    pushed = []

    def work():
        with cuda.open_device().current():
            pushed.append(driver.contexts()[-1])

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert pushed[0] is pushed[1]


def test_a_call_without_the_context_is_an_error_that_says_so(driver, cuda):
    with pytest.raises(BackendError, match="invalid device context"):
        cuda.open_device().stream()


def test_out_of_memory_says_what_to_do(driver, device):
    driver.memory = 100
    with pytest.raises(BackendError, match=r"out of memory.*smaller bundle"):
        device.empty((1000,), UINT8)


def test_a_gpu_that_does_not_answer_is_an_error_after_a_timeout(driver, device):
    driver.ready = False
    event = device.event()
    with pytest.raises(BackendError, match=r"has not answered for 0\.01 s"):
        event.wait(0.01)


def test_memory_is_freed(driver, device):
    array, pinned = device.empty((64,), UINT8), device.pinned((64,), UINT8)
    assert device.memory() == (driver.memory - 64, driver.memory)
    device.free(array, pinned, device.stream(), device.event())
    assert driver.used == 0
    assert "free pinned" in [what for _, what, _ in driver.calls]


def test_nothing_that_is_made_in_the_context_outlives_it(driver, cuda):
    """Plans are built and tried on a thread of their own, which holds the context only meanwhile."""
    opened = cuda.open_device()

    def work():
        frame = {"frame": np.zeros((256, 256, 3), np.uint8)}
        with opened.current():
            engine = There(open_engine(BUNDLE.segment, "onnxruntime", threads=1))
            with device_inference(opened, lambda stream: engine) as ask:
                ask(frame)
            alive.append(driver.alive)
        del ask

    alive = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    gc.collect()
    assert alive == [0]
    assert (driver.leaked, driver.alive, driver.used) == ([], 0, 0)


def test_a_driver_without_a_function_is_an_error_of_ours(bindings, device):
    bindings.unknown = "cuGraphInstantiate"
    with pytest.raises(BackendError, match='cannot call cuGraphInstantiate: Function "cuGraphInst'):
        device.capture(lambda: None, device.stream())
    assert bindings.calls[-1] == ("cuGraphDestroy", "of cuStreamEndCapture")


def test_bindings_that_do_not_load_are_an_error_of_ours(monkeypatch, device):
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    with pytest.raises(BackendError, match="cuda-bindings, which captures CUDA graphs, does not load"):
        device.capture(lambda: None, device.stream())


def test_pinned_memory_for_one_number_has_a_side(driver, device):
    array = device.pinned(pinned_shape(()), np.dtype(np.float32))
    device.free(array)
    with pytest.raises(SystemError):  # a pycuda that is built with checks ends the process
        device.pinned((), np.dtype(np.float32))


def test_a_graph_is_captured_on_its_stream_and_launched(bindings, device):
    stream, worked = device.stream(), []
    graph = device.capture(lambda: worked.append(len(bindings.calls)), stream)
    assert worked == [1]  # between the beginning and the end of the capture
    graph.launch(stream)
    graph.close()
    assert [name for name, *_ in bindings.calls] == [
        "cuStreamBeginCapture",
        "cuStreamEndCapture",
        "cuGraphInstantiate",
        "cuGraphLaunch",
        "cuGraphExecDestroy",
        "cuGraphDestroy",
    ]
    assert bindings.calls[0][1:] == (("stream", stream.handle), "thread local")
    assert bindings.calls[3][1:] == ("of cuGraphInstantiate", ("stream", stream.handle))


def test_a_capture_that_fails_ends_and_says_why(bindings, device):
    def fail():
        raise BackendError("no such net")

    with pytest.raises(BackendError, match="no such net"):
        device.capture(fail, device.stream())
    assert bindings.calls[-1][0] == "cuStreamEndCapture"
    bindings.fails = "cuGraphInstantiate"
    with pytest.raises(BackendError, match="cuGraphInstantiate answers CUDA_ERROR_UNKNOWN"):
        device.capture(lambda: None, device.stream())


def test_without_pycuda_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pycuda", None)
    forget(monkeypatch)
    with pytest.raises(BackendError, match="neteyes"):
        open_device()


def test_the_real_bindings_have_every_name_that_is_used():
    real = pytest.importorskip("cuda.bindings.driver", reason="cuda-bindings is not installed")
    stub = Bindings()
    used = [name for name in vars(stub) if name.startswith("cu")] + ["CUresult", "CUstream"]
    assert [name for name in used if not hasattr(real, name)] == []
    assert real.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL is not None


@pytest.mark.gpu
def test_the_loop_on_a_gpu_shows_what_the_processor_shows():
    try:
        open_device()
    except BackendError as error:
        pytest.skip(str(error))
    settings = Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space)
    way, sink, alone = open_route(BUNDLE, settings), Keep(), Keep()
    if way.nets is None:
        pytest.skip(f"no runtime runs the small bundle on this GPU: {'; '.join(way.passed_over)}")
    Pipeline(scene(), way.stages, {"keep": sink}, permits=way.permits).run()
    Pipeline(scene(), open_route(BUNDLE, settings, backend="onnxruntime").stages, {"": alone}).run()
    for one, other in zip(sink.frames, alone.frames, strict=True):
        assert (one.labels == other.labels).mean() >= 0.99
        assert np.abs(one.picture.astype(int) - other.picture).mean() <= 3
