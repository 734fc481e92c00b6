"""The benchmark of a GPU, on the fake device: its figures, and the runtimes it refuses."""

import json

import cv2
import numpy as np
import pytest

from benchmarks import gpu as bench
from benchmarks.plots.gpu import plot_gpu
from engines.backends import installed_backends, open_engine
from engines.bundle import NETS, open_bundle
from engines.errors import BackendError, UsageError
from engines.gpu.nvidia import Gpu
from engines.infer_once import host_inference
from stream.controls import Controls
from stream.fit import Fit
from stream.nets.open import device_route
from tests.fixtures.fake_device import FakeDevice

BUNDLE = open_bundle("small").at()
HOST = installed_backends()[0]
KEEP = np.arange(256, dtype=np.uint8)


def route(device, permits=None):
    controls = Controls(BUNDLE.card.segment.space, BUNDLE.card.synthesize.space)

    def open_graph(path, part, device, stream):
        return device.engine(open_engine(path, HOST, threads=1, precision=part.precision), stream)

    return device_route(BUNDLE, controls, lambda: device, open_graph=open_graph, permits=permits)


@pytest.fixture
def fake_gpu(monkeypatch):
    device = FakeDevice()
    monkeypatch.setattr(bench, "find_gpu", lambda: Gpu("fake", "0", "9.0", "1.0"))
    monkeypatch.setattr(bench, "open_route", lambda *_, permits=None, **__: route(device, permits))
    monkeypatch.setattr(bench, "PERMITS", (2,))
    return device


def test_the_loop_is_measured_with_its_parts_and_drawn(fake_gpu, tmp_path):
    told = []
    result = bench.measure_gpu(BUNDLE, "torch", seconds=0.5, tell=told.append)
    for loop in (result["throughput"], result["live"]):
        assert loop["frames_out"] > 1
        assert loop["device_ms"]["segment"]["p50"] > 0
        assert loop["backends"]["synthesize"].endswith("on fake device")
    assert result["live"]["dropped"]["late"] > 0
    assert (result["bytes_up"], result["bytes_down"]) == (256 * 256 * 3 + 256 + 2 * 4, 256 * 256 * 4)
    assert list(result["permits"]) == ["2"]
    assert len(told) == 3
    fake_gpu.check_closed()
    json.dumps(result)
    plot_gpu(result, tmp_path / "gpu.png")
    assert cv2.imread(str(tmp_path / "gpu.png")) is not None


def test_alike_answers_are_found_alike_and_others_are_not():
    see, paint = (host_inference(BUNDLE.open(net, HOST, threads=1)) for net in NETS)

    def trusted(frame):
        labels = see({"frame": frame})
        return labels, paint({"labels": labels, "swap": KEEP})

    def wrong(frame):
        labels, picture = trusted(frame)
        labels[:128] = 0  # and the picture is not painted from these
        return labels, picture

    device, fit, frames = FakeDevice(), Fit("crop", (256, 256)), bench.draw(count=3)
    alike = bench.answers(route(device).nets, fit, frames, trusted)
    assert alike == {"frames": 3, "labels": 1.0, "mean": 0.0, "worst": 0.0}
    unlike = bench.answers(route(device).nets, fit, frames, wrong)
    assert unlike["labels"] < 0.6 and unlike["mean"] > 5
    device.check_closed()


def test_the_roofline_counts_two_operations_for_each_multiply_accumulate():
    roof = bench.roofline(painter_ms=2.0, gmac=190.0, gigabytes=1.0, tflops=380.0, copy=4000.0)
    assert roof["tflops"] == 190.0
    assert roof["share_of_matrix_rate"] == 0.5
    assert roof["gb_s"] == 500.0
    assert roof["share_of_copy_rate"] == 0.125


def test_a_runtime_of_the_processor_is_refused(monkeypatch):
    monkeypatch.setattr(bench, "find_gpu", lambda: Gpu("fake", "0", "9.0", "1.0"))
    with pytest.raises(UsageError, match="neteyes bench"):
        bench.measure_gpu(BUNDLE, HOST, seconds=0.5)


def test_without_a_gpu_it_says_how_to_get_its_driver():
    try:
        bench.find_gpu()
    except BackendError:
        with pytest.raises(BackendError, match="driver"):
            bench.measure_gpu(BUNDLE, seconds=0.5)
    else:
        pytest.skip("there is a GPU here")
