"""Count the share of people in each picture: labels by name, and no painting.

python examples/count_people.py rtsp://camera/live
"""

import sys

import neteyes


def main(source="scene://duel?seconds=3"):
    """Print, for about every second of the source, the share of people and the largest other label."""
    told = -1
    with neteyes.open(source) as camera, neteyes.Eyes() as eyes:
        for frame in camera:
            result = eyes(frame)
            if int(frame.pts) > told:
                told = int(frame.pts)
                people = result.shares.get("person", 0)
                others = ", ".join(f"{name} {share:.0%}" for name, share in list(result.shares.items())[:3])
                print(f"{frame.pts:6.1f} s  person {people:.1%}   most: {others}")


if __name__ == "__main__":
    main(*sys.argv[1:])
