"""Small diagnoses that the tests of the report share; each is made once in a process."""

import functools
import json

import numpy as np
import pytest

from leadline.data.split import split
from leadline.develop.diagnosis import diagnose
from leadline.develop.intervals import Estimate
from leadline.develop.remedies import Remedy
from leadline.report.document import document
from leadline.report.page import page

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 3))
TARGETS = {
    "regression": 7 + 2 * X[:, 0] - X[:, 1],
    "binary": np.where(X[:, 0] > 0, "yes", "no"),
    "multiclass": np.argmax(X, axis=1),
}
REMEDIES = (
    Remedy("more units", "bias", "3 → 50 → 1", [50], Estimate(-0.3, -0.4, -0.2), None, Estimate(0.5, 0.4, 0.6), 1.25),
    Remedy("larger λ", "variance", "λ = 1 instead of 0", 1.0, Estimate(0.2, 0.1, 0.3), None, Estimate(1.0, 0.9, 1.1), 0.5),
    Remedy("more data", "variance", "twice: a forecast", None, Estimate(-0.1, -0.3, 0.1), None, Estimate(0.7, 0.4, 0.9)),
    Remedy("smaller λ", "bias", reason="there is no smaller λ than 0"),
)


@functools.cache
def diagnosis(kind="multiclass"):
    return diagnose(None, split(X, TARGETS[kind]), epochs=2, seeds=2, layers=(4,), remedies=False)


@pytest.fixture(params=TARGETS)
def evidence(request):
    """The plain data of a diagnosis, as a record gives them back, with remedies; a test may change them."""
    return plain(request.param)


@pytest.fixture
def classes():
    """The same of three classes."""
    return plain("multiclass")


def plain(kind):
    found = json.loads(json.dumps(diagnosis(kind).to_dict()))
    return found | {"remedies": [remedy.to_dict() for remedy in REMEDIES]}


@functools.cache
def written(kind):
    """The document of a kind of target, and its page."""
    told = document(plain(kind), "houses.csv", command="leadline diagnose houses.csv")
    return told, page(told)


@pytest.fixture(params=TARGETS)
def report(request):
    """The document of each kind of target, and its page."""
    return written(request.param)


@pytest.fixture
def found():
    """A diagnosis of three classes."""
    return diagnosis("multiclass")
