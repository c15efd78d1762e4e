import base64
import io

import numpy as np
import pytest
from matplotlib.image import imread

from leadline.report import findings


def test_the_network_is_shown_layer_by_layer(evidence):
    section = findings.network(evidence)
    assert [row[0] for row in section.tables[0].rows] == ["input", *(one["layer"] for one in evidence["network"])]
    assert len(section.charts[0].tables[0].rows) == len(evidence["health"]["figures"])


def test_alarms_say_how_far_they_are_to_be_trusted(classes):
    alarm = {"name": "dead units", "evidence": "half of them.", "suggests": ["learning rate"], "precision": 0.9, "recall": 0.5}
    classes["health"] |= {"alarms": [alarm], "explained": [alarm | {"precision": None}]}
    first, second = findings.network(classes).points
    assert first == "dead units: half of them. Suggests learning rate (precision 0.90, recall 0.50)."
    assert second.endswith("Suggests learning rate.")


def test_a_network_that_was_not_looked_at_is_shown_all_the_same(classes):
    section = findings.network(classes | {"health": None})
    assert not section.charts
    assert section.tables


def test_errors_of_classes_have_a_matrix_and_those_of_numbers_do_not(evidence):
    section = findings.errors(evidence)
    matrices = [chart for chart in section.charts if chart.title.startswith("Which class")]
    assert len(matrices) == (evidence["data"]["target"]["kind"] != "regression")
    for matrix in matrices:
        counts, quality = matrix.tables
        assert len(counts.rows) == len(quality.rows) == len(evidence["data"]["target"]["classes"])
    assert any(chart.title.startswith("Precision") for chart in section.charts) == (
        evidence["data"]["target"]["kind"] == "binary"
    )


def test_the_worst_examples_are_listed_with_their_features(evidence):
    section = findings.errors(evidence)
    table = next(one for one in (*section.tables, *section.folded) if one.title.startswith("The examples"))
    assert len(table.rows) == len(evidence["errors"]["worst"]["examples"])
    assert list(table.head[5:]) == evidence["data"]["features"]


def test_a_missing_feature_is_said_to_be_missing(classes):
    classes["errors"]["worst"]["examples"][0]["features"]["x0"] = None
    section = findings.errors(classes)
    table = next(one for one in (*section.tables, *section.folded) if one.title.startswith("The examples"))
    assert "missing" in table.rows[0]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_worst_images_are_pictures(classes, channels):
    count = len(classes["errors"]["worst"]["examples"])
    values = np.random.default_rng(0).integers(0, 256, (count, 4, 5, channels))
    classes["errors"]["worst"]["drawn"] = {"kind": "image", "low": 0.0, "high": 1.0, "values": values.tolist()}
    pictures = findings.errors(classes).pictures
    assert len(pictures) == count
    kind, data = pictures[0].image.split(",")
    assert kind == "data:image/png;base64"
    pixels = imread(io.BytesIO(base64.b64decode(data)), format="png")
    assert np.allclose(np.round(255 * pixels[..., :3]), np.broadcast_to(values[0], (4, 5, 3)))


def test_the_worst_signals_are_traces(classes):
    count = len(classes["errors"]["worst"]["examples"])
    classes["errors"]["worst"]["examples"][0] |= {"y": "1", "predicted": "2"}
    classes["errors"]["worst"]["examples"][1] |= {"y": "2", "predicted": "2"}  # dear, and on the whole right
    values = np.zeros((count, 7, 2)).tolist()
    classes["errors"]["worst"]["drawn"] = {"kind": "signal", "low": 0.0, "high": 1.0, "values": values}
    pictures = findings.errors(classes).pictures
    assert len(pictures) == count
    assert all(picture.trace.startswith("<svg") and not picture.image for picture in pictures)
    assert [picture.title for picture in pictures[:2]] == ["1, taken for 2", "2"]


def test_slices_that_are_worse_stand_apart_from_the_others(classes):
    tested = classes["errors"]["slices"]["tested"]
    tested[0] |= {"flagged": True, "column": "<b>", "part": "= 1"}
    section = findings.errors(classes)
    assert section.tables[0].title == "Slices that are worse than the rest"
    assert section.tables[0].rows[0][0] == "<b> = 1"
    assert len(section.tables[0].rows) == sum(one["flagged"] for one in tested)


def test_the_data_are_described_with_what_is_suspicious(evidence):
    evidence["data"]["notes"] = ["column a: a copy of the target"]
    section = findings.data(evidence)
    assert section.points == ["column a: a copy of the target"]
    assert not section.words
    cells = " ".join(cell for row in section.tables[0].rows for cell in row)
    assert evidence["data"]["test_digest"] in cells
    assert evidence["data"]["target"]["name"] in cells
    evidence["data"]["notes"] = []
    assert findings.data(evidence).words


def test_how_it_was_computed_names_versions_and_seeds(evidence):
    section = findings.computed(evidence, "leadline diagnose")
    facts = dict(section.tables[0].rows)
    assert facts["seeds"] == "0, 1; of the split 0"
    assert "jax" in facts["versions"]
    assert section.code == "leadline diagnose"
    old = {key: value for key, value in evidence.items() if key not in ("versions", "machine")}
    assert "versions" not in dict(findings.computed(old, "").tables[0].rows)  # a record from before
