"""Models: the one mutable thing, with `compile`, `fit`, `evaluate` and `predict`."""

from leadline.models.model import Model
from leadline.models.sequential import Sequential

__all__ = ["Model", "Sequential"]
