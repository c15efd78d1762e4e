import re
from pathlib import Path

import numpy as np

from leadline.files.onnx.layers import NAMES, WRITERS
from leadline.layers import LAYERS, Input, PReLU, ReLU, Softmax
from leadline.models import Sequential

PAGE = Path(__file__).resolve().parents[3] / "docs" / "files.md"


def test_every_layer_can_be_exported():
    assert set(WRITERS) == set(LAYERS.values())


def test_the_page_lists_them():
    listed = PAGE.read_text(encoding="utf-8").split("<!-- exportable -->")[1].split("<!-- /exportable -->")[0]
    assert tuple(re.findall(r"`(\w+)`", listed)) == NAMES


def test_activations_with_arguments(agree_all, agree):
    arguments = [(None, 0.0, 0.0), (None, 0.2, 0.0), (2.0, 0.0, 0.0), (2.0, 0.5, 1.0), (None, 0.0, 1.5), (0.5, 0.0, 1.0)]
    layers = [ReLU(*given) for given in arguments] + [Softmax(axis) for axis in (1, 2, (1, 2))]
    agree_all([*layers, PReLU(), PReLU(shared_axes=[2])], (3, 4))
    kinks = np.array([[0.0, 1.0, 2.0, 1.5, -1.0, 9.0]], np.float32)
    for given in arguments:
        agree(Sequential([Input((6,)), ReLU(*given)]), kinks)
