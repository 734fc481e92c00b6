"""The graphs hold all pre- and postprocessing between a frame and a picture."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from export.certificate import run_graph
from export.checkpoints import Painter
from export.graphs import SegmentGraph, SynthesizeGraph
from export.nets.deeplab import DeepLabV3Plus

Draw = Callable[[int, int, int], np.ndarray]
KEEP = np.arange(256, dtype=np.uint8)


def labels_at_frame_size(net: DeepLabV3Plus, frame: np.ndarray) -> np.ndarray:
    """Return labels by the plain method: all logits at the frame's size, then argmax."""
    x = (torch.from_numpy(frame).float() - torch.tensor(net.mean)) * net.scale
    with torch.no_grad():
        logits = net(x.permute(2, 0, 1)[None])
        full = F.interpolate(logits, frame.shape[:2], mode="bilinear", align_corners=False)
    return np.array(net.label_ids, np.uint8)[full[0].argmax(0).numpy()]


@pytest.mark.parametrize("size", [(96, 128), (64, 64), (40, 200), (256, 256)])
def test_labels_are_the_nearest_of_the_argmax_at_the_frames_size(
    segmenter: DeepLabV3Plus, draw_frame: Draw, size: tuple[int, int]
) -> None:
    frame = draw_frame(96, 128, 3)
    labels = run_graph(SegmentGraph(segmenter, (96, 128), size), frame)
    full = labels_at_frame_size(segmenter, frame)
    assert len(np.unique(full)) >= 3, "a frame that shows nothing"
    rows, columns = np.arange(size[0]) * 96 // size[0], np.arange(size[1]) * 128 // size[1]
    assert labels.dtype == np.uint8 and labels.shape == size
    assert (labels == full[rows[:, None], columns]).mean() >= 0.999


class Certain(nn.Module):
    """A stand-in for a segmenter, for tests with logits of their own."""

    label_ids = tuple(range(12))
    mean = (0.0, 0.0, 0.0)
    scale = 1.0


@pytest.mark.parametrize("size", [(256, 256), (256, 512), (512, 256), (512, 512)], ids=str)
@pytest.mark.parametrize("frame_size", [(241, 321), (181, 321), (513, 513), (321, 97)], ids=str)
def test_at_every_size_labels_are_those_of_the_published_method(
    frame_size: tuple[int, int], size: tuple[int, int]
) -> None:
    """Bilinear logits at the frame's size, argmax, nearest to the painter's size."""
    torch.manual_seed(0)
    logits = torch.randn(1, 12, *(-(-side // 8) for side in frame_size))
    full = F.interpolate(logits, frame_size, mode="bilinear", align_corners=False).argmax(1)[0].numpy()
    rows, columns = (np.arange(size[axis]) * frame_size[axis] // size[axis] for axis in (0, 1))
    labels = SegmentGraph(Certain(), frame_size, size).labels(logits).numpy()
    assert (labels == full[rows[:, None], columns]).mean() >= 0.9999


def test_labels_are_trained_ids(segmenter: DeepLabV3Plus, draw_frame: Draw) -> None:
    labels = run_graph(SegmentGraph(segmenter, (64, 64), (64, 64)), draw_frame(64, 64, 5))
    assert set(np.unique(labels)) <= set(segmenter.label_ids)


@pytest.mark.parametrize("argmax", [2, 4])
def test_a_coarser_argmax_gives_blocks_of_one_label(
    segmenter: DeepLabV3Plus, draw_frame: Draw, argmax: int
) -> None:
    frame = draw_frame(64, 96, 4)
    labels = run_graph(SegmentGraph(segmenter, (64, 96), (64, 96), argmax), frame)
    blocks = labels.reshape(64 // argmax, argmax, 96 // argmax, argmax)
    assert (blocks == blocks[:, :1, :, :1]).all()
    assert (labels == labels_at_frame_size(segmenter, frame)).mean() > 0.8


def test_the_picture_is_the_nets_own_in_blue_green_red(painter: Painter) -> None:
    labels = np.full((64, 64), 17, np.uint8)
    segmap = torch.zeros(1, painter.net.config.labels + 2, 64, 64)
    segmap[:, painter.trained.index(17)] = 1
    with torch.no_grad():
        rgb = painter.net(segmap)[0]
    picture = run_graph(SynthesizeGraph(painter.net, painter.trained, (64, 64)), labels, KEEP)
    expected = ((rgb.flip(0).permute(1, 2, 0) + 1) * 127.5).round().numpy()
    assert picture.dtype == np.uint8
    assert np.abs(picture - expected).max() <= 1


def paint(painter: Painter, labels: np.ndarray, swap: np.ndarray = KEEP) -> np.ndarray:
    return run_graph(SynthesizeGraph(painter.net, painter.trained, (64, 64), painter.siblings), labels, swap)


def two_labels(left: int, right: int) -> np.ndarray:
    labels = np.full((64, 64), left, np.uint8)
    labels[:, 32:] = right
    return labels


def test_swaps_happen_all_at_once(painter: Painter) -> None:
    swap = KEEP.copy()
    swap[[0, 17]] = 17, 0
    assert (paint(painter, two_labels(0, 17), swap) == paint(painter, two_labels(17, 0))).all()
    assert (paint(painter, two_labels(0, 17)) != paint(painter, two_labels(17, 0))).any()


def test_ids_that_were_never_trained_are_unlabelled_or_their_sibling(painter: Painter) -> None:
    unlabelled = paint(painter, two_labels(0, 255))
    assert (paint(painter, two_labels(0, 182)) == unlabelled).all()
    assert (paint(painter, two_labels(0, 3)) == unlabelled).all()
    assert (paint(painter, two_labels(0, 15)) == paint(painter, two_labels(0, 17))).all()
    assert (unlabelled != paint(painter, two_labels(0, 17))).any()


def test_edges_lie_on_both_sides_of_a_border(painter: Painter) -> None:
    seen: list[torch.Tensor] = []
    graph = SynthesizeGraph(painter.net, painter.trained, (64, 64))
    hook = painter.net.up_2.norm_0.mlp_shared.register_forward_hook(lambda _, args, __: seen.append(args[0]))
    labels = np.full((64, 64), 17, np.uint8)
    labels[20:30, 40:44] = 0
    run_graph(graph, labels, KEEP)
    hook.remove()
    edges = np.zeros((64, 64), bool)
    for y in range(64):
        for x in range(64):
            around = [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
            edges[y, x] = any(labels[p] != labels[y, x] for p in around if min(p) >= 0 and max(p) < 64)
    channel = seen[0][0, painter.net.config.labels + 1].numpy()
    assert edges.sum() > 0
    assert (channel == edges[::2, ::2]).all()
