"""Against a real tracking store, in a file of its own."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from leadline.errors import ArgumentError, DataError
from leadline.record import Cost, Record
from leadline.record.mlflow import mirror

mlflow = pytest.importorskip("mlflow")

NETWORK = {
    "architecture": [{"layer": "Dense", "output": [25]}],
    "hyperparameters": {"lambda": 0.5, "budget": {"epochs": 30}, "learning_rate": None},
    "metric": "error",
    "hypothesis": "high variance",
    "change": "larger λ: λ = 0.5 instead of 0",
}
FOUND = {
    "seconds": 1.5,
    "J_train": Cost(0.1),
    "J_cv": Cost(0.2, 0.15, 0.25),
    "bias": "fine",
    "variance": "high",
    "distance": "high",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store, and a run of two turns that are done and one under way, written to it."""
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch, Record.open(folder / "leadline.db") as record:
        patch.chdir(folder)  # where such a store puts its artifacts
        run = record.begin_run(
            "develop", settings={"budget": "5m", "source": {"table": "a.csv"}}, data_digest="3f" * 20, split={}
        )
        for gain in (None, Cost(-0.02, -0.03, -0.01)):
            turn = record.begin_turn(run.number, **NETWORK, predicted=gain)
            record.finish_turn(turn, **FOUND, actual=gain, evidence={"verdict": "high variance"})
        record.begin_turn(run.number, **NETWORK)
        uri = f"sqlite:///{folder}/mlflow.db"
        assert mirror(record.run(run.number), record.turns(run.number), uri) == 2
        yield uri, record, run.number


def _entries(uri):
    client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    home = client.get_experiment_by_name("leadline").experiment_id
    return client, {entry.data.tags["mlflow.runName"]: entry for entry in client.search_runs([home])}


def test_a_run_and_each_turn_that_is_done_is_there(store):
    uri, record, run = store
    _, entries = _entries(uri)
    assert set(entries) == {"develop 1", *(f"1.{number} {NETWORK['change']}" for number in (1, 2))}
    whole, second = entries["develop 1"], entries[f"1.2 {NETWORK['change']}"]
    assert whole.data.params["source.table"] == "a.csv"
    assert second.data.tags["mlflow.parentRunId"] == whole.info.run_id
    costs = {"J_train": 0.1, "J_cv": 0.2, "J_cv.low": 0.15, "J_cv.high": 0.25}
    gains = {
        f"{name}{end}": value
        for name in ("predicted", "actual")
        for end, value in (("", -0.02), (".low", -0.03), (".high", -0.01))
    }
    assert second.data.metrics == costs | gains
    assert second.data.params["budget.epochs"] == "30"
    assert second.data.params["hypothesis"] == "high variance"
    assert "learning_rate" not in second.data.params
    assert second.data.tags["leadline.variance"] == "high"
    assert (second.info.status, whole.info.status) == ("FINISHED", "RUNNING")
    turn = record.turns(run)[1]
    assert second.info.end_time - second.info.start_time >= 0
    evidence = Path(second.info.artifact_uri.removeprefix("file://")) / "evidence.json"
    assert json.loads(evidence.read_text()) == turn.evidence


def test_again_it_writes_what_is_missing_and_nothing_twice(store):
    uri, record, run = store
    client, entries = _entries(uri)
    entry = entries[f"1.2 {NETWORK['change']}"].info.run_id
    assert mirror(record.run(run), record.turns(run), uri) == 0
    client.set_terminated(entry, "RUNNING")  # as a mirror leaves it that was killed half-way
    assert mirror(record.run(run), record.turns(run), uri) == 1
    again = _entries(uri)[1]
    assert {name: (found.info.run_id, found.data) for name, found in again.items()}.keys() == entries.keys()
    assert again[f"1.2 {NETWORK['change']}"].data.metrics == entries[f"1.2 {NETWORK['change']}"].data.metrics


def test_a_run_that_ended_ends_there_too(store):
    uri, record, run = store
    mirror(replace(record.run(run), state="done", ended="2026-01-02T03:04:05+00:00"), (), uri)
    assert _entries(uri)[1]["develop 1"].info.status == "FINISHED"


def test_a_store_that_cannot_be_used_is_an_error_of_ours(store, tmp_path):
    _, record, run = store
    with pytest.raises(DataError, match="MLflow store .* cannot be used"):
        mirror(record.run(run), record.turns(run), "nothing://here")


def test_without_mlflow_it_says_what_to_install(store, monkeypatch):
    uri, record, run = store
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ArgumentError, match=r"leadline\[mlflow\]"):
        mirror(record.run(run), (), uri)
