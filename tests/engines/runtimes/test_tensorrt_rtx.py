"""Engines of TensorRT for RTX: those that may be loaded, and the kernels that they keep, on a fake device."""

import importlib
import logging
import shutil

import numpy as np
import pytest

from engines.backends import automatic, open_engine
from engines.bundle import identity_of, open_bundle
from engines.errors import BackendError, UsageError
from engines.infer_once import device_inference, host_inference
from engines.runtimes.built_files import built_home, save_stamped
from engines.runtimes.rtx_files import RtxOrigin, check_engines, engine_path
from tests.fixtures.tensorrt import GPU

BUNDLE = open_bundle("small")
GRAPH = BUNDLE.synthesize
INPUTS = {
    "labels": np.random.default_rng(0).integers(0, 182, (256, 256), dtype=np.uint8),
    "swap": np.arange(256, dtype=np.uint8),
}


@pytest.fixture
def rtx(fake_rtx):
    return importlib.import_module("engines.runtimes.tensorrt_rtx")


def bytes_of(graph):
    return b'{"graph": "%s"}' % str(graph).encode()


def built(path=GRAPH, folder=None, **fields):
    """Write a graph's engine as `neteyes build` does, with other words in its stamp if asked."""
    origin = {"graph": identity_of(path), "precision": "fp32", "library": "1.7.1.116", **fields}
    engine = engine_path(path, folder)
    save_stamped(engine, bytes_of(path), RtxOrigin(**origin), {})
    return engine


@pytest.fixture
def opens(rtx, device):
    """Return a function that opens the painter on a stream, and closes it again."""

    def opened(graph=GRAPH, backend="tensorrt-rtx", **options):
        with device.current():
            stream = device.stream()
            try:
                engine = open_engine(graph, backend, stream=stream, **options)
                engine.close()
                return engine
            finally:
                device.free(stream)

    return opened


def kernels():
    return sorted((built_home() / "kernels").rglob("*.cache"))


def test_it_answers_what_the_processor_answers(rtx, device):
    built()
    with (
        device.current(),
        device_inference(device, lambda s: open_engine(GRAPH, "tensorrt-rtx", stream=s)) as ask,
    ):
        picture = ask(INPUTS)
    assert np.array_equal(picture, host_inference(open_engine(GRAPH, "onnxruntime"))(INPUTS))


def test_auto_tries_tensorrt_then_tensorrt_for_rtx_then_onnx_runtime(opens):
    assert [backend.name for backend in automatic("device")] == ["tensorrt", "tensorrt-rtx", "cuda"]
    built()
    assert opens(backend="auto").backend == "tensorrt-rtx 1.7.1.116 (NVIDIA Fake)"


def test_without_an_engine_the_error_gives_the_command_that_builds_it(opens):
    with pytest.raises(
        BackendError, match=r"no engine of .*neteyes build --backend tensorrt-rtx --bundle small$"
    ):
        opens()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"graph": "f" * 64}, "graph ffffffffffff then"),
        ({"precision": "fp16"}, "precision fp16 then, fp32 now"),
        ({"library": "1.6.0"}, "TensorRT for RTX 1.6.0 then, 1.7.1.116 now"),
        ({"capabilities": ("7.5", "8.9")}, "built for compute capability 7.5, 8.9; NVIDIA Fake has 9.0"),
    ],
)
def test_an_engine_that_does_not_fit_says_what_differs_and_is_never_loaded(opens, fake_rtx, fields, words):
    built(**fields)
    with pytest.raises(BackendError, match=words):
        opens()
    assert "deserialize_cuda_engine" not in [call[0] for call in fake_rtx.calls]


def test_an_engine_for_this_card_alone_fits(opens):
    built(capabilities=("9.0",))
    opens()


def test_one_byte_that_changed_is_refused(opens):
    path = built()
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    with pytest.raises(BackendError, match="altered, or cut short"):
        opens()


def test_engines_of_another_folder_are_loaded_only_if_the_user_names_it(opens, tmp_path):
    carried = tmp_path / "carried"
    shutil.copytree(BUNDLE.folder, carried)
    graph = carried / GRAPH.name
    built(graph, carried)
    with pytest.raises(BackendError, match="no engine of"):
        opens(graph)
    opens(graph, engines=carried)
    with pytest.raises(UsageError, match="--engines is for tensorrt-rtx"):
        opens(graph, "cuda", engines=carried)


def test_the_engines_of_a_folder_are_checked_without_running_them(fake_rtx, tmp_path):
    carried = tmp_path / "carried"
    shutil.copytree(BUNDLE.folder, carried)
    assert check_engines(open_bundle(carried)) == []
    path = built(carried / GRAPH.name, carried)
    assert check_engines(open_bundle(carried)) == []
    path.write_bytes(path.read_bytes() + b" ")
    (fault,) = check_engines(open_bundle(carried))
    assert "altered, or cut short" in fault
    built(carried / GRAPH.name, carried, graph="f" * 64)
    (fault,) = check_engines(open_bundle(carried))
    assert "another graph" in fault
    path.with_name(f"{path.name}.json").unlink()
    (fault,) = check_engines(open_bundle(carried))
    assert "no stamp" in fault


def test_the_first_run_compiles_and_says_so_and_the_next_does_not(opens, caplog, fake_rtx):
    caplog.set_level(logging.INFO)
    built()
    opens()
    assert "compiles a net for NVIDIA Fake, once; this takes seconds" in caplog.text
    (path,) = kernels()
    assert path.read_bytes() == b"kernels"
    assert "NVIDIA-Fake" in path.parent.name and "580.65.06" in path.parent.name
    caplog.clear()
    opens()
    assert "compiles" not in caplog.text
    compiled = [call[1] for call in fake_rtx.calls if call[0] == "create_execution_context"]
    assert compiled == [b"", b"kernels"]


def test_kernels_that_do_not_fit_are_thrown_away(opens, caplog, fake_rtx):
    caplog.set_level(logging.INFO)
    built()
    opens()
    (path,) = kernels()
    path.write_bytes(b"of another driver")
    fake_rtx.faults["deserialize"] = None
    opens()
    assert "thrown away" in caplog.text
    assert path.read_bytes() == b"kernels"


def test_another_driver_has_kernels_of_its_own(opens, rtx, monkeypatch):
    built()
    opens()
    monkeypatch.setattr(rtx, "find_gpu", lambda: type(GPU)(GPU.name, GPU.uuid, GPU.capability, "590.1"))
    opens()
    assert len(kernels()) == 2


def test_kernels_that_cannot_be_kept_are_a_warning(opens, caplog):
    built()
    (built_home() / "kernels").write_text("in the way")
    opens()
    assert "Until then each start compiles the nets again" in caplog.text


def test_its_calls_are_captured_only_if_the_library_says_that_they_can_be(opens, fake_rtx):
    built()
    assert opens().capturable
    fake_rtx.faults["is_stream_capturable"] = None
    assert not opens().capturable


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("set_runtime_cache", "takes no cache of kernels"),
        ("create_execution_context", "TensorRT for RTX has no memory to run in"),
        ("deserialize_cuda_engine", "TensorRT for RTX refuses the engine: wrong version"),
    ],
)
def test_a_failure_while_opening_is_an_error(opens, fake_rtx, fault, words):
    built()
    fake_rtx.faults[fault] = "wrong version"
    with pytest.raises(BackendError, match=words):
        opens()
