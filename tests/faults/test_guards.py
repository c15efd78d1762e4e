"""The table of guards says where each stands; taking them away takes minutes, and is `python reliability/guards.py`."""

import json
from pathlib import Path

import pytest
from bad_inputs import bad_inputs
from guarded import GUARDS
from guards import RESULTS, SEEN, SOURCE

TESTS = Path(__file__).resolve().parents[1]
EVERY = [guard for guards in GUARDS.values() for guard in guards]


@pytest.mark.parametrize("guard", EVERY, ids=lambda guard: guard.line)
def test_a_guard_stands_where_the_table_says_and_has_a_test(guard):
    source = (SOURCE / guard.file).read_text()
    assert source.count(guard.code) == 1
    compile(source.replace(guard.code, guard.without), guard.file, "exec")
    file, _, name = guard.test.partition("::")
    function, _, case = name.partition("[")
    assert f"def {function}" in (TESTS / file).read_text()
    if file == "faults/test_bad_inputs.py":
        assert case.rstrip("]").encode().decode("unicode_escape") in bad_inputs()


def test_what_was_measured_is_of_this_table_and_counted_as_it_was_seen():
    found = json.loads(RESULTS.read_text())
    places = {part: [(guard.line, guard.file, guard.code, guard.test) for guard in guards] for part, guards in GUARDS.items()}
    assert places == {
        part: [(one["line"], one["file"], one["code"], one["test"]) for one in each] for part, each in found["guards"].items()
    }
    for row, each in zip(found["rows"], found["guards"].values(), strict=True):
        assert (row["tried"], row["held"]) == (len(each), sum(one["without"] == SEEN for one in each))
