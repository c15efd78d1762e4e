"""Which λ? The cost on train and cv for many, trained as one program; of those that tie with the best the largest is taken.

λ is that of `J + λ/(2m) Σw²`. Run `python examples/choose_lambda.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import leadline as ll
from leadline.data.datasets import breast_cancer

LAMBDAS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


def main(epochs: int = 100, lambdas: Sequence[float] = LAMBDAS) -> None:
    """Prints the curve; J is the cost without the penalty."""
    data = breast_cancer()
    parts = ll.split((data.X - data.X.mean(axis=0)) / data.X.std(axis=0), data.y)
    model = ll.Sequential([ll.layers.Dense(25, "relu"), ll.layers.Dense(1)])
    model.compile(ll.optimizers.Adam(0.003), ll.losses.BinaryCrossentropy(from_logits=True))

    curve = ll.validation_curve(model, parts, "l2", lambdas, epochs=epochs, seeds=5)
    print("      λ   J train     J cv")
    for place, (value, train, cv) in enumerate(zip(curve.values, curve.train, curve.cv, strict=True)):
        mark = " ← chosen" if place == curve.chosen else " ties with the best" if curve.tied[place] else ""
        print(f"{value:7g} {train.value:9.4f} {cv.value:8.4f}{mark}")


if __name__ == "__main__":
    main()
