"""List the parts of a day on a GPU, the most valuable first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the day: commands that run after each other, each in a process of its own.

    Attributes:
        name: the name of its log, and of its folder with results.
        words: what it tells, for the summary.
        seconds: the limit of all its commands together.
        commands: modules of Python with their arguments; `{out}` is the part's folder, `{day}` the day's.
        wants: modules without which the part is left out.
        after: a part that must be done first, because this one uses its results.
    """

    name: str
    words: str
    seconds: float
    commands: tuple[tuple[str, ...], ...]
    wants: tuple[str, ...] = ()
    after: str = ""


PAIR = ("--segmenter", "{day}/deeplab.pth", "--synthesizer", "{day}/spade.pth")
"""Stand-ins of the published size: the published weights cannot be had everywhere, and take the same time."""


def all_parts(seconds: float = 5.0, size: str = "256x256", bundle: str = "small") -> Iterator[Part]:
    """Yield the parts in order.

    Args:
        seconds: the length of each run of the loop.
        size: of the nets of the published size.
        bundle: the bundle for the runtimes that take any; `{day}` in it is the day's folder.
    """
    length, pair = ("--seconds", str(seconds)), (*PAIR, "--size", size)
    of = ("--bundle", bundle)
    yield Part(
        "contract",
        "the tests that want a GPU",
        90,
        (("pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", "tests"),),
        wants=("pytest", "pycuda"),
    )
    yield Part(
        "standins",
        "checkpoints of the published size",
        40,
        (
            ("tests.fixtures.standins", "deeplab", "{day}/deeplab.pth"),
            ("tests.fixtures.standins", "spade", "{day}/spade.pth"),
        ),
        wants=("torch",),
    )
    yield Part(
        "parity",
        "how alike fp16 answers are: labels with memory, and pictures",
        110,
        (("benchmarks.gpu_day.parity", *pair, "--pair", "{day}/pair", "--out", "{out}/parity.json"),),
        wants=("torch", "pycuda"),
        after="standins",
    )
    yield Part(
        "published",
        "the loop with nets of the published size, beside the eager nets",
        170,
        (("neteyes", "bench", "gpu", *pair, "--pair", "{day}/pair", *length, "--out", "{out}"),),
        wants=("torch", "pycuda"),
        after="standins",
    )
    yield Part(
        "rtx",
        "TensorRT for RTX: engines built, compared and measured",
        90,
        (
            ("neteyes", "build", "--backend", "tensorrt-rtx", *of, "--rebuild"),
            ("neteyes", "bench", "gpu", "--backend", "tensorrt-rtx", *of, *length, "--out", "{out}"),
        ),
        wants=("tensorrt_rtx_bindings", "pycuda"),
    )
    yield Part(
        "cuda",
        "ONNX Runtime on CUDA",
        60,
        (("neteyes", "bench", "gpu", "--backend", "cuda", *of, *length, "--out", "{out}"),),
        wants=("onnxruntime", "pycuda"),
    )
    yield Part(
        "tensorrt",
        "TensorRT: plans built, compared and measured",
        90,
        (
            ("neteyes", "build", "--backend", "tensorrt", *of),
            ("neteyes", "bench", "gpu", "--backend", "tensorrt", *of, *length, "--out", "{out}"),
        ),
        wants=("tensorrt", "pycuda"),
    )
