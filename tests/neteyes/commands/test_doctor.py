"""`neteyes doctor` on a machine without a GPU, with one that lacks things, and with two ONNX Runtimes."""

import shutil
from importlib.metadata import PackageNotFoundError, version

import pytest

from engines.errors import BackendError
from engines.gpu.nvidia import Gpu
from neteyes.commands import doctor


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(doctor, "find_gpu", lambda: Gpu("Some GPU", "0", "9.0", "580.1"))


def test_a_machine_without_a_gpu_is_well_and_is_told_in_one_line(neteyes, monkeypatch):
    def none():
        raise BackendError("There is no NVIDIA driver here. Get one.")

    monkeypatch.setattr(doctor, "find_gpu", none)
    result = neteyes("doctor")
    assert result.code == 0, result.err
    assert "There is no NVIDIA driver here" in result.out
    assert "cuda-bindings" not in result.out


def test_tensorrt_for_rtx_builds_engines_without_a_gpu_too(neteyes, monkeypatch, fake_rtx):
    def none():
        raise BackendError("There is no NVIDIA driver here. Get one.")

    monkeypatch.setattr(doctor, "find_gpu", none)
    monkeypatch.setattr(doctor, "find_spec", lambda name: name == "tensorrt_rtx_bindings")
    found = {what: (well, text) for well, what, text in doctor._gpu_findings()}
    assert found["tensorrt-rtx"] == (True, "1.7.1.116; builds engines here, for GPUs elsewhere")


def test_a_gpu_without_its_packages_is_told_what_to_install(neteyes, gpu, monkeypatch):
    def absent(package):
        if package in ("pycuda", "cuda-bindings", "onnxruntime-gpu"):
            raise PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr(doctor, "version", absent)
    monkeypatch.setattr(shutil, "which", lambda tool: None)
    found = {what: (well, text) for well, what, text in doctor._gpu_findings()}
    assert found["GPU"] == (True, "Some GPU, compute capability 9.0, driver 580.1")
    for name in ("pycuda", "cuda-bindings"):
        well, text = found[name]
        assert well is None and "pip install" in text
    assert "g++ and nvcc" in found["pycuda"][1]
    assert {"tensorrt", "tensorrt-rtx", "torch", "cuda"} <= set(found)
    assert all(well is not False for well, _ in found.values())


def test_two_onnx_runtimes_are_an_error_that_says_which_to_keep(neteyes, monkeypatch):
    monkeypatch.setattr(
        doctor, "version", lambda name: "1.31" if name.startswith("onnxruntime") else version(name)
    )
    result = neteyes("doctor")
    assert result.code == 1
    assert "overwrite each other" in " ".join(result.out.split())


def test_onnx_runtime_on_a_gpu_is_well_only_if_it_really_opens_graphs(gpu, device, monkeypatch):
    import onnxruntime

    from engines.runtimes import onnxruntime_cuda

    def finding():
        return {what: (well, text) for well, what, text in doctor._gpu_findings()}["cuda"]

    def missing(*_):
        raise BackendError("ONNX Runtime does not load its CUDA provider: libcudnn.so.9 is not there.")

    monkeypatch.setattr(doctor, "open_device", lambda: device)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [onnxruntime_cuda.PROVIDER])
    monkeypatch.setattr(onnxruntime_cuda, "open_graph", missing)
    well, text = finding()
    assert well is None
    assert "libcudnn.so.9 is not there" in text

    class Opened:
        def close(self):
            pass

    monkeypatch.setattr(onnxruntime_cuda, "open_graph", lambda *_: Opened())
    well, text = finding()
    assert well is True
    assert text.endswith("opens graphs on the fake device")
