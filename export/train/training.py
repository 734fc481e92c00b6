"""Run a training: one loop that can resume, keeps a log, and averages the weights."""

import copy
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from torch import nn
from torch.optim import Optimizer

from export.train.data import Array, Batches


class Training(Protocol):
    """Nets, their optimizers, and a function that takes one training step.

    Attributes:
        modules: every net that learns, by name.
        optimizers: every optimizer, by name; their learning rates are the highest of the run.
        averaged: the name of one net; its moving average is kept, and is shipped in the end.
    """

    modules: Mapping[str, nn.Module]
    optimizers: Mapping[str, Optimizer]
    averaged: str

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
        """Learn from images uint8 (N, H, W, 3) BGR and labels uint8 (N, H, W); return the losses."""
        ...

    def evaluate(self, average: nn.Module) -> dict[str, float]:
        """Evaluate the average; the best checkpoint has the highest `score`, or is the newest without one."""
        ...

    def sheet(self, average: nn.Module) -> Array:
        """Draw a picture uint8 (H, W, 3) BGR of the average's answers; called after `evaluate`."""
        ...

    def checkpoint(self, average: nn.Module) -> dict[str, Any]:
        """Return the content of `best.pt`: all that rebuilds the net, as tensors and plain values."""
        ...


@dataclass(frozen=True)
class Plan:
    """The schedule of a run.

    Attributes:
        steps: steps of the whole run; the learning rate's schedule ends there.
        warm_up: steps until the learning rate is full.
        average: decay of the moving average after its start.
        log: steps between lines in `log.jsonl`.
        save: steps between checkpoints in `last.pt`.
        judge: steps between evaluations; each makes a sample sheet, and a new `best.pt` if it is the best.
    """

    steps: int
    warm_up: int = 100
    average: float = 0.998
    log: int = 10
    save: int = 50
    judge: int = 200

    def rate(self, step: int) -> float:
        """Return the share of the full learning rate at a step: a linear rise, then half a cosine to 1 %."""
        climb = min(1.0, (step + 1) / max(1, self.warm_up))
        return float(climb * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * min(1.0, step / self.steps)))))


def update_average(average: nn.Module, net: nn.Module, step: int, decay: float) -> None:
    """Update an exponential moving average by one step, quicker at the start; buffers are copied."""
    decay = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for kept, learnt in zip(average.parameters(), net.parameters(), strict=True):
            kept.lerp_(learnt, 1 - decay)
        for buffer, current in zip(average.buffers(), net.buffers(), strict=True):
            buffer.copy_(current)


def save_whole(content: Any, path: Path) -> None:
    """Write a file with `torch.save`, whole or not at all: a crash leaves the old file or the new one."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    os.replace(partial, path)


class TrainingRun:
    """A training run in a folder: `last.pt` to resume from, `best.pt`, `log.jsonl` and `sheets/`."""

    def __init__(self, training: Training, plan: Plan, folder: Path) -> None:
        """Resume from the folder's last checkpoint, if it has one."""
        self._training, self._plan, self._folder = training, plan, folder
        (folder / "sheets").mkdir(parents=True, exist_ok=True)
        self._average = copy.deepcopy(training.modules[training.averaged]).eval().requires_grad_(False)
        self._peaks = {name: [g["lr"] for g in o.param_groups] for name, o in training.optimizers.items()}
        self.step = 0
        self._best = -float("inf")
        if (folder / "last.pt").exists():
            self._restore(torch.load(folder / "last.pt", weights_only=True))

    def go(self, batches: Batches) -> None:
        """Train to the plan's end; an interrupt (Ctrl-C) leaves a checkpoint to resume from."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}"),
        )
        with Progress(*columns) as progress:
            bar = progress.add_task("training", total=self._plan.steps, completed=self.step, losses="")
            try:
                for losses in self._steps(batches):
                    progress.update(bar, completed=self.step, losses=_in_words(losses))
            finally:
                self._save()

    def _steps(self, batches: Batches) -> Iterable[dict[str, float]]:
        plan, training = self._plan, self._training
        sums: dict[str, float] = {}
        since = time.monotonic()
        for images, labels in batches.ahead(self.step, plan.steps):
            for name, optimizer in training.optimizers.items():
                for group, peak in zip(optimizer.param_groups, self._peaks[name], strict=True):
                    group["lr"] = peak * plan.rate(self.step)
            losses = training.step(torch.from_numpy(images), torch.from_numpy(labels))
            update_average(self._average, training.modules[training.averaged], self.step, plan.average)
            self.step += 1
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value / plan.log
            if self.step % plan.log == 0:
                seconds = (time.monotonic() - since) / plan.log
                self._log({"step": self.step, "seconds": round(seconds, 3), **sums})
                sums, since = {}, time.monotonic()
            if self.step % plan.judge == 0 or self.step == plan.steps:
                self._judge()
            if self.step % plan.save == 0:
                self._save()
            yield losses

    def _judge(self) -> None:
        figures = self._training.evaluate(self._average)
        self._log({"step": self.step, **figures})
        cv2.imwrite(str(self._folder / "sheets" / f"{self.step:06}.jpg"), self._training.sheet(self._average))
        score = figures.get("score", float("inf"))
        if score >= self._best:
            self._best = score
            content = {**self._training.checkpoint(self._average), "step": self.step, "figures": figures}
            save_whole(content, self._folder / "best.pt")

    def _log(self, figures: Mapping[str, float]) -> None:
        line = {name: round(value, 5) for name, value in figures.items()}
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _save(self) -> None:
        training = self._training
        content = {
            "step": self.step,
            "best": self._best,
            "average": self._average.state_dict(),
            "modules": {name: module.state_dict() for name, module in training.modules.items()},
            "optimizers": {name: optimizer.state_dict() for name, optimizer in training.optimizers.items()},
            "random": torch.get_rng_state(),
        }
        save_whole(content, self._folder / "last.pt")

    def _restore(self, saved: Mapping[str, Any]) -> None:
        self.step, self._best = saved["step"], saved["best"]
        self._average.load_state_dict(saved["average"])
        for name, module in self._training.modules.items():
            module.load_state_dict(saved["modules"][name])
        for name, optimizer in self._training.optimizers.items():
            optimizer.load_state_dict(saved["optimizers"][name])
        torch.set_rng_state(saved["random"])


def _in_words(losses: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.3f}" for name, value in losses.items())
