"""What an initializer is: a pure function of a key and a shape."""

from __future__ import annotations

from dataclasses import dataclass, field

from jax.typing import DTypeLike

from leadline.seeds import stream
from leadline.structure import Structure
from leadline.types import Array, Key, default_float

__all__ = ["Initializer"]


@dataclass(frozen=True)
class Initializer(Structure):
    """Base of the initializers: a subclass says how to `draw`.

    Attributes:
        seed: None to draw from the key of the call; a number to draw from that seed alone, whatever the key.
    """

    seed: int | None = field(default=None, kw_only=True)

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """An array of this shape and dtype from this key."""
        raise NotImplementedError

    def __call__(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Array:
        """The first values of a weight array.

        Args:
            key: A key of `jax.random`; not looked at if the initializer has its own seed.
            shape: The shape of the array.
            dtype: Its floating dtype; None for the default one.

        Returns:
            The array, the same for the same arguments.
        """
        key = key if self.seed is None else stream(self.seed, "initializer")
        dtype = default_float() if dtype is None else dtype
        # The numbers of a population of initializers may be wider than the dtype asked for.
        return self.draw(key, tuple(shape), dtype).astype(dtype)
