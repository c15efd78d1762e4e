"""A convolutional network in Flax linen and the same in Flax nnx: trained and diagnosed here, then used in Flax again.

Run `python examples/door_flax.py`. It needs Flax.
"""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import numpy as np
from flax import nnx

import leadline as ll
from leadline.data.datasets import digits


class LinenCNN(nn.Module):
    """Logits of images `(batch, 8, 8, 1)`; linen is told whether this is training."""

    @nn.compact
    def __call__(self, x: Any, train: bool) -> Any:  # noqa: D102
        x = nn.max_pool(nn.relu(nn.Conv(8, (3, 3))(x)), (2, 2), (2, 2)).reshape(len(x), -1)
        return nn.Dense(10)(nn.Dropout(0.2, deterministic=not train)(x))


class NnxCNN(nnx.Module):
    """The same; nnx remembers whether this is training."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.convolution, self.scores = nnx.Conv(1, 8, (3, 3), rngs=rngs), nnx.Linear(128, 10, rngs=rngs)
        self.dropout = nnx.Dropout(0.2, rngs=rngs)

    def __call__(self, x: Any) -> Any:  # noqa: D102
        x = nnx.max_pool(nnx.relu(self.convolution(x)), (2, 2), (2, 2)).reshape(len(x), -1)
        return self.scores(self.dropout(x))


def main(epochs: int = 8) -> None:
    """Prints where each network stands and what to do next, and what Flax itself says of the trained one."""
    data = digits()
    parts = ll.split(data.X.reshape(-1, 8, 8, 1), data.y)
    for name, model in {
        "linen": ll.wrap(LinenCNN(), (8, 8, 1)),
        "nnx": ll.wrap(NnxCNN(nnx.Rngs(0)), (8, 8, 1), make=NnxCNN),  # make: new weights for every training
    }.items():
        model.compile(ll.optimizers.Adam(0.01), ll.losses.SparseCategoricalCrossentropy(from_logits=True))
        found = ll.diagnose(model, parts, epochs=epochs, seeds=2, baseline=0.03)  # 3 % wrong would be good enough
        print(f"{name}: {found.verdict}. Next: {found.next_step.action}")
        model.fit(parts.train.X, parts.train.y, epochs=epochs, verbose=0)
        trained = ll.unwrap(model)  # of linen the variables, of nnx the module itself
        if name == "nnx":
            trained.eval()
        logits = LinenCNN().apply(trained, parts.cv.X, train=False) if name == "linen" else trained(parts.cv.X)
        print(f"{name} gets {np.mean(logits.argmax(axis=1) == parts.cv.y):.1%} of the cv digits right.")


if __name__ == "__main__":
    main()
