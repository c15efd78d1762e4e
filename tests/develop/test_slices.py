import json

import numpy as np
import pytest
from scipy.stats import fisher_exact

from leadline.develop.slices import FEWEST, Slices, cut
from leadline.errors import DataError

RUNS = 120
"""Simulated analyses; a share of 0.10 then has a standard error of 0.027."""


def _columns(random, rows):
    """Columns that hang together, as real ones do: numbers of three causes, and categories, one of them rare."""
    causes = random.normal(size=(rows, 3))
    columns = {f"x{i}": causes @ random.normal(size=3) + random.normal(size=rows) for i in range(8)}
    columns["of x"] = np.array(list("abcd"))[np.digitize(causes[:, 0], [-1, 0, 1])]
    columns["letter"] = np.array(list("abcdefgh"))[random.integers(0, 8, rows)]
    return columns | {"rare": random.random(rows) < 0.04, "half": random.random(rows) < 0.5}


def _wrong(random, share, runs, agreement=1.0):
    return (random.random((runs, len(share))) < random.beta(share * agreement, (1 - share) * agreement)).astype(float)


def _errors(share, runs, rows=300, agreement=1.0):
    return lambda random, columns: (_wrong(random, np.full(rows, share), runs, agreement), "error")


def _squares(rows, freedom):
    def draw(random, columns):
        return (random.standard_t(freedom, size=rows) + 0.3 * random.normal(size=(5, rows))) ** 2, "rmse"

    return draw


def _costs(random, columns):
    return random.exponential(size=300) * random.exponential(size=(3, 300)), "cost"


def _seeds_that_move_slices(random, columns):
    """No slice is worse on average over the seeds, but each seed is by chance better on some and worse on others."""
    moved = 0.08 * random.normal(size=(5, 4))[:, np.digitize(columns["x0"], [-1, 0, 1])]
    return (random.random((5, 300)) < 0.25 + moved).astype(float), "error"


# what each seed pays where no slice is worse than the rest
NULLS = {
    "errors": _errors(0.15, 5),
    "few errors, on the same rows": _errors(0.02, 5, agreement=0.1),
    "one seed": _errors(0.5, 1, rows=100),
    "nearly all wrong": _errors(0.9, 2),
    "normal misses": _squares(300, 1000),
    "large misses": _squares(300, 3),
    "costs": _costs,
    "seeds that move slices": _seeds_that_move_slices,
}


@pytest.mark.parametrize("case", NULLS)
def test_where_no_slice_is_worse_at_most_a_tenth_of_the_analyses_flags_any(case):
    random, flagged = np.random.default_rng(1), 0
    for _ in range(RUNS):
        columns = _columns(random, 100 if case == "one seed" else 300)
        values, metric = NULLS[case](random, columns)
        found = Slices.of(values, columns, metric)
        assert len(found.tested) > 30
        flagged += bool(found.flagged)
    assert flagged / RUNS <= 0.10 + 2.5 * np.sqrt(0.1 * 0.9 / RUNS)


# (error of 60 planted rows, of the other 540, the share of analyses that find them)
PLANTED = [(0.35, 0.15, 0.75), (0.10, 0.01, 0.65), (0.60, 0.30, 0.85)]


@pytest.mark.parametrize(("bad", "good", "power"), PLANTED)
def test_a_bad_slice_is_found_and_few_others(bad, good, power):
    random, found, false = np.random.default_rng(2), 0, []
    for _ in range(60):
        planted = random.permutation(600) < 60
        columns = _columns(random, 600) | {"planted": planted}
        names = [each.name for each in Slices.of(_wrong(random, np.where(planted, bad, good), 5), columns, "error").flagged]
        found += "planted = True" in names
        false.append(len(set(names) - {"planted = True"}) / max(len(names), 1))
    assert found / 60 >= power
    assert np.mean(false) <= 0.10 + 0.06


def test_a_slice_with_larger_misses_is_found():
    random, found = np.random.default_rng(3), 0
    for _ in range(40):
        planted = random.permutation(600) < 60
        misses = np.where(planted, 1.6, 1.0) * (random.normal(size=600) + 0.3 * random.normal(size=(5, 600)))
        result = Slices.of(misses**2, _columns(random, 600) | {"planted": planted}, "rmse")
        found += any(each.name == "planted = True" for each in result.flagged)
    assert found / 40 >= 0.85


# (wrong in the slice, its rows, wrong elsewhere, rows elsewhere)
TABLES = [(6, 20, 20, 200), (3, 12, 4, 500), (12, 40, 60, 400), (30, 100, 20, 150), (5, 60, 3, 600)]


@pytest.mark.parametrize(("wrong", "rows", "others", "rest"), TABLES)
def test_the_p_value_of_one_seed_is_near_fishers(wrong, rows, others, rest):
    """Never much below the exact one; in the far tail of a few errors up to some times above, which is the safe side."""
    values = np.concatenate([np.arange(rows) < wrong, np.arange(rest) < others]).astype(float)[None]
    found = Slices.of(values, {"slice": np.arange(rows + rest) < rows}, "error")
    p = next(each.p_value for each in found.tested if each.part == "= True")
    exact = fisher_exact([[wrong, rows - wrong], [others, rest - others]], alternative="greater").pvalue
    assert 0.7 * exact <= p <= (1.5 if exact > 0.01 else 6) * exact


def test_the_p_value_of_several_seeds_is_near_that_of_all_choices_of_rows():
    random = np.random.default_rng(4)
    values = _wrong(random, np.full(200, 0.1), 5)
    slice_ = values.mean(axis=0) + random.normal(0, 1.5, 200) > 1.0  # rows with errors are in it more often
    found = next(each for each in Slices.of(values, {"slice": slice_}, "error").tested if each.part == "= True")
    means, rows = values.mean(axis=0), int(slice_.sum())
    chosen = np.array([random.permutation(means)[:rows].mean() for _ in range(20_000)])
    share = (chosen >= means[slice_].mean() - 1e-9).mean()
    assert 0.0005 < share < 0.5
    assert found.p_value == pytest.approx(share, rel=0.4)


def test_a_few_huge_misses_make_no_bad_slice():
    values = np.random.default_rng(5).exponential(size=(1, 1000))
    values[0, 0] = 1e6
    found = Slices.of(values, {"first": np.arange(1000) < 10, "second": np.arange(1000) % 100 < 5}, "rmse")
    assert not found.flagged
    assert next(each for each in found.tested if each.name == "first = True").share_of_errors > 0.99


def test_what_a_slice_would_bring_is_by_hand():
    wrong = np.array([[1.0] * 10 + [0.0] * 10 + [1.0] * 8 + [0.0] * 72])
    slice_ = np.array(["in"] * 20 + ["out"] * 80)
    bad, good = Slices.of(wrong, {"is": slice_}, "error").tested
    assert (bad.name, bad.rows, bad.error.value, bad.rest) == ("is = in", 20, 0.5, 0.1)
    assert (bad.share_of_rows, bad.share_of_errors) == pytest.approx((0.2, 10 / 18))
    assert (bad.if_perfect, bad.if_as_rest) == pytest.approx((0.1, 0.08))
    assert bad.difference == pytest.approx(0.4)
    assert (good.if_as_rest, good.flagged) == (0.0, False)
    squares = Slices.of(np.array([[9.0] * 20 + [1.0] * 80]), {"is": slice_}, "rmse")
    assert squares.total == pytest.approx(np.sqrt(2.6))
    assert (squares.tested[0].if_perfect, squares.tested[0].if_as_rest) == pytest.approx(
        (np.sqrt(2.6) - np.sqrt(0.8), np.sqrt(2.6) - 1)
    )


# (column, names of the parts, how many rows each has)
CUTS = [
    ([3.0, 1, 2, 4, 8, 7, 6, 5], ["≤ 2", "in (2, 4]", "in (4, 6]", "> 6"], [2, 2, 2, 2]),
    ([0.0] * 9 + [5, 6, 7, 8, 9], ["≤ 0", "in (0, 6]", "> 6"], [9, 2, 3]),
    ([9.0] * 9 + [5, 6, 7, 8], ["≤ 8", "> 8"], [4, 9]),
    ([1, 0, 1, 1], ["= 0", "= 1"], [1, 3]),
    ([1.0, np.nan, 2.0], ["= 1", "= 2", "(missing)"], [1, 1, 1]),
    ([np.nan, np.nan], ["(missing)"], [2]),
    ([7.0, 7.0], ["= 7"], [2]),
    ([1.00001, 1.00002], ["= 1.00001", "= 1.00002"], [1, 1]),
    (np.array(["2020-01-01", "2021-05-05", "NaT"], "M8[D]"), ["= 2020-01-01", "= 2021-05-05", "(missing)"], [1, 1, 1]),
    (np.array(["b", None, "a", float("nan")], object), ["(missing)", "= a", "= b"], [2, 1, 1]),
    (np.array([True, False]), ["= False", "= True"], [1, 1]),
    (["only"], ["= only"], [1]),
]


@pytest.mark.parametrize(("column", "names", "rows"), CUTS)
def test_a_column_is_cut(column, names, rows):
    codes, parts = cut(np.asarray(column))
    assert parts == names
    assert np.bincount(codes, minlength=len(parts)).tolist() == rows


def test_small_slices_are_counted_and_not_tested():
    columns = {"group": np.array(["a"] * 50 + ["b"] * (FEWEST - 1) + ["c"] * FEWEST), "one": np.zeros(59 + FEWEST)}
    found = Slices.of(np.ones((1, 59 + FEWEST)), columns, "error")
    assert sorted(each.name for each in found.tested) == ["group = a", "group = c"]
    assert found.too_small == 1
    assert "(1 more have, or leave, fewer than 10 rows)" in found.words[0]


# what nobody can say anything about
NOTHING = {
    "no error": (np.zeros((3, 40)), "error"),
    "all wrong": (np.ones((3, 40)), "error"),
    "the same misses": (np.full((2, 40), 4.0), "rmse"),
    "no misses": (np.zeros((2, 40)), "rmse"),
    "two rows": (np.array([[0.0, 1.0]]), "error"),
    "negative costs": (-np.ones((2, 40)), "cost"),
}


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_is_found_where_there_is_nothing(case):
    values, metric = NOTHING[case]
    rows = values.shape[1]
    found = Slices.of(values, {"x": np.arange(rows), "one": np.zeros(rows)}, metric)
    assert not found.flagged
    assert len(found.words) == 1
    assert len(found.tested) == (4 if rows == 40 else 0)
    json.dumps(found.to_dict(), allow_nan=False)
    assert all(each.error.low <= each.error.value <= each.error.high for each in found.tested)


def test_the_words_claim_no_more_than_was_measured():
    wrong = np.array([[1.0] * 30 + [0.0] * 10 + [1.0] * 20 + [0.0] * 140])
    found = Slices.of(wrong, {"sex": np.array(["m"] * 40 + ["f"] * 160), "x": np.arange(200) % 7}, "error")
    head, line = found.words
    assert head.startswith("6 slices were tested: 1 is worse than the rest. Found by looking at all")
    assert "at most 10 % of the flagged to be false" in head
    assert line.startswith("sex = m: 75.0 % [")
    assert line.endswith("it would take the total from 25.0 % to 12.5 %.")


def test_a_column_of_another_length_is_refused():
    with pytest.raises(DataError, match=r"Column 'age' must have a value for each of the 4 rows. Got \(3,\)"):
        Slices.of(np.zeros((1, 4)), {"age": np.zeros(3)}, "error")
