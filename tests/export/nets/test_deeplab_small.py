import io

import pytest
import torch
from torch import nn

from engines.errors import CheckpointError
from export.nets.deeplab import DeepLabV3Plus
from export.nets.mobilenet import MobileNetV2

IDS = (0, 17, 156)


@pytest.fixture(scope="module")
def net() -> DeepLabV3Plus:
    torch.manual_seed(0)
    return DeepLabV3Plus(IDS, width=24).eval()


def test_logits_lie_at_a_quarter_of_the_frame(net: DeepLabV3Plus) -> None:
    with torch.no_grad():
        assert net(torch.zeros(2, 3, 64, 96)).shape == (2, 3, 16, 24)


def test_features_lie_at_strides_4_8_and_16() -> None:
    backbone = MobileNetV2().eval()
    with torch.no_grad():
        shapes = [tuple(f.shape) for f in backbone(torch.zeros(1, 3, 64, 128))]
    assert shapes == [(1, 24, 16, 32), (1, 32, 8, 16), (1, 320, 4, 8)]


def test_the_last_stages_are_dilated_instead_of_strided() -> None:
    depthwise = [m for m in MobileNetV2().modules() if isinstance(m, nn.Conv2d) and m.groups > 1]
    assert [c.dilation[0] for c in depthwise] == [1] * 14 + [2] * 3
    assert [c.stride[0] for c in depthwise if c.stride[0] > 1] == [2, 2, 2]


def test_a_checkpoint_rebuilds_the_net(net: DeepLabV3Plus) -> None:
    file = io.BytesIO()
    torch.save(net.to_checkpoint(), file)
    file.seek(0)
    again = DeepLabV3Plus.from_checkpoint(torch.load(file, weights_only=True))
    assert again.label_ids == IDS and not again.training
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(again(x), net(x), rtol=0, atol=0)


def test_a_checkpoint_of_another_net_is_refused(net: DeepLabV3Plus) -> None:
    with pytest.raises(CheckpointError, match="spade"):
        DeepLabV3Plus.from_checkpoint({"net": "spade"})
    content = {**net.to_checkpoint(), "width": 32}
    with pytest.raises(CheckpointError, match="does not fit"):
        DeepLabV3Plus.from_checkpoint(content)
