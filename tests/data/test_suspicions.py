import pytest

from leadline.data.suspicions import SUSPICIONS, Suspicion
from leadline.words import speaking, told


def _found(columns, kind="constant"):
    return Suspicion(kind, columns, (), 1.0, "the same value in every training row")


@pytest.mark.parametrize(
    ("columns", "begins"),
    [
        ((), "the same value in every training row. "),
        (("x3",), "Column 'x3': the same value in every training row. "),
        (("a", "b"), "2 columns (a, b): the same value in every training row. "),
        (tuple("abcde"), "5 columns (a, b, c, d, e): the same value in every training row. "),
        (tuple("abcdefg"), "7 columns (a, b, c, d, e, … 2 more): the same value in every training row. "),
    ],
)
def test_it_names_its_first_columns_what_was_found_and_what_to_do(columns, begins):
    assert str(_found(columns)) == begins + "It tells nothing and can be left out."


@pytest.mark.parametrize("kind", SUSPICIONS)
def test_each_kind_says_how_grave_it_is_and_what_to_do(kind):
    found = _found(("x",), kind)
    assert (found.severity, found.remedy) == SUSPICIONS[kind]
    assert found.severity in ("leak", "warning", "note")
    assert str(found).endswith(found.remedy)
    assert found.remedy.endswith(".")


@pytest.mark.parametrize("kind", SUSPICIONS)
@pytest.mark.parametrize("columns", [(), ("high bias",), ("a", "b"), tuple("abcdefg")])
def test_it_is_told_in_another_language_but_for_names(kind, columns):
    with speaking("zh"):
        words = told(str(_found(columns, kind)))
        assert told(SUSPICIONS[kind][1]) in words
    assert "所有训练行的值都相同" in words
    for name in columns[:5]:
        assert name in words
