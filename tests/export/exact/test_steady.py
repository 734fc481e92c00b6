"""The segment graph's memory: without effect at steadiness 0, the same on every runtime and at any rate."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.backends import installed_backends, open_engine
from engines.film import Sight, sight_of, watch
from engines.infer_once import host_inference
from export.certificate import eager_sight, run_graph
from export.graphs import SegmentGraph
from export.nets.deeplab import DeepLabV3Plus
from export.to_onnx import export_onnx

Draw = Callable[[int, int, int], np.ndarray]
SIZES = {"coarse": ((64, 96), (64, 96), 2), "picked": ((72, 100), (64, 64), 1)}


@pytest.fixture(scope="module", params=SIZES)
def graphs(request: pytest.FixtureRequest, segmenter: DeepLabV3Plus) -> tuple[SegmentGraph, SegmentGraph]:
    """A segment graph without and with a memory."""
    frame, labels, argmax = SIZES[request.param]
    plain, steady = (SegmentGraph(segmenter, frame, labels, argmax, steady) for steady in (False, True))
    return plain, steady


@pytest.fixture(scope="module")
def files(
    graphs: tuple[SegmentGraph, SegmentGraph], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The same two as ONNX."""
    folder = tmp_path_factory.mktemp("steady")
    paths = folder / "plain.onnx", folder / "steady.onnx"
    for graph, path in zip(graphs, paths, strict=True):
        export_onnx(graph, path)
    return paths


@pytest.fixture
def film(graphs: tuple[SegmentGraph, SegmentGraph], draw_frame: Draw) -> list[np.ndarray]:
    """A still camera's noise, then another scene, then motion."""
    size, rng = graphs[0].frame_size, np.random.default_rng(0)
    stills = [draw_frame(*size, 1)] * 6 + [draw_frame(*size, 2)] * 3
    noisy = [np.clip(still + rng.normal(0, 4, still.shape), 0, 255).astype(np.uint8) for still in stills]
    return noisy + [np.roll(stills[-1], 4 * step, 1) for step in range(1, 4)]


@pytest.fixture(params=["eager", *installed_backends()])
def sights(
    request: pytest.FixtureRequest, graphs: tuple[SegmentGraph, SegmentGraph], files: tuple[Path, Path]
) -> Iterator[tuple[Callable[[np.ndarray], np.ndarray], Sight]]:
    """The plain net, and the steady one, on one runtime."""
    if request.param == "eager":
        plain, steady = graphs
        yield lambda frame: run_graph(plain, frame), eager_sight(steady)
        return
    engines = [open_engine(path, request.param, threads=1) for path in files]
    ask = host_inference(engines[0])
    yield lambda frame: ask({"frame": frame}), sight_of(host_inference(engines[1]))
    for engine in engines:
        engine.close()


def test_at_steadiness_0_the_labels_are_the_nets_own_to_the_bit(
    sights: tuple[Callable[[np.ndarray], np.ndarray], Sight], film: list[np.ndarray]
) -> None:
    plain, steady = sights
    for found, frame in zip(watch(steady, film, steadiness=0.0).labels, film, strict=True):
        assert np.array_equal(found, plain(frame))


def test_every_runtime_holds_the_labels_that_the_eager_net_holds(
    sights: tuple[Callable[[np.ndarray], np.ndarray], Sight],
    graphs: tuple[SegmentGraph, SegmentGraph],
    film: list[np.ndarray],
) -> None:
    expected = watch(eager_sight(graphs[1]), film, dt=1 / 30).labels
    assert np.mean(np.equal(watch(sights[1], film, dt=1 / 30).labels, expected)) >= 0.99


def test_another_scene_empties_the_memory(
    graphs: tuple[SegmentGraph, SegmentGraph], film: list[np.ndarray]
) -> None:
    sight = eager_sight(graphs[1])
    fresh = watch(sight, film[6:7]).labels[0]
    assert (watch(sight, film[:7], dt=1 / 30).labels[6] == fresh).mean() >= 0.99


def test_what_is_remembered_after_a_second_does_not_depend_on_the_frame_rate(
    graphs: tuple[SegmentGraph, SegmentGraph], film: list[np.ndarray]
) -> None:
    steady = graphs[1]
    assert steady.steadying is not None

    def after(rate: int) -> torch.Tensor:
        """The averages after half a second of one picture and half a second of a slightly darker one."""
        memory = steady.example()[1]
        for index in range(rate):
            frame = film[9] if index < rate // 2 else film[9] - film[9] // 100
            sight = torch.from_numpy(frame), memory, torch.tensor(1 / rate), torch.tensor(1.0)
            memory = steady(*sight)[1].detach()
        assert steady.steadying is not None
        return steady.steadying.unpacked(memory).shares

    assert (after(60) - after(15)).abs().mean() < 0.01


def test_a_memory_of_garbage_reads_nothing_outside(
    sights: tuple[Callable[[np.ndarray], np.ndarray], Sight],
    graphs: tuple[SegmentGraph, SegmentGraph],
    film: list[np.ndarray],
) -> None:
    garbage = np.full(graphs[1].example()[1].shape, 1e6, np.float32)
    labels, _ = sights[1](film[0], garbage, np.array(0.1, np.float32), np.array(0.7, np.float32))
    assert set(np.unique(labels)) <= set(graphs[1].trained)
