"""Paint a folder of photos: each one beside its labels and its painting.

python examples/paint_folder.py photos/ paintings/
"""

import sys
from pathlib import Path

import cv2

import neteyes


def main(photos, paintings="paintings"):
    """Paint every picture of a folder, without steadied labels, because the pictures are no film."""
    folder = Path(paintings)
    folder.mkdir(exist_ok=True)
    # Pictures that are looked at one by one cannot flash: here the guard would only hold colours back.
    with (
        neteyes.open(photos, pace=False) as frames,
        neteyes.Eyes(view="triptych", steadiness=0, guard=False, fit="pad") as eyes,
    ):
        for frame in frames:
            result = eyes(frame)
            path = folder / f"{frame.index:04}.png"
            cv2.imwrite(str(path), result.view)
            print(f"{path}: {result}")


if __name__ == "__main__":
    main(*sys.argv[1:])
