"""Would more data help? The error by the number of training examples, and what a power law through it says of more.

Run `python examples/learning_curve.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import leadline as ll
from leadline.data.datasets import digits
from leadline.develop.forecast import forecast

SIZES = (70, 100, 150, 230, 350, 530, 800, 1079)


def main(epochs: int = 50, sizes: Sequence[int] = SIZES) -> None:
    """Prints the curve, and what is forecast for twice and ten times the data, or why nothing is."""
    data = digits()
    parts = ll.split(data.X, data.y)
    curve = ll.learning_curve(None, parts, sizes, metric="error", epochs=epochs, seeds=5)
    print("examples    train      cv")
    for size, train, cv in zip(curve.sizes, curve.train, curve.cv, strict=True):
        print(f"{size:8} {train.value:8.1%} {cv:7.1%}")

    ahead = forecast(curve, [2 * sizes[-1], 10 * sizes[-1]])
    for point in ahead.points:
        print(f"forecast for {point.size:,}: {point.J_cv:.1%}")
    print(ahead.refusal)


if __name__ == "__main__":
    main()
