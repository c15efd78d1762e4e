"""A Keras LSTM that reads a digit row by row: trained and diagnosed here, then used in Keras again.

Run `python examples/door_keras.py`. It needs Keras 3.
"""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import keras
import numpy as np

import leadline as ll
from leadline.data.datasets import digits


def main(epochs: int = 25) -> None:
    """Prints where the network stands and what to do next, and what Keras itself says of the trained model."""
    data = digits()
    X = data.X.reshape(-1, 8, 8)
    parts = ll.split(X, data.y)
    lstm = keras.Sequential([keras.Input((8, 8)), keras.layers.LSTM(24), keras.layers.Dense(10)])

    model = ll.wrap(lstm)
    model.compile(ll.optimizers.Adam(0.01), ll.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    found = ll.diagnose(model, parts, epochs=epochs, seeds=2, baseline=0.03)  # 3 % wrong would be good enough
    print(f"Verdict: {found.verdict}. Next: {found.next_step.action}")

    model.fit(parts.train.X, parts.train.y, epochs=epochs, verbose=0)
    lstm = ll.unwrap(model)  # the Keras model itself, with the trained weights
    guessed = lstm.predict(parts.cv.X, verbose=0).argmax(axis=1)
    print(f"Keras gets {np.mean(guessed == parts.cv.y):.1%} of the cv digits right.")


if __name__ == "__main__":
    main()
