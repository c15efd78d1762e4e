"""Tables that life made: each is diagnosed to the end, briefly."""

import json
from pathlib import Path

import polars as pl
import pytest

from leadline.data.split import split
from leadline.data.table import read_table
from leadline.develop.diagnosis import diagnose
from leadline.report.terminal import render

SHARED = Path(__file__).parents[2].parent / "shared" / "data"

# (table, task, what the trivial predictor's figure lies between)
TABLES = [
    ("titanic", "binary", (0.3, 0.45)),
    ("ames", "regression", (30_000, 120_000)),
]


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is absent")
@pytest.mark.parametrize(("name", "task", "trivial"), TABLES, ids=[case[0] for case in TABLES])
def test_a_real_table_is_diagnosed_to_the_end(name, task, trivial, tmp_path):
    index = pl.read_csv(SHARED / "index.csv").filter(pl.col("file") == f"tables/{name}.parquet")
    path = tmp_path / f"{name}.csv"
    pl.read_parquet(SHARED / "tables" / f"{name}.parquet").write_csv(path)
    data = split(read_table(path), target=index["target"].item())
    found = diagnose(None, data, epochs=4, seeds=2, remedies=False)
    assert data.target.kind == task == index["task"].item()
    level = found.baselines.trivial.value.value
    assert trivial[0] < level < trivial[1]
    values = {baseline.name: baseline.value.value for baseline in found.baselines.measured}
    assert values["gradient boosting"] < 0.8 * level
    assert found.bias.judgement == "high" or found.score.J_train.value < level
    json.dumps(found.to_dict(), allow_nan=False)
    assert f"Verdict: {found.verdict}" in render(found, path.name)
