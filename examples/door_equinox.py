"""A network in Equinox: trained and diagnosed here, then used in Equinox again.

Run `python examples/door_equinox.py`. It needs Equinox.
"""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np

import leadline as ll
from leadline.data.datasets import digits


def network(key: jax.Array) -> eqx.nn.MLP:
    """64-32-10; like every Equinox module it reads one example."""
    return eqx.nn.MLP(64, 10, 32, 1, key=key)


def main(epochs: int = 20) -> None:
    """Prints where the network stands and what to do next, and what Equinox itself says of the trained one."""
    data = digits()
    parts = ll.split(data.X, data.y)

    # make: so that every training of the diagnosis begins with weights of its own
    model = ll.wrap(network(jax.random.key(0)), (64,), make=network)
    model.compile(ll.optimizers.Adam(5e-3), ll.losses.SparseCategoricalCrossentropy(from_logits=True))
    found = ll.diagnose(model, parts, epochs=epochs, seeds=2, baseline=0.03)  # 3 % wrong would be good enough
    print(f"Verdict: {found.verdict}. Next: {found.next_step.action}")

    model.fit(parts.train.X, parts.train.y, epochs=epochs, verbose=0)
    trained = ll.unwrap(model)  # a new module: those of Equinox never change
    logits = jax.vmap(trained)(parts.cv.X)
    print(f"Equinox gets {np.mean(logits.argmax(axis=1) == parts.cv.y):.1%} of the cv digits right.")


if __name__ == "__main__":
    main()
