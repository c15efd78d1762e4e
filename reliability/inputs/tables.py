"""Bad inputs: tables, as files and as data frames, and files of models."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from inputs.bad import NO_FILES, NO_TABLES, NUMBERS, TWO, Bad, X, both, learn, stack

__all__ = ["BAD"]

NO_WORDS = "reads numbers only; what stands for words is the user's code"
BY_NAME = "finds columns by name, in whatever order they stand"


def houses(**columns: Any) -> dict[str, Any]:
    """A table of 40 houses as columns, some of them replaced or added."""
    return {"size": X[:, 0], "age": X[:, 1], "distance": X[:, 2], "price": NUMBERS} | columns


def of_file(what: str, names: str, content: str | bytes, target: str = "price") -> Bad:
    """A CSV file."""

    def read() -> Any:
        import leadline

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "houses.csv")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            return leadline.split(leadline.read_table(path), target=target).notes

    return Bad(what, names, read, NO_TABLES, NO_TABLES)


def of_frame(what: str, names: str, columns: dict[str, Any], *, target: str = "price", kind: str = "MLPRegressor") -> Bad:
    """A data frame, of which one column is to be predicted from the others.

    Args:
        what: As in `Bad`.
        names: As in `Bad`.
        columns: The frame.
        target: What is to be predicted.
        kind: scikit-learn's network for it.
    """

    def parted() -> Any:
        import pandas

        import leadline

        return leadline.split(pandas.DataFrame(columns), target=target).notes

    def parts() -> tuple[Any, Any]:
        import pandas

        frame = pandas.DataFrame(columns)
        return frame.drop(columns=target), frame[target]

    def with_keras() -> Any:
        import keras

        rows, y = parts()
        return stack(keras, shape=(rows.shape[1],)).fit(rows, y, verbose=0)

    def with_sklearn() -> Any:
        from sklearn.model_selection import train_test_split

        rows, y = parts()
        rows, _, y, _ = train_test_split(rows, y, random_state=0, stratify=y if kind == "MLPClassifier" else None)
        return learn(rows, y, kind)

    return Bad(what, names, parted, with_keras, with_sklearn)


def answered(rows: Any, new: Any) -> Any:
    """What leadline notes when a predictor of these rows is asked about others."""
    from leadline.data.features import fit_preparation
    from leadline.data.table import from_frame
    from leadline.data.target import read_target
    from leadline.layers import Dense, Input
    from leadline.models import Sequential
    from leadline.models.predictor import Predictor

    table = from_frame(rows)
    preparation = fit_preparation(table, table.columns)
    model = Sequential([Input((len(preparation.feature_names),)), Dense(1)])
    predictor = Predictor(model, read_target(NUMBERS, "price")[0], preparation.feature_names, preparation)
    prepared = predictor.prepare(new)
    predictor.predict(prepared)
    return prepared.notes


def new_category() -> Bad:
    """A word among the categories that training never saw."""
    before, after = {"size": X[:, 0], "colour": ["red", "green"] * 20}, {"size": X[:, 0], "colour": ["red", "blue"] * 20}

    def with_sklearn() -> Any:
        import pandas
        from sklearn.compose import make_column_transformer
        from sklearn.neural_network import MLPRegressor
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder

        prepare = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
        model = make_pipeline(prepare, MLPRegressor(hidden_layer_sizes=(4,), max_iter=2))
        return model.fit(pandas.DataFrame(before), NUMBERS).predict(pandas.DataFrame(after))

    names = "blue|unknown|never|unseen"
    return Bad("predicting a category that training never saw", names, lambda: answered(before, after), NO_WORDS, with_sklearn)


def later(what: str, names: str, change: Callable[[Any], Any], leadline_has: str | None = None) -> Bad:
    """A data frame to predict, after training on the houses."""

    def rows() -> Any:
        import pandas

        return pandas.DataFrame(houses()).drop(columns="price")

    def with_leadline() -> Any:
        return answered(rows(), change(rows()))

    def with_keras() -> Any:
        import keras

        model = stack(keras)
        model.fit(rows(), NUMBERS, verbose=0)
        return model.predict(change(rows()), verbose=0)

    return Bad(what, names, leadline_has or with_leadline, with_keras, lambda: learn(rows(), NUMBERS).predict(change(rows())))


def of_model(what: str, names: str, spoil: Callable[[bytes], bytes] | bytes | None) -> Bad:
    """A model's file that was spoilt, replaced or taken away before it is read again."""

    def read(nn: Any) -> Any:
        load = nn.load_model if nn.__name__ == "leadline" else nn.models.load_model
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.keras")
            model = stack(nn)
            model.fit(X, NUMBERS, verbose=0)
            model.save(path)
            content = spoil(path.read_bytes()) if callable(spoil) else spoil
            path.unlink()
            if content is not None:
                path.write_bytes(content)
            return load(path)

    return both(what, names, read, NO_FILES)


def flipped(content: bytes) -> bytes:
    """The file with one bit of its weights changed: the middle of what is stored."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


HEADER, ROWS = (
    "size,age,price\n",
    "".join(f"{a:.3f},{b:.3f},{c:.3f}\n" for a, b, c in zip(X[:, 0], X[:, 1], NUMBERS, strict=True)),
)
GAP = np.where(np.arange(40) % 7 == 3, np.nan, X[:, 0])
WORDS = [*(f"{value:.2f}" for value in X[:39, 0]), "few"]
DAMAGED = r"model\.keras|damaged|corrupt|not a (valid )?(zip|keras)|CRC|sha"

BAD = (
    of_file("an empty file", "empty", ""),
    of_file("a header without rows", "no rows", HEADER),
    of_file("a line with a cell too few", r"line 42\b", HEADER + ROWS + "1,2\n"),
    of_file("text that is not UTF-8", "UTF-8", HEADER.encode() + "größe,1,2\n".encode("latin-1")),
    of_file("two columns of one name", "'size'", "size,size,price\n" + ROWS),
    of_file("no header", "numbers only|names", ROWS),
    of_file("a picture instead of a table", "no table", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9),
    of_file("a target that is no column", "'pricee'.*price", HEADER + ROWS, "pricee"),
    of_file("a number of 1e300 in a column", "float32", HEADER + ROWS + "1e300,2,3\n"),
    of_file("one row", r"\b1 row|one row", HEADER + "1,2,3\n"),
    of_file("words among the numbers of a column", "'size'.*few", HEADER + ROWS * 3 + "few,2,3\n"),
    of_frame("missing values in a column", "nan|missing|finite", houses(size=GAP)),
    of_frame("an infinity in a column", "infin|finite", houses(size=np.where(np.arange(40) == 3, np.inf, X[:, 0]))),
    of_frame("a column without any value", "size.*no value|nan|missing|finite", houses(size=np.full(40, np.nan))),
    of_frame("a column with one value only", "size.*(same|constant)|constant|zero variance", houses(size=np.ones(40))),
    of_frame("the same column twice", "equal|identical|duplicate|copy", houses(again=X[:, 0])),
    of_frame("a column of words and numbers", "str|text|words|convert", houses(size=WORDS)),
    of_frame("a column that numbers the rows", "counter|identifier|number", houses(row=np.arange(40))),
    of_frame("a column that equals the target", "target|leak", houses(again=NUMBERS)),
    of_frame(
        "rows that stand twice, so in train and in test",
        "too|twice|duplicate|again|equal",
        {name: np.tile(own, 4) for name, own in houses().items()},
    ),
    of_frame(
        "missing values in the target", "nan|missing|finite", houses(price=np.where(np.arange(40) % 7 == 3, np.nan, NUMBERS))
    ),
    of_frame(
        "a target of one class",
        "one (value|class)|1 class|single",
        houses(sold=np.ones(40, int)),
        target="sold",
        kind="MLPClassifier",
    ),
    of_frame(
        "a class of one member",
        r"\b1\b|too small|least populated",
        houses(sold=[2, *TWO[1:]]),
        target="sold",
        kind="MLPClassifier",
    ),
    new_category(),
    later("predicting without a column", "size|feature|column|shape", lambda rows: rows.drop(columns="size")),
    later("predicting with a column more", "colour|more|feature|column|shape", lambda rows: rows.assign(colour=1.0)),
    later(
        "predicting with the columns in another order",
        "order|feature names",
        lambda rows: rows[["age", "size", "distance"]],
        BY_NAME,
    ),
    later("predicting words where numbers were", "str|text|words|convert", lambda rows: rows.assign(size="large")),
    of_model("half of a model's file", DAMAGED, lambda content: content[: len(content) // 2]),
    of_model("a model's file with one bit changed", DAMAGED, flipped),
    of_model("a model's file of text", DAMAGED, b"not a model"),
    of_model("a pickle under a model's name", DAMAGED, pickle.dumps({"model": 1})),
    of_model("no file of that name", "model.keras|no (such )?file|not found", None),
)
