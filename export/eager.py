"""Measure the eager nets and a GPU's best rates, to compare the exported graphs with both.

The eager nets run as a first script would run them: torch, one operator after the other.
"""

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from engines.errors import BackendError
from engines.labels import KEEP
from export.checkpoints import load_deeplab, load_spade
from export.graphs import SegmentGraph, SynthesizeGraph
from export.to_torch_export import program_from_graph, rounded

Manner = Literal["fp32", "tf32", "fp16"]
MANNERS: tuple[Manner, ...] = ("fp32", "tf32", "fp16")
UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class NetCost:
    """The cost of one run of a graph.

    Attributes:
        gmac: 10⁹ multiply-accumulates of its convolutions and matrix products.
        gigabytes: 10⁹ bytes that its operators read and write, each by itself; fused operators move less.
    """

    gmac: float
    gigabytes: float


def need_cuda() -> str:
    """Return the GPU's name.

    Raises:
        BackendError: this torch reaches no GPU.
    """
    if not torch.cuda.is_available():
        raise BackendError(
            f"torch {torch.__version__} reaches no GPU, and this measures one. Get a CUDA build of torch: "
            "pytorch.org/get-started; `neteyes doctor` says what else is missing."
        )
    return torch.cuda.get_device_name()


class EagerPair:
    """Both nets in torch, called one after the other; each answer is fetched before the next frame.

    Args:
        segment: the segment graph.
        synthesize: the synthesize graph.
        manner: `fp32`, `tf32` (float32 in memory, products in TF32) or `fp16`.
        device: `cuda`, or `cpu` for trying it out.
    """

    def __init__(
        self, segment: SegmentGraph, synthesize: SynthesizeGraph, manner: Manner, device: str = "cuda"
    ) -> None:
        def placed(graph: Any) -> Any:
            return (rounded(graph, "fp16") if manner == "fp16" else copy.deepcopy(graph)).eval().to(device)

        self._segment, self._synthesize = placed(segment), placed(synthesize)
        self._device, self._tf32 = torch.device(device), manner != "fp32"

    def __call__(self, frame: UInt8, swap: UInt8) -> tuple[UInt8, UInt8]:
        """Run both, all uint8: frame (h, w, 3) BGR, swap (256,) → labels (H, W), picture (H, W, 3)."""
        with self._ready():
            labels = self._segment(self._there(frame))
            picture = self._synthesize(labels, self._there(swap))
            return labels.cpu().numpy(), picture.cpu().numpy()

    def paint(self, labels: UInt8, swap: UInt8) -> UInt8:
        """Paint: labels uint8 (H, W), swap uint8 (256,) → picture uint8 (H, W, 3) BGR."""
        with self._ready():
            picture: Tensor = self._synthesize(self._there(labels), self._there(swap))
            return cast(UInt8, picture.cpu().numpy())

    def _there(self, array: UInt8) -> Tensor:
        return torch.from_numpy(array).to(self._device)

    @contextmanager
    def _ready(self) -> Iterator[None]:
        flags = torch.backends.cudnn.flags(enabled=True, benchmark=True, allow_tf32=self._tf32)
        with torch.no_grad(), self._device, flags:
            yield


def eager_pair(
    segmenter: Path, synthesizer: Path, *, frame_size: tuple[int, int], size: tuple[int, int]
) -> EagerPair:
    """Load two checkpoints to run on the processor as their authors do: in float32, at every scale.

    Args:
        segmenter: checkpoint file.
        synthesizer: checkpoint file.
        frame_size: (h, w) of the segmenter's frame.
        size: (H, W) of the picture.

    Raises:
        CheckpointError: a file cannot be read, or is of another net.
    """
    painter = load_spade(synthesizer)
    segment = SegmentGraph(load_deeplab(segmenter), frame_size, size)
    synthesize = SynthesizeGraph(painter.net, painter.trained, size, painter.siblings)
    return EagerPair(segment, synthesize, "fp32", device="cpu")


def measure_eager(
    pair: EagerPair, frames: Sequence[UInt8], rounds: int = 60, warm: int = 6
) -> dict[str, float]:
    """Measure frames one after the other, host memory to host memory: `fps`, and `p50` and `p95` in ms."""
    for frame in (*frames, *frames)[:warm]:
        pair(frame, KEEP)
    walls = []
    for number in range(rounds):
        started = time.perf_counter()
        pair(frames[number % len(frames)], KEEP)
        walls.append(1000 * (time.perf_counter() - started))
    p50, p95 = np.percentile(walls, (50, 95))
    mean = 1000 / float(np.mean(walls))
    return {"fps": round(mean, 2), "p50": round(float(p50), 3), "p95": round(float(p95), 3)}


def cost_of(graph: SegmentGraph | SynthesizeGraph) -> NetCost:
    """Count the operations and bytes of one run of a graph, on the processor."""
    program = cast(Callable[..., Any], program_from_graph(graph).module())
    counted, moved = FlopCounterMode(display=False), _Moved()
    with torch.no_grad(), counted, moved:
        program(*graph.example())
    return NetCost(round(counted.get_total_flops() / 2e9, 3), round(moved.bytes / 1e9, 4))


def matrix_rate(side: int = 8192, rounds: int = 30) -> float:
    """Measure the TFLOP/s of an fp16 product of random side × side matrices on the GPU."""
    a, b = (torch.randn(side, side, device="cuda", dtype=torch.float16) for _ in range(2))
    seconds = _on_gpu(lambda: torch.matmul(a, b), rounds)
    return 2 * side**3 / seconds / 1e12


def copy_rate(gigabytes: float = 4.0, rounds: int = 30) -> float:
    """Measure the GB/s of a copy on the GPU; bytes read and bytes written both count."""
    source = torch.empty(int(gigabytes * 1e9), device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    return 2 * gigabytes / _on_gpu(lambda: target.copy_(source), rounds)


def _on_gpu(work: Callable[[], object], rounds: int) -> float:
    """Measure the seconds of one `work`, by the device's own clock."""
    for _ in range(5):
        work()
    timed: Any = torch.cuda.Event
    began, ended = (timed(enable_timing=True) for _ in range(2))
    began.record()
    for _ in range(rounds):
        work()
    ended.record()
    ended.synchronize()
    return float(began.elapsed_time(ended)) / 1000 / rounds


class _Moved(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A counter of the bytes that every operator reads and writes; views move nothing."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = func(*args, **(kwargs or {}))
        if not func.is_view:
            leaves = tree_leaves((args, kwargs, answer))
            self.bytes += sum(leaf.nbytes for leaf in leaves if isinstance(leaf, Tensor))
        return answer
