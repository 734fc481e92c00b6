"""Export variants of the painter for single runtimes: files beside the portable graph, named on the card."""

from pathlib import Path
from typing import Any

from engines.backends import BACKENDS
from engines.bundle import sha256_of
from engines.card import Precision
from export.exact.simplify import can_look_up
from export.graphs import LookUpGraph, SynthesizeGraph
from export.precision.bf16 import in_bf16
from export.to_onnx import onnx_from_graph, save_onnx, with_half_weights

LOOK_UP, LOOK_UP_BF16 = "synthesize.cpu.onnx", "synthesize.openvino.onnx"


def export_variants(
    graph: SynthesizeGraph, folder: Path, *, precision: Precision, half_weights: bool
) -> dict[str, Any]:
    """Write the variants that run quicker than the portable graph, and return the card's `variants`.

    A painter that reads labels alone gets a variant for the processor that looks up repeated neighbourhoods,
    in float32. If the bundle's precision is bf16, OpenVINO gets one in bfloat16. fp16 and int8 exist for the
    portable graph only.

    Args:
        graph: the portable graph, with the plain generator.
        folder: the bundle's folder.
        precision: the bundle's precision.
        half_weights: as for `export_onnx`.
    """
    if precision not in ("fp32", "bf16") or not can_look_up(graph.net):
        return {}
    model = onnx_from_graph(LookUpGraph(graph))
    save_onnx(with_half_weights(model) if half_weights else model, folder / LOOK_UP)
    variants = dict.fromkeys((backend.name for backend in BACKENDS), _named(folder / LOOK_UP))
    if precision == "bf16":
        # The last layers stay float32: nothing after them would average their rounding away.
        save_onnx(in_bf16(model, but=_last_layers(graph)), folder / LOOK_UP_BF16)
        variants["openvino"] = _named(folder / LOOK_UP_BF16)
    return variants


def _last_layers(graph: SynthesizeGraph) -> tuple[str, ...]:
    """Return the prefixes of the names of the weights in the last block and in the layers after it."""
    last = "up_2" if graph.net.up_3 is None else "up_3"
    return f"net.{last}.", "net.conv_img."


def _named(path: Path) -> dict[str, str]:
    return {"file": path.name, "sha256": sha256_of(path)}
