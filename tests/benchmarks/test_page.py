"""docs/performance.md and the README's table are what the script writes from the results that lie there."""

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "performance.py"
SPEC = importlib.util.spec_from_file_location("performance_page", SCRIPT)
page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(page)

WITH = {
    "machine": {"processor": "x", "cores": 2, "system": "y"},
    "limits": {"operations_per_s": 1e9, "bytes_per_s": 1e9, "cache_bytes": 10},
    "versions": {"leadline": "1.0"},
    "quick": False,
}


def way(peer, each, **more):
    return {
        "peer": peer,
        "way": "fit",
        "kept": True,
        "once": len(each) == 1,
        "each_s": each,
        "first_s": 2.0,
        "differs": 1e-5,
    } | more


def contested(**more):
    goals = [{"against": [], "least": 3.0, "seconds": None, "of_peak": None}]
    ways = [
        way("leadline", [2e-5, 1e-5, 3e-5]),
        way("torch", [1e-4]),
        way("optax", [], kept=False, error="no such thing\nat all"),
    ]
    head = {"what": "a network", "kind": "Fit", "unit": "step", "units": 10, "operations": 1000, "bytes": 5, "goals": goals}
    return head | {"ways": ways} | WITH | more


@pytest.fixture
def written(tmp_path, monkeypatch):
    def write(**found):
        for name, one in found.items():
            (tmp_path / f"{name.replace('_', '-')}.json").write_text(json.dumps(one))
        monkeypatch.setattr(page, "RESULTS", tmp_path)
        return page.generated()

    return write


def test_the_page_and_the_readme_are_what_the_script_gives():
    assert page.PAGE.read_text(encoding="utf-8") == page.generated(), f"run python scripts/{SCRIPT.name}"
    readme = page.README.read_text(encoding="utf-8")
    assert readme == page.with_table(readme), f"run python scripts/{SCRIPT.name}"


def test_without_results_there_is_no_section(written):
    assert written() == page.OPENING
    assert page.with_table("as it is") == "as it is"


def test_a_contest_is_a_table_with_its_limit_and_goals(written):
    text = written(notes_mlp={"notes-mlp": contested()})
    assert "| notes-mlp | 20 µs | torch: fit, 100 µs | **5×** | 3× | met |" in text
    assert "| leadline: fit | 20 µs | 10 µs – 30 µs | 2 s |  |" in text
    assert "| torch: fit | 100 µs | once | 2 s | 5.00× |" in text
    assert "1.00e+03 operations, 5.00e+00 bytes, so 1 µs at those rates. leadline: 5.0 % of the roofline." in text
    assert "Not counted: optax: fit: no such thing." in text
    assert "- notes-mlp: x, 2 cores, y; products at 1 GFLOP/s, memory at 1 GB/s; leadline 1.0\n" in text


def test_growth_and_memory_have_tables_of_their_own(written):
    mine = way("leadline", [1e-3], peak_mb=[100.0, 101.0])
    grown = contested(ways=[mine], goals=[]) | {"what": "1,000 rows"}
    memory = {"kind": "Memory", "least": 1 / 1.2, "rows": {"cnn": {"leadline": 200.0, "torch": 150.0}}} | WITH
    text = written(growth={"growth-rows-1000": grown}, memory={"memory": memory})
    assert "| rows-1000 | 1,000 rows | 10 ms | 100 – 101 MB |" in text
    assert "| cnn | 200 | 150 |" in text
    assert "| memory: cnn | 200 MB | torch, 150 MB | **0.75×** | 0.83× | **missed** |" in text


def test_the_readme_has_a_row_for_what_was_measured(written):
    written(notes_mlp={"notes-mlp": contested()})
    row = "| digits, 64-25-15-10: a step | 20 µs | torch: fit | 100 µs | **5.0×** |"
    given = page.with_table("before\n<!-- benchmark -->\nold\n<!-- /benchmark -->\nafter")
    assert row in given
    assert given.startswith("before\n")
    assert given.endswith("\nafter")
    assert "old" not in given


def test_what_stays_in_the_caches_may_pass_the_roofline(written):
    result = contested()
    result["operations"] *= 100
    text = written(notes_mlp={"notes-mlp": result})
    assert "500.0 % of the roofline. More than all of it: its arrays stay in the caches." in text
