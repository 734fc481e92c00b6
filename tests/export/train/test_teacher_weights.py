from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engines.errors import CheckpointError
from export.nets.deeplab import DeepLabV3Plus
from export.train.teacher_weights import ADE20K, convolutions, start_from_teacher

SIDE = 512
DEEPEST = 185  # the tensor that the teacher's own backbone ends in, before the pooling head


@pytest.mark.filterwarnings("ignore:.*preserve_all_tensors:UserWarning")
def test_the_backbone_sees_what_the_teacher_sees(shared_data: Path) -> None:
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    path = shared_data / "teachers" / ADE20K
    photo = cv2.imread(str(next((shared_data / "nature" / "photos").glob("*.jpg"))))
    frame = cv2.resize(photo, (SIDE, SIDE))

    teacher = interpreter.Interpreter(str(path), experimental_preserve_all_tensors=True, num_threads=1)
    teacher.allocate_tensors()
    teacher.set_tensor(teacher.get_input_details()[0]["index"], frame[None, :, :, ::-1])
    teacher.invoke()
    scale, zero = next(t for t in teacher.get_tensor_details() if t["index"] == DEEPEST)["quantization"]
    theirs = (teacher.get_tensor(DEEPEST)[0].astype(np.float32) - zero) * scale  # (32, 32, 320)

    net = DeepLabV3Plus((0, 1)).eval()
    start_from_teacher(net, path)
    # TensorFlow pads below and at the right, torch all around: in sum a shift of 15 pixels at stride 16.
    shifted = np.pad(frame, ((0, 15), (0, 15), (0, 0)))[15:, 15:].astype(np.float32)
    x = (torch.from_numpy(shifted) - torch.tensor(net.mean)) * net.scale
    with torch.no_grad():
        ours = net.backbone(x.permute(2, 0, 1)[None])[2][0].permute(1, 2, 0).numpy()

    inner = np.s_[6:-6, 6:-6]
    assert np.corrcoef(ours[inner].ravel(), theirs[inner].ravel())[0, 1] > 0.95


def test_every_convolution_comes_with_its_bias(shared_data: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    for weight, bias in convolutions(shared_data / "teachers" / ADE20K):
        assert weight.shape[0] == bias.shape[0] and torch.isfinite(weight).all()
        assert 0 < weight.abs().max() < 1000


def test_another_teacher_is_refused(shared_data: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    with pytest.raises(CheckpointError, match="another net"):
        start_from_teacher(
            DeepLabV3Plus((0, 1)), shared_data / "teachers" / "deeplabv3_mnv2_pascal_quant.tflite"
        )


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    with pytest.raises(CheckpointError, match=r"none\.tflite"):
        list(convolutions(tmp_path / "none.tflite"))
    (tmp_path / "broken.tflite").write_bytes(b"not a model")
    with pytest.raises(CheckpointError, match=r"broken\.tflite"):
        list(convolutions(tmp_path / "broken.tflite"))
