import hashlib
import itertools
import json
import logging
import sys
import threading

import numpy as np
import pytest
import typer
from typer.main import get_command

from neteyes.__main__ import main
from neteyes.app import app
from stream import redact


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, " ".join(err.split())


@pytest.fixture(autouse=True)
def nothing_is_secret_yet(monkeypatch):
    """What one test's config holds is not hidden in the words of the next."""
    monkeypatch.setattr(redact, "_known", ())


@pytest.fixture
def neteyes(capsys, monkeypatch, tmp_path):
    """Run the command as a user does, in an empty folder: `neteyes("run", …)`; no traceback may ever show."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["neteyes", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        result = Result(ended.value.code, *capsys.readouterr())
        assert "Traceback" not in result.err
        return result

    return command


@pytest.fixture
def report(tmp_path):
    """Read the report that a run left behind."""
    return lambda name="r.json": json.loads((tmp_path / name).read_text())


@pytest.fixture
def made_bundle(tmp_path):
    """`made_bundle(frame=(h, w), picture=(H, W), work=0)` makes a bundle of trivial nets, in a folder.

    Labels are the frame's blue, the picture is grey in the label's id; `work` makes the segmenter slow.
    `more` are further sizes, of frame and picture alike.
    """
    pytest.importorskip("onnx")

    def make(frame, picture, work=0, more=()):
        folder = tmp_path / "made"
        folder.mkdir()
        card = 'format = 1\nname = "made"\n'

        def section(title, name, model, size):
            data = model.SerializeToString()
            file = f"{name}.{size[1]}x{size[0]}.onnx" if title.startswith("sizes") else f"{name}.onnx"
            (folder / file).write_bytes(data)
            return (
                f'[{title}]\nfile = "{file}"\nsha256 = "{hashlib.sha256(data).hexdigest()}"\n'
                f"size = [{size[1]}, {size[0]}]\n"
            )

        card += section("segment", "segment", _segmenter(frame, picture, work), frame)
        card += 'labels = "coco-stuff"\n'
        card += section("synthesize", "synthesize", _synthesizer(picture), picture)
        card += 'labels = "coco-stuff"\n'
        for size in more:
            card += "[[sizes]]\n"
            card += section("sizes.segment", "segment", _segmenter(size, size, work), size)
            card += section("sizes.synthesize", "synthesize", _synthesizer(size), size)
        (folder / "model.toml").write_text(card)
        return folder

    return make


def _segmenter(frame, picture, work):
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", ["frame"], ["bgr"], to=TensorProto.FLOAT),
        helper.make_node("Gather", ["bgr", "first"], ["blue"], axis=2),
        helper.make_node("Unsqueeze", ["blue", "outer"], ["plane 0"]),
        *(
            helper.make_node("Conv", [f"plane {place}", "kernel"], [f"plane {place + 1}"], pads=[60] * 4)
            for place in range(work)
        ),
        helper.make_node("Resize", [f"plane {work}", "", "", "sizes"], ["resized"], mode="nearest"),
        helper.make_node("Squeeze", ["resized", "outer"], ["flat"]),
        helper.make_node("Clip", ["flat", "", "last"], ["clipped"]),
        helper.make_node("Cast", ["clipped"], ["labels"], to=TensorProto.UINT8),
    ]
    constants = {
        "first": np.int64(0),
        "outer": np.array([0, 1]),
        "sizes": np.array([1, 1, *picture]),
        "last": np.float32(181),
        "kernel": np.full((1, 1, 121, 121), 1 / 121**2, np.float32),
    }
    return _model(nodes, {"frame": (*frame, 3)}, {"labels": picture}, constants)


def _synthesizer(picture):
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", ["swap"], ["table"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["labels"], ["ids as floats"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["ids as floats"], ["ids"], to=TensorProto.INT32),
        helper.make_node("Gather", ["table", "ids"], ["swapped"]),
        helper.make_node("Unsqueeze", ["swapped", "inner"], ["grey"]),
        helper.make_node("Expand", ["grey", "shape"], ["bgr"]),
        helper.make_node("Cast", ["bgr"], ["picture"], to=TensorProto.UINT8),
    ]
    constants = {"inner": np.array([2]), "shape": np.array([*picture, 3])}
    return _model(nodes, {"labels": picture, "swap": (256,)}, {"picture": (*picture, 3)}, constants)


def _model(nodes, inputs, outputs, constants):
    from onnx import TensorProto, helper, numpy_helper

    ends = [
        [helper.make_tensor_value_info(name, TensorProto.UINT8, shape) for name, shape in tensors.items()]
        for tensors in (inputs, outputs)
    ]
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "made", *ends, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


@pytest.fixture
def a_second_a_look(monkeypatch):
    """Whoever looks at a file again and again finds that a second has gone by."""
    monkeypatch.setattr("neteyes.file_watch.monotonic", itertools.count().__next__)


@pytest.fixture
def await_words():
    """`await_words("restart")` holds up a thread of the command until it has said that."""
    said, more = [], threading.Condition()

    class Listener(logging.Handler):
        def emit(self, record):
            with more:
                said.append(record.getMessage())
                more.notify_all()

    def wait(words):
        with more:
            assert more.wait_for(lambda: any(words in line for line in said), 20), said

    logger, listener = logging.getLogger("neteyes"), Listener()
    logger.addHandler(listener)
    yield wait
    logger.removeHandler(listener)


@pytest.fixture
def run_context():
    """A context of the real `neteyes run`."""
    return typer.Context(get_command(app).commands["run"], info_name="run")
