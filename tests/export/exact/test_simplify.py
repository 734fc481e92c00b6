"""The painter's rewrites change nothing in the picture: each is compared with the plain layers."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto
from torch import nn
from torch.nn import functional as F

from engines.backends import open_engine
from export.exact.simplify import LabelConv, LabelMap, LookedUp, can_look_up, folded
from export.exact.variants import export_variants
from export.graphs import LookUpGraph, SynthesizeGraph
from export.nets.spade import Generator, Modulation, SpadeConfig
from export.save_onnx import save_onnx

CONFIG = SpadeConfig(labels=7, width=2, hidden=5)
KEEP = np.arange(256, dtype=np.uint8)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def settled(module):
    """Give every norm random statistics, in evaluation mode: initial ones would hide a mistake."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.2, 3)
    return module.eval().requires_grad_(False).double()


def blobs(size, labels):
    """A label map of random boxes, with pixels of noise among them."""
    rng, drawn = np.random.default_rng(1), np.zeros(size, np.uint8)
    for _ in range(12):
        y, x = rng.integers(0, size[0] - 4), rng.integers(0, size[1] - 4)
        drawn[y : y + rng.integers(3, size[0]), x : x + rng.integers(3, size[1])] = rng.integers(0, labels)
    noisy = rng.random(size) < 0.02
    drawn[noisy] = rng.integers(0, labels, noisy.sum())
    return drawn


def seen(size):
    """Return a map for the plain layers, one-hot with edges, and the same map for the looked-up ones."""
    count = CONFIG.labels + 1
    channels = torch.from_numpy(blobs(size, count)).long()
    edges = (torch.rand(size) < 0.01).long()
    one_hot = F.one_hot(channels, count).permute(2, 0, 1).double()
    return torch.cat([one_hot, edges[None].double()])[None], LabelMap(channels.int(), edges.int(), count)


def test_a_norm_folds_into_its_modulation():
    norm = settled(Modulation(6, CONFIG))
    x, (segmap, _) = torch.randn(1, 6, 9, 11).double(), seen((9, 11))
    weight, bias = folded(norm)
    scale, shift = F.conv2d(norm.mlp_shared(segmap), weight, bias, padding=1).chunk(2, 1)
    torch.testing.assert_close(x * scale + shift, norm(x, segmap), rtol=1e-10, atol=1e-12)


def test_a_convolution_over_labels_is_rows_of_a_table():
    conv = nn.Conv2d(CONFIG.labels + 2, 6, 3, padding=1).double()
    segmap, labels = seen((13, 8))
    torch.testing.assert_close(LabelConv(conv)(labels), conv(segmap), rtol=1e-10, atol=1e-12)


def test_a_modulation_is_the_same_where_the_labels_around_are():
    norm = settled(Modulation(6, CONFIG))
    x, (segmap, labels) = torch.randn(1, 6, 48, 40).double(), seen((48, 40))
    assert len(labels.wide.each) < 48 * 40  # something repeats
    torch.testing.assert_close(LookedUp(norm)(x, labels), norm(x, segmap), rtol=1e-10, atol=1e-12)


def plain_graph(size, config=CONFIG):
    return SynthesizeGraph(settled(Generator(config)), range(config.labels), size)


def floats(graph, labels):
    """A graph's picture before it is rounded to uint8."""
    kept = {}
    graph.net.conv_img.register_forward_hook(lambda module, given, answer: kept.update(raw=answer))
    graph.double()(torch.from_numpy(labels), torch.from_numpy(KEEP))
    return kept["raw"]


@pytest.mark.parametrize("size", [(64, 64), (64, 96), (96, 64)], ids=str)
def test_the_whole_painter_paints_the_same(size):
    graph, labels = plain_graph(size), blobs(size, 12)  # some beyond the trained ones: unlabelled
    torch.testing.assert_close(
        floats(LookUpGraph(graph), labels), floats(graph, labels), rtol=1e-9, atol=1e-11
    )


def test_the_plain_net_is_not_changed():
    graph = plain_graph((32, 32))
    before = floats(graph, blobs((32, 32), 7))
    LookUpGraph(graph)
    torch.testing.assert_close(floats(graph, blobs((32, 32), 7)), before, rtol=0, atol=0)


@pytest.fixture(scope="module")
def variants(tmp_path_factory):
    """A painter, and the folder with its variants for a bf16 bundle."""
    torch.manual_seed(0)
    graph, folder = plain_graph((64, 64)).float(), tmp_path_factory.mktemp("variants")
    models, named = export_variants(graph, "synthesize", precision="bf16", half_weights=False)
    for name, model in models.items():
        save_onnx(model, folder / name)
    return graph, {runtime: folder / name for runtime, name in named.items()}


def maps():
    """Label maps of every kind: blobs, one label, and noise in which no two neighbourhoods are alike."""
    rng = np.random.default_rng(2)
    return blobs((64, 64), 9), np.full((64, 64), 255, np.uint8), rng.integers(0, 9, (64, 64)).astype(np.uint8)


def worst_error(graph, engine):
    errors = []
    for labels in maps():
        for swap in (KEEP, np.roll(KEEP, 3)):
            picture = np.empty((64, 64, 3), np.uint8)
            engine({"labels": labels, "swap": swap}, {"picture": picture})
            plain = graph(torch.from_numpy(labels), torch.from_numpy(swap)).numpy()
            errors.append(np.abs(picture.astype(int) - plain).max())
    engine.close()
    return max(errors)


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_each_runtime_paints_the_same_for_every_kind_of_map(variants, backend):
    graph, named = variants
    assert worst_error(graph, open_engine(named["onnxruntime"], backend)) <= 1


def test_bf16_keeps_to_the_picture_and_spares_the_last_block(variants):
    graph, named = variants
    engine = open_engine(
        named["openvino"].with_name("none.onnx"), "openvino", precision="bf16", variants=named
    )
    assert worst_error(graph, engine) <= 4
    model = onnx.load(named["openvino"])
    narrow = {weight.name for weight in model.graph.initializer if weight.data_type == TensorProto.BFLOAT16}
    assert "net.up_0.conv_0.weight.bf16" in narrow
    assert not any(name.startswith(("net.up_3", "net.conv_img")) for name in narrow)


def test_a_processor_runtime_that_has_no_bf16_is_given_float32(variants):
    _, named = variants
    types = {weight.data_type for weight in onnx.load(named["onnxruntime"]).graph.initializer}
    assert TensorProto.BFLOAT16 not in types


def test_only_nets_that_read_labels_alone_are_looked_up():
    assert can_look_up(Generator(CONFIG))
    assert not can_look_up(Generator(SpadeConfig(labels=7, width=2, hidden=5, grain=3)))
    assert not can_look_up(Generator(SpadeConfig(labels=7, width=2, hidden=5, kernel=1)))
