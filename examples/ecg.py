"""Weights that are shared and weights that are not: one small network, twice, on electrocardiograms.

The network is the drawing of a convolutional layer in the notes, with one filter a layer: 100 samples → 9 neurons that each read
20, moving on by 10 → 3 neurons that each read 5 of those, moving on by 2 → 1 sigmoid. In a `Conv1D` the neurons of a layer have
the same weights, in a `LocallyConnected1D` each has its own.

The question is whether a record of 10 seconds shows atrial fibrillation, in which the beats come at irregular times. A beat is
where the signal is steep, so the 100 samples are how steep it is in each tenth of a second.

Run `python examples/ecg.py [FILE]`, with a file of arrays `X` (records, 1000 samples at 100 Hz) and `y` (0 or 1). Without one it
takes `shared/data/ecg_af_tiny.npz` beside the repository (windows of PhysioNet's challenge of 2017), or generates signals.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import leadline as ll

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "ecg_af_tiny.npz"
RATE = 100  # samples a second
SECONDS = 10


def generated(records: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Signals with a sharp beat about every 0.8 s: for y = 0 nearly in time, for y = 1 not, and with waves between the beats."""
    random = np.random.default_rng(seed)
    y = np.arange(records) % 2
    times = np.arange(SECONDS * RATE) / RATE
    X = 0.02 * random.normal(size=(records, times.size))
    for signal, irregular in zip(X, y, strict=True):
        intervals = random.uniform(0.6, 1.0) * np.exp(random.normal(scale=0.35 if irregular else 0.03, size=40))
        for beat in random.uniform(0, 0.6) + np.cumsum(intervals):
            signal += np.exp(-(((times - beat) / 0.02) ** 2))
        signal += 0.1 * irregular * np.sin(2 * np.pi * random.uniform(5, 8) * times)
    return X, y


def steepness(X: np.ndarray) -> np.ndarray:
    """How steep each record is in each tenth of a second, its own mean being 1: `(records, samples)` to `(records, 100, 1)`."""
    steps = np.abs(np.diff(X.astype(float), axis=1, append=X[:, -1:]))
    tenths = steps.reshape(len(X), SECONDS * 10, -1).mean(axis=2)
    return (tenths / tenths.mean(axis=1, keepdims=True))[..., None]


def network(layer: type, seed: int) -> ll.Sequential:
    """The drawing, with its two hidden layers of this type."""
    return ll.Sequential(
        [
            ll.Input((100, 1)),
            layer(filters=1, kernel_size=20, strides=10, activation="tanh"),  # (9, 1)
            layer(filters=1, kernel_size=5, strides=2, activation="tanh"),  # (3, 1)
            ll.layers.Flatten(),
            ll.layers.Dense(1, activation="sigmoid"),
        ],
        seed=seed,
    )


def accuracies(layer: type, X: np.ndarray, y: np.ndarray, epochs: int, splits: int) -> np.ndarray:
    """Accuracy on the train set, on the held-out third, and of always saying what is most frequent: a row for each split."""
    rows = []
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(X))
        test, train = np.split(order, [len(X) // 3])
        model = network(layer, seed)
        model.compile(ll.optimizers.Adam(0.01), ll.losses.BinaryCrossentropy(), metrics=["accuracy"])
        model.fit(X[train], y[train], epochs=epochs, verbose=0)
        majority = float(y[train].mean() >= 0.5)
        found = [model.evaluate(X[part], y[part], return_dict=True)["accuracy"] for part in (train, test)]
        rows.append([*found, float((y[test] == majority).mean())])
    return np.array(rows)


def compared(X: np.ndarray, y: np.ndarray, epochs: int = 100, splits: int = 10) -> dict[str, tuple[int, np.ndarray]]:
    """For shared and for own weights: how many parameters, and the accuracies."""
    layers = {"shared": ll.layers.Conv1D, "own": ll.layers.LocallyConnected1D}
    return {name: (network(layer, 0).count_params(), accuracies(layer, X, y, epochs, splits)) for name, layer in layers.items()}


def main(arguments: list[str]) -> None:
    """Prints the comparison."""
    path = Path(arguments[0]) if arguments else BESIDE
    if path.exists() or arguments:
        with np.load(path) as file:
            X, y = file["X"], file["y"]
        print(f"{len(X)} records of {path.name}")
    else:
        X, y = generated()
        print(f"{len(X)} generated records")
    table = compared(steepness(X), y)
    print("weights  parameters  accuracy: train  held out   (mean ± deviation over random splits)")
    for name, (parameters, found) in table.items():
        (train, test, _), spread = found.mean(axis=0), found.std(axis=0)
        print(f"{name:<8} {parameters:>10}         {train:.0%}  {test:.1%} ± {spread[1]:.1%}")
    print(f"majority                            {table['own'][1][:, 2].mean():.1%}")


if __name__ == "__main__":
    main(sys.argv[1:])
