import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import Optimizer

from export.train.augment import Augment
from export.train.data import Batches, DrawnPool
from export.train.training import Plan, TrainingRun, update_average

BATCHES = Batches([(DrawnPool(), 1.0)], (16, 16), 2, Augment(damage=0))


class Brightness:
    """The smallest real training: it learns the brightness of a picture's people."""

    averaged = "net"

    def __init__(self, stops_at: int | None = None) -> None:
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 1))
        self.modules: Mapping[str, nn.Module] = {"net": self.net}
        self.optimizers: Mapping[str, Optimizer] = {"net": torch.optim.AdamW(self.net.parameters(), lr=0.01)}
        self.steps, self.stops_at = 0, stops_at

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        if self.steps == self.stops_at:
            raise KeyboardInterrupt
        self.steps += 1
        guess = self.net(images.permute(0, 3, 1, 2) / 255)[:, 0]
        loss = (guess - (labels == 0).float()).square().mean()
        self.optimizers["net"].zero_grad()
        loss.backward()
        self.optimizers["net"].step()
        return {"loss": float(loss.detach())}

    def evaluate(self, average: nn.Module) -> dict[str, float]:
        assert not average.training
        return {"score": float(self.steps == 4)}  # the best is not the last

    def sheet(self, average: nn.Module) -> np.ndarray:
        return np.zeros((8, 8, 3), np.uint8)

    def checkpoint(self, average: nn.Module) -> dict[str, Any]:
        return {"state": average.state_dict()}


def weights(path: Path) -> list[torch.Tensor]:
    saved = torch.load(path, weights_only=True)
    return [*saved["modules"]["net"].values(), *saved["average"].values()]


def test_an_interrupted_run_resumes_with_the_same_result(tmp_path: Path) -> None:
    plan = Plan(steps=6, warm_up=2, log=2, save=100, judge=2)
    TrainingRun(Brightness(), plan, tmp_path / "whole").go(BATCHES)
    with pytest.raises(KeyboardInterrupt):
        TrainingRun(Brightness(stops_at=3), plan, tmp_path / "parts").go(BATCHES)
    assert torch.load(tmp_path / "parts" / "last.pt", weights_only=True)["step"] == 3
    TrainingRun(Brightness(), plan, tmp_path / "parts").go(BATCHES)
    whole, parts = weights(tmp_path / "whole" / "last.pt"), weights(tmp_path / "parts" / "last.pt")
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_a_run_leaves_its_losses_its_sheets_and_its_best(tmp_path: Path) -> None:
    TrainingRun(Brightness(), Plan(steps=6, log=2, save=2, judge=2), tmp_path).go(BATCHES)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == [2, 4, 6]
    assert [line["score"] for line in lines if "score" in line] == [0, 1, 0]
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == [
        "000002.jpg",
        "000004.jpg",
        "000006.jpg",
    ]
    best = torch.load(tmp_path / "best.pt", weights_only=True)
    assert best["step"] == 4 and best["figures"] == {"score": 1.0}
    assert not list(tmp_path.glob("*.partial"))


def test_without_a_score_the_newest_is_the_best(tmp_path: Path) -> None:
    training = Brightness()
    training.evaluate = lambda average: {"accuracy": 0.5}  # type: ignore[method-assign]
    TrainingRun(training, Plan(steps=4, judge=2), tmp_path).go(BATCHES)
    assert torch.load(tmp_path / "best.pt", weights_only=True)["step"] == 4


def test_a_finished_run_learns_no_more(tmp_path: Path) -> None:
    plan = Plan(steps=2, judge=2)
    TrainingRun(Brightness(), plan, tmp_path).go(BATCHES)
    again = Brightness()
    TrainingRun(again, plan, tmp_path).go(BATCHES)
    assert again.steps == 0


def test_the_rate_climbs_and_then_falls() -> None:
    plan = Plan(steps=1000, warm_up=100)
    rates = [plan.rate(step) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01, abs=1e-3)
    assert rates.index(max(rates)) in range(95, 105) and max(rates) > 0.95
    assert rates[-1] == pytest.approx(0.01, abs=1e-3)


def test_the_average_follows_the_net_and_takes_its_statistics() -> None:
    net, average = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    with torch.no_grad():
        net.weight.fill_(3.0)
        net.running_mean.fill_(7.0)  # type: ignore[union-attr, operator]
    update_average(average, net, 10_000, 0.75)
    assert average.weight.tolist() == [1.5, 1.5]
    assert average.running_mean.tolist() == [7.0, 7.0]  # type: ignore[union-attr, operator]
