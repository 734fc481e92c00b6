"""NVIDIA's own library builds engines here, without a GPU; what it refuses is an error that names it."""

from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from engines.bundle import open_bundle
from engines.errors import BackendError, UsageError

to_rtx = pytest.importorskip("export.to_tensorrt_rtx", reason="TensorRT for RTX is not here")

BUNDLE = open_bundle("small")


@pytest.mark.parametrize("graph", [BUNDLE.segment, BUNDLE.synthesize], ids=["segment", "synthesize"])
def test_the_graphs_that_ship_are_built_for_cards_that_are_not_here(graph: Path) -> None:
    portable = to_rtx.engine_from_onnx(graph, precision="bf16")
    assert len(portable) > graph.stat().st_size
    with_turing = to_rtx.engine_from_onnx(graph, precision="bf16", capabilities=("7.5", "8.9", "12.0"))
    assert len(with_turing) > len(portable)


def test_progress_names_phases_and_can_stop_the_build() -> None:
    heard = []
    to_rtx.engine_from_onnx(BUNDLE.synthesize, progress=lambda *step: heard.append(step) or True)
    assert ("Building engine", 0) in {step[:2] for step in heard}
    assert all(done <= steps for _, done, steps in heard)
    with pytest.raises(BackendError, match=r"built nothing.*[Cc]ancel"):
        to_rtx.engine_from_onnx(BUNDLE.synthesize, progress=lambda *_: False)


def test_an_exception_of_the_progress_function_stops_the_build_and_is_raised() -> None:
    def progress(phase: str, done: int, steps: int) -> bool:
        raise RuntimeError("the terminal is gone")

    with pytest.raises(RuntimeError, match="the terminal is gone"):
        to_rtx.engine_from_onnx(BUNDLE.synthesize, progress=progress)


def made(nodes: list[onnx.NodeProto], kind: int, path: Path) -> Path:
    ends = [[helper.make_tensor_value_info(name, kind, (1, 1, 4, 4))] for name in "xy"]
    graph = helper.make_graph(nodes, "made", *ends)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), path)
    return path


@pytest.mark.parametrize(
    ("nodes", "kind", "words"),
    [
        (
            [helper.make_node("Bernoulli", ["x"], ["y"], "coin")],
            TensorProto.FLOAT,
            "Bernoulli 'coin': there is no such operator in it",
        ),
        (
            [
                helper.make_node("Transpose", ["x"], ["turned"], "turn"),
                helper.make_node("Cast", ["turned"], ["wide"], to=TensorProto.FLOAT),
                helper.make_node("Cast", ["wide"], ["y"], to=TensorProto.UINT8),
            ],
            TensorProto.UINT8,
            "Transpose 'turn': Invalid Node",
        ),
    ],
)
def test_a_graph_that_it_refuses_is_an_error_that_names_the_operator(
    nodes: list[onnx.NodeProto], kind: int, words: str, tmp_path: Path
) -> None:
    path = made(nodes, kind, tmp_path / "graph.onnx")
    with pytest.raises(BackendError) as error:
        to_rtx.engine_from_onnx(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.onnx"
    nonsense.write_bytes(b"not a graph")
    with pytest.raises(BackendError, match=r"cannot read .*\n.*Failed to parse"):
        to_rtx.engine_from_onnx(nonsense)


@pytest.mark.parametrize(
    ("text", "capabilities"),
    [
        (None, ()),
        ("sm75", ("7.5",)),
        ("sm86, SM120,sm86", ("8.6", "12.0")),
        ("any", ("7.5", "8.0", "8.6", "8.9", "12.0", "12.1")),
    ],
)
def test_the_cards_to_build_for_are_named_by_their_capability(
    text: str | None, capabilities: tuple[str, ...]
) -> None:
    assert to_rtx.parse_targets(text) == capabilities


@pytest.mark.parametrize("text", ["sm90", "turing", "", "sm75,"])
def test_a_card_that_it_does_not_build_for_is_usage(text: str) -> None:
    with pytest.raises(UsageError, match="builds for sm75, sm80, sm86, sm89, sm120, sm121"):
        to_rtx.parse_targets(text)
