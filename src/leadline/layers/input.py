"""Where a network begins."""

from __future__ import annotations

from dataclasses import dataclass

from leadline.errors import ArgumentError
from leadline.types import Shape

__all__ = ["Input"]


@dataclass(frozen=True)
class Input:
    """The shape of one example, as the first entry of a `Sequential`.

    Args:
        shape: Without the batch axis; a whole number stands for one axis.
        name: A name for the input.

    Raises:
        ArgumentError: An axis has no positive size.

    Examples:
        >>> Input(shape=(64,)).shape
        (64,)
    """

    shape: Shape
    name: str | None = None

    def __post_init__(self) -> None:
        shape = tuple(self.shape) if isinstance(self.shape, (tuple, list)) else (self.shape,)
        if any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in shape):
            raise ArgumentError(
                f"The 'shape' of Input must be positive whole numbers, without the batch axis. Got {self.shape!r}."
            )
        object.__setattr__(self, "shape", shape)
