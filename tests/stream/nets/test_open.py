"""`auto` tries each runtime of a GPU first, takes one that answers as the processor does, and never fails."""

import importlib

import pytest

from engines.bundle import open_bundle
from engines.errors import BackendError
from engines.user_data import home
from stream.controls import Controls
from stream.nets import open as opening
from stream.nets.open import open_route
from tests.fixtures.tensorrt import GPU

BUNDLE = open_bundle("small").at()


@pytest.fixture
def machine(fake_tensorrt, device, monkeypatch):
    """A machine with a GPU, TensorRT, and a plan of each graph of the small bundle."""
    monkeypatch.setattr(opening, "find_gpu", lambda: GPU)
    monkeypatch.setattr(opening, "open_device", lambda: device)
    to_tensorrt = importlib.import_module("export.to_tensorrt")
    plans = to_tensorrt.Plans(GPU, to_tensorrt.Effort())
    for graph, part in ((BUNDLE.segment, BUNDLE.card.segment), (BUNDLE.synthesize, BUNDLE.card.synthesize)):
        plans.keep(graph, plans.make(graph, part.precision, None), part.precision, {})
    return fake_tensorrt


def route():
    return open_route(BUNDLE, Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space), threads=1)


def kept():
    return list((home() / "built" / "tried").glob("small-tensorrt-*.json"))


def test_a_runtime_that_answers_as_the_processor_does_is_taken_and_compared_once(machine, monkeypatch):
    way = route()
    assert way.nets is not None
    assert (way.compared, way.passed_over) == (True, ())
    assert [call[0] for call in machine.calls].count("execute_async_v3") > 2
    assert len(kept()) == 1
    assert '"runtime": "tensorrt"' in kept()[0].read_text()

    def asked(*_):
        raise AssertionError("the processor is asked again")

    monkeypatch.setattr("engines.trial.trusted_answers", asked)
    machine.calls.clear()
    assert route().nets is not None
    assert [call[0] for call in machine.calls].count("execute_async_v3") > 2  # it is run all the same


def test_an_engine_that_was_built_again_is_compared_again(machine):
    route()
    to_tensorrt = importlib.import_module("export.to_tensorrt")
    plans = to_tensorrt.Plans(GPU, to_tensorrt.Effort())
    plans.keep(BUNDLE.segment, plans.make(BUNDLE.segment, "bf16", None), "bf16", {"labels": 1.0})
    assert route().nets is not None
    assert len(kept()) == 2


def test_another_driver_is_another_comparison(machine, monkeypatch):
    route()
    newer = type(GPU)(GPU.name, GPU.uuid, GPU.capability, "999.0")
    monkeypatch.setattr(opening, "find_gpu", lambda: newer)
    assert route().nets is not None
    assert len(kept()) == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"execute_async_v3": "an illegal memory access"}, "an illegal memory access"),
        ({"deserialize_cuda_engine": "version mismatch"}, "version mismatch"),
        ({"answers": 9}, "labels agree"),
        ({"steadied": 9}, "labels agree"),
        ({"forgets": 1}, "what it remembers differs"),
    ],
)
def test_a_runtime_that_fails_or_lies_is_passed_over_with_its_reason(machine, device, fault, words):
    machine.faults.update(fault)
    way = route()
    assert (way.nets, way.compared) == (None, False)
    (reason,) = (reason for reason in way.passed_over if reason.startswith("tensorrt is passed over: "))
    assert words in reason
    assert kept() == []
    device.check_closed()


def test_an_error_that_only_a_library_knows_is_a_reason_too(machine, device, monkeypatch):
    def fails(work, stream):
        raise RuntimeError('Function "cuStreamBeginCapture" not found')

    monkeypatch.setattr(device, "capture", fails)
    way = route()
    assert way.nets is None
    assert any('"cuStreamBeginCapture" not found' in reason for reason in way.passed_over)
    device.check_closed()


def test_a_gpu_that_cannot_be_opened_is_a_reason_and_no_error(monkeypatch):
    def fails():
        raise RuntimeError("CUDA_ERROR_OUT_OF_MEMORY")

    monkeypatch.setattr(opening, "find_gpu", lambda: GPU)
    monkeypatch.setattr(opening, "open_device", fails)
    way = route()
    assert way.nets is None
    assert way.passed_over == ("The GPU is passed over: CUDA_ERROR_OUT_OF_MEMORY",)


def test_an_old_driver_costs_nothing_to_those_who_run_on_the_processor(monkeypatch):
    def too_old():
        raise BackendError("The NVIDIA driver is too old: it has no cuDeviceGetUuid_v2.")

    monkeypatch.setattr(opening, "find_gpu", too_old)
    way = route()
    assert (way.nets, way.passed_over) == (None, ())


def test_comparisons_that_cannot_be_kept_are_a_warning(machine, caplog):
    (home() / "built" / "tried").write_text("a file in the place of the folder")
    assert route().nets is not None
    assert "is made again at the next start" in caplog.text
