"""Models and predictors from the files they were saved in."""

from __future__ import annotations

from pathlib import Path

from leadline.errors import DataError, LeadlineError
from leadline.files import saved
from leadline.files.saved import Saved
from leadline.layers import Input
from leadline.models.model import Model
from leadline.models.predictor import Predictor
from leadline.models.sequential import Sequential

__all__ = ["load", "load_model"]


def load(path: str | Path) -> Model | Predictor:
    """What `Model.save` or `Predictor.save` wrote into a file; its predictions are the same to the bit.

    The file is plain data: nothing in it is executed, all of it is verified against its digests before it is used, and only
    leadline's own classes are made.

    Args:
        path: The file.

    Raises:
        DataError: There is no such file, or it is of another kind, damaged, of another version, or does not fit together.

    Examples:
        >>> import tempfile
        >>> from leadline.layers import Dense
        >>> model = Sequential([Input((2,)), Dense(1)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(Path(folder, "line.model"))
        ...     again = load(Path(folder, "line.model"))
        >>> bool((again.predict([[1.0, 2.0]]) == model.predict([[1.0, 2.0]])).all())
        True
    """
    found = saved.read(path)
    try:
        model = _model(found)
        return model if found.predictor is None else Predictor.from_dict(model, found.predictor)
    except LeadlineError as error:
        raise DataError(f"{path}: {error}") from None


def load_model(path: str | Path) -> Model:
    """The model in a file; of a predictor's file its network alone, which reads arrays that are prepared already.

    Args:
        path: The file.

    Raises:
        DataError: As `load`.
    """
    found = load(path)
    return found.model if isinstance(found, Predictor) else found


def _model(found: Saved) -> Model:
    network = found.network
    if found.kind == "Sequential":
        model: Model = Sequential([Input(network.input_shape), *network.layers], name=found.name, seed=found.seed)
        if model.network != network:
            raise DataError(
                "It says that it is a Sequential, and its network is no chain of layers. It was not saved by leadline."
            )
    else:
        model = Model.of(network, name=found.name, seed=found.seed)
    if found.settings is not None:
        model.compile(**found.settings)
    return model
