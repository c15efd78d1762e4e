"""The page of what was tried, and the counts on it."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "reliability.py"
SPEC = importlib.util.spec_from_file_location("reliability_page", SCRIPT)
page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(page)


def test_the_page_is_what_the_script_gives():
    assert page.PAGE.read_text(encoding="utf-8") == page.generated()


def test_counts_of_one_thing_are_added():
    lines = '{"what": "a", "tried": 3, "held": 2}\n{"what": "b", "tried": 1, "held": 1}\n{"what": "a", "tried": 4, "held": 4}'
    rows = page.counted(lines)
    assert [(row["what"], row["tried"], row["held"]) for row in rows] == [("a", 7, 6), ("b", 1, 1)]


PROPERTIES = """
from hypothesis import Phase, given, settings, strategies as st

@given(x=st.integers(), y=st.booleans())
@settings(max_examples=30, database=None)
def test_that_holds(x, y):
    assert (x, y) == (x, y)

@given(x=st.booleans())
def test_that_has_two_examples(x):
    pass

@given(x=st.integers())
@settings(database=None, phases=[Phase.generate])
def test_that_does_not_hold(x):
    assert x < 3

def test_that_is_no_property():
    assert False
"""
COUNT = """
import json, sys, properties, pytest
counter = properties.Counter()
status = pytest.main(["-n", "1", "-q", "-m", "hypothesis", sys.argv[1]], plugins=[counter])
print(json.dumps([status, counter.held, counter.examples, counter.row()]))
"""


def test_properties_that_hold_and_their_examples_are_counted(tmp_path):
    (tmp_path / "test_few.py").write_text(PROPERTIES, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", COUNT, "test_few.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "reliability")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, held, examples, row = json.loads(done.stdout.splitlines()[-1])
    holds, two, fails = (f"test_few.py::test_that_{name}" for name in ("holds", "has_two_examples", "does_not_hold"))
    assert status == 1
    assert held == {holds: True, two: True, fails: False}
    assert (examples[holds], examples[two]) == (30, 2)
    assert examples[fails] >= 1
    assert (row["held"], row["tried"]) == (2, 3)
    assert row["note"].startswith(f"{min(examples.values())} examples or more of each")
