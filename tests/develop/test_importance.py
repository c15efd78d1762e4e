import json

import numpy as np
import pytest

import leadline as ll
from leadline import seeds as streams
from leadline.data.split import split
from leadline.data.table import from_frame
from leadline.develop.evidence import gather
from leadline.develop.folds import folds_of
from leadline.develop.importance import REPETITIONS, permutation_importance
from leadline.develop.plan import start
from leadline.errors import ArgumentError
from leadline.layers import Dense, Flatten
from leadline.optimizers import Adam

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 3))
COLOURS = RANDOM.choice(["red", "green", "blue"], 200)
TABLE = from_frame(
    {
        "deciding": X[:, 0],
        "noise": X[:, 1],
        "colour": COLOURS,
        "target": 2 * X[:, 0] + 3.0 * (COLOURS == "red") - 3.0 * (COLOURS == "blue"),
    }
)


def _evidence(data, count=0, model=None):
    folds = folds_of(data, count)
    return gather(start(data, model, folds.rows, layers=(), epochs=40, seeds=2), folds)


def _fast():
    model = ll.Sequential([Dense(1)])
    model.compile(optimizer=Adam(0.1), loss="mse")
    return model


@pytest.fixture(scope="module")
def table():
    return _evidence(split(TABLE, target="target"), model=_fast())


@pytest.fixture(scope="module")
def folded():
    return _evidence(split(X, 2 * X[:, 0] - 1 * X[:, 2]), 3, _fast())


def test_what_decides_is_needed_and_noise_is_not(table):
    found = permutation_importance(table)
    assert found.names == ("deciding", "noise", "colour")
    assert found.needed.tolist() == [True, False, True]
    noise = found.names.index("noise")
    assert abs(found.rise[noise]) < 0.01 * found.rise.min(where=np.arange(3) != noise, initial=np.inf)
    json.dumps(found.to_dict(), allow_nan=False)


def test_the_features_of_one_column_are_shuffled_together(table):
    """A shuffled colour stays a colour: with each of the three features by itself there would be reds that are blue too."""
    names = table.folds.data.feature_names
    found = permutation_importance(table)
    colours = tuple(place for place, name in enumerate(names) if name.startswith("colour="))
    assert len(colours) == 3
    assert found.features[found.names.index("colour")] == colours
    seen = []
    outputs = type(table).outputs
    spied = type(table).__new__(type(table))
    spied.__dict__.update(table.__dict__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(table), "outputs", lambda self, X=None: (X is not None and seen.append(X)) or outputs(self, X))
        permutation_importance(spied)
    assert len(seen) == 3 * REPETITIONS
    for shuffled in seen:
        assert (shuffled[:, colours].sum(axis=1) == 1).all()
        moved = [place for place in range(shuffled.shape[1]) if (shuffled[:, place] != table.folds.X[:, place]).any()]
        assert tuple(moved) in {(0,), (1,), colours}
        assert np.sort(shuffled, axis=0).tolist() == np.sort(table.folds.X, axis=0).tolist()


def test_the_rise_is_that_of_J_by_hand(folded):
    """In NumPy: each held-out row's cost with a column of the others' values, less its own, over seeds and repetitions."""
    found, folds = permutation_importance(folded, seed=3), folded.folds
    params = folded.population.states.params["dense"]
    w, b = np.asarray(params["kernel"], float)[..., 0], np.asarray(params["bias"], float)[:, 0]
    random = streams.generator(3, "importance")
    orders = [random.permutation(len(folds.X)) for _ in range(3)]

    def paid(inputs):
        total = np.empty((2, len(folds.y)))
        for seed in range(2):
            for pair, (_, held) in enumerate(folds.parts):
                member = 3 * seed + pair
                total[seed, held] = (inputs[held] @ w[member] + b[member] - folds.y[held]) ** 2 / 2
        return total

    for column in range(3):
        rises = np.zeros(len(folds.y))
        for order in orders:
            shuffled = folds.X.astype(float)
            shuffled[:, column] = shuffled[order, column]
            rises += (paid(shuffled) - paid(folds.X.astype(float))).mean(axis=0) / 3
        assert found.rise[column] == pytest.approx(rises.mean(), rel=1e-3, abs=1e-6)
        error = folds.stretch * rises.std() / np.sqrt(len(rises))
        assert found.error[column] == pytest.approx(error, rel=1e-3, abs=1e-6)
    assert found.names == ("x0", "x1", "x2")
    assert (permutation_importance(folded, seed=3).rise == found.rise).all()
    assert (permutation_importance(folded, seed=4).rise[[0, 2]] != found.rise[[0, 2]]).all()


def test_images_have_no_columns():
    images = split(RANDOM.normal(size=(60, 4, 2)), np.arange(60.0))
    model = ll.Sequential([Flatten(), Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    folds = folds_of(images)
    evidence = gather(start(images, model, folds.rows, epochs=1, seeds=2), folds)
    with pytest.raises(ArgumentError, match=r"shape \(4, 2\)"):
        permutation_importance(evidence)
