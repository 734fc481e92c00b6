"""A graph's tensors in other files are found wherever they are, and a bundle with such files is refused."""

import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data

from engines.backends import BACKENDS, open_engine
from engines.bundle import find_bundle, open_bundle, sha256_of
from engines.card import CARD
from engines.errors import BundleError
from engines.external_data import external_files


def outside(name="w.bin", value=0.0):
    """A tensor whose data lie in another file."""
    tensor = numpy_helper.from_array(np.full(4, value, np.float32), "w")
    set_external_data(tensor, name, offset=0, length=16)
    tensor.ClearField("raw_data")
    return tensor


def model(nodes=(), initializers=(), **more):
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [4])] for name in "xy"]
    graph = helper.make_graph(list(nodes), "g", *ends, initializer=list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], **more)


def inner(tensor):
    return helper.make_graph([], "inner", [], [], initializer=[tensor])


def sparse(tensor):
    indices = numpy_helper.from_array(np.arange(4), "i")
    return helper.make_sparse_tensor(tensor, indices, [4])


def function(tensor):
    node = helper.make_node("Constant", [], ["c"], value=tensor)
    return helper.make_function("d", "F", [], ["c"], [node], [helper.make_opsetid("", 18)])


def with_sparse_initializer():
    made = model()
    made.graph.sparse_initializer.append(sparse(outside()))
    return made


def with_training():
    made = model()
    made.training_info.add().initialization.CopyFrom(inner(outside()))
    return made


PLACES = {
    "a weight": lambda: model(initializers=[outside()]),
    "a constant": lambda: model([helper.make_node("Constant", [], ["y"], value=outside())]),
    "a branch": lambda: model([helper.make_node("If", ["x"], ["y"], then_branch=inner(outside()))]),
    "several branches": lambda: model(
        [helper.make_node("D", ["x"], ["y"], domain="d", g=[inner(outside())])]
    ),
    "several constants": lambda: model([helper.make_node("D", ["x"], ["y"], domain="d", t=[outside()])]),
    "a sparse constant": lambda: model([helper.make_node("Constant", [], ["y"], s=sparse(outside()))]),
    "a sparse weight": with_sparse_initializer,
    "a function": lambda: model(functions=[function(outside())]),
    "training": with_training,
}


@pytest.mark.parametrize("place", PLACES)
def test_tensors_in_another_file_are_found_wherever_they_are(tmp_path, place):
    (tmp_path / "graph.onnx").write_bytes(PLACES[place]().SerializeToString())
    assert external_files(tmp_path / "graph.onnx") == {"w.bin"}


def test_every_file_is_found_once_and_whole_graphs_name_none(tmp_path):
    tensors = [outside("a.bin"), outside("b.bin"), outside("a.bin"), outside("../c.bin")]
    (tmp_path / "graph.onnx").write_bytes(model(initializers=tensors).SerializeToString())
    assert external_files(tmp_path / "graph.onnx") == {"a.bin", "b.bin", "../c.bin"}
    bundle = open_bundle("small")
    assert external_files(bundle.segment) <= bundle.card.weights.keys()


def test_a_tensor_outside_that_names_no_file_is_found(tmp_path):
    tensor = outside()
    tensor.ClearField("external_data")
    (tmp_path / "graph.onnx").write_bytes(model(initializers=[tensor]).SerializeToString())
    assert external_files(tmp_path / "graph.onnx") == {""}


@pytest.mark.parametrize(
    "content", [b"", b"<net/>", b"x", b"\x08\x09", b"\xff" * 40, b"\x3a\x7f", b"\x0b\x0c"], ids=repr
)
def test_a_file_that_is_no_graph_is_refused(tmp_path, content):
    (tmp_path / "graph.onnx").write_bytes(content)
    with pytest.raises(BundleError, match="is no ONNX graph"):
        external_files(tmp_path / "graph.onnx")


@pytest.fixture
def bundle(tmp_path):
    """A bundle whose painter has one weight in a file beside it, which its card does not name."""
    folder = shutil.copytree(find_bundle("small"), tmp_path / "mine")
    path = folder / "synthesize.onnx"
    graph = onnx.load(path)
    weight = max(graph.graph.initializer, key=lambda one: len(one.raw_data))
    (folder / "w.bin").write_bytes(weight.raw_data)
    set_external_data(weight, "w.bin", offset=0, length=len(weight.raw_data))
    weight.ClearField("raw_data")
    before = sha256_of(path)
    path.write_bytes(graph.SerializeToString())
    card = (folder / CARD).read_text()
    (folder / CARD).write_text(card.replace(before, sha256_of(path)))
    return folder


def vouch(folder, name="w.bin"):
    card = (folder / CARD).read_text()
    begin = "[weights]\n" if "[weights]" in card else "\n[weights]\n"
    line = f'{begin}"{name}" = "{sha256_of(folder / "w.bin")}"\n'
    (folder / CARD).write_text(card.replace("[weights]\n", line) if "[weights]" in card else card + line)


def test_weights_that_the_card_does_not_vouch_for_are_refused(bundle):
    with pytest.raises(BundleError, match=r"synthesize\.onnx takes weights from 'w\.bin'"):
        open_bundle(bundle)


def test_weights_that_the_card_vouches_for_are_taken_until_a_byte_changes(bundle):
    vouch(bundle)
    nets = open_bundle(bundle)
    for backend in BACKENDS:
        open_engine(nets.synthesize, backend.name, threads=1).close()
    content = (bundle / "w.bin").read_bytes()
    (bundle / "w.bin").write_bytes(content[::-1])
    with pytest.raises(BundleError, match=r"w\.bin was altered"):
        open_bundle(bundle)


def test_a_graph_of_another_format_is_refused(bundle):
    """OpenVINO opens `graph.xml` too, and then takes the weights of `graph.bin` without a question."""
    (bundle / "synthesize.onnx").rename(bundle / "synthesize.xml")
    card = (bundle / CARD).read_text()
    (bundle / CARD).write_text(card.replace('"synthesize.onnx"', '"synthesize.xml"'))
    with pytest.raises(BundleError, match=r"its name must end with \.onnx"):
        open_bundle(bundle)
