"""The plot of `neteyes bench`: every bar with its figure, and no two texts on one place."""

from itertools import combinations
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from benchmarks.plots import speed


def result(scale):
    """Return what `measure_speed` finds on a machine that is so many times as slow as a quick one."""
    costs = {"capture": 1.1, "segment": 6.2, "synthesize": 11.9, "compose": 0.3, "guard": 0.8}
    alone = [{"part": part, "cpu": scale * cost} for part, cost in costs.items()]
    loop = {"fps": 41.3 / scale, "age_ms": {"p50": 60.0 * scale, "p95": 75.0 * scale, "p99": 85.0 * scale}}
    return {
        "bundle": "small",
        "machine": {"processor": "AMD EPYC", "cores": 2},
        "alone": {"openvino": alone, "onnxruntime": alone},
        "bound_fps": 50.2 / scale,
        **dict.fromkeys(("throughput", "unguarded", "live"), loop),
    }


@pytest.fixture
def drawn(monkeypatch):
    """`drawn(result)` returns the figure as it is saved."""
    kept = []
    monkeypatch.setattr(speed, "save", lambda figure, title, path: kept.append((figure, title)))

    def draw(found):
        speed.plot_speed(found, Path("unused.png"))
        figure, title = kept.pop()
        figure.suptitle(title)
        figure.canvas.draw()
        return figure

    return draw


def texts(figure):
    """Return each text that can be seen, with the place that it takes."""
    found = []
    for axes in figure.axes:
        names = (*axes.get_xticklabels(), *axes.get_yticklabels())
        legend = axes.get_legend().get_texts() if axes.get_legend() else ()
        found += [*axes.texts, axes.title, *names, *legend]
    return [(text.get_text(), text.get_window_extent()) for text in found if text.get_text()]


@pytest.mark.parametrize("scale", [1, 20])
def test_no_text_meets_another(drawn, scale):
    for (one, here), (other, there) in combinations(texts(drawn(result(scale))), 2):
        assert not here.overlaps(there), (one, other)


def test_each_bar_and_each_part_has_its_figure(drawn):
    said = [text for text, _ in texts(drawn(result(1)))]
    assert said.count("capture 1.1 · segment 6.2 · synthesize 11.9 · compose 0.3 · guard 0.8") == 2
    for figure in ("20.3", "50.2", "41.3", "60", "75", "85"):
        assert figure in said
