"""Evaluate a segmenter in training against known labels."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from export.groups import group_confusion, group_iou, grouped_accuracy
from export.nets.deeplab import DeepLabV3Plus
from export.train.data import Array, Photo, square

SIZE = (256, 256)  # (height, width) of the graph


def normalise(images: Tensor, net: DeepLabV3Plus) -> Tensor:
    """Normalise uint8 (N, H, W, 3) BGR → the net's input, float (N, 3, H, W)."""
    mean = torch.tensor(net.mean)
    return ((images.float() - mean) * net.scale).permute(0, 3, 1, 2)


@torch.no_grad()
def segment(net: nn.Module, image: Array) -> Array:
    """Label a photo uint8 (H, W, 3) BGR as the graph does at 256×256: ids uint8 (H, W)."""
    assert isinstance(net, DeepLabV3Plus)
    h, w = image.shape[:2]
    fitted = np.asarray(cv2.resize(image, SIZE[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    logits = net(normalise(torch.from_numpy(fitted)[None], net))
    full = F.interpolate(logits, size=SIZE, mode="bilinear", align_corners=False)
    ids = np.asarray(net.label_ids, np.uint8)[full[0].argmax(0).numpy()]
    return np.asarray(cv2.resize(ids, (w, h), interpolation=cv2.INTER_NEAREST), np.uint8)


def likeness(net: nn.Module, photos: Sequence[Photo], name: str) -> dict[str, float]:
    """Return the grouped pixel accuracy over the photos, as `name`, and each group's IoU, as `name group`.

    The middle square of each photo is judged, as the loop shows it at 256×256.
    """

    def confusion_of(photo: Photo) -> npt.NDArray[np.int64]:
        image = square(photo.image, SIZE[0], cv2.INTER_AREA)
        return group_confusion(segment(net, image), square(photo.labels, SIZE[0], cv2.INTER_NEAREST))

    answers = [confusion_of(photo) for photo in photos]
    confusion = np.sum(answers, axis=0)
    ious = {f"{name} {group}": iou for group, iou in group_iou(confusion).items()}
    return {name: grouped_accuracy(confusion), **ious}
