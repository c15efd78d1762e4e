"""Writes docs/performance.md and the table of both READMEs from benchmarks/results. Run it after `benchmarks/run.py`.

A workload that has no results yet is not on the page.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "benchmarks"))

from run import ORDER  # noqa: E402
from verdict import called, fastest, median, ours, roofline, verdicts  # noqa: E402

__all__ = ["CHINESE", "PAGE", "README", "RESULTS", "generated", "results", "with_table"]

RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "performance.md"
README, CHINESE = ROOT / "README.md", ROOT / "README.zh.md"
BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"

Result = Mapping[str, Any]

OPENING = """# Performance

How fast leadline is beside Keras (on JAX and on TensorFlow), PyTorch, scikit-learn's multilayer perceptron, and what an expert
writes by hand with Flax and Optax. `make bench` measures it (about an hour on 2 cores) and writes this page; one workload
alone is `python benchmarks/run.py cnn`. `make bench-check` says whether a ratio fell by more than a fifth.

- **One run, interleaved.** Each peer has a process of its own; all are kept alive, one works at a time, and they take turns
  round by round. Figures are medians of the rounds, with the smallest and the largest. What takes a peer over 10 seconds is
  run once.
- **The same mathematics.** All begin with the same weights; their losses over the first epochs in the same order are compared
  with leadline's, and who computes another thing is not counted. Curves draw their own seeds; their mean J is compared.
- **Each peer at its best.** A peer has several ways (`benchmarks/peers/`); after a trial the one that it comes with and its
  fastest are measured. leadline has one: `fit`, `predict`, `validation_curve`, `learning_curve` as its users call them, all by
  default.
- **Warm and cold apart.** Each way's first run builds and compiles, with nothing on disk; it is in a column of its own. The
  others are warm, except that a Keras loop with a model for each fit compiles each λ and size again, or reads it from disk.
- **The limit.** Operations are those of the products, bytes those of arrays and activations if no cache held them; the roofline
  is the larger of the two at the peak rates of products and of memory, which the same run measured: a bound for what does not
  fit into the caches, and passed by what does.

To add a workload: an entry of `TASKS` in a file of `benchmarks/workloads/`. To add a peer: a file of `benchmarks/peers/`.
"""

SHORT = """## Where a goal is missed, and what was tried

- **notes-mlp, beside an expert's own scan.** A step through XLA is mostly the starting of its operations, for the expert as
  well. Done: the order of the examples drawn on the host, one vector for the optimizer, many epochs a call, the program run
  on the calling thread; and then the whole epoch as one operation in C++ (`native/epoch.cpp`). What is left of a step is
  arithmetic without a centre: a fifth is Adam's roots and divisions, the rest products of small matrices, the cost, and
  gathering the batch. From run to run the ratio went from 2.1 to 2.9.
- **diagnosis, and lambda-sweep beside a loop compiled once.** All trainings together are one program, and each step of them
  costs a quarter of the loop's; both cores work, which on this machine are one core with two threads.
- **course-lab** lasts half of its time in the compiler, at the first run only.
- **wide-mlp and gemm-mlp.** The products are nearly all of a step, and every peer's products are as fast; the roofline beside
  the result says how much there is to gain at all.
- **cnn-bn and separable.** Convolution is an operation in C++ (`native/convolution.cpp`); before it, as a product of patches,
  cnn took twice as long. What is left lies around it: normalisation, pooling and their
  slopes each read and write the images once more, and a depthwise convolution is a sum of shifted images. Max-pooling by the
  place of the largest was tried, and was slower. oneDNN, behind TensorFlow and PyTorch, does these in one pass.
- **predict, one row.** The call itself is most of it, for every library that compiles.
- **locally-connected** is as fast as the expert's scan, now a little under it, now over.
- **A new process.** With programs on disk what is left is the import of JAX and of leadline, and the tracing of the epoch.
  Without any, a layer's first weights are drawn by one program that is compiled briefly; before, by several that were
  optimised.
- **Memory.** The compiler needs most of it, and only where the program is not on disk yet; PyTorch compiles nothing.
"""
MEMORY = """The largest resident set of a process, MB. Wanted: no more than the smallest of the others and a fifth."""
GROWTH = (
    """leadline alone, each in a process of its own. *Memory* is the largest resident set after the first run and at the end."""
)

IN_THE_README = {
    "notes-mlp": "digits, 64-25-15-10: a step",
    "wide-mlp": "784-512-512-10: a step",
    "cnn": "a small convolutional network: a step",
    "lambda-sweep": "12 λ × 5 seeds of the digits",
    "learning-curve": "10 numbers of examples × 5 seeds",
    "predict-1": "prediction of one row",
    "cold-start-cached": "a new process, to the end of an epoch",
}


def results() -> dict[str, dict[str, Result]]:
    """Files of results, the foremost workloads first."""
    paths = sorted(
        RESULTS.glob("*.json"), key=lambda path: (ORDER.index(path.stem) if path.stem in ORDER else len(ORDER), path.stem)
    )
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def duration(seconds: float) -> str:
    """Seconds as a person reads them."""
    unit, scale = next(((unit, scale) for unit, scale in (("s", 1.0), ("ms", 1e-3)) if seconds >= scale), ("µs", 1e-6))
    value = seconds / scale
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, the first column to the left, the others to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def overview(found: Mapping[str, Mapping[str, Result]]) -> str:
    """Every goal of every workload."""
    rows = []
    for one in found.values():
        for name, result in one.items():
            for verdict in verdicts(result):
                rival = "–" if verdict.against is None else f"{called(verdict.against)}, {duration(median(verdict.against))}"
                rows.append(
                    [name, duration(median(ours(result))), rival, f"**{verdict.reached}**", verdict.goal, said(verdict.met)]
                )
            if "rows" in result:
                rows += [[f"memory: {subject}", *cells] for subject, cells in memory_verdicts(result)]
    return table(("workload", "leadline", "fastest of those meant", "reached", "wanted", ""), rows)


def said(met: bool) -> str:
    """Whether a goal is met, in a word."""
    return "met" if met else "**missed**"


def memory_verdicts(result: Result) -> list[tuple[str, list[str]]]:
    """Of each workload: leadline's memory, the smallest of the others', and whether it is no more than a fifth above that."""
    found = []
    for subject, row in result["rows"].items():
        mine, others = row["leadline"], {peer: value for peer, value in row.items() if peer != "leadline"}
        peer = min(others, key=lambda peer: others[peer])
        times = others[peer] / mine
        cells = [f"{mine:.0f} MB", f"{peer}, {others[peer]:.0f} MB", f"**{times:.3g}×**", f"{result['least']:.2g}×"]
        found.append((subject, [*cells, said(times >= result["least"])]))
    return found


def contested(name: str, result: Result) -> str:
    """The section of a workload that peers competed in."""
    mine, rows = ours(result), []
    for way in sorted((way for way in result["ways"] if way.get("kept")), key=median):
        each = way["each_s"]
        spread = "once" if way["once"] else f"{duration(min(each))} – {duration(max(each))}"
        first = duration(way["first_s"]) if "first_s" in way else "–"
        times = "" if way is mine else f"{median(way) / median(mine):.2f}×"
        rows.append([called(way), duration(median(way)), spread, first, times])
    lines = [
        f"### {name}",
        f"{result['what']}.",
        table(("", f"a {result['unit']}", "smallest – largest", "first run", "of leadline's"), rows),
    ]
    if "operations" in result:
        share = roofline(result) / median(mine)
        cached = " More than all of it: its arrays stay in the caches." if share > 1 else ""
        lines.append(f"{limit(result)} leadline: {100 * share:.1f} % of the roofline.{cached}")
    compared = [way["differs"] for way in result["ways"] if way.get("kept") and way["peer"] != "leadline" and "differs" in way]
    if compared:
        what = "The first run's losses" if result["kind"] == "Fit" else "The first run's results"
        lines.append(f"{what} differ from leadline's by {max(compared):.1g} at most, relative.")
    failed = [f"{called(way)}: {way['error'].splitlines()[0]}" for way in result["ways"] if "error" in way]
    return "\n\n".join([*lines, *(["Not counted: " + "; ".join(failed) + "."] if failed else [])])


def limit(result: Result) -> str:
    """Operations, bytes and roofline of one unit."""
    counts = f"{result['operations']:.2e} operations, {result['bytes']:.2e} bytes"
    return f"Roofline: {counts}, so {duration(roofline(result))} at those rates."


def grown(one: Mapping[str, Result]) -> str:
    """The section on growth."""
    rows = []
    for name, result in one.items():
        mine = ours(result)
        whole = median(mine) * result["units"]
        memory = f"{mine['peak_mb'][0]:.0f} – {mine['peak_mb'][-1]:.0f} MB"
        rows.append([name.removeprefix("growth-"), result["what"], duration(whole), memory])
    return "\n\n".join([GROWTH, table(("", "what", "time", "memory"), rows)])


def remembered(one: Mapping[str, Result]) -> str:
    """The section on memory."""
    found = one["memory"]["rows"]
    peers = list(dict.fromkeys(peer for row in found.values() for peer in row))
    rows = [[name, *(f"{row[peer]:.0f}" if peer in row else "–" for peer in peers)] for name, row in found.items()]
    return "\n\n".join([MEMORY, table(("", *peers), rows)])


def by_contest(one: Mapping[str, Result]) -> str:
    """The section of a file whose workloads peers competed in."""
    return "\n\n".join(contested(name, result) for name, result in one.items())


SECTIONS: dict[str, Callable[[Mapping[str, Result]], str]] = {"growth": grown, "memory": remembered}
"""What writes a file's section; `by_contest` for all others."""


def measured_with(found: Mapping[str, Mapping[str, Result]]) -> str:
    """One line for each file of results."""
    lines = []
    for name, one in found.items():
        versions = {package: version for result in one.values() for package, version in result["versions"].items()}
        last = list(one.values())[-1]
        machine, limits = last["machine"], last["limits"]
        peak = f"products at {limits['operations_per_s'] / 1e9:.0f} GFLOP/s, memory at {limits['bytes_per_s'] / 1e9:.0f} GB/s"
        quick = "; few repetitions" if any(result["quick"] for result in one.values()) else ""
        used = ", ".join(f"{package} {version}" for package, version in versions.items())
        lines.append(f"- {name}: {machine['processor']}, {machine['cores']} cores, {machine['system']}; {peak}; {used}{quick}")
    return "\n".join(lines)


def generated() -> str:
    """The page."""
    found = results()
    if not found:
        return OPENING
    sections = [
        f"## {name.replace('-', ' ').capitalize()}\n\n{SECTIONS.get(name, by_contest)(one)}" for name, one in found.items()
    ]
    goals = ["## All goals", overview(found), SHORT.rstrip()]
    return "\n\n".join([OPENING.rstrip(), *goals, *sections, "## Measured with", measured_with(found)]) + "\n"


def with_table(text: str) -> str:
    """The README with the table of what was measured; as it is where nothing was."""
    known = {name: result for one in results().values() for name, result in one.items()}
    rows = []
    for name, what in IN_THE_README.items():
        if name in known and (rival := fastest(known[name])) is not None:
            mine = ours(known[name])
            ratio = f"**{median(rival) / median(mine):.1f}×**"
            rows.append([what, duration(median(mine)), called(rival), duration(median(rival)), ratio])
    if not rows:
        return text
    block = table(("what", "leadline", "fastest of the others", "", "ratio"), rows)
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{block}\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Writes both."""
    PAGE.write_text(generated(), encoding="utf-8")
    for file in (README, CHINESE):
        file.write_text(with_table(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
