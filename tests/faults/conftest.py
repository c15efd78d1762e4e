"""The scripts of reliability/ import each other by name, as they do when they are run; and counts of what was tried."""

import json
import os
import sys
from pathlib import Path

import pytest

FOLDER = str(Path(__file__).resolve().parents[2] / "reliability")
if FOLDER not in sys.path:
    sys.path.append(FOLDER)


@pytest.fixture
def tally():
    """Writes down what was tried and how much of it held, in the file of JSON lines that LEADLINE_TALLY names, if it does."""

    def add(what, tried, held):
        if path := os.environ.get("LEADLINE_TALLY"):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"what": what, "tried": tried, "held": held}) + "\n")

    return add
