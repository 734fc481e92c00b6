"""`neteyes build`, as its users meet it: with a TensorRT, without one, and interrupted."""

import _thread
import importlib
import importlib.util
import signal

import pytest

from engines.errors import BackendError
from neteyes.commands import build
from tests.fixtures.tensorrt import GPU


@pytest.fixture
def machine(fake_tensorrt, device, made_bundle, monkeypatch):
    """A machine with TensorRT and a GPU, and in the folder `made` a bundle that is quick to run."""
    made_bundle(frame=(64, 64), picture=(64, 96))
    monkeypatch.setattr(build, "open_device", lambda: device)
    monkeypatch.setattr(build, "find_gpu", lambda: GPU)
    return fake_tensorrt


def test_both_graphs_are_built_once_and_again_only_when_asked(neteyes, machine):
    first = neteyes("build", "--bundle", "./made", "--backend", "tensorrt", "--workspace", "512M")
    assert first.code == 0, first.err
    assert "Building segment.onnx" in first.err
    assert "No plan was built yet" in first.err
    assert "made is built for NVIDIA Fake" in first.out
    assert "neteyes run --backend tensorrt --bundle ./made" in first.out
    assert ("set_memory_pool_limit", 0, 512 << 20) in machine.calls
    second = neteyes("build", "--bundle", "./made")
    assert (second.code, second.out.count("built before")) == (0, 2)
    assert "Building" not in second.err
    assert neteyes("build", "--bundle", "./made", "--rebuild").err.count("Building") == 2


def test_wrong_answers_end_in_an_error_and_nothing_to_run(neteyes, machine):
    machine.faults["answers"] = 9
    result = neteyes("build", "--bundle", "./made")
    assert result.code == 1
    assert "does not answer what the nets answer" in result.err
    machine.faults.clear()
    assert "No plan was built yet" in neteyes("build", "--bundle", "./made").err


def test_ctrl_c_stops_the_build_in_silence(neteyes, machine, monkeypatch):
    plan = importlib.import_module("export.to_tensorrt").plan_from_onnx

    def interrupted(graph, *, progress, **options):
        _thread.interrupt_main(signal.SIGINT)
        while progress("Timing", 0, 9):  # until the main thread has heard it
            pass
        return plan(graph, progress=progress, **options)

    monkeypatch.setattr(importlib.import_module("export.to_tensorrt"), "plan_from_onnx", interrupted)
    result = neteyes("build", "--bundle", "./made")
    assert (result.code, result.out) == (130, "")
    assert "built nothing" not in result.err


def test_without_tensorrt_the_error_says_how_to_get_it(neteyes):
    if importlib.util.find_spec("tensorrt"):
        pytest.skip("TensorRT is here")
    result = neteyes("build")
    assert result.code == 1
    assert "TensorRT does not load" in result.err
    assert "pip install 'neteyes[gpu]'" in result.err


def test_without_a_gpu_the_error_says_how_to_get_one(neteyes, machine, monkeypatch):
    def missing():
        raise BackendError(
            "There is no NVIDIA driver here. On Ubuntu: sudo ubuntu-drivers install, and restart."
        )

    monkeypatch.setattr(build, "find_gpu", missing)
    result = neteyes("build")
    assert result.code == 1
    assert "sudo ubuntu-drivers install" in result.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--workspace", "lots"), "A size of memory reads 4G or 512M; got 'lots'."),
        (("--backend", "onnxruntime"), "tensorrt"),
        (("--optimization", "6"), "less than or equal to 5"),
    ],
)
def test_what_makes_no_sense_is_usage(neteyes, words, message):
    result = neteyes("build", *words)
    assert (result.code, message in result.err) == (2, True), result.err
