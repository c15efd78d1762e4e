"""One parser under Atheris: `python fuzz/target.py keras CORPUS -max_total_time=600`, with libFuzzer's options."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(
    include=["leadline.files", "leadline.config", "leadline.record", "leadline.data", "leadline.training"]
):
    from mutations import mutated
    from parsers import PARSERS

from leadline.errors import LeadlineError

PARSER = PARSERS[sys.argv[1]]
FOLDER = tempfile.TemporaryDirectory(prefix="leadline-fuzz-")
FILE = Path(FOLDER.name) / "one" / PARSER.name
FILE.parent.mkdir()


def read(data: bytes) -> None:
    """Reads the bytes as a file; all that may come out is an error of leadline's own."""
    for old in FILE.parent.iterdir():  # SQLite leaves files beside its own
        old.unlink()
    FILE.write_bytes(data)
    with contextlib.suppress(LeadlineError):
        PARSER.read(FILE)


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """A change inside the file; libFuzzer's own for what is only bytes."""
    return mutated(data, Random(seed), lambda part, _: atheris.Mutate(part, max(len(part) + 64, 1)))[:most]


for seed in Path(sys.argv[2]).iterdir():  # what is imported and compiled at the first input is not that input's time
    read(seed.read_bytes())
atheris.Setup([sys.argv[0], *sys.argv[2:]], read, custom_mutator=mutate)
atheris.Fuzz()
