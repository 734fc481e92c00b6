"""Read the published weights that the small segmenter starts from, out of int8 TensorFlow Lite files."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from engines.errors import BackendError, CheckpointError
from export.nets.deeplab import DeepLabV3Plus

NOTICE = (
    "The backbone and the pooling head began as the weights of DeepLab v3+ MobileNetV2, trained on ADE20K "
    "(mlcommons/mobile_models, deeplabv3_mnv2_ade20k_int8.tflite; Apache License 2.0, "
    "https://www.apache.org/licenses/LICENSE-2.0), and were trained on from there. Most training labels were "
    "made by that net and by DeepLab v3 MobileNetV2, Pascal VOC (google-coral/test_data, Apache License 2.0)."
)
ADE20K = "deeplabv3_mnv2_ade20k_int8.tflite"


def convolutions(path: Path) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield each convolution of a .tflite file, in running order: weight (O, I / groups, k, k), bias (O,).

    Int8 weights are scaled back by their channel: w = scale · (q − zero point).

    Raises:
        BackendError: ai-edge-litert is not installed.
        CheckpointError: the file is missing, or is no TensorFlow Lite model.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise BackendError(
            "The teachers' weights need ai-edge-litert. Get it with: pip install 'neteyes[dev]'"
        ) from error
    if not path.exists():
        raise CheckpointError(f"{path} is missing: --data names the folder that holds teachers/{path.name}")
    try:
        model = Interpreter(model_path=str(path))
    except ValueError as error:
        raise CheckpointError(f"{path} is no TensorFlow Lite model: {error}") from error
    details = {tensor["index"]: tensor for tensor in model.get_tensor_details()}

    def read(index: int) -> Tensor:
        quantization = details[index]["quantization_parameters"]
        raw = torch.from_numpy(model.get_tensor(index)).double()
        shape = [1] * raw.dim()
        shape[quantization["quantized_dimension"]] = -1
        scale = torch.from_numpy(quantization["scales"]).double().view(shape)
        zero = torch.from_numpy(quantization["zero_points"]).double().view(shape)
        return ((raw - zero) * scale).float()

    for operation in model._get_ops_details():  # nothing public gives the order in which they run
        if operation["op_name"] == "CONV_2D":  # weight (O, k, k, I)
            _, weight, bias = operation["inputs"]
            yield read(weight).permute(0, 3, 1, 2).contiguous(), read(bias)
        elif operation["op_name"] == "DEPTHWISE_CONV_2D":  # weight (1, k, k, O)
            _, weight, bias = operation["inputs"]
            yield read(weight).permute(3, 0, 1, 2).contiguous(), read(bias)


def start_from_teacher(net: DeepLabV3Plus, path: Path) -> None:
    """Load the teacher's weights into the net's backbone and pooling head; the rest does not change.

    Raises:
        BackendError: ai-edge-litert is not installed.
        CheckpointError: the file is missing, or holds another net.
    """
    head = net.head
    targets = [module for module in net.backbone.modules() if isinstance(module, nn.Conv2d)]
    given = list(convolutions(path))
    # Next run aspp0, the decoder's projection (not used here), image pooling, concat_projection.
    aspp = given[len(targets) : len(targets) + 4]
    pairs = list(zip(targets, given, strict=False))
    pairs += zip((head.local, head.pooled, head.mix), (aspp[i] for i in (0, 2, 3)), strict=True)
    for number, (convolution, (weight, bias)) in enumerate(pairs):
        if convolution.weight.shape != weight.shape:
            raise CheckpointError(f"{path}: convolution {number} is {tuple(weight.shape)}: another net")
        # The stem reads BGR here, and the teacher's read RGB.
        weight = weight.flip(1) if convolution is net.backbone.stem else weight
        convolution.load_state_dict({"weight": weight, "bias": bias})
