"""Which labels the small painter learns, and which of them stands in for each that it does not."""

import numpy as np
import numpy.typing as npt

from engines.labels import LabelSpace

# painted label: those that it stands in for
_KIN = {
    "person": "teddy bear|hat|shoe|eye glasses|clothes|tie",
    "bicycle": "",
    "car": "parking meter",
    "motorcycle": "",
    "airplane": "kite",
    "bus": "",
    "train": "",
    "truck": "",
    "boat": "surfboard",
    "bird": "",
    "cat": "",
    "dog": "",
    "horse": "zebra|giraffe",
    "sheep": "",
    "cow": "elephant",
    "bear": "",
    "bottle": "fire hydrant|wine glass|cup|vase|hair drier|toothbrush|hair brush|blender|waterdrops",
    "baseball bat": "umbrella|skis|snowboard|skateboard|tennis racket|baseball glove|fork|knife|spoon|"
    "scissors|remote|wood|metal|straw",
    "chair": "bench|suitcase|backpack|handbag",
    "couch": "pillow|blanket",
    "potted plant": "flower",
    "bed": "",
    "dining table": "table|desk|desk-stuff|counter|napkin|plate|bowl|banana|apple|sandwich|orange|"
    "broccoli|carrot|hot dog|pizza|donut|cake|food-other|fruit|salad|vegetable",
    "tv": "laptop|mouse|keyboard|cell phone|microwave|traffic light",
    "refrigerator": "oven|toaster|sink|toilet",
    "building-other": "skyscraper|roof|structural-other|stop sign|street sign|banner|tent",
    "bridge": "",
    "cabinet": "cupboard|furniture-other|cardboard|solid-other",
    "ceiling-other": "ceiling-tile|light",
    "curtain": "cloth|textile-other|towel|net",
    "door-stuff": "door",
    "floor-other": "floor-marble|floor-stone|floor-tile|floor-wood|carpet|rug|mat",
    "grass": "playingfield",
    "ground-other": "dirt|gravel|mud|railroad",
    "house": "",
    "mirror-stuff": "mirror",
    "mountain": "hill|rock|stone",
    "pavement": "stairs|platform",
    "plant-other": "bush|leaves|moss",
    "road": "",
    "sand": "",
    "sea": "",
    "shelf": "book",
    "sky-other": "clouds|fog|frisbee|sports ball",
    "snow": "",
    "tree": "branch",
    "wall-other": "wall-brick|wall-concrete|wall-panel|wall-stone|wall-tile|wall-wood|fence|railing|"
    "cage|paper|plastic|clock",
    "water-other": "river",
    "window-other": "window|window-blind",
}


def painted_ids() -> tuple[int, ...]:
    """Return the COCO-Stuff ids that the small painter learns, in the order of its channels."""
    space = LabelSpace.load("coco-stuff")
    return tuple(sorted(space.id(name) for name in _KIN))


def siblings() -> dict[int, int]:
    """Return, for each COCO-Stuff id that is never trained, the trained id that paints it."""
    space = LabelSpace.load("coco-stuff")
    return {space.id(kin): space.id(name) for name, kinds in _KIN.items() for kin in kinds.split("|") if kin}


def channel_table() -> npt.NDArray[np.uint8]:
    """Return uint8 (256,): COCO-Stuff id → the painter's channel. All beyond 181 is unlabelled."""
    painted = painted_ids()
    table = np.full(256, len(painted), np.uint8)
    for channel, label in enumerate(painted):
        table[label] = channel
    for kin, label in siblings().items():
        table[kin] = table[label]
    return table
