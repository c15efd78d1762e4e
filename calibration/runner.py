"""Runs the cases of a calibration one after the other, keeps every result, and goes on where it was stopped.

A calibration is a script beside this one. It has
- `CASES`: names to plain settings, what JSON can say: `{"friedman/0": {"rows": 400, "noise": 0.3}}`;
- `measure(**settings)`: the result of one case, a dict of plain data; a function of its module, so that other processes find it;
- `VERSION`: a word that is changed when the same settings would give another result, and then all cases are run anew;
- `summary(found)`: what the results come to, a dict of plain data.

    asked = runner.asked(__doc__)                                  # --only, --limit, --workers of the command line
    found = runner.run("alarms", CASES, measure, version=VERSION, asked=asked)
    if len(found) == len(CASES):                                   # nothing was left out by --only or --limit
        runner.write("alarms", summary(found))                     # calibration/alarms.json

Each result is a line of `.calibration/NAME.jsonl`, which git ignores: a run that is killed loses the case it was at. A line
counts as long as settings and version are the ones asked for. `run` gives the results of all cases that are done, in the order of
the cases, each with its "seconds". A case that fails ends the run with its name; the others are kept. What `write` leaves is for
git: the summary, and with which versions and on how many cores it was measured. It has no date: the same results, the same file.
For summaries, `share(7, 60)` is a share with its 90 % interval.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import itertools
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

__all__ = ["Asked", "asked", "run", "share", "write"]

HERE = Path(__file__).parent
WORK = HERE.parent / ".calibration"

Result = dict[str, Any]
Measure = Callable[..., Result]


@dataclass(frozen=True)
class Asked:
    """What the command line asks for.

    Attributes:
        only: Run only cases whose name holds this.
        limit: Run no more than so many.
        workers: In how many processes; each takes its share of the cores.
    """

    only: str = ""
    limit: int | None = None
    workers: int = 1


def asked(description: str | None, parser: argparse.ArgumentParser | None = None) -> Asked:
    """Reads the command line.

    Args:
        description: What `--help` says; a calibration's docstring.
        parser: One with options of the calibration's own, which it then reads itself by `parser.parse_args()`.
    """
    parser = parser or argparse.ArgumentParser()
    parser.description, parser.formatter_class = description, argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", default="", metavar="TEXT", help="run only cases whose name holds TEXT")
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="run no more than N cases")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="in N processes")
    options = parser.parse_args()
    return Asked(options.only, options.limit, options.workers)


def run(
    name: str,
    cases: Mapping[str, Mapping[str, Any]],
    measure: Measure,
    *,
    version: str,
    asked: Asked = Asked(),
    folder: Path = WORK,
) -> dict[str, Result]:
    """Runs the cases that have no result yet, and gives the results of all that have one.

    Args:
        name: The calibration's name, and that of its work file.
        cases: Settings by name.
        measure: What gives a case's result.
        version: The word that makes older results stale.
        asked: Which cases, and in how many processes.
        folder: Where the work file lies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.jsonl"
    done = _kept(path, cases, version)
    waiting = [case for case in cases if case not in done and asked.only in case][: asked.limit]
    if waiting:
        _say(f"{name}: {len(done)} of {len(cases)} cases are done; running {len(waiting)}")
    began = time.monotonic()
    with path.open("a", encoding="utf-8") as file:
        for place, (case, result) in enumerate(_measured(waiting, cases, measure, asked.workers), 1):
            line = {"case": case, "version": version, "settings": cases[case], "result": result}
            file.write(json.dumps(line) + "\n")
            file.flush()
            done[case] = json.loads(json.dumps(result))
            left = (time.monotonic() - began) / place * (len(waiting) - place)
            _say(f"{name}: {place} of {len(waiting)}, {_lasting(left)} left: {case}, {result['seconds']:.1f} s")
    return {case: done[case] for case in cases if case in done}


def write(name: str, summary: Mapping[str, Any], folder: Path = HERE) -> Path:
    """Writes `NAME.json` as a whole: the summary, and what it was measured with.

    Args:
        name: The calibration's name.
        summary: Plain data.
        folder: Where the file goes.
    """
    whole = {"measured with": _versions(), **summary}
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in whole.items()]
    path, new = folder / f"{name}.json", folder / f"{name}.json.new"
    new.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    new.replace(path)
    return path


def share(count: int, of: int) -> Result:
    """A share with Wilson's 90 % interval, as plain data; of nothing, from 0 to 1.

    Source:
        Wilson 1927, Probable inference, the law of succession, and statistical inference.
    """
    if of == 0:
        return {"count": 0, "of": 0, "share": None, "interval": [0.0, 1.0]}
    z, part = 1.6448536269514722, count / of
    middle, half = part + z * z / of / 2, z * math.sqrt(part * (1 - part) / of + (z / of) ** 2 / 4)
    ends = [max(0.0, (middle - half) / (1 + z * z / of)), min(1.0, (middle + half) / (1 + z * z / of))]
    return {"count": count, "of": of, "share": round(part, 4), "interval": [round(end, 4) for end in ends]}


def _kept(path: Path, cases: Mapping[str, Mapping[str, Any]], version: str) -> dict[str, Result]:
    """The results in the work file that are not stale; of several for one case the last."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):  # the last run was killed while it wrote: its half line is no result
        text = text[: text.rfind("\n") + 1]
        path.write_text(text, encoding="utf-8")
    wanted = {case: json.loads(json.dumps(settings)) for case, settings in cases.items()}
    lines = (json.loads(line) for line in text.splitlines())
    return {
        line["case"]: line["result"]
        for line in lines
        if line["version"] == version and line["case"] in wanted and line["settings"] == wanted[line["case"]]
    }


def _measured(
    waiting: list[str], cases: Mapping[str, Mapping[str, Any]], measure: Measure, workers: int
) -> Iterator[tuple[str, Result]]:
    """The results as they come: in this process, or in others, of which none has more than one case to itself."""
    if workers <= 1 or len(waiting) <= 1:
        for case in waiting:
            yield case, _timed(case, measure, cases[case])
        return
    # Each process would spread its populations over all cores.
    os.environ.setdefault("JAX_NUM_CPU_DEVICES", str(max(1, (os.cpu_count() or 1) // workers)))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        coming = iter(waiting)
        running = {pool.submit(_timed, case, measure, cases[case]): case for case in itertools.islice(coming, workers)}
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                case = running.pop(future)
                for following in itertools.islice(coming, 1):
                    running[pool.submit(_timed, following, measure, cases[following])] = following
                yield case, future.result()


def _timed(case: str, measure: Measure, settings: Mapping[str, Any]) -> Result:
    began = time.perf_counter()
    try:
        result = measure(**settings)
    except Exception as error:
        error.add_note(f"This was the case {case!r}.")
        raise
    return {**result, "seconds": round(time.perf_counter() - began, 2)}


def _versions() -> dict[str, str]:
    packages = {name: importlib.metadata.version(name) for name in ("leadline", "jax", "numpy", "scikit-learn")}
    return {**packages, "python": platform.python_version(), "machine": f"{os.cpu_count()} cores, {platform.machine()}"}


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
