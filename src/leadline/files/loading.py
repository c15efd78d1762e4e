"""Models and predictors from the files they were saved in."""

from __future__ import annotations

from pathlib import Path

from leadline.errors import DataError, LeadlineError
from leadline.files import archive, keras, saved
from leadline.files.saved import Saved
from leadline.layers import Input
from leadline.models.model import Model
from leadline.models.predictor import Predictor
from leadline.models.sequential import Sequential

__all__ = ["load", "load_model"]


def load(path: str | Path, compile: bool = True) -> Model | Predictor:  # noqa: A002 - Keras's name
    """What `Model.save` or `Predictor.save` wrote into a file, or Keras 3 into a `.keras` file.

    The file is plain data: nothing in it is executed, and only leadline's own classes are made. What leadline wrote is verified
    against its digests before it is used, and predicts the same to the bit.

    Args:
        path: The file; its contents, not its name, say what it is.
        compile: Whether to compile the model as it was, and to let the optimizer go on from what it remembered.

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
    members = archive.read(path)
    try:
        found = keras.read(members, compile) if archive.WEIGHTS in members else saved.read(members)
        model = _model(found, compile)
        return model if found.predictor is None else Predictor.from_dict(model, found.predictor)
    except LeadlineError as error:
        raise DataError(f"{path}: {error}") from None
    except RecursionError:
        raise DataError(f"{path}: its description is nested too deeply to be read. Restore the file from a copy.") from None


def load_model(path: str | Path, compile: bool = True) -> Model:  # noqa: A002 - Keras's name
    """The model in a file; of a predictor's file its network alone, which reads arrays that are prepared already.

    Args:
        path: The file.
        compile: As for `load`.

    Raises:
        DataError: As `load`.
    """
    found = load(path, compile)
    return found.model if isinstance(found, Predictor) else found


def _model(found: Saved, compile: bool) -> Model:  # noqa: A002
    network = found.network
    if found.kind == "Sequential":
        model: Model = Sequential([Input(network.input_shape), *network.layers], name=found.name, seed=found.seed)
        if model.network != network:
            raise DataError(
                "It says that it is a Sequential, and its network is no chain of layers. It was not saved by leadline."
            )
    else:
        model = Model.of(network, name=found.name, seed=found.seed)
    if compile and found.settings is not None:
        model.compile(**found.settings)
        if found.memory is not None:
            model.remember(found.memory)
    return model
