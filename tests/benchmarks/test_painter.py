"""The painter's ways, measured side by side."""

import numpy as np

from benchmarks.painter import measure_painter
from benchmarks.plots.ways import plot_ways
from engines.bundle import open_bundle


def test_every_way_is_measured_beside_the_first(tmp_path):
    bundle, told = open_bundle("small"), []
    labels = np.full(bundle.card.synthesize.size, 255, np.uint8)
    result = measure_painter(bundle, [labels], threads=1, rounds=2, tell=told.append)
    first, *others = result["ways"]
    assert (first["graph"], first["backend"]) == ("plain", "onnxruntime fp32")
    assert first["quicker"] == (1.0, 1.0, 1.0)
    assert first["worst"] == 0
    assert {way["backend"] for way in others} == {"openvino fp32", "openvino bf16"}
    assert all(way["ms"] > 0 and way["quicker"][0] > 0 for way in others)
    assert any("openvino" in what for what in told)
    plot_ways(result, tmp_path / "ways.png")
    assert (tmp_path / "ways.png").stat().st_size > 5000
