"""What a training is of, in words and digests: another one cannot go on from its checkpoints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from leadline.callbacks import Callback
from leadline.errors import ArgumentError
from leadline.files.plain import decoded, encoded, finite
from leadline.training.state import Examples, Recipe

__all__ = ["identity", "refuse_another"]

_WORDS = 64
"""Numbers that stand in the words of an identity; more of them as a digest."""


def identity(
    recipe: Recipe, data: Examples, validation: Examples | None, settings: Mapping[str, Any], callbacks: Sequence[Callback]
) -> dict[str, Any]:
    """What a training is of, as plain data: another one cannot go on from its checkpoints.

    Args:
        recipe: Network, loss, optimizer and metrics. Code in them counts by its name.
        data: The training examples; they count by their SHA-256.
        validation: What is validated on.
        settings: Batch size, seed and the like.
        callbacks: Who is asked; those that only watch do not count.
    """
    parts = {one.name: _said(getattr(recipe, one.name)) for one in fields(recipe)}
    deciding = [_said(callback) for callback in callbacks if callback.decides]
    return {**settings, **parts, "callbacks": deciding, "data": _digest(data), "validation": _digest(validation)}


def _digest(examples: Examples | None) -> dict[str, str]:
    parts = {} if examples is None else examples._asdict()
    return {
        f"{name}{place or ''}": _array_digest(np.asarray(leaf))
        for name, part in parts.items()
        for place, leaf in enumerate(jax.tree.leaves(part))
    }


def _array_digest(array: Any) -> str:
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"{array.dtype} {' × '.join(map(str, array.shape))}, sha256 {content[:32]}"


def _said(value: Any) -> Any:
    """Anything as plain data that is the same in every process."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return finite(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {"class": type(value).__name__} | {one.name: _said(getattr(value, one.name)) for one in fields(value) if one.init}
    if isinstance(value, Mapping):
        return {str(name): _said(one) for name, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_said(one) for one in value]
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        array = np.asarray(value)
        return finite(array.tolist()) if array.size <= _WORDS else _array_digest(array)
    return getattr(value, "__qualname__", type(value).__qualname__)


def refuse_another(found: Mapping[str, Any], wanted: Mapping[str, Any], path: Path) -> None:
    """Refuses what is of another training, and says in what.

    Args:
        found: The identity in a file, as JSON gave it.
        wanted: That of the training at hand.
        path: The file.

    Raises:
        ArgumentError: They differ.
    """
    again = decoded(encoded(wanted, "What is trained"), "What is trained")
    before, now = dict(_flat(found)), dict(_flat(again))
    names = [name for name in {**before, **now} if before.get(name, "nothing") != now.get(name, "nothing")]
    if names:
        shown = [f"{name} was {before.get(name, 'nothing')!s:.60}, now {now.get(name, 'nothing')!s:.60}" for name in names[:3]]
        more = f", and {len(names) - 3} more" if len(names) > 3 else ""
        raise ArgumentError(
            f"{path} is of another training: {'; '.join(shown)}{more}. Give what it was begun with, or another folder."
        )


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, (Mapping, list)) and value:
        parts = value.items() if isinstance(value, Mapping) else enumerate(value)
        for part, own in parts:
            yield from _flat(own, f"{name}.{part}" if name else str(part))
    else:
        yield name, value
