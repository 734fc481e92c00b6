"""Make a bundle of an ONNX segmenter and another bundle's painter, and certify its label maps."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import tomlkit

from engines.backends import backend_of, installed_backends, open_engine, probe
from engines.bundle import Bundle, open_bundle, sha256_of
from engines.card import CARD, FORMAT, Card
from engines.certificate import CERTIFICATE
from engines.errors import BackendError, ParityError
from engines.external_data import external_files
from engines.label_mapping import COCO_STUFF, NameMap
from engines.labels import UNLABELLED
from engines.sizes import nearest_size
from export.adopt.inspect_onnx import ForeignNet, Size
from export.adopt.wrap_onnx import Manner, sampling, surround
from export.buildable import refusal

ALIKE = 0.999
"""The least share of pixels that must have the label that the net itself gives them."""

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of one runtime's segment graph with the net itself.

    Attributes:
        backend: the runtime.
        frames: the number of frames compared.
        labels: the share of pixels with the net's own label; None if the runtime refuses the graph.
        reason: the runtime's reason to refuse it.
        runtime: the runtime's name in `--backend`.
        version: its version.
    """

    backend: str
    frames: int
    labels: float | None
    reason: str = ""
    runtime: str = ""
    version: str = ""


def adopt(
    folder: Path,
    net: ForeignNet,
    manner: Manner,
    names: NameMap,
    painter: Bundle,
    frames: Sequence[UInt8],
    about: Mapping[str, Any] | None = None,
) -> tuple[Bundle, list[Agreement]]:
    """Make a bundle of a net and another bundle's painter, and certify it with every installed runtime.

    The net has one size, and so has the bundle: it gets that one of the painter's sizes whose proportions are
    nearest.

    Args:
        folder: the bundle's folder, made here; its name becomes the bundle's name.
        net: the segmenter.
        manner: the preprocessing that the net needs.
        names: the map from its labels to COCO-Stuff's.
        painter: the bundle that gives the synthesizer, which is copied.
        frames: uint8 (…, …, 3) BGR of any size; the graph and the net are compared on these.
        about: further keys of the card: description, license, credits.

    Raises:
        BackendError: no runtime is installed, or none of them opens the graph.
        ParityError: a runtime gives too many pixels another label than the net itself.
    """
    painter = painter.at(nearest_size(net.frame_size, painter.sizes))
    card = painter.card.synthesize
    size = card.size
    folder.mkdir()
    segment = folder / "segment.onnx"
    segment.write_bytes(surround(net, manner, names.ids, size).SerializeToString(deterministic=True))
    weights = {name for file in card.files for name in external_files(painter.folder / file)}
    for name in (*card.files, *weights):
        shutil.copyfile(painter.folder / name, folder / name)
    content = {
        "format": FORMAT,
        "name": folder.name,
        **(about or {}),
        "segment": {
            "file": segment.name,
            "sha256": sha256_of(segment),
            "labels": COCO_STUFF,
            "size": [net.frame_size[1], net.frame_size[0]],  # width × height in text
            "trained": list(names.trained),
            "answers": net.answers,
        },
        "synthesize": msgspec.to_builtins(card),
        "weights": {name: painter.card.weights[name] for name in sorted(weights)},
    }
    msgspec.convert(content, Card, strict=False)
    fitted = [_fit(frame, net.frame_size) for frame in frames]
    agreements = _compare(segment, fitted, _truth(net, manner, names.ids, size, fitted))
    if reason := refusal(segment):
        agreements.append(Agreement("tensorrt-rtx", 0, None, reason))
    certificate = {
        "limits": {"labels": ALIKE},
        "graphs": {"segment": {"sha256": sha256_of(segment)}},
        "engines": [asdict(one) for one in agreements],
    }
    given = painter.folder / CERTIFICATE
    if given.is_file():  # the painter's certificate still holds: its graph is the same file
        certificate["synthesize"] = json.loads(given.read_text("utf-8"))
    (folder / CERTIFICATE).write_text(json.dumps(certificate, indent=2) + "\n", "utf-8")
    partial = folder / f".{CARD}.partial"
    partial.write_text(tomlkit.dumps(content), "utf-8")
    os.replace(partial, folder / CARD)
    return open_bundle(folder), agreements


def _compare(segment: Path, frames: Sequence[UInt8], truth: Sequence[UInt8]) -> list[Agreement]:
    results = []
    for name in installed_backends():
        version = probe(backend_of(name))
        try:
            engine = open_engine(segment, name)
        except BackendError as error:
            results.append(Agreement(name, 0, None, str(error), name, version))
            continue
        labels = np.empty_like(truth[0])
        same = []
        for frame, expected in zip(frames, truth, strict=True):
            engine({"frame": frame}, {"labels": labels})
            same.append(float((labels == expected).mean()))
        alike = round(float(np.mean(same)), 6)
        results.append(Agreement(engine.backend, len(frames), alike, runtime=name, version=version))
        engine.close()
    wrong = [one for one in results if one.labels is not None and one.labels < ALIKE]
    if wrong:
        raise ParityError(
            f"{wrong[0].backend} gives only {wrong[0].labels:.2%} of pixels the net's own label (at least "
            f"{ALIKE:.1%} must have it). Export the net again, as float32."
        )
    if all(one.labels is None for one in results):
        raise BackendError("No runtime opens the graph:" + "".join(f"\n  {one.reason}" for one in results))
    return results


def _truth(
    net: ForeignNet, manner: Manner, ids: Sequence[int], size: Size, frames: Sequence[UInt8]
) -> list[UInt8]:
    """Return the net's own label maps, with pre- and postprocessing in numpy, outside of any graph."""
    table = np.full(2**16, UNLABELLED, np.uint8)
    table[: len(ids)] = ids
    truth = []
    for answer in net.ask(_prepare(net, manner, frame) for frame in frames):
        if net.answers == "labels":
            rows, columns = (np.arange(new) * old // new for old, new in zip(answer.shape, size, strict=True))
            best = np.clip(answer[rows[:, None], columns].astype(np.int64), -1, 2**16 - 1)
        else:
            logits = np.moveaxis(answer, -1, 0) if net.last else answer  # (labels, h, w)
            down, across = map(sampling, logits.shape[1:], net.frame_size, size)
            best = (down @ (logits.astype(np.float32) @ across.T)).argmax(0)
        truth.append(table[best])
    return truth


def _prepare(net: ForeignNet, manner: Manner, frame: UInt8) -> npt.NDArray[np.float32]:
    mean, scale = (np.array(three, np.float32) for three in (manner.mean, manner.scale))
    pixels: npt.NDArray[np.float32] = (frame[..., ::-1] if manner.rgb else frame).astype(np.float32)
    pixels = (pixels - mean) * scale
    return pixels if net.channels else pixels.transpose(2, 0, 1)


def _fit(frame: UInt8, size: Size) -> UInt8:
    """Resize a frame to (h, w) by nearest pixels, which is good enough for a comparison."""
    rows, columns = (np.arange(new) * old // new for old, new in zip(frame.shape, size, strict=False))
    return np.ascontiguousarray(frame[rows[:, None], columns])
