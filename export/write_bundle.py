"""Write a bundle: two graphs at each of its sizes, and the card that describes them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import onnx
import tomlkit

from engines.bundle import Bundle, open_bundle, read_bundle, sha256_of
from engines.card import CARD, FORMAT, Card, Precision, Quality
from engines.certificate import CERTIFICATE
from engines.compare import Parity, UInt8
from engines.errors import BundleError, ParityError, UsageError
from engines.labels import KEEP, LabelSpace
from engines.sizes import Size, size_text
from export.buildable import check_buildable
from export.certificate import certify, fit_frame, limits_for, run_graph
from export.checkpoints import load_deeplab, load_spade
from export.exact.variants import export_variants
from export.graphs import SegmentGraph, SynthesizeGraph
from export.shared_weights import save_together
from export.to_onnx import export_model
from export.to_torch_export import export_programs

GraphPair = tuple[SegmentGraph, SynthesizeGraph]
"""The two graphs of one size: the label maps of the first have the size that the second takes."""


def write_bundle(
    folder: Path,
    pairs: Sequence[GraphPair],
    *,
    labels: str = "coco-stuff",
    quality: Quality = "full",
    precision: Precision = "fp32",
    segment_precision: Precision | None = None,
    half_weights: bool = False,
    plain: bool = False,
    frames: Sequence[UInt8] = (),
    overwrite: bool = False,
    about: Mapping[str, Any] | None = None,
) -> Bundle:
    """Export both graphs at each size into a folder, and write their card last.

    With several sizes, all graphs of a net share one file of weights.

    Args:
        folder: the bundle's folder, made if there is none; its name is the bundle's, unless `about` has one.
        pairs: the graphs of each size, of the same two nets; the first size comes first.
        labels: the label space of both.
        quality: the segmenter's quality, for the card.
        precision: the precision that a runtime computes in, or may compute in.
        segment_precision: the segmenter's precision; by default `precision`.
        half_weights: as for `export_model`.
        plain: leave out the variants that are quicker on single runtimes.
        frames: uint8 (…, …, 3) BGR of any size; fp16 and int8 measure the range of values on every other one,
            so that a certificate made on all of them also tries new frames.
        overwrite: replace a bundle in this folder.
        about: further top-level keys of the card: name, description, license, credits, training, likeness.

    Returns:
        The bundle, read back and verified.

    Raises:
        BundleError: the folder holds a bundle already or is a file, or the graphs do not fit each other.
        UsageError: fp16 or int8 without frames.
        BackendError: a runtime that the precision needs is not installed, or TensorRT for RTX is and refuses
            a graph.
    """
    for segment, synthesize in pairs:
        if segment.label_size != synthesize.size:
            raise BundleError(
                f"The segmenter's label maps are {size_text(segment.label_size)}, the synthesizer takes "
                f"{size_text(synthesize.size)}. Export both for one size."
            )
    if folder.exists() and not folder.is_dir():
        raise BundleError(f"{folder} is a file; a bundle is a folder. Give another name.")
    card_path = folder / CARD
    if card_path.exists() and not overwrite:
        raise BundleError(f"{folder} holds a bundle already. Give another folder, or overwrite it.")
    folder.mkdir(parents=True, exist_ok=True)
    if card_path.exists():
        _remove_graphs(folder)
    card_path.unlink(missing_ok=True)  # without a card the folder is no bundle, so no half of one is opened
    (folder / CERTIFICATE).unlink(missing_ok=True)
    seen, painted = segment_precision or precision, precision
    segmenters: dict[str, onnx.ModelProto] = {}
    painters: dict[str, onnx.ModelProto] = {}
    variants: list[dict[str, str]] = []
    stems = ["", *(f".{size_text(synthesize.size)}" for _, synthesize in pairs[1:])]
    for stem, (segment, synthesize) in zip(stems, pairs, strict=True):
        _, *rest = zip(segment.inputs, segment.example(), strict=True)
        resting = {name: zeros.numpy() for name, zeros in rest}
        looks = [{"frame": fit_frame(frame, segment.frame_size), **resting} for frame in frames[::2]]
        maps = ({"labels": run_graph(segment, look["frame"]), "swap": KEEP} for look in looks)  # if needed
        segmenters[f"segment{stem}.onnx"] = export_model(
            segment, precision=seen, half_weights=half_weights, samples=looks
        )
        painters[f"synthesize{stem}.onnx"] = export_model(
            synthesize, precision=painted, half_weights=half_weights, samples=maps
        )
        quicker, named = (
            ({}, {})
            if plain
            else export_variants(
                synthesize, f"synthesize{stem}", precision=painted, half_weights=half_weights
            )
        )
        painters |= quicker
        variants.append(named)
    shared = len(pairs) > 1
    weights = save_together(segmenters, folder, "segment.weights" if shared else None)
    weights |= save_together(painters, folder, "synthesize.weights" if shared else None)
    for stem in stems:
        check_buildable(folder / f"segment{stem}.onnx", seen)
        check_buildable(folder / f"synthesize{stem}.onnx", painted)
    space = LabelSpace.load(labels)
    files = [
        {
            "segment": _file(folder, f"segment{stem}.onnx", segment.frame_size),
            "synthesize": {
                **_file(folder, f"synthesize{stem}.onnx", synthesize.size),
                "variants": {
                    name: {"file": file, "sha256": sha256_of(folder / file)} for name, file in named.items()
                },
            },
        }
        for stem, (segment, synthesize), named in zip(stems, pairs, variants, strict=True)
    ]
    segment, synthesize = pairs[0]
    card = {
        "format": FORMAT,
        "name": folder.name,
        **(about or {}),
        "weights": weights,
        "segment": {
            **files[0]["segment"],
            **_net(space, segment.trained, seen),
            "argmax": segment.argmax,
            "quality": quality,
            "state": dict(segment.state),
        },
        "synthesize": {
            **files[0]["synthesize"],
            **_net(space, synthesize.trained, painted),
            "siblings": {space.name(a): space.name(b) for a, b in synthesize.siblings.items()},
        },
        "sizes": files[1:],
    }
    msgspec.convert(card, Card, strict=False)
    card_path.write_text(tomlkit.dumps(card), "utf-8")
    return open_bundle(folder)


def make_bundle(
    segmenter: Path,
    synthesizer: Path,
    out: Path,
    frames: Sequence[UInt8],
    *,
    sizes: Sequence[Size] = ((256, 256),),
    frame_sizes: Sequence[Size] | None = None,
    argmax: int = 1,
    quality: Quality = "full",
    precision: Precision = "fp32",
    segment_precision: Precision | None = None,
    half_weights: bool = False,
    plain: bool = False,
    steady: bool = True,
    program: bool = False,
    overwrite: bool = False,
    about: Mapping[str, Any] | None = None,
) -> tuple[Bundle, list[tuple[Size, Parity]]]:
    """Make a bundle of two checkpoints at every size, and certify it with every runtime that is installed.

    The results are those of `certify`.

    Args:
        segmenter: checkpoint file, published or our own.
        synthesizer: checkpoint file, published or our own.
        out: the bundle's folder.
        frames: uint8 (…, …, 3) BGR of any size; the engines and the nets are compared on these.
        sizes: (H, W) of the label map and the picture, at each size of the bundle.
        frame_sizes: (h, w) of the segmenter's frame at each size; by default `sizes`.
        argmax: as for `SegmentGraph`.
        quality: as for `load_deeplab`.
        precision: as for `write_bundle`.
        segment_precision: as for `write_bundle`.
        half_weights: as for `export_model`.
        plain: as for `write_bundle`.
        steady: as for `SegmentGraph`.
        program: write torch programs too, for the runtime `torch`.
        overwrite: as for `write_bundle`.
        about: as for `write_bundle`.

    Raises:
        UsageError: the nets cannot have these sizes or this quality.
        CheckpointError: a file cannot be read, or is of another net.
        BundleError: `out` holds a bundle already, or is a file.
        BackendError: as for `write_bundle`.
        ParityError: a runtime's answers differ too much from the nets'.
    """
    painter = load_spade(synthesizer)
    net = load_deeplab(segmenter, quality)
    for size in sizes:
        if any(side % painter.net.config.strides[0] for side in size):
            raise UsageError(f"SPADE paints sizes that are multiples of 32; {size_text(size)} is not.")
    if frame_sizes and len(frame_sizes) != len(sizes):
        raise UsageError(f"There are {len(sizes)} sizes and {len(frame_sizes)} of frames. Give one for each.")
    pairs = [
        (
            SegmentGraph(net, frame_size, size, argmax, steady),
            SynthesizeGraph(painter.net, painter.trained, size, painter.siblings),
        )
        for size, frame_size in zip(sizes, frame_sizes or sizes, strict=True)
    ]
    bundle = write_bundle(
        out,
        pairs,
        quality=quality,
        precision=precision,
        segment_precision=segment_precision,
        half_weights=half_weights,
        plain=plain,
        frames=frames,
        overwrite=overwrite,
        about=about,
    )
    limits = limits_for(bundle.card, half_weights=half_weights)
    try:
        if program:
            for sized, pair in zip(bundle.each_size(), pairs, strict=True):
                export_programs(sized, *pair)
        return bundle, certify(bundle, pairs, frames, limits=limits)
    except (ParityError, UsageError):
        (out / CARD).unlink()  # without its certificate it shall be no bundle
        raise


def _remove_graphs(folder: Path) -> None:
    """Remove the graphs and weights of a bundle that is to be replaced: it may have other sizes."""
    with suppress(BundleError):  # of an unreadable card nothing is known
        for path in read_bundle(folder).files:
            path.unlink(missing_ok=True)


def _file(folder: Path, name: str, size: Size) -> dict[str, Any]:
    """Return the keys of the card that describe a graph at one size."""
    return {"file": name, "sha256": sha256_of(folder / name), "size": [size[1], size[0]]}


def _net(space: LabelSpace, trained: Sequence[int], precision: Precision) -> dict[str, Any]:
    """Return the keys of the card that describe a net at every size."""
    return {
        "labels": space.key,
        "trained": [] if len(trained) == len(space) else list(trained),  # empty means all
        "precision": precision,
    }
