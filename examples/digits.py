"""Handwritten digits: a network trained, then diagnosed, and the diagnosis as a page to look at.

Run `python examples/digits.py [REPORT]`; with a REPORT, such as digits.html, that file is written.
"""

from __future__ import annotations

import sys

import leadline as ll
from leadline.data.datasets import digits


def main(arguments: list[str], epochs: int = 50) -> None:
    """Prints how well the network does, where it stands, and what to do next."""
    data = digits()
    parts = ll.split(data.X, data.y, features=data.feature_names, target=data.target_name)

    model = ll.Sequential([ll.layers.Dense(25, "relu"), ll.layers.Dense(15, "relu"), ll.layers.Dense(10)])
    model.compile(ll.optimizers.Adam(0.003), ll.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    model.fit(parts.train.X, parts.train.y, epochs=epochs, verbose=0)
    print(f"{model.evaluate(parts.cv.X, parts.cv.y, return_dict=True)['accuracy']:.1%} of the cv digits are right.")

    found = ll.diagnose(model, parts, epochs=epochs, seeds=2, remedies=False)
    for gap in (found.bias, found.variance):
        print(f"{gap.name}: {gap.size:+.1%}, {gap.judgement}")
    print(f"Verdict: {found.verdict}. Next: {found.next_step.action}")
    if arguments:
        found.save(arguments[0], title="Handwritten digits")


if __name__ == "__main__":
    main(sys.argv[1:])
