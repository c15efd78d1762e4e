"""Bad inputs, at the entry points that a user has: each is refused with its name, or taken with a word; and the page says so."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest
from bad_inputs import OUTCOMES, RESULTS, bad_inputs, judged, observed
from inputs import GROUPS
from inputs.bad import Bad

ROOT = Path(__file__).resolve().parents[2]
EVERY = bad_inputs()


def page():
    spec = importlib.util.spec_from_file_location("bad_inputs_page", ROOT / "scripts" / "bad_inputs_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("what", [what for what, bad in EVERY.items() if callable(bad.leadline)])
def test_leadline_refuses_it_by_name_or_says_what_it_did(what):
    seen = observed(EVERY[what], "leadline")
    assert judged(EVERY[what], seen) in ("refused", "told"), seen


def test_each_has_a_name_of_its_own():
    assert len(EVERY) == sum(map(len, GROUPS.values())) >= 60


def raising(error):
    def act():
        raise error

    return act


PLAIN = Bad("a number that is too large", "too large", str, str, str)


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (raising(ValueError("1e300 is too large")), "refused"),
        (raising(ValueError("bad value")), "crashed"),
        (raising(KeyError("too large")), "crashed"),
        (lambda: print("Too\nlarge, and too large."), "told"),
        (lambda: ("Column 'a': too large.",), "told"),
        (lambda: "too large", "silent"),
    ],
)
def test_one_rule_decides(act, outcome):
    bad = replace(PLAIN, leadline=act)
    assert judged(bad, observed(bad, "leadline")) == outcome


def test_the_page_is_written_from_what_was_measured_of_these_inputs():
    result, written = json.loads(RESULTS.read_text()), page()
    assert list(result["cells"]) == list(EVERY)
    assert written.PAGE.read_text() == written.generated(result)
    for row in result["rows"]:
        assert 0 <= row["held"] <= row["tried"] <= len(EVERY)
    assert {own["outcome"] for cell in result["cells"].values() for own in cell.values()} <= {*OUTCOMES, "not applicable"}
