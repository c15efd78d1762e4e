"""A run of the record in MLflow, for teams that look there: one MLflow run for it, and one below it for each turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadline.errors import ArgumentError, DataError
from leadline.record.rows import Run, Turn

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["mirror"]

_KEY = "leadline.key"
_COSTS = ("J_train", "J_cv", "baseline", "predicted", "actual")
_MOST_LETTERS = 500
"""Of a parameter: what every version of MLflow takes."""


def mirror(run: Run, turns: Sequence[Turn], uri: str, experiment: str = "leadline") -> int:
    """Writes a run and those of its turns that are done to an MLflow tracking store, where they are not there yet.

    Called again after every turn, or after a kill, it writes only what is missing. Costs are metrics, each with its interval as
    `J_cv.low` and `J_cv.high`; settings, network and change are parameters; the verdict is a tag; the whole evidence is the
    artifact evidence.json.

    Args:
        run: The run.
        turns: Its turns.
        uri: The tracking store: "http://host:5000", "sqlite:///mlflow.db", ….
        experiment: The experiment's name.

    Returns:
        How many turns were written.

    Raises:
        ArgumentError: MLflow is not installed.
        DataError: The store cannot be read or written.

    Examples:
        >>> from leadline.record import Record
        >>> def tell(turn):  # for leadline.develop(…, record="leadline.db", tell=tell)
        ...     with Record.open("leadline.db") as record:
        ...         mirror(record.run(turn.run), record.turns(turn.run), "http://127.0.0.1:5000")
    """
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise ArgumentError("MLflow is not installed. Install it: pip install 'leadline[mlflow]'.") from None
    try:
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        home = _experiment(client, experiment)
        key = f"{run.data_digest[:12]}/{run.started}/{run.number}"
        whole = _entry(client, home, key, run.started, {"mlflow.runName": f"{run.command} {run.number}"})
        if not whole.data.params:
            _log(client, whole.info.run_id, {**run.settings, **run.versions, "machine": run.machine, "data": run.data_digest})
        written = 0
        for turn in turns:
            tags = {"mlflow.runName": f"{run.number}.{turn.number} {turn.change}", "mlflow.parentRunId": whole.info.run_id}
            own = _entry(client, home, f"{key}/{turn.number}", turn.started, tags) if turn.state == "done" else None
            if own is not None and own.info.status != "FINISHED":
                _write(client, own.info.run_id, turn)
                written += 1
        if run.state != "running":
            client.set_terminated(whole.info.run_id, "FINISHED" if run.state == "done" else "KILLED", _milliseconds(run.ended))
    except MlflowException as error:
        raise DataError(f"The MLflow store {uri} cannot be used: {error}.") from error
    return written


def _experiment(client: MlflowClient, name: str) -> str:
    """The number of the experiment, which is made where there is none; another process may make it at the same time."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except MlflowException:
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    return str(found.experiment_id)


def _entry(client: MlflowClient, home: str, key: str, started: str, tags: Mapping[str, str]) -> Any:
    """The MLflow run of a key, which is begun where there is none."""
    found = client.search_runs([home], filter_string=f"tags.`{_KEY}` = '{key}'", max_results=1)
    return found[0] if found else client.create_run(home, start_time=_milliseconds(started), tags={**tags, _KEY: key})


def _write(client: MlflowClient, entry: str, turn: Turn) -> None:
    ended = _milliseconds(turn.ended)
    layers = " → ".join(str(layer) for layer in turn.architecture) if isinstance(turn.architecture, list) else turn.architecture
    _log(client, entry, {**turn.hyperparameters, "architecture": layers, "change": turn.change, "hypothesis": turn.hypothesis})
    for name in _COSTS:
        cost = getattr(turn, name)
        for end, value in (("", cost.value), (".low", cost.low), (".high", cost.high)) if cost is not None else ():
            if value is not None:
                client.log_metric(entry, name + end, value, timestamp=ended, step=turn.number)
    for name in ("metric", "bias", "variance", "distance"):
        client.set_tag(entry, f"leadline.{name}", getattr(turn, name) or "")
    client.log_dict(entry, turn.evidence, "evidence.json")
    client.set_terminated(entry, "FINISHED", ended)


def _log(client: MlflowClient, entry: str, values: Mapping[str, Any]) -> None:
    for name, value in _flat(values):
        client.log_param(entry, name, str(value)[:_MOST_LETTERS])


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values of nested plain data, as `budget.epochs`."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        elif value is not None:
            yield f"{above}{name}", value


def _milliseconds(time: str | None) -> int | None:
    return None if time is None else int(datetime.fromisoformat(time).timestamp() * 1000)
