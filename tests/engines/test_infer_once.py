"""An engine on a device gives the same answers as on the host, and frees all its memory."""

import numpy as np
import pytest

from engines.backends import open_engine
from engines.bundle import open_bundle
from engines.errors import BackendError
from engines.infer_once import device_inference, host_inference

GRAPH = open_bundle("small").segment
FRAMES = [np.random.default_rng(seed).integers(0, 256, (256, 256, 3), dtype=np.uint8) for seed in range(3)]


def test_each_input_has_its_own_answer_on_the_host_and_on_a_device(device):
    host = host_inference(open_engine(GRAPH, "onnxruntime", threads=1))
    with (
        device.current(),
        device_inference(
            device, lambda s: device.engine(open_engine(GRAPH, "onnxruntime", threads=1), s)
        ) as ask,
    ):
        answers = [ask({"frame": frame}) for frame in FRAMES]
    for frame, answer in zip(FRAMES, answers, strict=True):
        assert np.array_equal(answer, host({"frame": frame}))


def test_an_engine_that_does_not_open_leaves_no_memory_behind(device):
    def fails(stream):
        raise BackendError("no plan")

    with device.current(), pytest.raises(BackendError, match="no plan"), device_inference(device, fails):
        pass
    device.check_closed()
