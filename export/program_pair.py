"""Make a bundle of two checkpoints with torch programs in fp16, for measuring on a GPU; keep it for later."""

from pathlib import Path

import msgspec

from engines.bundle import Bundle, open_bundle, sha256_of
from engines.errors import BundleError
from engines.sizes import Size
from export.checkpoints import load_deeplab, load_spade
from export.graphs import SegmentGraph, SynthesizeGraph
from export.to_torch_export import export_program
from export.write_bundle import GraphPair, write_bundle

NOTE = "made-of.json"


def program_pair(
    folder: Path, segmenter: Path, synthesizer: Path, size: Size, frame_size: Size
) -> tuple[Bundle, GraphPair]:
    """Return a bundle with programs in fp16, and the graphs that it was made of.

    Args:
        folder: the bundle's folder; one that was made of the same checkpoints and sizes is used again.
        segmenter: checkpoint file.
        synthesizer: checkpoint file.
        size: (H, W) of the picture.
        frame_size: (h, w) of the segmenter's frame.

    Raises:
        CheckpointError: a file cannot be read, or is of another net.
    """
    painter = load_spade(synthesizer)
    segment = SegmentGraph(load_deeplab(segmenter), frame_size, size, steady=True)
    synthesize = SynthesizeGraph(painter.net, painter.trained, size, painter.siblings)
    made_of = [sha256_of(segmenter), sha256_of(synthesizer), *size, *frame_size]
    note = folder / NOTE
    if note.is_file() and msgspec.json.decode(note.read_bytes()) == made_of:
        try:
            return open_bundle(folder), (segment, synthesize)
        except BundleError:
            pass  # cut off, or altered: it is made again
    note.unlink(missing_ok=True)
    bundle = write_bundle(folder, [(segment, synthesize)], plain=True, overwrite=True)
    export_program(segment, bundle.segment, "fp16")
    export_program(synthesize, bundle.synthesize, "fp16")
    note.write_bytes(msgspec.json.encode(made_of))
    return bundle, (segment, synthesize)
