"""A bundle's segmenter, rebuilt in torch, gives the labels of the net that it was exported from."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from engines.bundle import Bundle
from engines.compare import Parity
from engines.errors import UsageError
from engines.film import sight_of, watch
from engines.infer_once import host_inference
from engines.sizes import Size
from export.certificate import eager_sight
from export.from_onnx import eager_engine, segment_from_onnx
from export.graphs import SegmentGraph
from export.nets.deeplab import DeepLabV3Plus

Made = tuple[Bundle, list[tuple[Size, Parity]]]


def test_it_sees_a_film_as_the_net_does_that_the_bundle_was_made_of(
    made_bundle: Made, segmenter: DeepLabV3Plus, draw_frame: Callable[[int, int, int], np.ndarray]
) -> None:
    bundle, _ = made_bundle
    rebuilt = segment_from_onnx(bundle)
    size = bundle.card.segment.size
    made_of = SegmentGraph(segmenter, size, size, argmax=2, steady=True)
    film = [draw_frame(*size, seed) for seed in (1, 1, 1, 2, 2)]
    expected = watch(eager_sight(made_of), film).labels
    assert (
        np.mean(np.equal(watch(sight_of(host_inference(eager_engine(rebuilt))), film).labels, expected))
        >= 0.999
    )


def test_a_net_that_is_no_small_deeplab_is_refused(made_bundle: Made) -> None:
    bundle, _ = made_bundle
    painter = msgspec.structs.replace(bundle.card.segment, file=bundle.card.synthesize.file)
    other = replace(bundle, card=msgspec.structs.replace(bundle.card, segment=painter))
    with pytest.raises(UsageError, match="cannot be made a torch net again"):
        segment_from_onnx(other)
