"""Measure a GPU's power and memory by NVML, if its Python binding is installed."""

from __future__ import annotations

import threading
from typing import Any, Self

EVERY = 0.1
"""The interval of the measurements, in seconds."""


class Power:
    """A measurement of the GPU's power and memory during a `with`, on a thread of its own.

    Attributes:
        watts: mean power; None if NVML gives none.
        memory_mib: greatest memory in use, by all programs; None if NVML gives none.
    """

    def __init__(self) -> None:
        self.watts: float | None = None
        self.memory_mib: int | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="power", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._over.set()
        self._thread.join(2)

    def _look(self) -> None:
        try:
            import pynvml as nvml  # in nvidia-ml-py

            nvml.nvmlInit()
        except Exception:  # absent, or one of NVML's own errors: then there are no figures
            return
        drawn, held = [], []
        try:
            gpu = nvml.nvmlDeviceGetHandleByIndex(0)
            while not self._over.wait(EVERY):
                drawn.append(nvml.nvmlDeviceGetPowerUsage(gpu) / 1000)
                held.append(nvml.nvmlDeviceGetMemoryInfo(gpu).used // 2**20)
        except nvml.NVMLError:
            pass  # the measurements before the error count
        finally:
            nvml.nvmlShutdown()
        if drawn:
            self.watts, self.memory_mib = round(sum(drawn) / len(drawn), 1), max(held)
