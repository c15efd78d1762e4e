"""leadline beside Keras, PyTorch, scikit-learn and Flax in one run; writes a file of results for each file of workloads.

    python benchmarks/run.py                      # all of them; about an hour on 2 cores
    python benchmarks/run.py notes-mlp cnn        # some, by the name of a workload or of its file
    python benchmarks/run.py --quick notes-mlp    # fewer repetitions: to see that it runs
    python benchmarks/run.py --list

What stands in a file of results already, and is not run now, stays. `scripts/performance.py` writes docs/performance.md from all.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import limits
from contest import contest
from tasks import files, load

__all__ = ["RESULTS", "main"]

RESULTS = Path(__file__).parent / "results"
ORDER = ("notes-mlp", "wide-mlp", "gemm-mlp", "convolutional", "curves", "predict", "cold-start", "memory", "wrapped", "growth")


def chosen(wanted: Sequence[str]) -> dict[str, list[str]]:
    """Files to the names in them that are to run; a file with its own `measure` stands for itself."""
    every = {file: list(getattr(load(file), "TASKS", {file: None})) for file in sorted(files(), key=place)}
    if not wanted:
        return every
    unknown = [name for name in wanted if name not in every and not any(name in names for names in every.values())]
    if unknown:
        known = ", ".join(name for names in every.values() for name in names)
        raise SystemExit(f"There is no workload {', '.join(unknown)}. There are: {known}.")
    found = {file: [name for name in names if name in wanted or file in wanted] for file, names in every.items()}
    return {file: names for file, names in found.items() if names}


def place(file: str) -> tuple[int, str]:
    """Where a file stands in the order: the foremost workloads first, a new one last."""
    return (ORDER.index(file) if file in ORDER else len(ORDER), file)


def measured(file: str, name: str, rounds: int, share: float) -> dict[str, Any]:
    """The results of one workload by name; a file with its own `measure` may give several."""
    module = load(file)
    return (
        module.measure(rounds, share) if hasattr(module, "measure") else {name: contest(name, module.TASKS[name], rounds, share)}
    )


def merge(path: Path, results: dict[str, Any]) -> None:
    """Puts results into their file, whole or not at all."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    new = path.with_suffix(".new")
    new.write_text(json.dumps(known | results, indent=1) + "\n", encoding="utf-8")
    new.replace(path)


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", help="which; all by default")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    parser.add_argument("--quick", action="store_true", help="2 rounds of a tenth")
    parser.add_argument("--into", type=Path, default=RESULTS, help="the folder of the results")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    arguments = parser.parse_args()
    plan = chosen(arguments.workloads)
    if arguments.list:
        print("\n".join(name for names in plan.values() for name in names))
        return
    rounds, share = (2, 0.1) if arguments.quick else (arguments.rounds, 1.0)
    arguments.into.mkdir(parents=True, exist_ok=True)
    shared = {"machine": limits.machine(), "limits": limits.measured(), "quick": arguments.quick}
    for file, names in plan.items():
        for name in names:
            began = time.perf_counter()
            results = measured(file, name, rounds, share)
            merge(arguments.into / f"{file}.json", {own: result | shared for own, result in results.items()})
            print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
