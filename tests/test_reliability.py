"""The page of what was tried, and the counts on it."""

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "reliability.py"
SPEC = importlib.util.spec_from_file_location("reliability_page", SCRIPT)
page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(page)


def test_the_page_is_what_the_script_gives():
    assert page.PAGE.read_text(encoding="utf-8") == page.generated()


def test_counts_of_one_thing_are_added():
    lines = '{"what": "a", "tried": 3, "held": 2}\n{"what": "b", "tried": 1, "held": 1}\n{"what": "a", "tried": 4, "held": 4}'
    rows = page.counted(lines)
    assert [(row["what"], row["tried"], row["held"]) for row in rows] == [("a", 7, 6), ("b", 1, 1)]
