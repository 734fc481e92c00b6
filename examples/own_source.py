"""Use frames of your own: numpy arrays from anywhere, here drawn by a generator.

python examples/own_source.py
"""

import cv2
import numpy as np

import neteyes


def frames(count=10, size=(360, 640)):
    """Yield a green hill under a blue sky, with a tree that walks; uint8 (h, w, 3) BGR."""
    height, width = size
    for index in range(count):
        image = np.empty((height, width, 3), np.uint8)
        image[: height // 2] = (230, 190, 130)
        image[height // 2 :] = (60, 140, 70)
        x = width * (index + 1) // (count + 1)
        cv2.rectangle(image, (x - 8, height // 3), (x + 8, height * 2 // 3), (40, 60, 90), -1)
        cv2.circle(image, (x, height // 3), 60, (40, 110, 40), -1)
        yield image


def main():
    """Carry each frame through the nets, at 25 frames a second of their own time."""
    with neteyes.Eyes(view="triptych") as eyes:
        for index, image in enumerate(frames()):
            result = eyes(image, at=index / 25)
            cv2.imwrite(f"own-{index:02}.png", result.view)
            print(index, result)


if __name__ == "__main__":
    main()
