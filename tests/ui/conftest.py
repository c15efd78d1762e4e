"""Records that the tests of the page look at: walks without a training, written as `develop` writes them."""

import functools
import json

import numpy as np
import pytest
from starlette.testclient import TestClient

from leadline.data.split import split
from leadline.develop.climb import Turned
from leadline.develop.diagnosis import diagnose
from leadline.develop.intervals import Estimate, Resampling
from leadline.develop.remedies import Remedy
from leadline.record import Cost, Record
from leadline.ui.app import application
from leadline.ui.guard import Key
from leadline.ui.start import Starter

HOSTILE = "</script><script>window.hostile = 1</script>\u202egnp 🐟 <img src=x onerror='window.hostile = 2'>"
SOURCE = {
    "table": f"tables/{HOSTILE.replace('/', '')}.csv",
    "target": "<target>",
    "groups": None,
    "times": None,
    "task": None,
    "drop_missing": False,
    "seed": 0,
}
BEGUN = {"budget": 60.0, "baseline": None, "tolerance": None, "folds": 0, "metric": "rmse"}
BEGUN |= {"start": {"network": [{"layer": "Dense", "output": [1]}], "lambda": 0.0, "budget": {"epochs": 2, "seeds": [0, 1]}}}
GAIN, NOISE = Estimate(-0.1, -0.12, -0.08), Estimate(-0.01, -0.05, 0.03)
REMEDIES = (
    Remedy("larger λ", "variance", "λ = 1 instead of 0", 1.0, GAIN, None, Estimate(0.4, 0.35, 0.45), 1.0),
    Remedy("more units", "bias", "3 → 50 → 1 instead of 3 → 25 → 1", 2.0, NOISE, None, Estimate(0.49, 0.44, 0.54), 1.0),
    Remedy("more data", "variance", "twice: a forecast", None, GAIN, None, Estimate(0.4, 0.3, 0.5)),
    Remedy("smaller λ", "bias", reason="there is no smaller λ than 0"),
)
PORT = 8787
HOST = f"http://127.0.0.1:{PORT}"


@functools.cache
def evidence():
    """A diagnosis whose names are hostile, as a record gives it back."""
    random = np.random.default_rng(0)
    X = random.normal(size=(150, 2))
    names = [HOSTILE, "size"]
    found = diagnose(
        None, split(X, X[:, 0] - X[:, 1], features=names, target="<target>"), layers=(3,), epochs=2, seeds=2, remedies=False
    )
    return json.loads(json.dumps(found.to_dict()))


def turned(path, level):
    paid = np.full((2, 40), level) + np.random.default_rng(0).normal(size=(2, 40)) / 50
    return Turned(path, "rmse", Resampling.of(paid**2, "cv"), "high variance", REMEDIES).to_dict()


def begin(book, run, path, change="the start", hypothesis="", predicted=None):
    plan = {"architecture": [{"layer": "Dense", "output": [25]}], "hyperparameters": {"lambda": len(path)}, "metric": "rmse"}
    told = {"change": change, "hypothesis": hypothesis, "predicted": predicted}
    return book.begin_turn(run.number, checkpoint={"path": path, "remedies": []}, **plan, **told)


def finish(book, turn, level, actual=None):
    book.save_checkpoint(turn, turned([tuple(step) for step in turn.checkpoint["path"]], level))
    costs = {"J_train": Cost(level / 2, level / 3, level), "J_cv": Cost(level, 0.9 * level, 1.1 * level), "baseline": Cost(0.3)}
    judged = {"bias": "fine", "variance": "high", "distance": "undetermined"}
    return book.finish_turn(turn, seconds=4.5, actual=actual, evidence=evidence(), **costs, **judged)


def begin_run(book, source=SOURCE, **settings):
    return book.begin_run("develop", settings=BEGUN | {"source": source} | settings, data_digest="3f" * 32, split={"seed": 0})


def walked(book, source=SOURCE, change=HOSTILE):
    """A run of two finished turns, the second of which is the better."""
    run = begin_run(book, source)
    finish(book, begin(book, run, []), 0.5)
    words = {"change": f"larger λ: {change}", "hypothesis": "high variance: larger λ acts on variance"}
    finish(book, begin(book, run, [("larger λ", 1.0)], predicted=Cost(-0.1, -0.12, -0.08), **words), 0.4, Cost(-0.1))
    return book.end_run(run.number)


@pytest.fixture
def record(tmp_path):
    with Record.open(tmp_path / "leadline.db") as book:
        yield book


@pytest.fixture
def starter(record):
    return Starter(record.database.path)


@pytest.fixture
def stranger(record, starter):
    """Whoever asks the page without having been told its token."""
    return TestClient(application(record, Key(PORT, "secret"), starter), base_url=HOST, follow_redirects=False)


@pytest.fixture
def client(stranger):
    """The browser of who started the page."""
    assert stranger.get("/?token=secret").status_code == 303
    return stranger
