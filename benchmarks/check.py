"""Measures anew, and says which ratios to the peers fell by more than a fifth below those of `benchmarks/results`.

    make bench-check WORKLOADS="notes-mlp cnn"
    python benchmarks/check.py --measured FOLDER     # compares what `run.py --into FOLDER` has measured already

Ends with 1 if one fell. Ratios, since both sides of one were measured on the same machine in the same run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from run import RESULTS
from verdict import by_peer

__all__ = ["MOST", "fallen", "main", "ratios"]

MOST = 0.2
"""By how much a ratio may fall: about as far as two quiet runs lie apart."""


def ratios(folder: Path) -> dict[str, float]:
    """All ratios in a folder of results, by workload and peer."""
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return {f"{name}, {peer}": ratio for one in files for name, result in one.items() for peer, ratio in by_peer(result).items()}


def fallen(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """What fell by more than `MOST`: before, and now."""
    return {name: (before[name], now[name]) for name in now if name in before and now[name] < (1 - MOST) * before[name]}


def measured(workloads: Sequence[str], folder: Path) -> None:
    """Runs the suite into the folder."""
    command: list[Any] = [sys.executable, Path(__file__).parent / "run.py", "--into", folder, *workloads]
    subprocess.run(command, check=True)


def main() -> None:
    """Measures if need be, compares, and says so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", help="which; all by default")
    parser.add_argument("--measured", type=Path, help="a folder of results to compare, instead of measuring")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = arguments.measured or Path(place)
        if arguments.measured is None:
            measured(arguments.workloads, folder)
        now, before = ratios(folder), ratios(RESULTS)
    lower = fallen(now, before)
    for name, (was, is_) in lower.items():
        print(f"{name}: {is_:.2f}×, was {was:.2f}×")
    print(f"{len(now.keys() & before.keys())} ratios compared, {len(lower)} fell by more than {100 * MOST:.0f} %.")
    raise SystemExit(1 if lower else 0)


if __name__ == "__main__":
    main()
