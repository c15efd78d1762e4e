"""What `compile` was given, as plain data, and back: things by the names of their classes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

from leadline import config, losses, metrics, optimizers, schedules
from leadline.errors import ArgumentError, DataError, unknown_name
from leadline.losses import FunctionLoss, Loss
from leadline.metric import Metric
from leadline.optimizers import FromOptax, Optimizer
from leadline.schedules import Schedule
from leadline.structure import Structure

__all__ = ["TABLES", "described_settings", "settings_of"]

Table = Mapping[str, type[Any]]


def _classes(module: ModuleType, base: type[Any]) -> Table:
    """The classes of a vocabulary by name, without its base and those that hold code."""
    listed = {name: getattr(module, name) for name in module.__all__}
    code = (base, FunctionLoss, FromOptax)
    return {
        name: thing for name, thing in listed.items() if isinstance(thing, type) and issubclass(thing, base) and thing not in code
    }


TABLES: Mapping[str, tuple[Table, Table]] = MappingProxyType(
    {
        "optimizer": (_classes(optimizers, Optimizer), _classes(schedules, Schedule)),
        "loss": (_classes(losses, Loss), {}),
        "loss_weights": ({}, {}),
        "metrics": (_classes(metrics, Metric), _classes(losses, Loss)),
    }
)
"""For each setting the classes it can be made of, and those that may stand inside these."""


def described_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a `compile` as plain data.

    Args:
        settings: "optimizer", "loss", "loss_weights" and "metrics", as `compile` takes them.

    Raises:
        ArgumentError: One is code, such as a function of one's own or a transformation of Optax.

    Examples:
        >>> described_settings({"optimizer": optimizers.SGD(0.5), "loss": "mse"})["optimizer"]["class_name"]
        'SGD'
    """
    plain = {}
    for name, value in settings.items():
        try:
            plain[name] = config.described(_instances(value, name))
            again = config.described(_things(plain[name], *TABLES[name]))
        except ArgumentError as error:
            raise _unsaid(name, str(error)) from None
        if again != plain[name]:
            raise _unsaid(name, f"{value!r} does not come back from plain data as it is.")
    return plain


def settings_of(plain: Any) -> dict[str, Any]:
    """The arguments of a `compile` that `described_settings` described.

    Raises:
        DataError: A setting or a class is unknown, or a class refuses its config.

    Examples:
        >>> settings_of(described_settings({"optimizer": optimizers.Adam(0.5), "loss": losses.Huber(2.0)}))["loss"].delta
        2.0
    """
    if not isinstance(plain, Mapping) or not set(plain) <= set(TABLES):
        got = ", ".join(map(str, plain)) if isinstance(plain, Mapping) else repr(plain)[:80]
        raise DataError(f"The settings of a compile are {', '.join(TABLES)}. Got {got}.")
    try:
        return {name: _things(value, *TABLES[name]) for name, value in plain.items()}
    except (ArgumentError, TypeError, ValueError, OverflowError, AttributeError, KeyError) as error:
        raise DataError(f"The settings of compile cannot be made: {error}") from None


def _instances(value: Any, setting: str) -> Any:
    """The value with classes made, and a metric that is a loss as the metric it means."""
    if isinstance(value, Mapping):
        return {name: _instances(one, setting) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_instances(one, setting) for one in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    made = metrics.get(value) if setting == "metrics" else value() if isinstance(value, type) else value
    if isinstance(made, Structure) and TABLES[setting][0].get(type(made).__name__) is not type(made):
        raise unknown_name("class", type(made).__name__, TABLES[setting][0])
    return made


def _things(plain: Any, table: Table, inner: Table) -> Any:
    """The value of plain data; `inner` are the classes that may stand in a config."""
    if isinstance(plain, list):
        return [_things(one, table, inner) for one in plain]
    if not isinstance(plain, Mapping):
        return plain
    if set(plain) != {"class_name", "config"}:
        return {name: _things(one, table, inner) for name, one in plain.items()}
    own = plain["config"]
    if not isinstance(own, Mapping):
        raise DataError(f"The config of {plain['class_name']!r:.40} must be names and values. Got {own!r:.80}.")
    made = {name: _things(one, inner, {}) for name, one in own.items()}
    return config.built({"class_name": plain["class_name"], "config": made}, table)


def _unsaid(setting: str, why: str) -> ArgumentError:
    return ArgumentError(
        f"The {setting} that compile was given cannot be saved: {why} Compile with things by name before saving, or call "
        "compile() without a loss, which leaves the weights as they are."
    )
