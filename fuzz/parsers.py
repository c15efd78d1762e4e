"""What reads bytes that come from elsewhere: for each, real files to begin with, and how it is read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import leadline as ll
from leadline.data.features import fit_preparation
from leadline.data.table import from_frame
from leadline.data.target import Target
from leadline.models.predictor import Predictor
from leadline.record import Cost, Record
from leadline.training.checkpoint import Checkpoint

__all__ = ["PARSERS", "Parser", "corpus"]

ROWS = {"size": [50.0, 70.0, None, 90.0], "zone": ["a", "b", "a", "b"], "built": ["1990-01-01", "2000-05-17", "2010-01-01", None]}
X, y = np.linspace(-1, 1, 12).reshape(4, 3).astype(np.float32), np.array([0, 1, 0, 1])


@dataclass(frozen=True)
class Parser:
    """One thing that reads a file.

    Attributes:
        name: What the file has to be called.
        make: Writes real files into a folder and yields them.
        read: Reads a file; what it raises has to be one of `leadline.errors`.
    """

    name: str
    make: Callable[[Path], Iterator[Path]]
    read: Callable[[Path], object]


def networks() -> Iterator[ll.Model]:
    """A few that have different things to say of themselves."""
    layers = ll.layers
    yield ll.Sequential([ll.Input((3,)), layers.Dense(4, "relu", kernel_regularizer="l2"), layers.Dense(2)])
    yield ll.Sequential([ll.Input((3,)), layers.BatchNormalization(), layers.Dropout(0.2), layers.Dense(2)])
    start = ll.Input((3,))
    hidden = layers.Dense(3, "tanh", name="hidden")(start)
    yield ll.Model(start, layers.Dense(2)(layers.Add()([hidden, start])))
    yield ll.Sequential(
        [ll.Input((8, 3)), layers.Conv1D(2, 3, padding="same"), layers.MaxPooling1D(2), layers.Flatten(), layers.Dense(2)]
    )
    first, other = ll.Input((4,)), ll.Input((4, 3))
    words = layers.LayerNormalization()(layers.Embedding(5, 3)(first))
    yield ll.Model([first, other], layers.Dense(2)(layers.Flatten()(layers.Concatenate(axis=1)([words, other]))))


def compiled(model: ll.Model) -> ll.Model:
    """Trained for a step where the data fit, so that there is an optimizer's memory."""
    loss, metrics = ll.losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"]
    if model.network.has_many_inputs:
        loss, metrics = ll.losses.BinaryFocalCrossentropy(), [ll.metrics.AUC(num_thresholds=9), ll.metrics.MeanIoU(2)]
    model.compile(ll.optimizers.Adam(ll.schedules.CosineDecay(0.01, 9)), loss, metrics=metrics)
    if model.network.input_shape == (3,):
        model.fit(X, y, verbose=0)
    return model


def models(name: str) -> Callable[[Path], Iterator[Path]]:
    """Saved models."""

    def make(folder: Path) -> Iterator[Path]:
        for number, model in enumerate(networks()):
            path = folder / f"{number}-{name}"
            compiled(model).save(path)
            yield path

    return make


def weights(name: str) -> Callable[[Path], Iterator[Path]]:
    """Saved weights of the first network."""

    def make(folder: Path) -> Iterator[Path]:
        path = folder / name
        next(networks()).save_weights(path)
        yield path

    return make


def predictors(folder: Path) -> Iterator[Path]:
    """Predictors of a number and of classes, with what prepares their tables."""
    price = Target("price", "regression", (), "", 3.0, 2.0)
    kind = Target("kind", "multiclass", ("a", "b", "c"), "")
    for target, outputs, ending, degree in ((price, 1, None, 1), (kind, 3, "softmax", 2)):
        preparation = fit_preparation(from_frame(ROWS), tuple(ROWS), polynomial=degree)
        names = preparation.feature_names
        path = folder / f"{target.name}.model"
        model = ll.Sequential([ll.Input((len(names),)), ll.layers.Dense(outputs, ending)])
        Predictor(model, target, names, preparation).save(path)
        yield path


def answer(path: Path) -> object:
    """What a predictor says of rows."""
    loaded = ll.load(path)
    return loaded.predict(ROWS) if isinstance(loaded, Predictor) else loaded


def records(folder: Path) -> Iterator[Path]:
    """A record with a run that is done, one that is not, and a look at the test part."""
    path = folder / "leadline.db"
    with Record.open(path) as record:
        about = {"settings": {"table": "x.csv"}, "data_digest": "3f", "split": {"cv": 0.2}}
        for state in ("done", "running"):
            run = record.begin_run("develop", **about)
            words = {"metric": "error", "hypothesis": "high variance", "change": "λ 0 to 1", "predicted": Cost(-0.1, -0.2, 0.0)}
            turn = record.begin_turn(
                run.number, architecture=["Dense 25"], hyperparameters={"λ": 1}, **words, checkpoint={"step": 0}
            )
            if state == "done":
                found = {
                    "bias": "fine",
                    "variance": "open",
                    "distance": "fine",
                    "actual": Cost(-0.1),
                    "evidence": {"a": [1, 2.5]},
                }
                record.finish_turn(turn, seconds=4.5, J_train=Cost(0.1), J_cv=Cost(0.2, 0.1, 0.3), **found)
                record.end_run(run.number)
        record.finish_test(record.open_test("3f", "4f"), Cost(0.1), metric="error", unit="")
    yield path


def history(path: Path) -> object:
    """Everything that a record says."""
    with Record.open(path) as record:
        said = [(run, record.turns(run.number), record.openings(run.data_digest)) for run in record.runs()]
        return said, record.advice_score()


def checkpoints(folder: Path) -> Iterator[Path]:
    """The checkpoints of a short training."""
    model = compiled(next(networks()))
    model.fit(X, y, epochs=2, checkpoint=Checkpoint(folder / "run", epochs=1), verbose=0)
    yield from sorted((folder / "run").iterdir())


@functools.cache
def reader() -> ll.Model:
    """The first network, which reads weights and checkpoints; made once, since that takes longer than reading."""
    return compiled(next(networks()))


def restored(path: Path) -> object:
    """The model as a folder with this checkpoint has it."""
    return reader().restore(path.parent)


def loaded_weights(path: Path) -> object:
    """The weights of the first network."""
    return reader().load_weights(path)


PARSERS: Mapping[str, Parser] = {
    "model": Parser("model.leadline", models("model.leadline"), ll.load),
    "keras": Parser("model.keras", models("model.keras"), ll.load),
    "hdf5": Parser("model.weights.h5", weights("model.weights.h5"), loaded_weights),
    "safetensors": Parser("model.safetensors", weights("model.safetensors"), loaded_weights),
    "preparation": Parser("predictor.model", predictors, answer),
    "record": Parser("leadline.db", records, history),
    "checkpoint": Parser("epoch-000002.checkpoint", checkpoints, restored),
}
"""What `run.py` gives its bytes to, by name."""


def corpus(name: str, folder: Path) -> list[bytes]:
    """The real files of a parser."""
    folder.mkdir(parents=True, exist_ok=True)
    return [path.read_bytes() for path in PARSERS[name].make(folder)]
