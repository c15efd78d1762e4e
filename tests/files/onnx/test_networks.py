"""Whole networks: those of the parity tests, in one graph."""

from dataclasses import dataclass

import numpy as np
import onnxruntime
import pytest

from leadline import layers
from leadline.errors import ArgumentError, NotBuiltError
from leadline.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePooling2D,
    Input,
    LayerNormalization,
    MaxPooling2D,
    RandomFlip,
)
from leadline.models import Model, Sequential

DRAWS = np.random.default_rng(0)


def drawn(*shape):
    return DRAWS.normal(size=(5, *shape)).astype(np.float32)


def test_digits(agree):
    model = Sequential([Input((64,)), Dense(25, "relu"), BatchNormalization(), Dropout(0.2), Dense(15, "relu"), Dense(10)])
    model.compile("adam", "mse")
    x = 16 * np.abs(drawn(64))
    model.fit(x, drawn(10), epochs=3)
    agree(model, x)


def test_images(agree):
    agree(
        Sequential(
            [
                *(Input((28, 28, 1)), RandomFlip(), Conv2D(8, 3, padding="same", activation="relu"), MaxPooling2D()),
                *(Conv2D(16, 3, strides=2, padding="same"), LayerNormalization(), GlobalAveragePooling2D(), Dense(10, "softmax")),
            ]
        ),
        drawn(28, 28, 1),
    )


def residual():
    """Two inputs, words and numbers; a layer used twice; a sum around a layer; two outputs."""
    words, numbers = Input((4,), name="words"), Input((8,), name="numbers")
    shared = Dense(8, "tanh", name="shared")
    inner = shared(Flatten()(Embedding(20, 2)(words)))
    both = Add()([inner, shared(numbers)])
    joined = Concatenate()([both, numbers])
    return Model([words, numbers], [Dense(3, "softmax", name="kind")(joined), Dense(1, name="price")(both)])


def test_several_inputs_and_outputs_by_their_names(agree):
    session = agree(residual(), DRAWS.integers(0, 20, (5, 4)), drawn(8))
    assert [(port.name, port.shape) for port in session.get_inputs()] == [("words", ["batch", 4]), ("numbers", ["batch", 8])]
    assert [(port.name, port.shape) for port in session.get_outputs()] == [("kind", ["batch", 3]), ("price", ["batch", 1])]


def test_a_layer_that_is_used_twice_has_its_weights_once(tmp_path):
    onnx = pytest.importorskip("onnx")
    residual().export(tmp_path / "m.onnx")
    names = [one.name for one in onnx.load(tmp_path / "m.onnx").graph.initializer if list(one.dims) == [8, 8]]
    assert names == ["shared/constant"]


def test_an_output_that_is_an_input_and_one_that_is_given_twice(tmp_path, agree):
    x = Input((3,))
    seen = Dense(2, name="seen")(x)
    agree(Model(x, [Dropout(0.5, name="kept")(x), seen, Dropout(0.1, name="same")(seen)]), drawn(3))
    Model(x, [seen, Dense(1)(x)]).export(tmp_path / "two.onnx")
    assert [port.name for port in onnxruntime.InferenceSession(tmp_path / "two.onnx").get_outputs()] == ["seen", "dense"]


@dataclass(frozen=True)
class Own(layers.Layer):
    """A layer that somebody wrote."""

    def apply(self, params, state, x, *, training=False, key=None):
        return 2 * x, state


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (Own(name="mine"), "Layer 'mine' is a Own, which is code and cannot be exported"),
        (Dense(2, dtype="mixed_bfloat16", name="half"), "Layer 'half' computes in mixed_bfloat16"),
    ],
)
def test_a_layer_that_cannot_be_exported_is_named_and_the_old_file_stays(tmp_path, layer, says):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"old")
    with pytest.raises(ArgumentError, match=says):
        Sequential([Input((2,)), Dense(2), layer]).export(path)
    assert [one.name for one in tmp_path.iterdir()] == ["m.onnx"]
    assert path.read_bytes() == b"old"


def test_a_model_without_weights_is_refused(tmp_path):
    with pytest.raises(NotBuiltError, match="does not know the shape"):
        Sequential([Dense(2)]).export(tmp_path / "m.onnx")
