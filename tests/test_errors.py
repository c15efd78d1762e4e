"""The tree of exceptions, and that nothing else is raised."""

import ast
import builtins
from pathlib import Path

import pytest

import leadline
from leadline import errors

SOURCE = Path(leadline.__file__).parent
TREE = [
    (errors.ArgumentError, ValueError),
    (errors.ShapeError, errors.ArgumentError),
    (errors.DataError, ValueError),
    (errors.NotBuiltError, RuntimeError),
    (errors.NonFiniteError, ArithmeticError),
]


@pytest.mark.parametrize(("error", "base"), TREE)
def test_the_tree(error, base):
    assert issubclass(error, errors.LeadlineError)
    assert issubclass(error, base)


def test_the_tree_is_whole():
    classes = {thing for name in errors.__all__ if isinstance(thing := getattr(errors, name), type)}
    assert classes == {error for error, _ in TREE} | {errors.LeadlineError}


def test_a_non_finite_error_carries_the_training():
    error = errors.NonFiniteError("stopped", state=1, history=2)
    assert (str(error), error.state, error.history) == ("stopped", 1, 2)


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        ("rleu", ["relu", "tanh"], "Unknown activation 'rleu'. Did you mean 'relu'? Known: relu, tanh."),
        ("xyz", ["tanh", "relu"], "Unknown activation 'xyz'. Known: relu, tanh."),
        (3, ["relu"], "Unknown activation 3. Known: relu."),
        ("ab", ["abc", "abd"], "Unknown activation 'ab'. Did you mean 'abd' or 'abc'? Known: abc, abd."),
    ],
)
def test_an_unknown_name(name, known, message):
    error = errors.unknown_name("activation", name, known)
    assert isinstance(error, errors.ArgumentError)
    assert str(error) == message


def raised(path):
    """The names of what a file raises: `raise Name(…)`, not a bare `raise` and not a variable that is raised again."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            function = node.exc.func
            yield function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "?")


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_these_are_raised(path):
    assert [name for name in raised(path) if hasattr(builtins, name) and name != "NotImplementedError"] == []
