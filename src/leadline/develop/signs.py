"""What alarms read of a training: figures that were measured while it ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leadline.losses import Loss
from leadline.training.breakage import Breakage
from leadline.training.health import Probe
from leadline.types import NumpyArray

__all__ = ["Signs"]


@dataclass(frozen=True, eq=False)
class Signs:
    """What alarms read of some trainings that differ in the seed only.

    Attributes:
        kind: "regression", "binary" or "multiclass".
        loss: What is minimised.
        looks: What was found after so many epochs; at least after none and after the last.
        layers: The layers that the looks' calls are of, and for each what its flat ends are called: "dead", "saturated", or "".
        kernels: The layers with kernels.
        cost: The running cost of each epoch, `(seeds, epochs)`; NaN from the epoch on in which a training broke.
        steps: How many steps each training took.
        start: What a network that knows nothing should pay: ln K, or for numbers the target's variance in the loss's unit.
        trivial: What the best constant prediction pays.
        centre: The mean of the targets as training takes them.
        scale: Their standard deviation.
        broken: Where trainings stopped being finite.
        sixteen: The running cost of trainings on 16 examples, `(seeds, epochs)`; None without such.
        errors: The share misclassified, or the RMSE: of the median seed on train, on cv, and that of the best constant on cv;
            None where nobody gave them.
    """

    kind: str
    loss: Loss
    looks: Mapping[int, Probe]
    layers: tuple[tuple[str, str], ...]
    kernels: tuple[str, ...]
    cost: NumpyArray
    steps: int
    start: float
    trivial: float
    centre: float
    scale: float
    broken: tuple[Breakage, ...] = ()
    sixteen: NumpyArray | None = None
    errors: tuple[float, float, float] | None = None

    @property
    def first(self) -> Probe:
        """The look before the first step."""
        return self.looks[min(self.looks)]

    @property
    def last(self) -> Probe:
        """The look at the end."""
        return self.looks[max(self.looks)]

    @property
    def left(self) -> float:
        """The cost of the last epoch as a share of what the best constant pays; NaN where most trainings broke."""
        ends = np.sort(self.cost[:, -1])  # what is NaN stands last
        return float(np.mean(ends[[(len(ends) - 1) // 2, len(ends) // 2]])) / self.trivial
