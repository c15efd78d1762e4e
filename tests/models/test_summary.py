"""The summary names every layer, its output and its numbers."""

from leadline.layers import Dense, Flatten
from leadline.models.summary import summary_text
from leadline.network import Network


def test_every_layer_has_its_line():
    network = Network((Flatten(), Dense(1000), Dense(1, name="score")), ("flatten", "dense", "score"), (8, 8))
    text = summary_text("digits", network, [0, 65_000, 1_001])
    assert text.splitlines() == [
        "digits: input (8, 8)",
        "layer              output           numbers",
        "flatten (Flatten)  (batch, 64)            0",
        "dense (Dense)      (batch, 1000)     65,000",
        "score (Dense)      (batch, 1)         1,001",
        "66,001 numbers in all",
    ]


def test_without_layers():
    assert summary_text("empty", Network((), (), (2,)), []).splitlines()[-1] == "0 numbers in all"
