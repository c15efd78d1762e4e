"""How leadline's time and memory grow: with rows, features, members of a population, epochs, and the number of sweeps."""

from made import classes
from networks import Dense, Network
from tasks import Fit, Sweep
from workloads.curves import parted

__all__ = ["TASKS"]


def fit(rows: int, features: int, epochs: int, batch: int = 256) -> Fit:
    """A network of 64 hidden units."""
    network = Network((features,), (Dense(64, "relu"), Dense(10)))
    data = lambda: classes(rows, (features,), 10)  # noqa: E731
    what = f"{rows:,} rows, {features:,} features, {epochs:,} epoch{'s' if epochs > 1 else ''}"
    return Fit(what=what, network=network, data=data, batch=batch, amount=epochs, first=1, peers=("leadline",))


def population(members: int) -> Sweep:
    """So many λ, of 1,000 rows."""
    network = Network((20,), (Dense(25, "relu"), Dense(10)))
    data = lambda: parted(classes(1000, (20,), 10))  # noqa: E731
    values = tuple(number / members for number in range(members))
    what = f"{members:,} member{'s' if members > 1 else ''}, 20 epochs"
    return Sweep(what=what, network=network, data=data, values=values, seeds=1, amount=20, peers=("leadline",))


TASKS = {f"growth-rows-{rows}": fit(rows, 10, 1) for rows in (10**3, 10**4, 10**5, 10**6, 10**7)}
TASKS |= {f"growth-features-{features}": fit(2_000, features, 1) for features in (10, 100, 1_000, 10_000)}
TASKS |= {f"growth-epochs-{epochs}": fit(2_000, 10, epochs) for epochs in (10, 100, 1_000)}
TASKS |= {f"growth-members-{members}": population(members) for members in (1, 10, 100, 1_000)}
