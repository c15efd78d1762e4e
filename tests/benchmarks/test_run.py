"""Which workloads run, and where their results go."""

import json

import pytest
from run import ORDER, chosen, merge
from tasks import files


def test_a_workload_is_chosen_by_its_name_or_by_its_files():
    assert chosen(["cnn", "predict"]) == {"convolutional": ["cnn"], "predict": ["predict-1", "predict-1000", "predict-1000000"]}
    assert chosen(["memory"]) == {"memory": ["memory"]}


def test_all_run_in_their_order():
    assert list(chosen([])) == list(ORDER)
    assert sorted(ORDER) == files()


def test_an_unknown_one_is_answered_with_the_known():
    with pytest.raises(SystemExit, match="no workload cn. There are: notes-mlp, wide-mlp"):
        chosen(["cn"])


def test_results_join_those_that_are_there(tmp_path):
    path = tmp_path / "one.json"
    merge(path, {"a": {"x": 1}, "b": {"x": 2}})
    merge(path, {"b": {"x": 3}})
    assert json.loads(path.read_text()) == {"a": {"x": 1}, "b": {"x": 3}}
    assert [one.name for one in tmp_path.iterdir()] == ["one.json"]
