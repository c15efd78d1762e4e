"""Networks of other frameworks through the door, beside their own frameworks' training, in one run.

    python benchmarks/door.py                     # writes benchmarks/door.json
    python benchmarks/door.py --rounds 5 --table  # prints the table of the JSON that stands there

Digits, Adam(1e-3), batches of 32, sparse cross-entropy from logits. A Keras model is trained by `fit`, as it is set up and with
other `steps_per_execution`; a linen or Equinox module by a loop written by hand around one compiled step of Optax. Before
anything is timed, both train three epochs from the same weights in the same order, and must record the same loss. Rounds are
interleaved; a figure is the median of its rounds. Compilation is outside of all figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")

import equinox as eqx
import flax
import flax.linen as nn
import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax

import leadline as ll
from leadline.data.datasets import digits

HERE = Path(__file__).parent
EPOCHS, BATCH = 20, 32
STEPS_PER_EXECUTION = (8, 57)
DATA = digits()


class Contest(NamedTuple):
    """A network through the door, and the ways in which its own framework trains it.

    Attributes:
        ours: Trains for a number of epochs, and gives the losses.
        theirs: Names to the same.
        in_order: The first two, without shuffling, from the same weights.
    """

    ours: Callable[[int], list[float]]
    theirs: dict[str, Callable[[int], list[float]]]
    in_order: tuple[Callable[[int], list[float]], Callable[[int], list[float]]]


def door(network: Any, X: np.ndarray, optimizer: Any, shuffle: bool = True) -> tuple[ll.Model, Callable[[int], list[float]]]:
    """The network wrapped, and how it is trained."""
    model = ll.wrap(network, X.shape[1:])
    model.compile(optimizer, ll.losses.SparseCategoricalCrossentropy(from_logits=True))

    def fit(epochs: int) -> list[float]:
        return model.fit(X, DATA.y, batch_size=BATCH, epochs=epochs, shuffle=shuffle, verbose=0).history["loss"]

    return model, fit


def by_fit(model: Any, X: np.ndarray, shuffle: bool = True, **settings: int) -> Callable[[int], list[float]]:
    """How Keras trains a copy of the model."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True), **settings)
    return lambda epochs: copy.fit(X, DATA.y, batch_size=BATCH, epochs=epochs, shuffle=shuffle, verbose=0).history["loss"]


def by_hand(apply: Callable[..., Any], params: Any, X: np.ndarray, shuffle: bool = True) -> Callable[[int], list[float]]:
    """How a loop around one compiled step trains."""
    optimizer = optax.adam(1e-3)
    state = [params, optimizer.init(params)]

    @jax.jit
    def step(params: Any, memory: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
        def objective(params: Any) -> Any:
            return optax.softmax_cross_entropy_with_integer_labels(apply(params, x), y).mean()

        loss, gradients = jax.value_and_grad(objective)(params)
        updates, memory = optimizer.update(gradients, memory, params)
        return optax.apply_updates(params, updates), memory, loss

    def fit(epochs: int) -> list[float]:
        records = []
        for epoch in range(epochs):
            order = np.random.default_rng(epoch).permutation(len(X)) if shuffle else np.arange(len(X))
            losses = []
            for first in range(0, len(X), BATCH):
                rows = order[first : first + BATCH]
                state[0], state[1], loss = step(*state, X[rows], DATA.y[rows])
                losses.append((len(rows), loss))
            records.append(sum(count * float(loss) for count, loss in losses) / len(X))
        return records

    return fit


def keras_contest(model: Any, X: np.ndarray) -> Contest:
    """A Keras model through the door and by `fit`."""
    theirs = {"fit, default": by_fit(model, X)}
    theirs |= {f"fit, steps_per_execution={steps}": by_fit(model, X, steps_per_execution=steps) for steps in STEPS_PER_EXECUTION}
    in_order = door(model, X, ll.optimizers.Adam(1e-3), shuffle=False)[1], by_fit(model, X, shuffle=False)
    return Contest(door(model, X, ll.optimizers.Adam(1e-3))[1], theirs, in_order)


def hand_contest(network: Any, X: np.ndarray, parts: Callable[[Any], Any], apply: Callable[..., Any]) -> Contest:
    """A network through the door and by a loop by hand, both with Optax's Adam."""
    wrapped, straight = door(network, X, optax.adam(1e-3), shuffle=False)
    own = by_hand(apply, parts(ll.unwrap(wrapped)), X, shuffle=False)
    model, fit = door(network, X, ll.optimizers.Adam(1e-3))
    return Contest(fit, {"loop by hand": by_hand(apply, parts(ll.unwrap(model)), X)}, (straight, own))


def keras_mlp() -> Contest:
    """64-25-15-10."""
    dense = keras.layers.Dense
    return keras_contest(keras.Sequential([keras.Input((64,)), dense(25, "relu"), dense(15, "relu"), dense(10)]), DATA.X)


def keras_lstm() -> Contest:
    """64 units over the eight rows of an image."""
    layers = [keras.layers.LSTM(64), keras.layers.Dense(10)]
    return keras_contest(keras.Sequential([keras.Input((8, 8)), *layers]), DATA.X.reshape(-1, 8, 8))


class CNN(nn.Module):
    """Two convolutions of 16 and 32 filters, each with a pooling."""

    @nn.compact
    def __call__(self, x: Any) -> Any:
        """Logits of images `(batch, 8, 8, 1)`."""
        for filters in (16, 32):
            x = nn.max_pool(nn.relu(nn.Conv(filters, (3, 3))(x)), (2, 2), (2, 2))
        return nn.Dense(10)(x.reshape(len(x), -1))


def linen_cnn() -> Contest:
    """A convolutional network in linen."""
    module = CNN()
    return hand_contest(module, DATA.X.reshape(-1, 8, 8, 1), lambda variables: variables, module.apply)


def equinox_mlp() -> Contest:
    """64-32-32-10."""
    module = eqx.nn.MLP(64, 10, 32, 2, key=jax.random.key(0))
    _, static = eqx.partition(module, eqx.is_inexact_array)
    apply = lambda params, x: jax.vmap(eqx.combine(params, static))(x)  # noqa: E731
    return hand_contest(module, DATA.X, lambda module: eqx.filter(module, eqx.is_inexact_array), apply)


CONTESTS = {
    "Keras LSTM(64)": keras_lstm,
    "Keras 64-25-15-10": keras_mlp,
    "linen CNN": linen_cnn,
    "Equinox 64-32-32-10": equinox_mlp,
}


def timed(fit: Callable[[int], object], epochs: int) -> float:
    """Milliseconds a step."""
    began = time.perf_counter()
    fit(epochs)
    return (time.perf_counter() - began) / (epochs * -(-len(DATA.y) // BATCH)) * 1e3


def contested(contest: Contest, rounds: int) -> dict[str, Any]:
    """How far the losses differ, milliseconds a step of each way, and how many times the best other way takes of ours."""
    ours, theirs = (np.array(fit(3)) for fit in contest.in_order)
    difference = float(np.max(np.abs(ours / theirs - 1)))
    assert difference < 1e-4, f"the two do not train the same: losses differ by {difference:.1e}"
    ways = {"leadline": contest.ours, **contest.theirs}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for fit in ways.values():
        fit(2)
    for _ in range(rounds):
        for name, fit in ways.items():
            times[name].append(timed(fit, EPOCHS))
    step = {name: statistics.median(found) for name, found in times.items()}
    best = min(contest.theirs, key=step.__getitem__)
    return {"losses_differ_by": difference, "step_ms": step, "best": best, "ratio": step[best] / step["leadline"]}


def measure(rounds: int) -> dict[str, Any]:
    """All of it."""
    modules = {"leadline": ll, "jax": jax, "keras": keras, "flax": flax, "equinox": eqx, "optax": optax}
    versions = {"python": platform.python_version()} | {name: module.__version__ for name, module in modules.items()}
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "device": jnp.zeros(()).device.platform}
    found = {name: contested(make(), rounds) for name, make in CONTESTS.items()}
    return {"machine": machine, "versions": versions, "rounds": rounds, "networks": found}


def table(found: dict[str, Any]) -> str:
    """What was measured, a row for each way of training."""
    lines = ["| network | through the door | its own way | | ratio |", "|---|---:|---|---:|---:|"]
    for name, one in found["networks"].items():
        ours = one["step_ms"]["leadline"]
        for way, value in one["step_ms"].items():
            if way != "leadline":
                lines.append(f"| {name} | {ours:.3g} ms | {way} | {value:.3g} ms | {value / ours:.2f}× |")
    used = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return "\n".join([*lines, "", f"A step of 32 digits; {used}; {found['machine']['cores']} cores; {found['rounds']} rounds."])


def main() -> None:
    """Measures, or prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how often each is timed")
    parser.add_argument("--table", action="store_true", help="only print the table of what was measured before")
    arguments = parser.parse_args()
    file = HERE / "door.json"
    if not arguments.table:
        file.write_text(json.dumps(measure(arguments.rounds), indent=2) + "\n", encoding="utf-8")
    print(table(json.loads(file.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
