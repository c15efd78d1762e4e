"""leadline beside Keras on JAX in one run: one small network, and the λ curve of it.

    make bench                                    # writes benchmarks/spine.json, and its table into README.md
    python benchmarks/spine.py --rounds 5 --table # prints the table of the JSON that stands there

Both train the same network on the same data: digits, 64-25-15-10, ReLU, Adam(1e-3), batches of 32, sparse cross-entropy from
logits. Before anything is timed, both train three epochs from the same weights in the same order, and must record the same loss.
Rounds are interleaved; a figure is the median of its rounds. Compilation is outside the figures of a step and inside those of a
Keras loop, which compiles for every λ.
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

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
from jax.experimental.compilation_cache import compilation_cache

import leadline as ll
from leadline.data.datasets import digits
from leadline.develop.population import LAMBDAS

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
EPOCHS, BATCH, SEEDS = 100, 32, 5
STEPS_PER_EXECUTION = (1, 8, 57)


def leadline_model(weights: list[np.ndarray] | None = None, seed: int = 0) -> ll.Sequential:
    """The network here."""
    dense = ll.layers.Dense
    model = ll.Sequential([ll.Input(shape=(64,)), dense(25, "relu"), dense(15, "relu"), dense(10)], seed=seed)
    model.compile(ll.optimizers.Adam(1e-3), ll.losses.SparseCategoricalCrossentropy(from_logits=True))
    if weights is not None:
        model.set_weights(weights)
    return model


def keras_model(steps_per_execution: int | None = None, factor: float | None = None) -> keras.Sequential:
    """The network in Keras."""
    regularizer = None if factor is None else keras.regularizers.L2(factor)
    dense = lambda units, activation=None: keras.layers.Dense(units, activation, kernel_regularizer=regularizer)  # noqa: E731
    model = keras.Sequential([keras.Input(shape=(64,)), dense(25, "relu"), dense(15, "relu"), dense(10)])
    settings = {} if steps_per_execution is None else {"steps_per_execution": steps_per_execution}
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, **settings)
    return model


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def same_mathematics(X: np.ndarray, y: np.ndarray) -> float:
    """The largest relative difference of three epochs' losses from the same weights in the same order."""
    theirs = keras_model()
    ours = leadline_model(theirs.get_weights())
    expected = theirs.fit(X, y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0).history["loss"]
    got = ours.fit(X, y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0).history["loss"]
    return float(np.max(np.abs(np.array(got) / np.array(expected) - 1)))


def one_network(rounds: int) -> dict[str, float]:
    """Microseconds a step, in the median of the rounds; each contender's first fit, which compiles, is not counted."""
    data = digits()
    steps = -(-len(data.y) // BATCH)
    ours = leadline_model()
    contenders: dict[str, Callable[[int], object]] = {
        "leadline": lambda epochs: ours.fit(data.X, data.y, batch_size=BATCH, epochs=epochs, verbose=0)
    }
    for setting in (None, *STEPS_PER_EXECUTION[1:]):
        theirs = keras_model(setting)
        name = "keras default" if setting is None else f"keras steps_per_execution={setting}"
        contenders[name] = lambda epochs, m=theirs: m.fit(data.X, data.y, batch_size=BATCH, epochs=epochs, verbose=0)
    for fit in contenders.values():
        fit(2)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, fit in contenders.items():
            times[name].append(seconds(lambda fit=fit: fit(EPOCHS)) / (EPOCHS * steps) * 1e6)
    return {name: statistics.median(found) for name, found in times.items()}


def lambda_curve(best: int, rounds: int) -> dict[str, float]:
    """Seconds for 12 λ × 5 seeds × 100 epochs, measured on train and cv; each Keras fit is a new model, as another λ demands.

    leadline switches JAX's cache of programs on disk on, for the whole process. The Keras loop is timed as Keras is set up,
    without it, and once more with it.
    """
    data = digits()
    parts = ll.split(data.X, data.y)
    (X, y), (X_cv, y_cv) = (parts.train.X, parts.train.y), (parts.cv.X, parts.cv.y)

    def ours() -> None:
        curve = ll.validation_curve(leadline_model(), parts, "l2", LAMBDAS, epochs=EPOCHS, seeds=SEEDS)
        assert np.isfinite(curve.J_cv).all()

    def theirs() -> None:
        for lambda_ in LAMBDAS:
            for seed in range(SEEDS):
                keras.utils.set_random_seed(seed)
                model = keras_model(best, lambda_ / (2 * len(y)))
                model.fit(X, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
                model.evaluate(X, y, verbose=0)
                model.evaluate(X_cv, y_cv, verbose=0)

    cold = seconds(ours)
    warm = [seconds(ours) for _ in range(rounds)]
    with_cache, folder = seconds(theirs), jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)
    compilation_cache.reset_cache()
    alone = seconds(theirs)
    jax.config.update("jax_compilation_cache_dir", folder)
    compilation_cache.reset_cache()
    ours_warm = statistics.median(warm)
    return {"leadline cold": cold, "leadline": ours_warm, "keras loop": alone, "keras loop with cache": with_cache}


def measure(rounds: int) -> dict[str, object]:
    """All of it."""
    data = digits()
    difference = same_mathematics(data.X, data.y)
    # Single precision parts trajectories at the kinks of ReLU; the tests hold them together to rounding in double precision.
    assert difference < 1e-2, f"the two do not train the same: losses differ by {difference:.1e}"
    step = one_network(rounds)
    tuned = {name: value for name, value in step.items() if "=" in name}
    best = min(tuned, key=tuned.__getitem__)
    curve = lambda_curve(int(best.split("=")[1]), rounds)
    versions = {"python": platform.python_version(), "leadline": ll.__version__}
    versions |= {"jax": jax.__version__, "keras": keras.__version__}
    machine = {"processor": platform.machine(), "cores": os.cpu_count()}
    return {
        "machine": machine,
        "versions": versions,
        "rounds": rounds,
        "losses_differ_by": difference,
        "step_us": step,
        "keras_best": best,
        "lambda_curve_s": curve,
    }


def table(found: dict) -> str:
    """The measured ratios as the table of the README."""
    step, curve, best = found["step_us"], found["lambda_curve_s"], found["keras_best"]
    cores, versions = found["machine"]["cores"], found["versions"]
    rows = [
        ("one fit, a step", step["leadline"], "µs", "Keras, default", step["keras default"]),
        ("one fit, a step", step["leadline"], "µs", f"Keras, best `{best.removeprefix('keras ')}`", step[best]),
        ("12 λ × 5 seeds", curve["leadline"], "s", "Keras, loop of 60 fits", curve["keras loop"]),
        ("the same, the first in a process", curve["leadline cold"], "s", "Keras, loop of 60 fits", curve["keras loop"]),
        ("12 λ × 5 seeds", curve["leadline"], "s", "Keras's loop with the programs on disk", curve["keras loop with cache"]),
    ]
    lines = ["| what | leadline | beside it | | ratio |", "|---|---:|---|---:|---:|"]
    for what, ours, unit, name, other in rows:
        lines.append(f"| {what} | {ours:.3g} {unit} | {name} | {other:.3g} {unit} | **{other / ours:.1f}×** |")
    used = (
        f"JAX {versions['jax']}, Keras {versions['keras']} on JAX, {cores} cores, medians of {found['rounds']} interleaved rounds"
    )
    return "\n".join([*lines, "", f"Digits, 64-25-15-10, batches of 32, Adam, 100 epochs; {used} (the Keras loops once)."])


def write_readme(text: str) -> None:
    """Puts the table between its two marks in the README."""
    begin, end = "<!-- benchmark -->", "<!-- /benchmark -->"
    whole = README.read_text(encoding="utf-8")
    before, after = whole[: whole.index(begin) + len(begin)], whole[whole.index(end) :]
    README.write_text(f"{before}\n{text}\n{after}", encoding="utf-8")


def main() -> None:
    """Measures, or prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    parser.add_argument("--table", action="store_true", help="only print the table of what was measured before")
    arguments = parser.parse_args()
    file = HERE / "spine.json"
    if not arguments.table:
        found = measure(arguments.rounds)
        file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        write_readme(table(found))
    print(table(json.loads(file.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
