import numpy as np
import pytest

from leadline import activations
from leadline.errors import ArgumentError
from leadline.files.onnx.activations import ACTIVATIONS
from leadline.layers import Activation, Dense, Input
from leadline.models import Model, Sequential

NAMES = sorted(activations.ACTIVATIONS)


def test_every_activation_that_a_layer_can_name_is_there():
    assert set(ACTIVATIONS) == set(activations.ACTIVATIONS.values())


def test_each_is_the_same_over_its_range(agree_all):
    agree_all([Activation(name, name=name) for name in NAMES], (2, 7), low=-8.0, high=4.0)


def test_each_is_the_same_at_its_kinks_and_far_out(agree):
    x = Input((4,))
    model = Model(x, [Activation(name, name=name)(x) for name in NAMES if name != "exponential"])  # which is infinite far out
    agree(model, np.array([[-1e4, 1e4, 0.0, -0.5], [0.5, 1.0, -1.0, 3.0], [-3.0, 6.0, 50.0, -50.0]], np.float32))


@pytest.mark.parametrize("function", [np.sin, lambda x: x, activations.glu])
def test_code_is_refused_by_the_layers_name_and_leaves_no_file(function, tmp_path):
    model = Sequential([Input((2,)), Dense(2, function, name="odd")])
    with pytest.raises(ArgumentError, match="Layer 'odd' has the activation .*, which is code and cannot be exported"):
        model.export(tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []
