"""Try a runtime on a GPU before a run takes it: run both graphs, and compare them with the processor.

The comparison is kept in a file, so that the processor answers once a bundle, runtime, version and GPU. All
else is tried at each start: a GPU that was well yesterday may have no memory left today.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import msgspec

from engines.backends import Backend, probe
from engines.bundle import NETS, Bundle, Net
from engines.compare import Parity, compare_labels, compare_pictures, limits_of
from engines.engine import Engine
from engines.errors import BackendError, NetEyesError
from engines.film import answers_of, compare_answers, trusted_answers
from engines.gpu.device import Device, HostArray, Stream
from engines.gpu.nvidia import Gpu
from engines.infer_once import device_inference
from engines.labels import KEEP
from engines.runtimes.built_files import built_home, built_path, write_whole
from engines.runtimes.cuda_graphs import replayed

log = logging.getLogger(__name__)

RUNS = 2
"""The times that each input is given: the first runs the engine, the second captures it, as in a run."""


def try_runtime(bundle: Bundle, backend: Backend, device: Device, gpu: Gpu, frame: HostArray) -> None:
    """Run both graphs of a bundle on a GPU, and compare their answers to one frame with the processor's.

    Args:
        bundle: the bundle, at one size.
        backend: the runtime.
        device: the GPU.
        gpu: the same GPU, as files describe it.
        frame: uint8 (h, w, 3) BGR of the segmenter's size.

    Raises:
        BackendError: the runtime is missing, refuses a graph or fails; its library may raise other errors.
        ParityError: its answers differ from the processor's by more than the precision explains.
    """
    version = probe(backend)
    kept = _path(bundle, backend, version, gpu)

    def opener(net: Net) -> Callable[[Stream], Engine]:
        return lambda stream: replayed(bundle.open(net, backend.name, stream=stream), device, stream)

    looks = [{"frame": frame}] * RUNS
    with (
        device.current(),
        device_inference(device, opener("segment")) as segment,
        device_inference(device, opener("synthesize")) as synthesize,
    ):
        seen = answers_of(segment, looks)
        maps = [{"labels": labels, "swap": KEEP} for labels in seen.alone]
        painted = answers_of(synthesize, maps)
    if kept and kept.is_file():
        return
    log.info("Comparing '%s' in %s %s with the processor, once.", bundle.name, backend.name, version)
    card = bundle.card
    labels = compare_answers(compare_labels, segment.backend, trusted_answers(bundle.segment, looks), seen)
    labels.check(limits_of(card.segment.precision))
    trusted = trusted_answers(bundle.synthesize, maps)
    pictures = compare_answers(compare_pictures, synthesize.backend, trusted, painted)
    pictures.check(limits_of(card.synthesize.precision))
    if kept:
        both = replace(labels, mean=pictures.mean, worst=pictures.worst)
        _keep(kept, replace(both, runtime=backend.name, version=version))


def open_graphs(bundle: Bundle, backend: Backend, device: Device) -> None:
    """Open both graphs on a GPU and close them again: a runtime that loads may still refuse them.

    Args:
        bundle: the bundle, at one size.
        backend: the runtime.
        device: the GPU.

    Raises:
        BackendError: the runtime is missing or refuses a graph.
    """
    with device.current():
        stream = device.stream()
        try:
            for net in NETS:
                bundle.open(net, backend.name, stream=stream).close()
        finally:
            device.free(stream)


def _path(bundle: Bundle, backend: Backend, version: str, gpu: Gpu) -> Path | None:
    """Return the file of a comparison, which may not exist; None if the user's data have no valid folder."""
    parts = (*sorted(bundle.card.files.values()), backend.name, version, gpu.name, gpu.uuid, gpu.driver)
    try:
        name = hashlib.sha256("\n".join((*parts, *_stamps(bundle))).encode()).hexdigest()
        return built_home() / "tried" / f"{bundle.name}-{backend.name}-{name[:16]}.json"
    except (NetEyesError, OSError, UnicodeDecodeError) as error:
        log.warning("The comparison on the GPU cannot be kept: %s", error)
        return None


def _stamps(bundle: Bundle) -> Iterator[str]:
    """Yield the stamps of all engines that were built of a bundle's graphs; each has its engine's sha256."""
    for graph in (bundle.segment, bundle.synthesize):
        for folder in (built_path(graph, "").parent, bundle.engines):
            if folder:
                for stamp in sorted(folder.glob(f"{graph.stem}.*.json")):
                    yield stamp.read_text("utf-8")


def _keep(path: Path, parity: Parity) -> None:
    try:
        write_whole(path, msgspec.json.format(msgspec.json.encode(asdict(parity))) + b"\n")
    except BackendError as error:
        log.warning("The comparison on the GPU is made again at the next start: %s", error)
