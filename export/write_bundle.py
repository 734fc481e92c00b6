"""Write a bundle: two graphs and the card that describes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import tomlkit

from engines.bundle import Bundle, open_bundle, sha256_of
from engines.card import CARD, FORMAT, Card, Precision, Quality
from engines.compare import Parity
from engines.errors import BundleError, ParityError, UsageError
from engines.labels import KEEP, LabelSpace
from export.certificate import CERTIFICATE, UInt8, certify, limits_for, run_graph
from export.checkpoints import load_deeplab, load_spade
from export.exact.variants import export_variants
from export.graphs import SegmentGraph, SynthesizeGraph
from export.to_onnx import export_onnx
from export.to_torch_export import export_programs

SEGMENT, SYNTHESIZE = "segment.onnx", "synthesize.onnx"


def write_bundle(
    folder: Path,
    segment: SegmentGraph,
    synthesize: SynthesizeGraph,
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
    """Export both graphs into a folder, and write their card last.

    Args:
        folder: the bundle's folder, made if there is none; its name is the bundle's, unless `about` has one.
        segment: the segment graph; its label maps have the size that `synthesize` takes.
        synthesize: the synthesize graph.
        labels: the label space of both.
        quality: the segmenter's quality, for the card.
        precision: the precision that a runtime computes in, or may compute in.
        segment_precision: the segmenter's precision; by default `precision`.
        half_weights: as for `export_onnx`.
        plain: leave out the variants that are quicker on single runtimes.
        frames: uint8 (h, w, 3) BGR of the segmenter's size; fp16 and int8 measure the range of values on
            every other one, so that a certificate made on all of them also tries new frames.
        overwrite: replace a bundle in this folder.
        about: further top-level keys of the card: name, description, license, credits, training, likeness.

    Returns:
        The bundle, read back and verified.

    Raises:
        BundleError: the folder holds a bundle already or is a file, or the graphs do not fit each other.
        UsageError: fp16 or int8 without frames.
        BackendError: a runtime that the precision needs is not installed.
    """
    if segment.label_size != synthesize.size:
        raise BundleError(
            f"The segmenter's label maps are {_text(segment.label_size)}, the synthesizer takes "
            f"{_text(synthesize.size)}. Export both for one size."
        )
    if folder.exists() and not folder.is_dir():
        raise BundleError(f"{folder} is a file; a bundle is a folder. Give another name.")
    card_path = folder / CARD
    if card_path.exists() and not overwrite:
        raise BundleError(f"{folder} holds a bundle already. Give another folder, or overwrite it.")
    folder.mkdir(parents=True, exist_ok=True)
    card_path.unlink(missing_ok=True)  # without a card the folder is no bundle, so no half of one is opened
    (folder / CERTIFICATE).unlink(missing_ok=True)
    seen, painted = segment_precision or precision, precision
    _, *rest = zip(segment.inputs, segment.example(), strict=True)
    resting = {name: zeros.numpy() for name, zeros in rest}
    looks = [{"frame": frame, **resting} for frame in frames[::2]]
    maps = ({"labels": run_graph(segment, look["frame"]), "swap": KEEP} for look in looks)  # if needed
    export_onnx(segment, folder / SEGMENT, precision=seen, half_weights=half_weights, samples=looks)
    export_onnx(synthesize, folder / SYNTHESIZE, precision=painted, half_weights=half_weights, samples=maps)
    space = LabelSpace.load(labels)
    sections = {
        "segment": {
            **_graph_section(folder / SEGMENT, space, segment.frame_size, segment.trained, seen),
            "argmax": segment.argmax,
            "quality": quality,
            "state": dict(segment.state),
        },
        "synthesize": {
            **_graph_section(folder / SYNTHESIZE, space, synthesize.size, synthesize.trained, painted),
            "variants": {}
            if plain
            else export_variants(synthesize, folder, precision=painted, half_weights=half_weights),
            "siblings": {space.name(a): space.name(b) for a, b in synthesize.siblings.items()},
        },
    }
    card = {"format": FORMAT, "name": folder.name, **(about or {}), **sections}
    msgspec.convert(card, Card, strict=False)
    card_path.write_text(tomlkit.dumps(card), "utf-8")
    return open_bundle(folder)


def make_bundle(
    segmenter: Path,
    synthesizer: Path,
    out: Path,
    frames: Sequence[UInt8],
    *,
    size: tuple[int, int] = (256, 256),
    frame_size: tuple[int, int] | None = None,
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
) -> tuple[Bundle, list[Parity]]:
    """Make a bundle of two checkpoints, and certify it with every runtime that is installed.

    Args:
        segmenter: checkpoint file, published or our own.
        synthesizer: checkpoint file, published or our own.
        out: the bundle's folder.
        frames: uint8 (…, …, 3) BGR of any size; the engines and the nets are compared on these.
        size: (H, W) of the label map and the picture.
        frame_size: (h, w) of the segmenter's frame; by default `size`.
        argmax: as for `SegmentGraph`.
        quality: as for `load_deeplab`.
        precision: as for `write_bundle`.
        segment_precision: as for `write_bundle`.
        half_weights: as for `export_onnx`.
        plain: as for `write_bundle`.
        steady: as for `SegmentGraph`.
        program: write torch programs too, for the runtime `torch`.
        overwrite: as for `write_bundle`.
        about: as for `write_bundle`.

    Raises:
        UsageError: the nets cannot have this size or quality.
        CheckpointError: a file cannot be read, or is of another net.
        BundleError: `out` holds a bundle already, or is a file.
        BackendError: as for `write_bundle`.
        ParityError: a runtime's answers differ too much from the nets'.
    """
    painter = load_spade(synthesizer)
    net = load_deeplab(segmenter, quality)
    if any(side % painter.net.config.strides[0] for side in size):
        raise UsageError(f"SPADE paints sizes that are multiples of 32; {_text(size)} is not.")
    segment = SegmentGraph(net, frame_size or size, size, argmax, steady)
    synthesize = SynthesizeGraph(painter.net, painter.trained, size, painter.siblings)
    fitted = [_fit(frame, segment.frame_size) for frame in frames]
    bundle = write_bundle(
        out,
        segment,
        synthesize,
        quality=quality,
        precision=precision,
        segment_precision=segment_precision,
        half_weights=half_weights,
        plain=plain,
        frames=fitted,
        overwrite=overwrite,
        about=about,
    )
    limits = limits_for(bundle.card, half_weights=half_weights)
    try:
        if program:
            export_programs(bundle, segment, synthesize)
        return bundle, certify(bundle, segment, synthesize, fitted, limits=limits)
    except (ParityError, UsageError):
        (out / CARD).unlink()  # without its certificate it shall be no bundle
        raise


def _graph_section(
    path: Path, space: LabelSpace, size: tuple[int, int], trained: Sequence[int], precision: Precision
) -> dict[str, Any]:
    return {
        "file": path.name,
        "sha256": sha256_of(path),
        "labels": space.key,
        "size": [size[1], size[0]],  # width × height in text
        "trained": [] if len(trained) == len(space) else list(trained),  # empty means all
        "precision": precision,
    }


def _fit(frame: UInt8, size: tuple[int, int]) -> UInt8:
    """Resize a frame to (h, w) by nearest pixels, which is good enough for a comparison."""
    rows, columns = (np.arange(side) * there // side for side, there in zip(size, frame.shape, strict=False))
    return np.ascontiguousarray(frame[rows[:, None], columns])


def _text(size: tuple[int, int]) -> str:
    return f"{size[1]}x{size[0]}"
