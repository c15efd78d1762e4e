"""Structures: which fields are leaves, what makes one program and what another."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from leadline.errors import ArgumentError
from leadline.structure import Structure, traced


@dataclass(frozen=True)
class Line(Structure):
    slope: float = traced(default=1.0)
    label: str = "line"
    shift: Any = traced(default=0.0)
    steep: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.slope, (int, float)) and self.slope < 0:
            raise ArgumentError(f"'slope' must not be negative. Got {self.slope}.")
        object.__setattr__(self, "steep", isinstance(self.slope, (int, float)) and self.slope > 10)


@dataclass(frozen=True)
class Broken(Line):
    bend: float = traced(default=0.5, kw_only=True)


def test_the_traced_fields_are_the_leaves_by_name():
    paths = {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(Broken(2.0, shift=3.0))}
    assert paths == {".slope": 2.0, ".shift": 3.0, ".bend": 0.5}


@pytest.mark.parametrize("value", [Line(), Line(3.0, "other", 4.0), Broken(2.0, bend=1.0), Line(shift=None), Line(shift=Line())])
def test_round_trip(value):
    leaves, shape = jax.tree.flatten(value)
    again = jax.tree.unflatten(shape, leaves)
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Line(5.0, shift=2.0), True),
        (Line(label="other"), False),
        (Line(11.0), False),  # it is steep, and that is no traced field
        (Line(shift=Line()), False),
        (Broken(), False),
    ],
)
def test_numbers_alone_leave_the_structure_as_it_is(other, same):
    assert (jax.tree.structure(other) == jax.tree.structure(Line())) is same


def test_one_program_serves_all_numbers():
    height = jax.jit(lambda line, x: line.slope * x + line.shift)
    assert [float(height(Line(slope, shift=1.0), 2.0)) for slope in (1.0, 2.0, 3.0)] == [3.0, 5.0, 7.0]
    assert height._cache_size() == 1
    height(Line(label="other"), 2.0)
    assert height._cache_size() == 2


def test_a_population_is_vmapped_over_the_leaves():
    lines = jax.tree.map(lambda *numbers: jnp.array(numbers), Line(1.0), Line(2.0, shift=5.0))
    assert jax.vmap(lambda line: 3 * line.slope + line.shift)(lines).tolist() == [3.0, 11.0]


def test_rebuilding_inside_jax_runs_no_constructor():
    assert jax.tree.map(lambda leaf: -leaf, Line(2.0)).slope == -2.0


def test_replace_takes_values_as_they_are():
    line = Line(2.0, "own", 1.0)
    changed = line.replace(slope=11.0, label="other")
    assert (changed.slope, changed.label, changed.shift, changed.steep) == (11.0, "other", 1.0, False)
    assert line == Line(2.0, "own", 1.0)
    assert type(Broken().replace(bend=2.0)) is Broken


def test_replacing_a_number_keeps_the_structure():
    assert jax.tree.structure(Line(2.0).replace(slope=jnp.float32(11.0))) == jax.tree.structure(Line(2.0))


def test_a_field_that_is_none_is_refused():
    with pytest.raises(ArgumentError, match="Unknown field of Line 'slop'. Did you mean 'slope'"):
        Line().replace(slop=1.0)
