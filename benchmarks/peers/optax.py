"""What an expert writes by hand with Flax (linen) and Optax: a jitted step in a loop, or each epoch as one scan.

For curves also the population under `vmap`. The order of the examples is drawn on the host, the last batch filled up with rows of
weight 0, the data are arguments of the program, and the state is donated.
"""

from __future__ import annotations

import functools
from typing import Any

import flax
import flax.linen as nn
import jax
import jax.numpy as jnp
import networks
import numpy as np
import optax
from loops import of_lambdas, of_sizes
from tasks import Curve, Data, Fit, Learning, Predict, Sweep, Task, spread

__all__ = ["fit", "learning", "module_of", "predict", "sweep", "variables_of", "versions"]


def versions() -> dict[str, str]:
    """Of what takes part."""
    return {"flax": flax.__version__, "optax": optax.__version__, "jax": jax.__version__}


class Described(nn.Module):
    """A network of the suite in linen."""

    network: networks.Network

    @nn.compact
    def __call__(self, x: Any, train: bool = False) -> Any:
        """Logits."""
        for number, (layer, before, _) in enumerate(networks.placed(self.network)):
            name = f"layer_{number:02d}"
            match layer:
                case networks.Dense():
                    x = nn.Dense(layer.units, name=name)(x)
                case networks.Conv():
                    x = nn.Conv(layer.filters, layer.size, name=name)(x)
                case networks.SeparableConv():
                    channels = before[-1]
                    x = nn.Conv(channels, layer.size, feature_group_count=channels, use_bias=False, name=name)(x)
                    x = nn.Conv(layer.filters, (1, 1), name=f"{name}_across")(x)
                case networks.LocallyConnected():
                    x = nn.ConvLocal(layer.filters, (layer.size,), (layer.stride,), padding="VALID", name=name)(x)
                case networks.Pool():
                    x = nn.max_pool(x, layer.size, layer.size)
                case networks.BatchNormalization():
                    x = nn.BatchNorm(not train, momentum=layer.momentum, epsilon=layer.epsilon, name=name)(x)
                case networks.Flatten():
                    x = x.reshape(len(x), -1)
            if getattr(layer, "activation", None) == "relu":
                x = nn.relu(x)
        return x


def builds(network: networks.Network) -> bool:
    """Whether all layers are written above."""
    return not any(isinstance(layer, networks.LSTM) for layer in network.layers)


def module_of(network: networks.Network) -> Described:
    """The module."""
    return Described(network)


def variables_of(network: networks.Network, seed: int = 0) -> dict[str, Any]:
    """Its variables, with the first weights that all have."""
    given, params, stats = networks.weights(network, seed), {}, {}
    for number, (layer, before, after) in enumerate(networks.placed(network)):
        name, count = f"layer_{number:02d}", len(networks.weight_shapes(layer, before, after))
        own, given = given[:count], given[count:]
        match layer:
            case networks.SeparableConv():
                params[name] = {"kernel": np.swapaxes(own[0], -1, -2)}
                params[f"{name}_across"] = {"kernel": own[1], "bias": own[2]}
            case networks.BatchNormalization():
                params[name] = {"scale": own[0], "bias": own[1]}
                stats[name] = {"mean": own[2], "var": own[3]}
            case _ if own:
                params[name] = {"kernel": own[0], "bias": own[1]}
    parts = {"params": params} | ({"batch_stats": stats} if stats else {})
    return jax.tree.map(jnp.asarray, parts)


def ordered(rows: int, batch: int, epochs: int, random: np.random.Generator | None) -> tuple[np.ndarray, np.ndarray]:
    """Which rows each step of each epoch sees, `(epochs, steps, batch)`, and with what weight, `(steps, batch)`."""
    steps = -(-rows // batch)
    order = np.zeros((epochs, steps * batch), np.int32)
    for epoch in range(epochs):
        order[epoch, :rows] = np.arange(rows) if random is None else random.permutation(rows)
    weight = (np.arange(steps * batch) < rows).astype(np.float32)
    return order.reshape(epochs, steps, batch), weight.reshape(steps, batch)


class Training:
    """The pure functions of one task's training."""

    def __init__(self, task: Task) -> None:
        self.task, self.module = task, module_of(task.network)
        self.optimizer = optax.adam(task.learning_rate, eps=1e-7)

    def start(self, seed: int = 0) -> Any:
        """Parameters, statistics, and the optimizer's memory."""
        variables = variables_of(self.task.network, seed)
        params, stats = variables["params"], variables.get("batch_stats", {})
        return params, stats, self.optimizer.init(params)

    def step(self, state: Any, x: Any, y: Any, weight: Any, factor: Any = None) -> Any:
        """One step; with a factor, J is minimised with a penalty of so much times the kernels' squares."""
        params, stats, memory = state

        def objective(params: Any) -> Any:
            variables = {"params": params} | ({"batch_stats": stats} if stats else {})
            logits, changed = self.module.apply(variables, x, train=True, mutable=["batch_stats"])
            costs = optax.softmax_cross_entropy_with_integer_labels(logits, y)
            cost = (costs * weight).sum() / weight.sum()
            kernels = (own["kernel"] for own in params.values() if "kernel" in own)
            penalty = 0.0 if factor is None else factor * sum((kernel**2).sum() for kernel in kernels)
            return cost + penalty, (cost, changed.get("batch_stats", {}))

        (_, (cost, stats)), gradients = jax.value_and_grad(objective, has_aux=True)(params)
        updates, memory = self.optimizer.update(gradients, memory, params)
        return (optax.apply_updates(params, updates), stats, memory), cost * weight.sum()

    @functools.partial(jax.jit, static_argnums=0, donate_argnums=1)
    def one(self, state: Any, x: Any, y: Any, weight: Any) -> Any:
        """One step as a program."""
        return self.step(state, x, y, weight)

    def scan(self, state: Any, X: Any, y: Any, order: Any, weight: Any, factor: Any = None) -> Any:
        """All epochs."""

        def body(state: Any, given: Any) -> Any:
            rows, weight = given
            return self.step(state, X[rows], y[rows], weight, factor)

        return jax.lax.scan(lambda state, own: jax.lax.scan(body, state, (own, weight)), state, order)

    whole = functools.partial(jax.jit, static_argnums=0, donate_argnums=1)(scan)

    def cost(self, state: Any, X: Any, y: Any) -> Any:
        """J."""
        logits = self.module.apply({"params": state[0]}, X)
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


def fit(task: Fit, data: Data) -> dict[str, Any]:
    """Both forms."""
    if not builds(task.network):
        return {}
    rows, random = len(data["y"]), np.random.default_rng(0)

    def step_by_step() -> Any:
        training = Training(task)
        held = [training.start()]

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            order, weight = ordered(rows, task.batch, epochs, random if shuffle else None)
            records = []
            for own in order:
                costs = []
                for chosen, share in zip(own, weight):
                    held[0], cost = training.one(held[0], data["X"][chosen], data["y"][chosen], share)
                    costs.append(cost)
                records.append(float(sum(costs)) / rows)
            return records

        return run

    def scanned() -> Any:
        training = Training(task)
        held, X, y = [training.start()], jnp.asarray(data["X"]), jnp.asarray(data["y"])

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            order, weight = ordered(rows, task.batch, epochs, random if shuffle else None)
            sums = []
            for own in order:
                held[0], costs = training.whole(held[0], X, y, own[None], weight)
                sums.append(costs)
            return [float(np.asarray(costs).sum()) / rows for costs in sums]

        return run

    ways = {"jitted step": step_by_step}
    if any(isinstance(layer, networks.Conv) for layer in task.network.layers):
        return ways  # XLA's convolution on a CPU is many times slower inside a loop
    return ways | {"a scan for each epoch": scanned}


def once(task: Curve, data: Data) -> Any:
    """What trains once: a scan that is compiled once for each number of rows; λ is an argument."""
    training = Training(task)
    cost = jax.jit(training.cost)
    arrays = {name: jnp.asarray(array) for name, array in data.items()}

    def train(lambda_: float, rows: int, epochs: int, seed: int) -> float:
        order, weight = ordered(rows, task.batch, epochs, np.random.default_rng(seed))
        factor = jnp.float32(lambda_ / (2 * rows))
        state, _ = training.whole(training.start(seed), arrays["X_train"], arrays["y_train"], order, weight, factor)
        return float(cost(state, arrays["X_cv"], arrays["y_cv"]))

    return train


def population(task: Sweep, data: Data) -> Any:
    """All λ and seeds under `vmap`, in one program."""

    def make() -> Any:
        training, rows = Training(task), len(data["y_train"])
        X, y, X_cv, y_cv = (jnp.asarray(data[name]) for name in ("X_train", "y_train", "X_cv", "y_cv"))

        @jax.jit
        def all_of_them(states: Any, X: Any, y: Any, orders: Any, weight: Any, factors: Any) -> Any:
            def member(state: Any, order: Any, factor: Any) -> Any:
                return training.cost(training.scan(state, X, y, order, weight, factor)[0], X_cv, y_cv)

            return jax.vmap(member)(states, orders, factors)

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            del shuffle
            seeds = [training.start(seed) for seed in range(task.seeds)]
            states = jax.tree.map(lambda *own: jnp.stack(own * len(task.values)), *seeds)
            drawn = [ordered(rows, task.batch, epochs, np.random.default_rng(seed)) for seed in range(task.seeds)]
            orders = np.stack([order for order, _ in drawn] * len(task.values))
            factors = np.repeat(np.array(task.values, np.float32) / (2 * rows), task.seeds)
            costs = all_of_them(states, X, y, orders, drawn[0][1], factors)
            return list(np.asarray(costs).reshape(len(task.values), task.seeds).mean(axis=1))

        return run

    return make


def sweep(task: Sweep, data: Data) -> dict[str, Any]:
    """A loop over λ and seeds around a program that is compiled once, and the population."""
    return {"a loop, compiled once": of_lambdas(once, task, data), "vmap of the scan": population(task, data)}


def learning(task: Learning, data: Data) -> dict[str, Any]:
    """A loop over sizes and seeds, compiled once for each size."""
    return {"a loop, compiled for each size": of_sizes(once, task, data)}


def predict(task: Predict, data: Data) -> dict[str, Any]:
    """A jitted `apply`, its outputs copied to NumPy."""

    def make() -> Any:
        module, variables = module_of(task.network), variables_of(task.network)
        apply = jax.jit(module.apply)

        def run(calls: int, shuffle: bool = True) -> list[float]:
            del shuffle
            for _ in range(calls):
                outputs = np.asarray(apply(variables, data["X"]))
            return [spread(outputs)]

        return run

    return {"jitted apply": make}
