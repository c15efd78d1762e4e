"""A short fuzz of every parser, without a fuzzer: real files, changed inside, are read or refused, and nothing else happens."""

import json
import sys
import tracemalloc
import zipfile
from pathlib import Path
from random import Random

import pytest

import leadline as ll
from leadline.errors import DataError, LeadlineError
from leadline.files import archive

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


def changed(path, place, value):
    """A saved model whose config.json has another value at a place."""
    start = ll.Input((3,), name="x")
    model = ll.Model(start, ll.layers.Add(name="sum")([start, ll.layers.Dense(3, name="dense")(start)]))
    model.compile("sgd", "mse", metrics=[ll.metrics.MeanIoU(3), ll.metrics.Recall(0.5)])
    model.save(path)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist() if name != archive.MANIFEST}
    config = json.loads(members["config.json"])
    *way, last = place
    node = config
    for step in way:
        node = node[step]
    node[last] = value
    archive.write(path, (members | {"config.json": json.dumps(config).encode()}).items())


METRIC = ("compile_config", "metrics")
FOUND = {
    "a shape of shapes of shapes": ("found.model", ("network", "input_shape"), [[[]]]),
    "a threshold that is a text": ("found.keras", (*METRIC, 1, "config", "thresholds"), "x"),
}


@pytest.mark.parametrize("what", FOUND)
def test_what_was_found_is_refused(tmp_path, what):
    name, place, value = FOUND[what]
    changed(tmp_path / name, place, value)
    with pytest.raises(DataError, match=name):
        ll.load(tmp_path / name)


def test_a_metric_of_a_thousand_million_classes_takes_no_memory_before_it_is_used(tmp_path):
    changed(tmp_path / "found.keras", (*METRIC, 0, "config", "num_classes"), 10**9)
    tracemalloc.start()
    ll.load(tmp_path / "found.keras")
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 50_000_000
