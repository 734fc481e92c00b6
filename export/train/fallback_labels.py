"""List the labels that the small painter learns, and the label that replaces each other one."""

import numpy as np
import numpy.typing as npt

from engines.labels import LabelSpace

# painted label: the labels that it replaces
_REPLACED = {
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
    return tuple(sorted(space.id(name) for name in _REPLACED))


def siblings() -> dict[int, int]:
    """Return each COCO-Stuff id that is not trained → the trained id that is painted for it."""
    space = LabelSpace.load("coco-stuff")
    return {
        space.id(other): space.id(name)
        for name, replaced in _REPLACED.items()
        for other in replaced.split("|")
        if other
    }


def channel_table() -> npt.NDArray[np.uint8]:
    """Return uint8 (256,): COCO-Stuff id → the painter's channel. Ids above 181 are unlabelled."""
    painted = painted_ids()
    table = np.full(256, len(painted), np.uint8)
    for channel, label in enumerate(painted):
        table[label] = channel
    for other, label in siblings().items():
        table[other] = table[label]
    return table
