"""Data as people keep them, in arrays or in sources of batches, on their way to a model."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from leadline.data.foreign import arrays, most_bytes, plain, readable, taken, type_name, unreadable
from leadline.errors import ArgumentError, DataError

__all__ = ["read"]

PARTS = ("x", "y", "sample_weight")
ROWS_AT_ONCE = 1024
"""Rows of a Hugging Face data set that are read at a time."""
OWN_BYTES = 128
"""What an array takes beside its values; counted, so that an endless source of single numbers comes to an end, too."""
ENDLESS = 1 << 48
"""A source that says it has more batches than this has no end (Grain's `repeat()` says 2⁶³ − 1)."""


def read(x: Any, y: Any = None, sample_weight: Any = None, *, steps: int | None = None) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights as NumPy arrays, from whatever holds them.

    Arrays, tensors, data frames and structures of them go through `leadline.data.foreign.arrays`. All else that can be iterated
    is a source of batches: a PyTorch DataLoader or data set, a tf.data, Grain or Hugging Face data set, a Keras PyDataset, a
    generator. A source is read once, in its order, and joined, since training is one compiled program that takes the data as its
    argument: each epoch sees the same examples, and what a source draws at random it draws once.

    A batch is `x`, `(x, y)` or `(x, y, sample_weight)`, each an array or a dictionary or tuple of arrays. The arrays of a batch
    have as many rows as each other. Where the first element's arrays have no axis or first axes of different lengths, or it is a
    single array of one axis, each element is taken as one example instead. An element of a PyTorch data set always is one.

    Args:
        x: The inputs, or a source.
        y: The targets, `(m,)` or `(m, outputs)`; None beside a source that yields them. Or the name of the column that holds
            them, where x is a data frame, a dictionary, or a source of dictionaries.
        sample_weight: A weight for each example, `(m,)`; None beside a source.
        steps: How many batches of a source to read, or examples where it yields these, at least 1; all of them by default.

    Returns:
        X, y and sample_weight, the last two None where there are none; of a source, arrays `(m, …)` in its batches' structure.

    Raises:
        DataError: A source is empty, gives fewer than `steps` batches, has not ended when a quarter of the machine's memory is
            full, or one of its batches differs from the earlier ones in shape or structure (its number is named, from 0); or
            `arrays` refuses something.
        ArgumentError: Targets or weights beside a source, `steps` without one, or a name where there are no columns.

    Examples:
        >>> X, y, _ = read((np.full((2, 3), i), [i, i]) for i in range(4))
        >>> X.shape, y
        ((8, 3), array([0, 0, 1, 1, 2, 2, 3, 3]))
        >>> read(zip([[1.0, 2.0], [3.0, 4.0]], [0, 1]))[0]
        array([[1., 2.], [3., 4.]])
        >>> X, y, _ = read(iter([{"pixels": np.ones((2, 8, 8)), "digit": [3, 4]}]), "digit")
        >>> X.shape, y
        ((2, 8, 8), array([3, 4]))
    """
    if readable(x):
        if steps is not None:
            raise ArgumentError(f"steps counts the batches of a source, and x is a {type_name(x)}. Pass fewer rows, or a source.")
        X, y = taken(x, y) if isinstance(y, str) else (arrays(x, "x"), arrays(y, "y"))
        return X, y, arrays(sample_weight, "sample_weight")
    _check(x, y, sample_weight, steps)
    joined = _joined(x, steps)
    X, targets, weight = (joined.get(name) for name in PARTS)
    if not isinstance(y, str):
        return X, targets, weight
    if targets is not None:
        raise ArgumentError(f"y names a column, {y!r}, but the batches of x hold targets already. Leave y out.")
    return *taken(X, y), weight


def _check(x: Any, y: Any, sample_weight: Any, steps: Any) -> None:
    """Refuses what does not go with a source."""
    for name, value in (("y", None if isinstance(y, str) else y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ArgumentError(
                f"Got {name} beside x, a {type_name(x)}, which is a source of batches: let it yield (x, y) or "
                f"(x, y, sample_weight), and leave {name} out."
            )
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1):
        raise ArgumentError(f"steps must be a whole number of batches to read, at least 1. Got {steps!r}.")


def _joined(x: Any, steps: int | None) -> dict[str, Any]:
    """What a source yields, up to `steps` times, as one: x, and y and sample_weight where it has them."""
    elements, examples = _elements(x)
    if steps is None and _endless(x):
        raise DataError(f"x, a {type_name(x)}, has no end. Pass steps_per_epoch=… (steps=… to evaluate), or a finite source.")
    most, size, batches = most_bytes(), 0, list[Any]()
    for number, element in enumerate(itertools.islice(elements, steps)):
        batch = _batch(element, number)
        examples = examples or (number == 0 and _is_example(batch))
        batch = jax.tree.map(lambda array: array[None], batch) if examples else batch
        _check_batch(batch, batches[0] if batches else batch, number, examples)
        batches.append(batch)
        size += sum(array.nbytes + OWN_BYTES for array in jax.tree.leaves(batch))
        if size > most:
            raise DataError(
                f"x, a {type_name(x)}, did not end within {number + 1:,} batches, {size / 1e9:,.1f} GB: a quarter of the memory "
                "here, and all of it must fit at once. Pass steps_per_epoch=… (steps=… to evaluate), or a finite, smaller source."
            )
    if len(batches) < (steps or 1):
        many = f"{len(batches):,} of the {steps:,} batches asked for" if batches else "nothing: it is empty, or was read before"
        raise DataError(f"x, a {type_name(x)}, gave {many}. Pass a source with more batches, or fewer steps.")
    joined: dict[str, Any] = jax.tree.map(lambda *pieces: np.concatenate(pieces), *batches)
    return joined


def _batch(element: Any, number: int) -> dict[str, Any]:
    """An element's parts by name, their arrays copied: many a generator fills the same array again and again."""
    parts = tuple(element) if isinstance(element, tuple | list) else (element,)
    if len(parts) not in (1, 2, 3):
        raise DataError(f"Batch {number} of x is a {type(element).__name__} of {len(parts)}; (x, y, sample_weight) is expected.")
    try:
        named = {name: arrays(part, name) for name, part in zip(PARTS, parts)}
        batch: dict[str, Any] = jax.tree.map(np.array, named, is_leaf=plain)
    except ValueError as error:  # a DataError, or lists of several lengths
        raise DataError(f"Batch {number} of x cannot be read: {error}") from error
    if not jax.tree.leaves(batch["x"]):
        raise DataError(f"Batch {number} of x holds no arrays; x, (x, y) or (x, y, sample_weight) is expected.")
    if any(array.dtype.kind not in "biufc" for array in jax.tree.leaves(batch)):
        wrong = next(path for path, array in _named(batch) if array.dtype.kind not in "biufc")
        raise DataError(f"Batch {number} of x holds text or objects in {wrong}; numbers are expected. Leave it out or number it.")
    return batch


def _is_example(batch: Any) -> bool:
    """Whether what a source yields first is one example instead of a batch of them."""
    shapes = [array.shape for array in jax.tree.leaves(batch)]
    return len({shape[:1] for shape in shapes}) > 1 or () in shapes or (len(shapes) == 1 and len(shapes[0]) == 1)


def _check_batch(batch: Any, first: Any, number: int, examples: bool) -> None:
    """Refuses a batch that cannot be put under the first one, or whose arrays differ in their rows."""
    leaves, others = jax.tree.leaves(batch), jax.tree.leaves(first)
    structure: Any = jax.tree.structure(batch)
    if structure != jax.tree.structure(first) or [array.shape[1:] for array in leaves] != [array.shape[1:] for array in others]:
        reason = " (each was taken as one example, as the first one's arrays have no common first axis)" if examples else ""
        raise DataError(
            f"Batch {number} of x has {_shapes(batch, examples)}; the earlier ones had {_shapes(first, examples)}{reason}. "
            "Pad or cut them to one shape."
        )
    if len({len(array) for array in leaves}) > 1:
        raise DataError(f"Batch {number} of x has {_shapes(batch)}; its arrays must have as many rows as each other.")


def _named(batch: Any) -> list[tuple[str, Any]]:
    """The arrays with their places: x, y, or x.image where x is a dictionary."""
    paths = jax.tree_util.tree_leaves_with_path(batch)
    return [(jax.tree_util.keystr(path, simple=True, separator="."), array) for path, array in paths]


def _shapes(batch: Any, examples: bool = False) -> str:
    return ", ".join(f"{path} of shape {array.shape[examples:]}" for path, array in _named(batch))


# --- sources, and how their elements are had ------------------------------------------------------------------------------------


def _endless(x: Any) -> bool:
    """Whether it says itself that it has no end."""
    if hasattr(x, "cardinality"):
        return int(x.cardinality()) == -1  # tf.data.INFINITE_CARDINALITY
    return operator.length_hint(x) > ENDLESS


def _elements(x: Any) -> tuple[Iterator[Any], bool]:
    """What it yields, and whether each of that is sure to be one example."""
    for recognised, elements, examples in SOURCES:
        if recognised(x):
            return elements(x), examples
    raise unreadable(x, "x")


def _torch_examples(dataset: Any) -> Iterator[Any]:
    return (dataset[i] for i in range(len(dataset)))


def _column_batches(dataset: Any) -> Iterator[Any]:
    """A Hugging Face data set in batches of NumPy arrays, unless a transformation of its own makes them."""
    own = (getattr(dataset, "format", None) or {}).get("type") == "custom"
    batches: Iterator[Any] = (dataset if own else dataset.with_format("numpy")).iter(batch_size=ROWS_AT_ONCE)
    return batches


def _from(module: str, *names: str) -> Callable[[Any], bool]:
    """Recognises, by the modules of its classes, what is of a library and has what is named."""
    return lambda x: (
        any(f"{kind.__module__}.".startswith(f"{module}.") for kind in type(x).__mro__)
        and all(hasattr(x, name) for name in names)
    )


SOURCES: tuple[tuple[Callable[[Any], bool], Callable[[Any], Iterator[Any]], bool], ...] = (
    (_from("datasets", "with_format", "iter"), _column_batches, False),
    (lambda x: hasattr(x, "__iter__") and not isinstance(x, str | bytes), iter, False),
    (_from("torch.utils.data", "__getitem__", "__len__"), _torch_examples, True),
)
"""What is recognised, how its elements are had, and whether each of them is sure to be one example."""
