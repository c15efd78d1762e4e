"""Everything public has its place in the reference."""

import inspect
import re
from pathlib import Path

import pytest

import leadline as ll

PAGES = Path(__file__).resolve().parents[1] / "docs" / "reference"
TOLD = set(re.findall(r"\.\. auto\w+:: (\S+)", "".join(page.read_text() for page in PAGES.glob("*.rst"))))
ELSEWHERE = {"__version__", "Input", "Model", "Sequential", "Record"}
"""What stands on the page of its module."""


@pytest.mark.parametrize("name", sorted(set(ll.__all__) - ELSEWHERE))
def test_it_has_a_place(name):
    thing = getattr(ll, name)
    assert (thing.__name__ if inspect.ismodule(thing) else name) in TOLD
