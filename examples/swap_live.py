"""Change swaps while a program runs, and keep each view.

python examples/swap_live.py
"""

import sys

import cv2

import neteyes

SWAPS = [{}, {"person": "bear"}, {"person": "bear", "sky": "sea"}, {"sand": "snow"}]


def main(source="scene://duel?seconds=4"):
    """Change the swaps once a second of the source's time."""
    with neteyes.open(source, pace=False) as frames, neteyes.Eyes() as eyes:
        for frame in frames:
            turn = int(frame.pts) % len(SWAPS)
            if eyes.swaps != SWAPS[turn]:
                eyes.swaps = SWAPS[turn]
                print(f"{frame.pts:5.2f} s: {eyes.swaps or 'as it is'}")
            cv2.imwrite(f"swap-{turn}.jpg", eyes(frame).view)


if __name__ == "__main__":
    main(*sys.argv[1:])
