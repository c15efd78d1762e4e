"""A network whose time is that of its matrix products."""

from made import classes
from networks import Dense, Network
from tasks import Fit, Goal

__all__ = ["TASKS"]

TASKS = {
    "gemm-mlp": Fit(
        what="1024-2048-2048-10, batches of 512",
        network=Network((1024,), (Dense(2048, "relu"), Dense(2048, "relu"), Dense(10))),
        data=lambda: classes(16 * 512, (1024,), 10),
        batch=512,
        amount=1,
        first=1,
        goals=(Goal(least=1.0), Goal(of_peak=0.65)),
    )
}
