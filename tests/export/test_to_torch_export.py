"""A torch program gives its graph's answers, and is loaded for no other graph."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.export.passes import move_to_device_pass

from engines.backends import open_device, open_engine
from engines.errors import BackendError
from engines.gpu.device import pinned_shape
from engines.runtimes.torch_export import program_path
from export.certificate import run_graph
from export.checkpoints import Painter
from export.graphs import SegmentGraph, SynthesizeGraph
from export.nets.deeplab import DeepLabV3Plus
from export.to_torch_export import export_program

SIZE = (64, 96)


@pytest.fixture(scope="module", params=["segment", "synthesize"])
def graph(
    request: pytest.FixtureRequest, segmenter: DeepLabV3Plus, painter: Painter
) -> SegmentGraph | SynthesizeGraph:
    if request.param == "segment":
        return SegmentGraph(segmenter, SIZE, SIZE)
    return SynthesizeGraph(painter.net, painter.trained, SIZE, painter.siblings)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A graph's file; the program's note only checks that it is the right one."""
    (tmp_path / "graph.onnx").write_bytes(b"a graph")
    return tmp_path / "graph.onnx"


def some_inputs(graph: SegmentGraph | SynthesizeGraph, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    if isinstance(graph, SegmentGraph):
        return [rng.integers(0, 256, (8, 12, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)]
    labels = rng.integers(0, 256, (8, 12), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    return [labels, np.roll(np.arange(256, dtype=np.uint8), seed)]


@pytest.mark.parametrize(("precision", "same", "worst"), [("fp32", 0.999, 1), ("fp16", 0.97, 8)])
def test_a_program_answers_what_its_graph_answers(
    graph: SegmentGraph | SynthesizeGraph, file: Path, precision: str, same: float, worst: int
) -> None:
    export_program(graph, file, precision)  # type: ignore[arg-type]
    engine = open_engine(file, "torch", threads=1)
    outputs = {spec.name: spec.empty() for spec in engine.outputs}
    (answer,) = outputs.values()
    for seed in range(3):
        arrays = some_inputs(graph, seed)
        engine({spec.name: array for spec, array in zip(engine.inputs, arrays, strict=True)}, outputs)
        expected = run_graph(graph, *arrays)
        if isinstance(graph, SegmentGraph):
            assert (answer == expected).mean() >= same
        else:
            assert np.abs(answer.astype(int) - expected).max() <= worst
    engine.close()


def test_a_program_moves_to_another_device_whole(graph: SegmentGraph | SynthesizeGraph, file: Path) -> None:
    exported = torch.export.load(export_program(graph, file, "fp16"))
    moved = move_to_device_pass(exported, "meta").module()
    answer = moved(*(tensor.to("meta") for tensor in graph.example()))
    assert (answer.device.type, answer.dtype) == ("meta", torch.uint8)


def test_a_program_of_another_graph_is_refused(painter: Painter, file: Path) -> None:
    export_program(SynthesizeGraph(painter.net, painter.trained, SIZE), file)
    file.write_bytes(b"another graph")
    with pytest.raises(BackendError, match="another graph"):
        open_engine(file, "torch")


@pytest.mark.parametrize(
    ("content", "message"), [(None, "there is no"), (b"no zip", "no program of neteyes")]
)
def test_without_a_program_the_error_says_how_to_make_one(
    file: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        program_path(file).write_bytes(content)
    with pytest.raises(BackendError, match=f"{message}.*neteyes export"):
        open_engine(file, "torch")


@pytest.mark.gpu
def test_a_program_answers_the_same_on_a_gpu(graph: SegmentGraph | SynthesizeGraph, file: Path) -> None:
    try:
        device = open_device()
    except BackendError as error:
        pytest.skip(str(error))
    export_program(graph, file)
    arrays = some_inputs(graph, 1)
    with device.current():
        stream, done = device.stream(), device.event()
        engine = open_engine(file, "torch", stream=stream)
        inputs = {spec.name: device.empty(spec.shape, spec.dtype) for spec in engine.inputs}
        (spec,) = engine.outputs
        output, back = (
            device.empty(spec.shape, spec.dtype),
            device.pinned(pinned_shape(spec.shape), spec.dtype),
        )
        for _ in range(3):  # run, captured, launched
            for one, array in zip(engine.inputs, arrays, strict=True):
                pinned = device.pinned(pinned_shape(one.shape), one.dtype)
                pinned[...] = array
                device.upload(pinned, inputs[one.name], stream)
                done.record(stream)
                done.wait(10)
            engine(inputs, {spec.name: output})
            device.download(output, back, stream)
            done.record(stream)
            done.wait(60)
            error = np.abs(back.astype(int) - run_graph(graph, *arrays))
            assert (error > 1).mean() <= 0.001
