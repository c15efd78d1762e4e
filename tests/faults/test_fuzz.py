"""A short fuzz of every parser, without a fuzzer: real files, changed inside, are read or refused, and nothing else happens."""

import sys
from pathlib import Path
from random import Random

import pytest

from leadline.errors import LeadlineError

FOLDER = str(Path(__file__).resolve().parents[2] / "fuzz")
if FOLDER not in sys.path:
    sys.path.append(FOLDER)

from mutations import mutated  # noqa: E402
from parsers import PARSERS, corpus  # noqa: E402

CHANGES = 120


@pytest.mark.parametrize("name", PARSERS)
def test_changed_files_are_read_or_refused(tmp_path, name, tally):
    parser, seeds, draws = PARSERS[name], corpus(name, tmp_path / "made"), Random(7)
    path = tmp_path / "one" / parser.name
    path.parent.mkdir()
    refused = 0
    for number in range(CHANGES):
        for old in path.parent.iterdir():
            old.unlink()
        path.write_bytes(mutated(seeds[number % len(seeds)], draws))
        try:
            parser.read(path)
        except LeadlineError:
            refused += 1
    assert refused > CHANGES / 4
    tally("Real files changed inside, at places drawn by lot: read or refused by leadline's own error", CHANGES, CHANGES)
