import numpy as np
import polars as pl
import pytest
from scipy.special import softmax

import leadline as ll
from leadline.data.split import split
from leadline.data.target import Target
from leadline.develop.outcomes import Outcomes, columns_of
from leadline.develop.problem import problem_of
from leadline.errors import NonFiniteError, ShapeError
from leadline.layers import Dense

RANDOM = np.random.default_rng(0)
ROWS = 200
TABLE = pl.DataFrame(
    {
        "area": 12_345 + 1000 * RANDOM.normal(size=ROWS).round(2),
        "rooms": [None if i % 9 == 0 else float(i * i % 7) for i in range(ROWS)],
        "sold": pl.Series([18_000 + int(i) for i in RANDOM.integers(0, 900, ROWS)]).cast(pl.Date),
        "colour": [("red", "blue", None, "green")[i] for i in RANDOM.integers(0, 4, ROWS)],
        "rare": ["common"] * (ROWS - 2) + ["first", "second"],
        "price": RANDOM.normal(size=ROWS),
    }
)


def test_a_tables_columns_are_read_back_as_they_were():
    data = split(TABLE, target="price", features=["area", "rooms", "sold", "colour"])
    columns, own = columns_of(data), TABLE[data.cv.rows]
    assert list(columns) == ["area", "rooms", "sold", "colour"]
    np.testing.assert_allclose(columns["area"], own["area"], atol=0.005)
    np.testing.assert_array_equal(columns["rooms"], own["rooms"].cast(pl.Float64).to_numpy())
    np.testing.assert_array_equal(columns["sold"], own["sold"].to_numpy().astype("M8[D]"))
    assert columns["colour"].tolist() == own["colour"].fill_null("(missing)").to_list()


def test_powers_and_products_are_not_columns():
    data = split(TABLE, target="price", features=["area", "rooms", "colour"], polynomial=2)
    plain = split(TABLE, target="price", features=["area", "rooms", "colour"])
    assert len(data.feature_names) > len(plain.feature_names)
    found, expected = columns_of(data), columns_of(plain)
    assert found.keys() == expected.keys()
    assert all((found[name] == expected[name])[found[name] == found[name]].all() for name in found)


def test_a_category_that_training_never_saw_is_called_so():
    table = pl.DataFrame({"letter": ["a", "b"] * 100, "y": RANDOM.normal(size=200)})
    seen = split(table, target="y")
    rows = seen.cv.rows
    strange = table.with_columns(letter=pl.Series(["new" if i == rows[0] else x for i, x in enumerate(table["letter"])]))
    assert columns_of(split(strange, target="y"))["letter"][0] == "(never seen in training)"


# (X, names of the columns)
ARRAYS = [(RANDOM.normal(size=(60, 2)), ["x0", "x1"]), (RANDOM.normal(size=(60, 4, 4)), [])]


@pytest.mark.parametrize(("X", "names"), ARRAYS)
def test_arrays_have_their_own_columns_and_images_none(X, names):
    data = split(X, RANDOM.normal(size=60))
    columns = columns_of(data)
    assert list(columns) == names
    assert all((columns[name] == data.cv.X[:, place]).all() for place, name in enumerate(names))


X = RANDOM.normal(size=(150, 3))
TWO = split(X, np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)])


def _compiled(units, activation, loss):
    model = ll.Sequential([Dense(units, activation)])
    model.compile(optimizer="adam", loss=loss)
    return model


def _logit(z):
    return z, 1 / (1 + np.exp(-z[..., 0]))


def _sigmoid(z):
    return 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-z[..., 0]))


def _two(z):
    p = softmax(np.concatenate([np.zeros_like(z), z], axis=-1), axis=-1)
    return p, p[..., 1]


# (the model, what outputs it gives and which score they are)
BINARY = {
    "a logit": (lambda: None, _logit),
    "a probability": (lambda: _compiled(1, "sigmoid", "binary_crossentropy"), _sigmoid),
    "two probabilities": (lambda: _compiled(2, "softmax", "sparse_categorical_crossentropy"), _two),
}


@pytest.mark.parametrize("case", BINARY)
def test_the_score_of_the_second_class_is_its_probability(case):
    make, read = BINARY[case]
    outputs, expected = read(np.random.default_rng(1).normal(size=(2, TWO.cv.size, 1)))
    problem = problem_of(TWO, make())
    found = Outcomes.of(problem, TWO, outputs)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-5)
    assert ((found.predicted != found.y) == problem.values(outputs, TWO.cv.y)["error"]).all()


def test_classes_are_those_of_the_largest_output():
    data = split(X, np.argmax(X, axis=1))
    outputs = np.random.default_rng(2).normal(size=(2, data.cv.size, 3))
    found = Outcomes.of(problem_of(data), data, outputs)
    assert found.scores is None
    assert (found.predicted == outputs.argmax(axis=-1)).all()


def test_numbers_are_in_the_targets_unit():
    data = split(X, 1000 + 50 * X[:, 0])
    outputs = np.random.default_rng(3).normal(size=(2, data.cv.size, 1))
    found = Outcomes.of(problem_of(data), data, outputs)
    np.testing.assert_allclose(found.predicted, outputs[..., 0] * data.target.scale + data.target.location)
    np.testing.assert_allclose(found.values["squared"], (found.predicted - data.cv.y) ** 2)


def _outcomes(**changes):
    rows, paid = np.array([7, 2, 5]), np.array([[0.0, 1.0, 0.0]])
    whole = {
        "target": Target("t", "binary", ("a", "b"), ""),
        "metric": "error",
        "rows": rows,
        "y": np.array([0, 1, 1]),
        "predicted": np.array([[0, 0, 1]]),
        "values": {"cost": paid, "error": paid},
        "scores": np.array([[0.1, 0.2, 0.9]]),
        "columns": {"x": np.array([70, 20, 50])},
    }
    return Outcomes(**(whole | changes))


def test_rows_are_put_in_their_order():
    found = _outcomes().sorted()
    assert found.rows.tolist() == [2, 5, 7]
    assert (found.y.tolist(), found.predicted.tolist(), found.scores.tolist()) == ([1, 1, 0], [[0, 1, 0]], [[0.2, 0.9, 0.1]])
    assert (found.values["error"].tolist(), found.columns["x"].tolist()) == ([[1, 0, 0]], [20, 50, 70])


# (what does not fit, the error, what it says)
UNFIT = [
    ({"rows": np.arange(4)}, ShapeError, r"rows \(4,\), y \(3,\)"),
    ({"predicted": np.zeros((2, 3))}, ShapeError, r"predicted \(2, 3\)"),
    ({"scores": np.zeros((1, 2))}, ShapeError, r"scores \(1, 2\)"),
    ({"y": np.zeros(0, int)}, ShapeError, r"y \(0,\)"),
    ({"values": {"cost": np.full((1, 3), np.nan), "error": np.zeros((1, 3))}}, NonFiniteError, "Leave out the trainings"),
]


@pytest.mark.parametrize(("changes", "error", "message"), UNFIT)
def test_what_does_not_fit_is_refused(changes, error, message):
    with pytest.raises(error, match=message):
        _outcomes(**changes).sorted()
