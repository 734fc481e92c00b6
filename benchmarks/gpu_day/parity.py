"""Compare the nets in fp16 on a GPU with the eager nets in float32 on the processor.

The segmenter is compared on single frames and on a film, with its memory; the painter on the labels of the
eager segmenter. The programs of the runtime `torch` are what runs on the GPU.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.gpu import draw
from engines.backends import open_device
from engines.bundle import Bundle
from engines.compare import HALF, Parity, compare_labels, compare_pictures
from engines.film import Answers, answers_of, compare_answers, watch
from engines.gpu.device import Device
from engines.gpu.nvidia import find_gpu
from engines.infer_once import device_inference
from engines.labels import KEEP
from engines.sizes import parse_size
from export.certificate import eager_sight, run_graph
from export.program_pair import program_pair
from export.write_bundle import GraphPair
from stream.fit import Fit
from stream.frame import Image
from stream.loop.report import save_report


def segment_parity(nets: Bundle, graphs: GraphPair, device: Device, frames: Sequence[Image]) -> Parity:
    """Compare the segmenter on single frames, and on a film with its memory.

    Args:
        nets: the bundle, with programs.
        graphs: the eager graphs.
        device: the GPU, current on this thread.
        frames: uint8 (h, w, 3) BGR of the net's size.
    """
    segment = graphs[0]
    trusted = Answers([run_graph(segment, frame) for frame in frames], watch(eager_sight(segment), frames))
    with device_inference(device, lambda stream: nets.open("segment", "torch", stream=stream)) as inference:
        tried = answers_of(inference, [{"frame": frame} for frame in frames])
        return compare_answers(compare_labels, inference.backend, trusted, tried)


def paint_parity(nets: Bundle, graphs: GraphPair, device: Device, frames: Sequence[Image]) -> Parity:
    """Compare the painter on the eager segmenter's labels; the arguments are those of `segment_parity`."""
    segment, synthesize = graphs
    maps = [run_graph(segment, frame) for frame in frames]
    trusted = [run_graph(synthesize, labels, KEEP) for labels in maps]
    with device_inference(
        device, lambda stream: nets.open("synthesize", "torch", stream=stream)
    ) as inference:
        tried = [inference({"labels": labels, "swap": KEEP}) for labels in maps]
        return compare_pictures(inference.backend, trusted, tried)


def main() -> None:
    """Compare both nets, write the figures after each, and fail if they are beyond the limits of fp16."""
    parser = argparse.ArgumentParser(prog="parity", description=__doc__)
    for name in ("--segmenter", "--synthesizer", "--pair", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--size", type=parse_size, default=(256, 256))
    parser.add_argument("--frames", type=int, default=8)
    asked = parser.parse_args()
    nets, graphs = program_pair(asked.pair, asked.segmenter, asked.synthesizer, asked.size, asked.size)
    fit, device = Fit("crop", asked.size), open_device()
    frames = [fit.to_net(frame.image) for frame in draw(count=asked.frames)]
    result: dict[str, Any] = {"gpu": asdict(find_gpu()), "limits": asdict(HALF)}
    with device.current():
        for name, compare in (("segment", segment_parity), ("synthesize", paint_parity)):
            parity = compare(nets, graphs, device, frames)
            result[name] = asdict(parity)
            save_report(result, asked.out)
            print(name, result[name])
            parity.check(HALF)


if __name__ == "__main__":
    main()
