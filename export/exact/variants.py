"""Export variants of the painter for single runtimes: files beside the portable graph, named on the card."""

import onnx

from engines.backends import BACKENDS
from engines.card import Precision
from export.exact.simplify import can_look_up
from export.graphs import LookUpGraph, SynthesizeGraph
from export.precision.bf16 import in_bf16
from export.to_onnx import onnx_from_graph, with_half_weights


def export_variants(
    graph: SynthesizeGraph, stem: str, *, precision: Precision, half_weights: bool
) -> tuple[dict[str, onnx.ModelProto], dict[str, str]]:
    """Export the variants that run quicker than the portable graph.

    A painter that reads labels alone gets a variant for the processor that looks up repeated neighbourhoods,
    in float32. If the bundle's precision is bf16, OpenVINO gets one in bfloat16. fp16 and int8 exist for the
    portable graph only.

    Args:
        graph: the portable graph, with the plain generator.
        stem: the name of the portable graph's file, without `.onnx`.
        precision: the bundle's precision.
        half_weights: as for `export_model`.

    Returns:
        File name → model, and a runtime's name → the name of its file.
    """
    if precision not in ("fp32", "bf16") or not can_look_up(graph.net):
        return {}, {}
    model, plain, rounded = onnx_from_graph(LookUpGraph(graph)), f"{stem}.cpu.onnx", f"{stem}.openvino.onnx"
    models = {plain: with_half_weights(model) if half_weights else model}
    named = dict.fromkeys((backend.name for backend in BACKENDS), plain)
    if precision == "bf16":
        # The last layers stay float32: nothing after them would average their rounding away.
        models[rounded] = in_bf16(model, but=_last_layers(graph))
        named["openvino"] = rounded
    return models, named


def _last_layers(graph: SynthesizeGraph) -> tuple[str, ...]:
    """Return the prefixes of the names of the weights in the last block and in the layers after it."""
    last = "up_2" if graph.net.up_3 is None else "up_3"
    return f"net.{last}.", "net.conv_img."
