"""What `compile` was given as Keras writes it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.errors import DataError
from leadline.files.keras_things import DOOR, from_keras, to_keras

__all__ = ["compile_config", "settings_in"]

_MODULES = {"optimizer": "keras.optimizers", "loss": "keras.losses", "metrics": "keras.metrics"}
_HOW_TO_RUN = ("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss")
"""What Keras notes about how it runs a training, not what is computed."""


def compile_config(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a compile, as `settings.described_settings` gives them, as Keras writes them.

    Raises:
        ArgumentError: Keras does not have one of them.

    Examples:
        >>> plain = {"loss": {"class_name": "Huber", "config": {"delta": 2.0}}, "metrics": ["mae"]}
        >>> compile_config(plain)["loss"]["module"]
        'keras.losses'
    """
    return {name: _to_keras(value, _MODULES.get(name)) for name, value in plain.items()}


def settings_in(given: Any) -> dict[str, Any] | None:
    """The settings of a compile as Keras wrote them, as `settings.settings_of` reads them; None without a loss.

    Raises:
        DataError: They name what leadline does not have.

    Examples:
        >>> settings_in({"optimizer": "sgd", "loss": "mse", "metrics": ["mae"], "run_eagerly": False})["metrics"]
        ['mae']
    """
    if given is None or given == {}:
        return None
    known = {"optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", *_HOW_TO_RUN}
    if not isinstance(given, Mapping) or not set(given) <= known:
        got = ", ".join(map(str, given)) if isinstance(given, Mapping) else repr(given)
        raise DataError(f"The settings of a compile are {', '.join(sorted(known))}. Got {got:.200}. {DOOR}")
    if given.get("weighted_metrics"):
        raise DataError(f"leadline has no weighted_metrics, and the file has {given['weighted_metrics']!r:.80}. {DOOR}")
    if given.get("loss") is None:
        return None
    if not isinstance(given.get("optimizer"), (str, Mapping)):
        raise DataError(f"An optimizer must have a name or a class. Got {given.get('optimizer')!r:.80}.")
    return {name: _from_keras(given.get(name), _MODULES.get(name)) for name in ("optimizer", "loss", "loss_weights", "metrics")}


def _to_keras(value: Any, module: str | None) -> Any:
    if isinstance(value, list):
        return [_to_keras(one, module) for one in value]
    if not isinstance(value, Mapping):
        return value
    if module and set(value) == {"class_name", "config"}:
        return to_keras(value, module)
    return {name: _to_keras(one, module) for name, one in value.items()}


def _from_keras(value: Any, module: str | None) -> Any:
    if isinstance(value, list):
        return [_from_keras(one, module) for one in value]
    if not isinstance(value, Mapping):
        return value
    if module is None or "class_name" not in value:
        return {name: _from_keras(one, module) for name, one in value.items()}
    if value["class_name"] == "function" and isinstance(value.get("config"), str):
        return value["config"]  # a name, looked up among leadline's own
    return from_keras(value, module)
