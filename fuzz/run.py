"""Fuzzes every parser of bytes that come from elsewhere, and writes reliability/results/fuzz.json.

    python fuzz/run.py                       # 10 minutes each
    python fuzz/run.py --seconds 60 keras    # a minute of one; what stands of the others stays

A parser that lets out anything but leadline's own errors, hangs for 20 s or takes 4 GB stops there; the input lies in fuzz/found.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from parsers import PARSERS, corpus

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "reliability" / "results" / "fuzz.json"
sys.path.append(str(HERE.parent / "reliability"))

import scores  # noqa: E402

LIMITS = ("-timeout=20", "-rss_limit_mb=4096", "-max_len=200000", "-len_control=0", "-print_final_stats=1")


def fuzzed(name: str, seconds: int) -> dict[str, Any]:
    """A row of results, after so many seconds of one parser."""
    found = HERE / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for number, data in enumerate(corpus(name, Path(folder) / "made")):
            (seeds / str(number)).write_bytes(data)
        command = [sys.executable, str(HERE / "target.py"), name, str(seeds), *LIMITS]
        command += [f"-max_total_time={seconds}", f"-artifact_prefix={found}/"]
        ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if ran.returncode:
        print(ran.stderr[-6000:], file=sys.stderr)
    runs = re.findall(r"stat::number_of_executed_units:\s+(\d+)", ran.stderr) or re.findall(r"#(\d+)\s", ran.stderr)
    cover = re.findall(r"cov: (\d+) ft: (\d+)", ran.stderr)
    if not (runs and cover):
        raise SystemExit(f"The target of {name} gave out before its first input.")
    (first_edges, _), (edges, features) = cover[0], cover[-1]
    note = f"{seconds} s; {edges} edges ({first_edges} by the real files alone) and {features} features of the instrumented code"
    tried = int(runs[-1])
    return {
        "what": f"Inputs given to the parser of {PARSERS[name].name}: read, or refused by an error of leadline's own",
        "command": f"make fuzz SECONDS={seconds} PARSERS={name}",
        "tried": tried,
        "held": tried - (ran.returncode != 0),
        "note": note,
    }


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parsers", nargs="*", help=f"which; all by default: {', '.join(PARSERS)}")
    parser.add_argument("--seconds", type=int, default=600, help="for each")
    arguments = parser.parse_args()
    known = (
        {row["command"].split("PARSERS=")[1]: row for row in json.loads(RESULTS.read_text())["rows"]} if RESULTS.exists() else {}
    )
    asked = arguments.parsers or list(PARSERS)
    for name in asked:
        known[name] = fuzzed(name, arguments.seconds)
        print(f"{name}: {known[name]['held']:,} of {known[name]['tried']:,}; {known[name]['note']}", file=sys.stderr, flush=True)
        scores.write(RESULTS, [known[one] for one in PARSERS if one in known], ("leadline", "jax", "numpy", "h5py", "atheris"))
    sys.exit(any(known[name]["held"] < known[name]["tried"] for name in asked))


if __name__ == "__main__":
    main()
