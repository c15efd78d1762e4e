"""PyTorch: the usual loop with the fused Adam, on all threads and on one, and with the cost compiled."""

from __future__ import annotations

from typing import Any

import networks
import numpy as np
import torch
from loops import of_lambdas, of_sizes
from tasks import Curve, Data, Fit, Learning, Predict, Sweep, Task, spread
from torch import nn

__all__ = ["fit", "learning", "predict", "sweep", "versions"]


def versions() -> dict[str, str]:
    """Of what takes part."""
    return {"torch": torch.__version__}


class Unshared(nn.Module):
    """A locally connected layer along one axis, which PyTorch has not: windows, and one product for each position."""

    def __init__(self, layer: networks.LocallyConnected, channels: int, positions: int) -> None:
        super().__init__()
        self.size, self.stride = layer.size, layer.stride
        self.weight = nn.Parameter(torch.zeros(positions, layer.size * channels, layer.filters))
        self.bias = nn.Parameter(torch.zeros(positions, layer.filters))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`(batch, channels, samples)` to `(batch, filters, positions)`."""
        seen = x.unfold(2, self.size, self.stride).permute(2, 0, 3, 1).flatten(2)  # (positions, batch, entries)
        return (torch.bmm(seen, self.weight) + self.bias[:, None]).permute(1, 2, 0)


def layers_of(layer: networks.Layer, before: networks.Shape, after: networks.Shape) -> list[nn.Module]:
    """The layer here, and its activation."""
    channels, activation = before[-1], [nn.ReLU()] if getattr(layer, "activation", None) else []
    match layer:
        case networks.Dense():
            return [nn.Linear(channels, layer.units), *activation]
        case networks.Conv():
            kind = nn.Conv1d if len(layer.size) == 1 else nn.Conv2d
            return [kind(channels, layer.filters, layer.size, padding="same"), *activation]
        case networks.SeparableConv():
            each = nn.Conv2d(channels, channels, layer.size, padding="same", groups=channels, bias=False)
            return [each, nn.Conv2d(channels, layer.filters, 1), *activation]
        case networks.LocallyConnected():
            return [Unshared(layer, channels, after[0]), *activation]
        case networks.Pool():
            return [(nn.MaxPool1d if len(layer.size) == 1 else nn.MaxPool2d)(layer.size)]
        case networks.BatchNormalization():
            kind = nn.BatchNorm1d if len(before) < 3 else nn.BatchNorm2d
            return [kind(channels, layer.epsilon, 1 - layer.momentum)]
        case networks.Flatten():
            return [nn.Flatten()]
    raise KeyError(layer)


def model_of(network: networks.Network, given: list[np.ndarray] | None = None) -> nn.Sequential:
    """The model with the first weights that all have: channels stand in the second axis here, so kernels are turned."""
    given = networks.weights(network) if given is None else list(given)
    modules: list[nn.Module] = []
    flattened: networks.Shape | None = None  # what was flattened, so that its numbers come in another order here
    for layer, before, after in networks.placed(network):
        made = layers_of(layer, before, after)
        arrays = [given.pop(0) for _ in networks.weight_shapes(layer, before, after)]
        if isinstance(layer, networks.Dense) and flattened is not None:
            kernel = arrays[0].reshape(*flattened, layer.units)
            arrays[0] = np.moveaxis(kernel, -2, 0).reshape(-1, layer.units)
        flattened = before if isinstance(layer, networks.Flatten) else None
        put(made, layer, arrays)
        modules += made
    return nn.Sequential(*modules)


def put(made: list[nn.Module], layer: networks.Layer, arrays: list[np.ndarray]) -> None:
    """Sets the arrays of what was made of one layer."""
    match layer:
        case networks.Dense():
            targets = {made[0].weight: arrays[0].T, made[0].bias: arrays[1]}
        case networks.Conv():
            turned = np.moveaxis(arrays[0], (-1, -2), (0, 1))
            targets = {made[0].weight: turned, made[0].bias: arrays[1]}
        case networks.SeparableConv():
            each, across = (np.moveaxis(kernel, (-1, -2), (0, 1)) for kernel in arrays[:2])
            targets = {made[0].weight: np.swapaxes(each, 0, 1), made[1].weight: across, made[1].bias: arrays[2]}
        case networks.LocallyConnected():
            targets = {made[0].weight: arrays[0], made[0].bias: arrays[1]}
        case _:
            targets = {}  # what begins with ones and zeros here too
    for target, array in targets.items():
        target.data = torch.from_numpy(np.ascontiguousarray(array))


def inputs(X: np.ndarray, channels_last: bool = False) -> torch.Tensor:
    """The examples with their channels in the second axis, as PyTorch wants them; in memory in that order too, or last."""
    moved = torch.from_numpy(X)
    if moved.dim() > 2:
        moved = moved.movedim(-1, 1)
    return moved if channels_last else moved.contiguous()


class Trainer:
    """A model, its optimizer, and the loop."""

    def __init__(self, task: Task, data: Data, threads: int, *, compiled: bool = False, channels_last: bool = False) -> None:
        self.threads, self.batch = threads, getattr(task, "batch", 32)
        self.model = model_of(task.network)
        if channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
        self.X = inputs(data["X"], channels_last)
        self.y = torch.from_numpy(data["y"].astype(np.int64))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=task.learning_rate, eps=1e-7, fused=True)
        loss = nn.functional.cross_entropy
        self.cost = lambda x, y: loss(self.model(x), y)
        if compiled:
            self.cost = torch.compile(self.cost, dynamic=False)

    def epoch(self, order: torch.Tensor) -> float:
        """One pass; the mean of the losses of its examples."""
        total = torch.zeros(())
        for rows in order.split(self.batch):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.cost(self.X[rows], self.y[rows])
            loss.backward()
            self.optimizer.step()
            total += loss.detach() * len(rows)
        return float(total) / len(order)

    def __call__(self, epochs: int, shuffle: bool = True) -> list[float]:
        """So many epochs; their losses."""
        torch.set_num_threads(self.threads)
        return [self.epoch((torch.randperm if shuffle else torch.arange)(len(self.y))) for _ in range(epochs)]


def fit(task: Fit, data: Data) -> dict[str, Any]:
    """The loop."""
    if any(isinstance(layer, networks.LSTM) for layer in task.network.layers):
        return {}  # PyTorch's has two biases: another network
    every = torch.get_num_threads()
    ways: dict[str, Any] = {"default": {"threads": every}, "1 thread": {"threads": 1}}
    if len(task.network.shape) == 3:
        ways["channels last"] = {"threads": every, "channels_last": True}
        ways["channels last, compiled"] = {"threads": every, "channels_last": True, "compiled": True}
    else:
        ways["compiled, 1 thread"] = {"threads": 1, "compiled": True}
        ways["compiled"] = {"threads": every, "compiled": True}
    return {name: lambda settings=settings: Trainer(task, data, **settings) for name, settings in ways.items()}


def loop(task: Curve, data: Data) -> Any:
    """What trains once, with the usual loop on one thread; the penalty is Adam's weight decay on the kernels alone."""
    X, y = torch.from_numpy(data["X_train"]), torch.from_numpy(data["y_train"].astype(np.int64))
    X_cv, y_cv = torch.from_numpy(data["X_cv"]), torch.from_numpy(data["y_cv"].astype(np.int64))
    cost = nn.functional.cross_entropy

    def train(lambda_: float, rows: int, epochs: int, seed: int) -> float:
        torch.set_num_threads(1)
        torch.manual_seed(seed)
        model = model_of(task.network, networks.weights(task.network, seed))
        kernels = [one for one in model.parameters() if one.dim() > 1]
        groups = [
            {"params": kernels, "weight_decay": lambda_ / rows},
            {"params": [one for one in model.parameters() if one.dim() == 1]},
        ]
        optimizer = torch.optim.Adam(groups, lr=task.learning_rate, eps=1e-7, fused=True)
        for _ in range(epochs):
            for chosen in torch.randperm(rows).split(task.batch):
                optimizer.zero_grad(set_to_none=True)
                cost(model(X[chosen]), y[chosen]).backward()
                optimizer.step()
        with torch.inference_mode():
            return float(cost(model(X_cv), y_cv))

    return train


def sweep(task: Sweep, data: Data) -> dict[str, Any]:
    """A loop over λ and seeds."""
    return {"a model for each fit": of_lambdas(loop, task, data)}


def learning(task: Learning, data: Data) -> dict[str, Any]:
    """A loop over sizes and seeds."""
    return {"a model for each fit": of_sizes(loop, task, data)}


def predict(task: Predict, data: Data) -> dict[str, Any]:
    """The model called in inference mode, on all threads and on one."""

    def way(threads: int) -> Any:
        def make() -> Any:
            model = model_of(task.network).eval()

            def run(calls: int, shuffle: bool = True) -> list[float]:
                del shuffle
                torch.set_num_threads(threads)
                with torch.inference_mode():
                    for _ in range(calls):
                        outputs = model(torch.from_numpy(data["X"])).numpy()
                return [spread(outputs)]

            return run

        return make

    return {"default": way(torch.get_num_threads()), "1 thread": way(1)}
