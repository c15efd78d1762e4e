"""scikit-learn's multilayer perceptron; networks of dense layers with ReLU only."""

from __future__ import annotations

import warnings
from typing import Any

import networks
import numpy as np
import sklearn
from loops import of_lambdas, of_sizes
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import PredefinedSplit, learning_curve, validation_curve
from sklearn.neural_network import MLPClassifier
from tasks import Curve, Data, Diagnosis, Fit, Learning, Predict, Sweep, Task, spread
from threadpoolctl import threadpool_limits

__all__ = ["classifier", "diagnosis", "fit", "learning", "predict", "sweep", "versions"]

warnings.simplefilter("ignore", ConvergenceWarning)


def versions() -> dict[str, str]:
    """Of what takes part."""
    return {"scikit-learn": sklearn.__version__}


def builds(network: networks.Network) -> bool:
    """Whether its layers are all dense, hidden ones with ReLU."""
    return all(isinstance(layer, networks.Dense) for layer in network.layers)


def classifier(task: Task, **settings: Any) -> MLPClassifier:
    """The network, which stops for nothing but the number of epochs."""
    hidden = tuple(layer.units for layer in task.network.layers[:-1])
    own = {"alpha": 0.0, "batch_size": getattr(task, "batch", 32), "learning_rate_init": task.learning_rate, "epsilon": 1e-7}
    never = {"tol": 0.0, "n_iter_no_change": 10**9}
    return MLPClassifier(hidden, **(own | never | settings))


def fit(task: Fit, data: Data) -> dict[str, Any]:
    """`fit` again and again with `warm_start`, on all threads of its BLAS and on one."""
    if not builds(task.network):
        return {}
    X, y = data["X"], data["y"]

    def way(threads: int | None) -> Any:
        def make() -> Any:
            few = min(len(X), 4 * task.batch)
            model = classifier(task, warm_start=True, max_iter=1).fit(X[:few], np.arange(few) % (y.max() + 1))
            given = networks.weights(task.network)
            model.coefs_, model.intercepts_ = given[::2], given[1::2]
            model.loss_curve_ = []

            def run(epochs: int, shuffle: bool = True) -> list[float]:
                with threadpool_limits(threads):
                    model.set_params(max_iter=epochs, shuffle=shuffle).fit(X, y)
                return model.loss_curve_[-epochs:]

            return run

        return make

    return {"default": way(None), "1 thread": way(1)}


def loop(task: Curve, data: Data) -> Any:
    """What trains once, on one thread. Its penalty is `alpha/(2 · batch) Σw²`."""

    def train(lambda_: float, rows: int, epochs: int, seed: int) -> float:
        batch = min(task.batch, rows)
        model = classifier(task, alpha=lambda_ * batch / rows, batch_size=batch, max_iter=epochs, random_state=seed)
        with threadpool_limits(1):
            model.fit(data["X_train"][:rows], data["y_train"][:rows])
            likely = model.predict_proba(data["X_cv"])
        seen = np.isin(data["y_cv"], model.classes_)
        return float(log_loss(data["y_cv"][seen], likely[seen], labels=model.classes_))

    return train


def sweep(task: Sweep, data: Data) -> dict[str, Any]:
    """A loop over λ and seeds."""
    return {"a model for each fit": of_lambdas(loop, task, data)}


def learning(task: Learning, data: Data) -> dict[str, Any]:
    """A loop over sizes and seeds."""
    return {"a model for each fit": of_sizes(loop, task, data)}


def diagnosis(task: Diagnosis, data: Data) -> dict[str, Any]:
    """Its own `validation_curve` and `learning_curve`, once for each seed, on one process and on one for each core."""
    X, y = (np.concatenate([data[f"{name}_train"], data[f"{name}_cv"]]) for name in "Xy")
    rows = len(data["y_train"])
    cv = PredefinedSplit(np.where(np.arange(len(y)) < rows, -1, 0))
    alphas = [value * task.batch / rows for value in task.values]

    def way(jobs: int) -> Any:
        def make() -> Any:
            settings = {"cv": cv, "scoring": "neg_log_loss", "n_jobs": jobs}

            def run(epochs: int, shuffle: bool = True) -> list[float]:
                del shuffle
                costs = []
                with threadpool_limits(1):
                    for seed in range(task.seeds):
                        model = classifier(task, max_iter=epochs, random_state=seed)
                        _, by_lambda = validation_curve(model, X, y, param_name="alpha", param_range=alphas, **settings)
                        _, _, by_size = learning_curve(model, X, y, train_sizes=task.sizes, **settings)
                        costs.append([*-by_lambda.mean(axis=1), *-by_size.mean(axis=1)])
                return list(np.mean(costs, axis=0))

            return run

        return make

    return {"validation_curve, learning_curve": way(1), "the same on all cores": way(-1)}


def predict(task: Predict, data: Data) -> dict[str, Any]:
    """Its forward pass up to the logits, and as its users call it."""
    X, classes = data["X"], task.network.layers[-1].units

    def make() -> Any:
        model = classifier(task, batch_size=classes, max_iter=1).fit(
            np.zeros((classes, X.shape[1]), np.float32), np.arange(classes)
        )
        given = networks.weights(task.network)
        model.coefs_, model.intercepts_ = given[::2], given[1::2]

        def run(calls: int, shuffle: bool = True) -> list[float]:
            del shuffle
            for _ in range(calls):
                outputs = model.predict_proba(X)
            return [spread(np.log(outputs[:100]))]

        return run

    return {"predict_proba": make}
