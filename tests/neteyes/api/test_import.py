"""`import neteyes` is light: it loads no runtime and no codec, and changes nothing, before one is opened."""

import json
import subprocess
import sys

import neteyes

HEAVY = {"av", "cv2", "numpy", "openvino", "onnxruntime", "tensorrt", "torch", "typer"}

PROGRAM = """
import json, os, sys
before = dict(os.environ)
import neteyes
neteyes.UsageError, neteyes.__version__, dir(neteyes)
loaded = [name.partition(".")[0] for name in sys.modules]
print(json.dumps({"loaded": loaded, "same": dict(os.environ) == before}))
"""


def test_it_loads_nothing_heavy_and_leaves_the_environment_alone() -> None:
    seen = json.loads(subprocess.check_output([sys.executable, "-c", PROGRAM], text=True))
    assert not HEAVY & set(seen["loaded"])
    assert seen["same"]


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in neteyes.__all__:
        assert getattr(neteyes, name).__doc__, name
    assert set(neteyes.__all__) <= set(dir(neteyes))


def test_a_name_that_there_is_not_is_an_ordinary_error() -> None:
    assert not hasattr(neteyes, "opne")
