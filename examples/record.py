"""Record a run and read its report: the command `neteyes run`, from a program.

python examples/record.py rtsp://camera/live out.mkv
"""

import sys

import neteyes


def main(source="scene://duel", recording="out.mkv"):
    """Record two seconds, and print the figures of the run."""
    try:
        report = neteyes.run(source, [recording], view="triptych", swap={"person": "bear"}, seconds=2)
    except neteyes.NetEyesError as error:
        sys.exit(f"It did not work: {error}")
    print(f"{report.frames_out} of {report.frames_in} frames, dropped: {report.dropped}")
    print(f"age of half of them: at most {report.age_ms['p50']} ms")
    print("within the limits for flashes" if report.flashes.complies else "it flashes too often")


if __name__ == "__main__":
    main(*sys.argv[1:])
