"""The curves that a diagnosis reads: one network over many λ, and over many numbers of examples."""

import numpy as np
from networks import Dense, Network
from tasks import Data, Diagnosis, Goal, Learning, Sweep
from workloads.notes_mlp import NETWORK, digits

__all__ = ["TASKS", "parted"]

LAMBDAS = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.0)
SIZES = (67, 92, 125, 170, 231, 315, 428, 583, 793, 1079)
COMPILED_ONCE = ("*: one model, compiled once", "optax: a loop, compiled once", "torch: *", "sklearn: *")
AS_WRITTEN = ("*: a model for each fit",)
PEERS = ("leadline", "keras-jax", "torch", "sklearn", "optax")


def parted(data: Data) -> Data:
    """The arrays, and train and cv as leadline splits them; train shuffled, since rows that stand together may be alike."""
    import leadline as ll

    parts = ll.split(data["X"], data["y"])
    mixed = np.random.default_rng(0).permutation(len(parts.train.y))
    own = {"X_train": parts.train.X[mixed], "y_train": parts.train.y[mixed], "X_cv": parts.cv.X, "y_cv": parts.cv.y}
    return dict(data) | {name: np.array(array) for name, array in own.items()}


def blobs() -> Data:
    """800 points around 6 centres, as the lab on bias and variance has them."""
    random = np.random.default_rng(1)
    centres = np.array([[-1, 0], [1, 0], [0, 1], [0, -1], [-2, 1], [-2, -1]], np.float32)
    y = random.integers(0, 6, 800).astype(np.int32)
    return parted({"X": (centres[y] + random.normal(0, 0.4, (800, 2))).astype(np.float32), "y": y})


TASKS = {
    "lambda-sweep": Sweep(
        what="digits, 64-25-15-10, 12 λ × 5 seeds, 100 epochs each",
        network=NETWORK,
        data=lambda: parted(digits()),
        values=LAMBDAS,
        seeds=5,
        amount=100,
        goals=(Goal(AS_WRITTEN, 20.0), Goal(COMPILED_ONCE, 8.0)),
        peers=PEERS,
    ),
    "learning-curve": Learning(
        what="digits, 64-25-15-10, 10 numbers of examples × 5 seeds, as many steps as 100 epochs of all",
        network=NETWORK,
        data=lambda: parted(digits()),
        values=SIZES,
        seeds=5,
        amount=100,
        goals=(Goal(AS_WRITTEN, 20.0),),
        peers=PEERS,
    ),
    "course-lab": Sweep(
        what="800 points in 6 classes, Dense 120-40-6, 7 λ × 1,000 epochs, one seed",
        network=Network((2,), (Dense(120, "relu"), Dense(40, "relu"), Dense(6))),
        data=blobs,
        values=(0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3),
        seeds=1,
        amount=1000,
        learning_rate=0.01,
        goals=(Goal(seconds=5.0),),
        peers=PEERS,
        tolerance=1.0,  # of a single seed, trained far past its least J
    ),
    "diagnosis": Diagnosis(
        what="digits, 64-25-15-10, 4 λ × 5 seeds and 4 numbers of examples × 5 seeds, 100 epochs each",
        network=NETWORK,
        data=lambda: parted(digits()),
        values=(0.0, 0.08, 0.64, 5.12),
        sizes=(125, 231, 428, 1079),
        seeds=5,
        amount=100,
        goals=(Goal(least=20.0),),
        peers=("leadline", "keras-jax", "sklearn"),
    ),
}
