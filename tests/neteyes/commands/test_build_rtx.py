"""`neteyes build --backend tensorrt-rtx`: by NVIDIA's library without a GPU, and on a fake one to compare."""

import importlib.util
import shutil

import pytest

from engines.errors import BackendError
from engines.user_data import HOME
from neteyes.commands import build
from tests.fixtures.tensorrt import GPU

BUILD = ("build", "--backend", "tensorrt-rtx")
real = pytest.mark.skipif(
    importlib.util.find_spec("tensorrt_rtx_bindings") is None, reason="TensorRT for RTX is not here"
)


def nothing():
    raise BackendError("There is no NVIDIA driver here. Get one.")


@pytest.fixture
def without_a_gpu(monkeypatch, tmp_path):
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    monkeypatch.setattr(build, "find_gpu", nothing)


@pytest.fixture
def machine(fake_rtx, device, monkeypatch):
    """A machine with TensorRT for RTX and a GPU."""
    monkeypatch.setattr(build, "open_device", lambda: device)
    monkeypatch.setattr(build, "find_gpu", lambda: GPU)
    return fake_rtx


@real
def test_without_a_gpu_both_graphs_are_built_once_and_again_only_when_asked(neteyes, without_a_gpu):
    first = neteyes(*BUILD)
    assert first.code == 0, first.err
    assert "Building segment.onnx" in first.err
    assert "small is built for compute capability 8.0 and later" in first.out
    assert "It was not run here: There is no NVIDIA driver" in first.out
    assert "neteyes run --backend tensorrt-rtx --bundle small" in first.out
    second = neteyes(*BUILD)
    assert (second.code, second.out.count("built before")) == (0, first.err.count("Building"))


@real
def test_engines_for_other_cards_are_built_again(neteyes, without_a_gpu, made_bundle):
    made_bundle(frame=(64, 64), picture=(64, 96))
    build_made = (*BUILD, "--bundle", "./made")
    assert neteyes(*build_made).code == 0
    turing = neteyes(*build_made, "--for", "sm75,sm89")
    assert "It was built for compute capability 8.0 and later" in turing.err
    assert "made is built for compute capability 7.5, 8.9" in turing.out
    assert neteyes(*build_made, "--for", "sm75,sm89", "--rebuild").err.count("Building") == 2


@real
def test_a_folder_to_carry_holds_bundle_and_engines_and_is_verified(neteyes, without_a_gpu, tmp_path):
    result = neteyes(*BUILD, "--out", "to carry")
    assert result.code == 0, result.err
    assert "--bundle './to carry' --engines 'to carry'" in result.out
    assert not (tmp_path / "home").exists()
    check = neteyes("models", "check", "./to carry")
    assert check.code == 0, check.out
    carried = tmp_path / "elsewhere"
    shutil.move(tmp_path / "to carry", carried)
    assert neteyes("models", "check", f"{carried}/").code == 0
    for name in ("synthesize.rtx", "synthesize.onnx"):
        content = bytearray((carried / name).read_bytes())
        content[len(content) // 2] ^= 1
        (carried / name).write_bytes(content)
        check = neteyes("models", "check", f"{carried}/")
        assert (check.code, "altered" in check.out) == (1, True)
    again = neteyes(*BUILD, "--out", carried)
    assert again.code == 0, again.err  # the copy is made anew, and only the spoilt engine is built again
    assert again.err.count("Building") == again.err.count("Building synthesize.onnx") == 1
    assert neteyes("models", "check", f"{carried}/").code == 0


@real
def test_another_bundle_is_not_overwritten(neteyes, without_a_gpu, made_bundle):
    made_bundle(frame=(64, 64), picture=(64, 96))
    result = neteyes(*BUILD, "--out", "made")
    assert result.code == 1
    assert "holds another bundle" in result.err


@real
def test_here_wants_a_gpu(neteyes, without_a_gpu, monkeypatch):
    monkeypatch.setattr("export.to_tensorrt_rtx.find_gpu", nothing)
    result = neteyes(*BUILD, "--for", "here")
    assert (result.code, "There is no NVIDIA driver" in result.err) == (1, True)


def test_with_a_gpu_the_answers_are_compared(neteyes, machine, made_bundle):
    made_bundle(frame=(64, 64), picture=(64, 96))
    result = neteyes(*BUILD, "--bundle", "./made")
    assert result.code == 0, result.err
    assert "answers as the processor does" in result.out
    assert "100.000%" in result.out
    machine.faults["answers"] = 9
    wrong = neteyes(*BUILD, "--bundle", "./made", "--rebuild")
    assert wrong.code == 1
    assert "does not answer what the nets answer" in wrong.err


def test_engines_for_another_card_are_built_and_not_run(neteyes, machine, made_bundle):
    made_bundle(frame=(64, 64), picture=(64, 96))
    result = neteyes(*BUILD, "--bundle", "./made", "--for", "sm75")
    assert result.code == 0, result.err
    assert "It was not run here: the NVIDIA Fake here is another card." in result.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--backend", "tensorrt-rtx", "--workspace", "4G"), "--workspace is not for tensorrt-rtx"),
        (("--backend", "tensorrt-rtx", "--optimization", "3"), "--optimization is not for tensorrt-rtx"),
        (("--for", "sm75"), "--for is not for tensorrt"),
        (("--out", "folder"), "--out is not for tensorrt"),
    ],
)
def test_options_of_the_other_library_are_usage(neteyes, words, message):
    result = neteyes("build", *words)
    assert (result.code, message in result.err) == (2, True), result.err
