"""Show a camera in a mirror: painted by the nets, with bears in place of people.

python examples/mirror.py 0
"""

import os
import sys

import cv2

import neteyes


def show(view):
    """Show a picture in a window, or keep the newest as mirror.png where there is no display."""
    if os.environ.get("DISPLAY"):
        cv2.imshow("mirror", view)
        cv2.waitKey(1)
    else:
        cv2.imwrite("mirror.png", view)


def main(source="scene://duel"):
    """Show each frame until the source ends, or until Ctrl-C."""
    with neteyes.open(source) as camera, neteyes.Eyes("small", swaps={"person": "bear"}) as eyes:
        for frame in camera:
            result = eyes(frame)  # .labels, .painted_labels, .picture, .view; flashes held back by default
            show(result.view)


if __name__ == "__main__":
    main(*sys.argv[1:])
