"""Export a graph as a torch program for the runtime `torch`, on machines that have torch and a GPU."""

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from engines.bundle import Bundle, sha256_of
from engines.errors import UsageError
from engines.runtimes.torch_export import NOTE, program_path
from export.graphs import SegmentGraph, SynthesizeGraph

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
Precision = Literal["fp32", "fp16", "bf16"]


def export_program(
    graph: SegmentGraph | SynthesizeGraph, onnx_file: Path, precision: Precision = "fp32"
) -> Path:
    """Write a graph's program beside its ONNX file, whole or not at all, and return its path.

    Args:
        graph: the graph that the ONNX file was exported from.
        onnx_file: the ONNX file, which must exist: the program is loaded only while this file is unchanged.
        precision: the precision that the net computes in; the graph's inputs and outputs keep their dtypes.
    """
    program = program_from_graph(graph, precision)
    example = graph.example()
    with torch.no_grad():
        answer = graph.eval()(*example)
    answers = answer if isinstance(answer, tuple) else (answer,)
    note = {
        "graph": sha256_of(onnx_file),
        "precision": precision,
        "inputs": _specs(graph.inputs, example),
        "outputs": _specs(graph.outputs, answers),
    }
    path = program_path(onnx_file)
    partial = path.with_name(f".{path.name}.partial.pt2")
    torch.export.save(program, partial, extra_files={NOTE: json.dumps(note)})
    return partial.replace(path)


def export_programs(bundle: Bundle, segment: SegmentGraph, synthesize: SynthesizeGraph) -> None:
    """Write the programs of both graphs of a bundle, in the precisions on its card.

    Raises:
        UsageError: programs do not have a precision of the card.
    """
    for net, graph in (("segment", segment), ("synthesize", synthesize)):
        precision = getattr(bundle.card, net).precision
        if precision not in DTYPES:
            known = ", ".join(DTYPES)
            raise UsageError(f"A torch program computes in {known}, not in {precision}. Choose one of them.")
        export_program(graph, getattr(bundle, net), precision)


def program_from_graph(
    graph: SegmentGraph | SynthesizeGraph, precision: Precision = "fp32"
) -> torch.export.ExportedProgram:
    """Return a graph as an exported program, its net in the given precision."""
    return torch.export.export(rounded(graph, precision), graph.example())


def rounded(graph: SegmentGraph | SynthesizeGraph, precision: Precision) -> SegmentGraph | SynthesizeGraph:
    """Return a copy of a graph with its net in the given precision, between float32 inputs and outputs."""
    copied = copy.deepcopy(graph).eval().requires_grad_(False)
    net = cast(Any, copied.net).to(DTYPES[precision])
    copied.net = cast(Any, _Rounded(net, DTYPES[precision]))
    return copied


class _Rounded(nn.Module):
    """A net of lower precision between float32 inputs and outputs."""

    def __init__(self, net: Any, dtype: torch.dtype) -> None:
        super().__init__()
        self.net, self.dtype = net, dtype
        self.scale = getattr(net, "scale", 1.0)
        self.config = getattr(net, "config", None)

    def forward(self, x: Tensor) -> Tensor:
        """Segment normalised BGR float32 (1, 3, h, w) → logits float32."""
        logits: Tensor = self.net(x.to(self.dtype))
        return logits.float()

    def paint(self, segmaps: Sequence[Tensor]) -> Tensor:
        """Paint segmentation maps float32 → picture float32."""
        picture: Tensor = self.net.paint([segmap.to(self.dtype) for segmap in segmaps])
        return picture.float()


def _specs(names: Sequence[str], tensors: Sequence[Tensor]) -> list[dict[str, Any]]:
    return [
        {"name": name, "shape": list(tensor.shape), "dtype": str(tensor.numpy().dtype)}
        for name, tensor in zip(names, tensors, strict=True)
    ]
