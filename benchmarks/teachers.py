"""Label paintings with two published nets, the teachers, to judge what can be recognised in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engines.errors import BackendError, CheckpointError
from engines.labels import UNLABELLED, LabelSpace, SwapTable, swap_table
from stream.frame import Image

STUFF = "deeplabv3_mnv2_ade20k_int8.tflite"
THINGS = "deeplabv3_mnv2_pascal_quant.tflite"
ORIGINS = {STUFF: "mlcommons/mobile_models", THINGS: "google-coral/test_data"}
"""The repositories on GitHub that publish them, both under the Apache License 2.0."""

_ADE20K = {
    "wall": "wall-other",
    "building": "building-other",
    "sky": "sky-other",
    "floor": "floor-other",
    "tree": "tree",
    "ceiling": "ceiling-other",
    "road": "road",
    "bed": "bed",
    "windowpane": "window-other",
    "grass": "grass",
    "cabinet": "cabinet",
    "sidewalk": "pavement",
    "person": "person",
    "earth": "ground-other",
    "door": "door-stuff",
    "table": "dining table",
    "mountain": "mountain",
    "plant": "plant-other",
    "curtain": "curtain",
    "chair": "chair",
    "car": "car",
    "water": "water-other",
    "painting": None,
    "sofa": "couch",
    "shelf": "shelf",
    "house": "house",
    "sea": "sea",
    "mirror": "mirror-stuff",
    "rug": "rug",
    "field": "grass",
    "armchair": "chair",
}
"""ADE20K's first 31 classes, in the order of its ids from 1 on → their names in COCO-Stuff."""

_VOC = {
    "aeroplane": "airplane",
    "diningtable": "dining table",
    "motorbike": "motorcycle",
    "pottedplant": "potted plant",
    "sofa": "couch",
    "tvmonitor": "tv",
}
"""Pascal VOC's names that differ from COCO-Stuff's → COCO-Stuff's."""


class Teachers:
    """DeepLab v3 with MobileNetV2, once for ADE20K, mostly stuff, and once for the 20 things of Pascal VOC.

    Where the second net finds a thing, its label counts; everywhere else the label of the first.
    """

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        """Load both nets.

        Args:
            folder: the folder with the two .tflite files.
            threads: number of threads of each net; by default the runtime decides.

        Raises:
            BackendError: their runtime is not installed.
            CheckpointError: a file is missing, cannot be read, or holds another net.
        """
        coco = LabelSpace.load("coco-stuff")
        self._stuff = _Teacher(folder / STUFF, _ade20k_table(coco), threads)
        self._things = _Teacher(folder / THINGS, swap_table(LabelSpace.load("voc"), coco, _VOC), threads)

    def label(self, picture: Image) -> Image:
        """Label a picture.

        Args:
            picture: uint8 (H, W, 3) BGR of any size; it is stretched to the nets' size.

        Returns:
            Label map uint8 (H, W) in COCO-Stuff ids, 255 where neither net has a label.
        """
        things = self._things.label(picture)
        return np.where(things != UNLABELLED, things, self._stuff.label(picture))


class _Teacher:
    """One net: RGB uint8 (1, h, w, 3) → class of each pixel, integer (1, h, w)."""

    def __init__(self, path: Path, table: SwapTable, threads: int | None) -> None:
        self._net = _open(path, threads)
        self._input, self._output = self._net.get_input_details()[0], self._net.get_output_details()[0]
        shape, answer = self._input["shape"], self._output["shape"]
        if len(shape) != 4 or shape[3] != 3 or self._input["dtype"] != np.uint8 or len(answer) != 3:
            raise CheckpointError(
                f"{path} is another net than the one that {ORIGINS[path.name]} publishes. Get it from there."
            )
        self._size = int(shape[2]), int(shape[1])
        self._table = table

    def label(self, picture: Image) -> Image:
        shrinks = picture.shape[1] > self._size[0]
        kind = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        fitted = cv2.resize(picture, self._size, interpolation=kind)
        self._net.set_tensor(self._input["index"], fitted[None, :, :, ::-1])
        self._net.invoke()
        labels = self._table[self._net.get_tensor(self._output["index"])[0]]
        back = cv2.resize(labels, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        return np.asarray(back, np.uint8)


def _open(path: Path, threads: int | None) -> Any:
    if not path.is_file():
        raise CheckpointError(
            f"{path} is missing: one of the two published nets that judge what was painted. Get it from "
            f"github.com/{ORIGINS[path.name]} (Apache-2.0), or name the folder of both: --teachers DIR."
        )
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise BackendError(
            f"The nets that judge the painting need ai-edge-litert ({error}). "
            "Get it with: pip install 'neteyes[dev]'"
        ) from error
    try:
        net = Interpreter(model_path=str(path), num_threads=threads)
        net.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path} is no TensorFlow Lite model: {error}") from error
    return net


def _ade20k_table(coco: LabelSpace) -> SwapTable:
    """Return uint8 (256,): ADE20K's id → COCO-Stuff's, 255 for none."""
    table = np.full(256, UNLABELLED, np.uint8)
    for number, name in enumerate(_ADE20K.values(), 1):
        if name is not None:
            table[number] = coco.id(name)
    return table
