"""Cases are run once, kept, and run anew when they mean something else."""

import json
import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import runner
from runner import Asked

FOLDER = Path(runner.__file__).parent
CASES = {f"{kind}/{number}": {"kind": kind, "number": number} for kind in ("odd", "even") for number in range(3)}


class Counting:
    """Squares a number, and remembers which."""

    def __init__(self, fails=()):
        self.seen, self.fails = [], fails

    def __call__(self, kind, number):
        if (kind, number) in self.fails:
            raise ValueError("no")
        self.seen.append(f"{kind}/{number}")
        return {"square": number**2, "pair": (1, 2)}


def _run(measure, folder, cases=CASES, version="1", **asked):
    return runner.run("squares", cases, measure, version=version, asked=Asked(**asked), folder=folder)


def test_every_case_is_run_once_and_the_results_are_plain(tmp_path, capsys):
    first, second = Counting(), Counting()
    found = _run(first, tmp_path)
    assert first.seen == list(found) == list(CASES)
    assert found["odd/2"]["square"] == 4
    assert found["odd/2"]["pair"] == [1, 2], "the same before and after it was written"
    assert found["odd/2"]["seconds"] >= 0
    assert _run(second, tmp_path) == found
    assert second.seen == []
    said = capsys.readouterr()
    assert said.out == ""
    assert "squares: 6 of 6, 0 s left: even/2" in said.err


# (what is asked, which cases are then run)
ASKED = [
    ({"only": "even"}, ["even/0", "even/1", "even/2"]),
    ({"limit": 2}, ["odd/0", "odd/1"]),
    ({"only": "even", "limit": 1}, ["even/0"]),
    ({"limit": 0}, []),
    ({"only": "none of them"}, []),
]


@pytest.mark.parametrize(("asked", "expected"), ASKED)
def test_only_what_is_asked_for_is_run(tmp_path, asked, expected):
    measure = Counting()
    assert list(_run(measure, tmp_path, **asked)) == measure.seen == expected


def test_results_of_before_come_with_those_asked_for(tmp_path):
    _run(Counting(), tmp_path, only="odd")
    assert list(_run(Counting(), tmp_path, only="even", limit=1)) == ["odd/0", "odd/1", "odd/2", "even/0"]


# (what differs from the first run, which cases are then run)
STALE = [
    ({"version": "2"}, list(CASES)),
    ({"cases": CASES | {"odd/1": {"kind": "odd", "number": 5}}}, ["odd/1"]),
    ({"cases": CASES | {"new": {"kind": "odd", "number": 7}}}, ["new"]),
    ({"cases": {"odd/1": CASES["odd/1"]}}, []),
]


@pytest.mark.parametrize(("change", "expected"), STALE)
def test_a_stale_result_is_run_anew(tmp_path, change, expected):
    _run(Counting(), tmp_path)
    measure, wanted = Counting(), change.get("cases", CASES)
    found = _run(measure, tmp_path, **change)
    assert measure.seen == [f"{wanted[case]['kind']}/{wanted[case]['number']}" for case in expected]
    assert sorted(found) == sorted(wanted)


def test_a_case_that_fails_is_named_and_the_others_are_kept(tmp_path):
    with pytest.raises(ValueError, match="no") as caught:
        _run(Counting(fails=[("odd", 2)]), tmp_path)
    assert "'odd/2'" in caught.value.__notes__[0]
    measure = Counting()
    _run(measure, tmp_path)
    assert measure.seen == ["odd/2", "even/0", "even/1", "even/2"]


@pytest.mark.parametrize("left", [1, 20, 60])
def test_a_line_that_was_cut_short_is_no_result(tmp_path, left):
    _run(Counting(), tmp_path, limit=3)
    path = tmp_path / "squares.jsonl"
    whole = path.read_text()
    path.write_text(whole + whole.splitlines()[0][:left])
    measure = Counting()
    assert len(_run(measure, tmp_path)) == 6
    assert measure.seen == list(CASES)[3:]
    assert [json.loads(line)["case"] for line in path.read_text().splitlines()] == list(CASES)


PROGRAM = """
import sys, time
import runner

def measure(number):
    return {"square": number ** 2}

if __name__ == "__main__":
    asked = runner.asked("Squares.")
    cases = {str(number): {"number": number} for number in range(5)}
    found = runner.run("squares", cases, measure, version="1", asked=asked, folder=runner.Path(sys.argv[0]).parent)
    print(*(found[name]["square"] for name in found))
"""


@pytest.mark.parametrize("options", [[], ["--workers", "2"], ["--limit", "2", "--workers", "2"]])
def test_it_runs_from_the_command_line_in_one_process_or_two(tmp_path, options):
    (tmp_path / "squares.py").write_text(textwrap.dedent(PROGRAM))
    environment = os.environ | {"PYTHONPATH": str(FOLDER)}
    command = [sys.executable, str(tmp_path / "squares.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == (["0", "1"] if "--limit" in options else ["0", "1", "4", "9", "16"])
    assert "left" in done.stderr


def test_the_summary_is_written_as_a_whole_without_a_date(tmp_path):
    summary = {"λ": {"share": 0.5}, "rows": [1, 2]}
    path = runner.write("squares", summary, tmp_path)
    first = path.read_bytes()
    whole = json.loads(first)
    assert {name: whole[name] for name in summary} == summary
    assert set(whole["measured with"]) == {"leadline", "jax", "numpy", "scikit-learn", "python", "machine"}
    assert "cores" in whole["measured with"]["machine"]
    assert runner.write("squares", summary, tmp_path).read_bytes() == first
    assert [found.name for found in tmp_path.iterdir()] == ["squares.json"]


# (count, of, Wilson's 90 % interval by its formula in another form: the roots of (p − x)² = z² x (1 − x) / n)
@pytest.mark.parametrize(("count", "of"), [(0, 10), (10, 10), (3, 60), (150, 300)])
def test_a_share_has_wilsons_interval(count, of):
    found = runner.share(count, of)
    z2, p = 1.6448536**2 / of, count / of
    root = math.sqrt((2 * p + z2) ** 2 - 4 * (1 + z2) * p * p)
    expected = [(2 * p + z2 - root) / (2 * (1 + z2)), (2 * p + z2 + root) / (2 * (1 + z2))]
    assert found["interval"] == pytest.approx(expected, abs=6e-5)
    assert (found["count"], found["of"]) == (count, of)
    assert found["share"] == pytest.approx(p, abs=6e-5)


def test_a_share_of_nothing_is_unknown():
    assert runner.share(0, 0) == {"count": 0, "of": 0, "share": None, "interval": [0.0, 1.0]}
