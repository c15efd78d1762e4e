import json

import pytest

from leadline.develop.cycle import develop
from leadline.errors import ArgumentError
from leadline.origin import begun_with, data_of, layers_of, source_of


def test_a_run_is_begun_again_from_what_its_record_keeps(tmp_path):
    """Else the next turn of it would be refused as one of other settings."""
    table = tmp_path / "houses.csv"
    table.write_text("size,price\n" + "\n".join(f"{(i * i) % 37 / 7:.3f},{i % 7}" for i in range(60)))
    source = source_of(table, "price", "regression", False, None, None, 3)
    how = {"layers": (4, 3), "epochs": 2, "folds": 2, "seed": 3, "metric": "mae", "baseline": 0.5, "budget": "0.01s"}
    first = develop(data_of(source)[0], source=source, **how)
    kept = json.loads(json.dumps(first.run.settings))
    again = begun_with(kept)
    assert {name: again[name] for name in ("layers", "epochs", "folds", "seed", "metric", "baseline", "budget")} == how | {
        "budget": 0.01
    }
    second = develop(data_of(kept["source"])[0], source=kept["source"], **again)
    assert second.run.settings == first.run.settings
    assert second.run.data_digest == first.run.data_digest


def test_units_as_they_are_typed():
    assert [layers_of(text) for text in ("25,15", " 8 ", "")] == [(25, 15), (8,), ()]
    with pytest.raises(ArgumentError, match="25;15"):
        layers_of("25;15")
