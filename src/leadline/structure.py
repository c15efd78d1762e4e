"""Frozen dataclasses whose numbers a compiled program takes as arguments.

A `Structure` is a pytree: the fields declared with `traced()` are its leaves (or subtrees), all other fields are part of its
shape. Two structures that differ in traced values alone (another λ, another dropout rate, another learning rate) share one
compiled program, and `jax.vmap` over the leaves trains a population of them at once. A change of any other field compiles anew.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, TypeVar

import jax

from leadline.errors import unknown_name

__all__ = ["Structure", "traced"]

S = TypeVar("S", bound="Structure")


def traced(**options: Any) -> Any:
    """Declares a dataclass field whose value is traced: an argument of the compiled program, never a constant in it.

    Args:
        options: What `dataclasses.field` takes (`default`, `default_factory`, `kw_only`, …).

    Returns:
        The field.
    """
    return dataclasses.field(metadata={"traced": True}, **options)


class Structure:
    """Base of the frozen dataclasses that are pytrees: layers, regularizers, losses, metrics, schedules, optimizers.

    A subclass is decorated with `@dataclass(frozen=True)`; nothing else has to be registered. Its fields without `traced()` must
    be hashable. Rebuilding one inside JAX runs neither `__init__` nor `__post_init__`, so both may check and convert freely.

    Examples:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Scale(Structure):
        ...     factor: float = traced(default=1.0)
        ...     axis: int = -1
        >>> jax.tree.leaves(Scale(3.0))
        [3.0]
        >>> jax.tree.structure(Scale(3.0)) == jax.tree.structure(Scale(5.0))
        True
        >>> jax.tree.structure(Scale(3.0)) == jax.tree.structure(Scale(3.0, axis=0))
        False
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        jax.tree_util.register_pytree_with_keys(cls, _flatten_with_keys, functools.partial(_unflatten, cls))

    def replace(self: S, **changes: Any) -> S:
        """A copy with the values of some fields changed, taken as they are: neither checked nor converted.

        What the constructor once derived stays, so that a traced value put in place of a number keeps the structure.

        Raises:
            ArgumentError: There is no such field.
        """
        names, others = _field_names(type(self))  # type: ignore[arg-type]
        if unknown := sorted(set(changes).difference(names, others)):
            raise unknown_name(f"field of {type(self).__name__}", unknown[0], names + others)
        copy: S = object.__new__(type(self))
        for name in names + others:
            object.__setattr__(copy, name, changes.get(name, getattr(self, name)))
        return copy


@functools.cache
def _field_names(cls: type[Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the traced fields and of the others, in order of declaration."""
    fields = dataclasses.fields(cls)
    traced_names = tuple(f.name for f in fields if f.metadata.get("traced"))
    return traced_names, tuple(f.name for f in fields if not f.metadata.get("traced"))


def _flatten_with_keys(value: Any) -> tuple[list[tuple[Any, Any]], tuple[Any, ...]]:
    names, others = _field_names(type(value))  # type: ignore[arg-type]
    children = [(jax.tree_util.GetAttrKey(name), getattr(value, name)) for name in names]
    return children, tuple(getattr(value, name) for name in others)


def _unflatten(cls: type[Any], shape: tuple[Any, ...], children: Any) -> Any:
    value: Any = object.__new__(cls)
    names, others = _field_names(cls)  # type: ignore[arg-type]
    for name, child in zip(names + others, tuple(children) + tuple(shape), strict=True):
        object.__setattr__(value, name, child)
    return value
