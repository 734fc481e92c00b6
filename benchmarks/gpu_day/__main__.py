"""Run the day: `python -m benchmarks.gpu_day --out out/gpu-day`."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.gpu_day.day import BUDGET, Day
from benchmarks.gpu_day.parts import all_parts


def main() -> None:
    """Run all parts that are not done yet; exit with 1 if one failed or took too long."""
    parser = argparse.ArgumentParser(prog="gpu-day", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/gpu-day"), help="the day's folder")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds of the whole day")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each run of the loop")
    asked = parser.parse_args()
    day = Day(asked.out.absolute(), asked.budget)
    outcomes = day.run(all_parts(asked.seconds))
    print(f"Look at {asked.out / 'summary.md'}; logs and figures lie beside it.")
    if any(one.state in ("failed", "too long") for one in outcomes.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
