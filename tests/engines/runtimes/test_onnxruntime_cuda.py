"""ONNX Runtime on a GPU: its libraries come first, and no part of a graph goes to the processor."""

import pytest

ort = pytest.importorskip("onnxruntime")

from engines.bundle import open_bundle  # noqa: E402
from engines.errors import BackendError  # noqa: E402
from engines.runtimes import onnxruntime_cuda as cuda  # noqa: E402
from tests.fixtures.fake_device import FakeDevice  # noqa: E402

GRAPH = open_bundle("small").segment


@pytest.fixture
def asked(monkeypatch):
    """An ONNX Runtime that says that it has CUDA; return what it is asked for, in order."""
    asked = []

    class Session:
        def __init__(self, path, options, providers):
            asked.append(("session", options, providers))

        def get_providers(self):
            return [cuda.PROVIDER, "CPUExecutionProvider"]

        def get_inputs(self):
            return []

        get_outputs = get_inputs

    def preload():
        print("Failed to load libcudnn.so.9")
        asked.append(("preload",))

    monkeypatch.setattr(ort, "get_available_providers", lambda: [cuda.PROVIDER])
    monkeypatch.setattr(ort, "InferenceSession", Session)
    monkeypatch.setattr(ort, "preload_dlls", preload)
    cuda._preload.cache_clear()
    yield asked
    cuda._preload.cache_clear()


def open_graph(precision="fp32"):
    device = FakeDevice()
    with device.current():
        return cuda.open_graph(GRAPH, None, precision, device.stream())


def test_cudas_libraries_are_loaded_once_and_before_the_first_session(asked, capsys):
    open_graph()
    open_graph()
    assert [what for what, *_ in asked] == ["preload", "session", "session"]
    assert capsys.readouterr().out == ""


def test_no_node_goes_to_the_processor(asked):
    open_graph()
    (_, options, providers) = asked[-1]
    assert options.get_session_config_entry("session.disable_cpu_ep_fallback") == "1"
    assert [name for name, _ in providers] == [cuda.PROVIDER]


def test_a_layout_that_no_card_has_shown_to_pay_is_not_asked_for(asked):
    open_graph()
    (_, _, [(_, settings)]) = asked[-1]
    assert settings.get("prefer_nhwc", "0") == "0"


@pytest.mark.parametrize(("precision", "tf32"), [("fp32", "0"), ("bf16", "1")])
def test_only_a_card_that_allows_less_than_float32_gets_tf32(asked, precision, tf32):
    open_graph(precision)
    (_, _, [(_, settings)]) = asked[-1]
    assert settings["use_tf32"] == tf32


def test_a_build_without_cuda_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(ort, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(BackendError, match=r"onnxruntime-gpu\[cuda,cudnn\]"):
        cuda.version()
