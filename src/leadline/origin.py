"""Where a run's data come from and how it began, as plain data that a record keeps, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from leadline.data.target import Kind
from leadline.errors import ArgumentError, unknown_name
from leadline.words import _

if TYPE_CHECKING:
    from leadline.data.split import Split

__all__ = ["begun_with", "data_of", "layers_of", "source_of"]


def source_of(
    table: Path | None,
    target: str | None,
    task: str | None,
    drop_missing: bool,
    groups: str | None,
    times: str | None,
    seed: int,
) -> dict[str, Any]:
    """Where the data are and how they are split, as plain data: what a record keeps to have them again."""
    if table is None and any((target, groups, times)):
        raise ArgumentError("--target, --groups and --times name columns of a table, and no table was given. Write it in front.")
    named = {"table": None if table is None else str(table), "target": target, "groups": groups, "times": times}
    return {**named, "task": task, "drop_missing": drop_missing, "seed": seed}


def data_of(source: Mapping[str, Any]) -> tuple[Split, str]:
    """The split data, and what to call them."""
    from leadline.data.split import split

    how: dict[str, Any] = {"kind": _kind(source["task"]), "seed": source["seed"]}
    if source["table"] is None:
        from leadline.data.datasets import digits

        data = digits()
        return split(data.X, data.y, target=data.target_name, features=data.feature_names, **how), _("handwritten digits")
    from leadline.data.table import read_table

    path = Path(source["table"])
    table = read_table(path)
    if source["target"] is None:
        raise ArgumentError(
            f"Which column of {path} is to be predicted? Write --target COLUMN. It has: {', '.join(table.columns)}."
        )
    named = {name: source[name] for name in ("target", "groups", "times", "drop_missing")}
    return split(table, **named, **how), path.name


def begun_with(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What `develop` was given by a command, from the settings that a record keeps of the run.

    Examples:
        >>> start = {"network": [{"layer": "Dense", "output": [25]}, {"layer": "Dense", "output": [1]}], "lambda": 0.0}
        >>> start["budget"] = {"epochs": 40, "seeds": [3, 4, 5]}
        >>> same = {"budget": 60.0, "baseline": None, "tolerance": None, "folds": 5, "metric": "rmse"}
        >>> begun_with(same | {"start": start, "source": None})["layers"]
        (25,)
    """
    start, same = settings["start"], ("budget", "baseline", "tolerance", "folds", "metric")
    hidden = [layer["output"][0] for layer in start["network"][:-1] if layer["layer"] == "Dense"]
    budget = start["budget"]
    began = {"epochs": budget["epochs"], "seeds": len(budget["seeds"]), "seed": budget["seeds"][0]}
    return {name: settings[name] for name in same} | {"layers": tuple(hidden), "lambda_": start["lambda"]} | began


def layers_of(text: str) -> tuple[int, ...]:
    """The units of hidden layers, as they are typed.

    Raises:
        ArgumentError: It is no list of whole numbers.

    Examples:
        >>> layers_of("25,15"), layers_of("")
        ((25, 15), ())
    """
    try:
        return tuple(int(units) for units in text.replace(" ", "").split(",") if units)
    except ValueError:
        raise ArgumentError(f"--layers takes units separated by commas, such as 25,15. Got {text!r}.") from None


def _kind(task: str | None) -> Kind | None:
    if task is not None and task not in get_args(Kind):
        raise unknown_name("task", task, get_args(Kind))
    return cast("Kind | None", task)
