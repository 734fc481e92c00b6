"""TensorRT's engine: the plans it loads, the memory it binds, and an error for every failure of TensorRT."""

import importlib

import numpy as np
import pytest

from engines.backends import open_engine
from engines.bundle import open_bundle
from engines.errors import BackendError
from engines.gpu.device import pinned_shape
from engines.infer_once import device_inference, host_inference
from engines.runtimes.cuda_graphs import Replay
from engines.runtimes.plan_cache import origin_of, save_plan
from tests.fixtures.tensorrt import GPU

BUNDLE = open_bundle("small")
KEEP = np.arange(256, dtype=np.uint8)
LABELS = {"labels": np.random.default_rng(0).integers(0, 182, (256, 256), dtype=np.uint8), "swap": KEEP}


def plan_of(path):
    return b'{"graph": "%s"}' % str(path).encode()


@pytest.fixture
def trt(fake_tensorrt):
    return importlib.import_module("engines.runtimes.tensorrt")


@pytest.fixture
def opened(trt, device):
    """Open the painter as an engine, on a stream of the device that is current."""
    with device.current():
        stream = device.stream()
        engine = trt.engine_from_plan(plan_of(BUNDLE.synthesize), stream, GPU.name)
        made = []
        yield engine, stream, lambda: made.append(_arrays(engine, device)) or made[-1]
        device.free(stream, *(array for arrays in made for array in arrays.values()))


def _arrays(engine, device):
    return {spec.name: device.empty(spec.shape, spec.dtype) for spec in (*engine.inputs, *engine.outputs)}


def fill(device, arrays, stream):
    """Upload zeros without waiting."""
    pinned = []
    for name in ("labels", "swap"):
        pinned.append(device.pinned(pinned_shape(arrays[name].shape), arrays[name].dtype))
        device.upload(pinned[-1], arrays[name], stream)
    return pinned


def finish(device, stream, *made):
    done = device.event()
    done.record(stream)
    done.wait(1)
    device.free(done, *made)


def test_it_answers_what_the_processor_answers(trt, fake_tensorrt, device):
    with (
        device.current(),
        device_inference(
            device, lambda s: trt.engine_from_plan(plan_of(BUNDLE.synthesize), s, GPU.name)
        ) as ask,
    ):
        picture = ask(LABELS)
    assert np.array_equal(picture, host_inference(open_engine(BUNDLE.synthesize, "onnxruntime"))(LABELS))


def test_inputs_and_outputs_are_those_of_the_graph(opened):
    engine, _, _ = opened
    ends = {spec.name: (spec.shape, spec.dtype) for spec in engine.inputs}
    assert ends == {"labels": ((256, 256), np.uint8), "swap": ((256,), np.uint8)}
    assert [(spec.name, spec.shape) for spec in engine.outputs] == [("picture", (256, 256, 3))]
    assert engine.backend == "tensorrt 11.4.0.106 (NVIDIA Fake)"


def test_a_call_enqueues_on_its_stream_and_does_not_wait(opened, device, fake_tensorrt):
    engine, stream, arrays = opened
    there = arrays()
    pinned = fill(device, there, stream)
    device.calls.clear()
    engine(there, there)
    assert ("execute_async_v3", stream.handle) in fake_tensorrt.calls
    assert "thread waits" not in [what for _, what, _ in device.calls]
    finish(device, stream, *pinned)


def test_addresses_are_given_to_tensorrt_only_when_they_change(opened, device, fake_tensorrt):
    engine, stream, arrays = opened
    first, second = arrays(), arrays()
    pinned = [*fill(device, first, stream), *fill(device, second, stream)]
    told = []
    for there in (first, first, second, {**second, "swap": first["swap"]}):
        fake_tensorrt.calls.clear()
        engine(there, there)
        told.append([call[1] for call in fake_tensorrt.calls if call[0] == "set_tensor_address"])
    assert [sorted(names) for names in told] == [
        ["labels", "picture", "swap"],
        [],
        ["labels", "picture", "swap"],
        ["swap"],
    ]
    finish(device, stream, *pinned)


def test_its_calls_can_be_captured_and_replayed(opened, device):
    engine, stream, arrays = opened
    assert engine.capturable
    there, replay = arrays(), Replay(engine, device, stream)
    pinned = fill(device, there, stream)
    for _ in range(3):
        replay(there, there)
    assert [what for _, what, _ in device.calls].count("capture") == 1
    finish(device, stream, *pinned)
    for graph in replay._graphs.values():
        graph.close()


def test_host_memory_is_refused(opened):
    engine, _, _ = opened
    host = {spec.name: spec.zeros() for spec in (*engine.inputs, *engine.outputs)}
    with pytest.raises(BackendError, match="must be on the device"):
        engine(host, host)


@pytest.mark.parametrize(
    ("fault", "answer", "words"),
    [
        ("execute_async_v3", "an illegal\n memory access", "failed while running: an illegal memory access"),
        ("set_tensor_address", None, "refuses the memory of 'labels': it does not say why"),
    ],
)
def test_a_failure_while_running_is_an_error(opened, device, fake_tensorrt, fault, answer, words):
    engine, stream, arrays = opened
    there = arrays()
    pinned = fill(device, there, stream)
    fake_tensorrt.faults[fault] = answer
    with pytest.raises(BackendError, match=words):
        engine(there, there)
    finish(device, stream, *pinned)


@pytest.mark.parametrize(
    ("fault", "answer", "words"),
    [
        (
            "deserialize_cuda_engine",
            "Version tag does not match",
            r"refuses the engine: Version tag .*--rebuild",
        ),
        ("create_execution_context", None, "no memory to run in"),
        ("get_tensor_location", None, "ends on the GPU"),
    ],
)
def test_a_failure_while_opening_is_an_error(trt, fake_tensorrt, device, fault, answer, words):
    fake_tensorrt.faults[fault] = answer
    with device.current():
        stream = device.stream()
        with pytest.raises(BackendError, match=words):
            trt.engine_from_plan(plan_of(BUNDLE.synthesize), stream, GPU.name)
        device.free(stream)


def test_a_runtime_that_does_not_start_is_an_error(trt, fake_tensorrt, monkeypatch):
    def refuses(logger):
        raise TypeError("pybind11::init(): factory function returned nullptr")

    monkeypatch.setattr(fake_tensorrt, "Runtime", refuses)
    with pytest.raises(BackendError, match="TensorRT does not start"):
        trt.engine_from_plan(b"{}", None, GPU.name)


def test_an_older_tensorrt_is_refused(trt, monkeypatch):
    monkeypatch.setattr(trt.trt, "__version__", "8.6.1")
    with pytest.raises(BackendError, match=r"TensorRT 8\.6\.1 is too old"):
        trt.version()


def test_a_plan_is_opened_like_any_graph_where_its_stamp_fits(trt, device):
    wanted = origin_of(BUNDLE.segment, "bf16", trt.version(), GPU)
    save_plan(BUNDLE.segment, plan_of(BUNDLE.segment), wanted, {})
    with device.current():
        stream = device.stream()
        engine = open_engine(BUNDLE.segment, "tensorrt", precision="bf16", stream=stream)
        assert [spec.name for spec in engine.outputs] == ["labels", "memory_next"]
        with pytest.raises(BackendError, match=r"precision bf16 then, fp32 now.*neteyes build"):
            open_engine(BUNDLE.segment, "tensorrt", precision="fp32", stream=stream)
        device.free(stream)


def test_without_a_plan_the_error_gives_the_command_that_builds_it(trt, device, tmp_path):
    stranger = tmp_path / "my nets" / "segment.onnx"
    stranger.parent.mkdir()
    stranger.write_bytes(b"a graph")
    with device.current():
        stream = device.stream()
        for path, command in (
            (BUNDLE.segment, "Build it with: neteyes build --backend tensorrt --bundle small"),
            (stranger, f"Build it with: neteyes build --backend tensorrt --bundle '{stranger.parent}'"),
        ):
            with pytest.raises(BackendError) as error:
                open_engine(path, "tensorrt", stream=stream)
            assert str(error.value).endswith(command)
        device.free(stream)


def test_a_stale_plan_is_never_given_to_tensorrt(trt, fake_tensorrt, device, monkeypatch):
    wanted = origin_of(BUNDLE.segment, "bf16", "10.16.0", GPU)
    save_plan(BUNDLE.segment, plan_of(BUNDLE.segment), wanted, {})
    with device.current():
        stream = device.stream()
        with pytest.raises(BackendError, match=r"TensorRT 10\.16\.0 then, 11\.4\.0\.106 now"):
            open_engine(BUNDLE.segment, "tensorrt", precision="bf16", stream=stream)
        device.free(stream)
    assert "deserialize_cuda_engine" not in [call[0] for call in fake_tensorrt.calls]
