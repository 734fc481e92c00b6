"""A plan is compared with the processor's answers, and kept only if they agree."""

import importlib

import numpy as np
import pytest

from engines.backends import open_engine
from engines.bundle import open_bundle
from engines.compare import compare_labels, compare_pictures
from engines.errors import BackendError, ParityError
from engines.film import trusted_answers
from engines.runtimes.plan_cache import plan_path
from tests.fixtures.tensorrt import GPU

BUNDLE = open_bundle("small")
FRAMES = [{"frame": np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)}]
FILM = FRAMES * 3
MAPS = [
    {
        "labels": np.random.default_rng(0).integers(0, 182, (256, 256), dtype=np.uint8),
        "swap": np.arange(256, dtype=np.uint8),
    }
]


@pytest.fixture
def export(fake_tensorrt):
    return importlib.import_module("export.plan_builder")


@pytest.fixture
def builder(export, device):
    to_tensorrt = importlib.import_module("export.to_tensorrt")
    return export.PlanBuilder(to_tensorrt.Plans(GPU, to_tensorrt.Effort()), device)


def build(export, builder, graph=BUNDLE.segment, inputs=FRAMES, compare=compare_labels, precision="bf16"):
    return builder.build(graph, precision, inputs, trusted_answers(graph, inputs), compare)


def test_both_graphs_are_built_tried_and_open_afterwards(export, builder, device):
    seen = build(export, builder)
    assert (seen.backend, seen.frames, seen.mean) == ("tensorrt 11.4.0.106", 1, None)
    assert seen.labels > 0.99
    painted = build(export, builder, BUNDLE.synthesize, MAPS, compare_pictures)
    assert painted.labels is None
    assert painted.worst <= 24
    with device.current():
        stream = device.stream()
        for graph in (BUNDLE.segment, BUNDLE.synthesize):
            open_engine(graph, "tensorrt", precision="bf16", stream=stream).close()
        device.free(stream)


def test_a_plan_fits_until_something_changes(export, builder, fake_tensorrt, device):
    assert "No plan was built yet" in builder.reason_to_build(BUNDLE.segment, "bf16")
    build(export, builder)
    assert builder.reason_to_build(BUNDLE.segment, "bf16") == ""
    assert "precision bf16 then" in builder.reason_to_build(BUNDLE.segment, "fp32")
    fake_tensorrt.__version__ = "11.5.0"
    assert "TensorRT 11.4.0.106 then, 11.5.0 now" in builder.reason_to_build(BUNDLE.segment, "bf16")


@pytest.mark.parametrize(
    ("graph", "inputs", "compare", "words"),
    [
        (BUNDLE.segment, FRAMES, compare_labels, "labels agree"),
        (BUNDLE.synthesize, MAPS, compare_pictures, "pictures are off by"),
    ],
)
def test_wrong_answers_are_found_and_nothing_is_kept(
    export, builder, fake_tensorrt, graph, inputs, compare, words
):
    fake_tensorrt.faults["answers"] = 3  # every byte is off by three
    with pytest.raises(ParityError, match=words):
        build(export, builder, graph, inputs, compare)
    assert not plan_path(graph).exists()
    assert "No plan was built yet" in builder.reason_to_build(graph, "bf16")


@pytest.mark.parametrize(
    ("fault", "words"), [("steadied", "of labels agree"), ("forgets", "what it remembers differs")]
)
def test_a_plan_that_is_wrong_only_in_a_film_is_found_and_not_kept(
    export, builder, fake_tensorrt, fault, words
):
    fake_tensorrt.faults[fault] = 3
    with pytest.raises(ParityError, match=words):
        build(export, builder, inputs=FILM)
    assert not plan_path(BUNDLE.segment).exists()


def test_a_plan_is_captured_before_it_is_kept(export, builder, device, monkeypatch):
    def refuse(work, stream):
        raise BackendError("this GPU captures nothing")

    monkeypatch.setattr(device, "capture", refuse)
    with pytest.raises(BackendError, match="captures nothing"):
        build(export, builder, inputs=FILM)
    assert not plan_path(BUNDLE.segment).exists()


def test_a_plan_that_fails_on_the_gpu_is_not_kept_and_leaves_no_memory_behind(export, builder, fake_tensorrt):
    fake_tensorrt.faults["execute_async_v3"] = "an illegal memory access"
    with pytest.raises(BackendError, match="illegal memory access"):
        build(export, builder)
    assert not plan_path(BUNDLE.segment).exists()


def test_a_failed_build_leaves_the_old_plan(export, builder, fake_tensorrt):
    build(export, builder)
    fake_tensorrt.faults["answers"] = 3
    with pytest.raises(ParityError):
        build(export, builder)
    assert builder.reason_to_build(BUNDLE.segment, "bf16") == ""
