"""Records to write to, and processes that write to them: each loads the record alone, as it must be able to."""

import sys
from pathlib import Path

import pytest

import leadline
from leadline.record import Record

ALONE = f"""
import os, sys, types
package = types.ModuleType("leadline")
package.__path__ = [{str(Path(leadline.__file__).parent)!r}]
sys.modules["leadline"] = package
from leadline.errors import LeadlineError
from leadline.record import Cost, Record

SAME = {{"settings": {{"budget": "5m"}}, "data_digest": "3f", "split": {{"seed": 0}}}}
NETWORK = {{"architecture": ["Dense 25"], "hyperparameters": {{"λ": 1}}, "metric": "error"}}
FOUND = {{"seconds": 1, "J_train": Cost(0.1), "J_cv": Cost(0.2), "bias": "fine", "variance": "fine", "distance": "fine"}}

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())  # at once: print writes words apart where Python is unbuffered
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "leadline.db"


@pytest.fixture
def record(path):
    return Record.open(path)


@pytest.fixture
def python(path):
    """The command of a process that runs a text, with the record's file as its first argument."""
    return lambda text, *words: [sys.executable, "-c", ALONE + text, str(path), *map(str, words)]
