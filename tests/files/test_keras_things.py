import pytest

from leadline import config
from leadline.errors import ArgumentError, DataError
from leadline.files.keras_things import MODULES, NOT_IN_KERAS, from_keras, from_keras_value, to_keras
from leadline.layers import Dense, Normalization, UpSampling1D
from leadline.regularizers import L2

POLICY = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}, "registered_name": None}
DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 3}, "registered_name": None}


def dense(**changes):
    return {**DENSE, "config": {**DENSE["config"], **changes}}


def test_a_layer_with_things_inside_there_and_back():
    plain = config.described(Dense(3, "relu", kernel_regularizer=L2(0.5), name="d", dtype="bfloat16"))
    theirs = to_keras(plain, "keras.layers")
    assert theirs["config"]["kernel_initializer"]["module"] == "keras.initializers"
    assert theirs["config"]["kernel_regularizer"]["registered_name"] is None
    assert config.built(from_keras(theirs, "keras.layers"), MODULES["keras.layers"]) == Dense(
        3, "relu", kernel_regularizer=L2(0.5), name="d", dtype="bfloat16"
    )


def test_where_keras_writes_otherwise():
    assert to_keras(config.described(UpSampling1D(3)), "keras.layers")["config"]["size"] == 3
    given = config.described(Normalization(mean=1.0, variance=2.0))
    assert to_keras(given, "keras.layers")["config"]["mean"] is None
    assert to_keras(config.described(Dense(3)), "keras.layers")["config"]["dtype"] == "float32"


@pytest.mark.parametrize("name", sorted(NOT_IN_KERAS))
def test_what_keras_does_not_have(name):
    module = "keras.metrics" if name == "MeanLoss" else "keras.layers"
    with pytest.raises(ArgumentError, match=f"Keras has no {name}"):
        to_keras({"class_name": name, "config": {}}, module)


def test_values_that_are_written_as_things():
    assert from_keras_value("dtype", POLICY) == "mixed_bfloat16"
    assert from_keras_value("scale", {"class_name": "__numpy__", "config": {"value": [1.0, 2.0]}}) == [1.0, 2.0]
    assert from_keras_value("activation", {"class_name": "function", "module": "builtins", "config": "gelu"}) == "gelu"
    assert from_keras_value("size", [1, [2]]) == [1, [2]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "must have a class_name and a config. Got None"),
        ({"class_name": 3}, "must have a class_name and a config"),
        (DENSE | {"module": "keras"}, "keras.Dense is nothing that leadline has in keras.layers"),
        (DENSE | {"config": []}, "must be names and values"),
        (dense(shape=3), "leadline's Dense has no 'shape', and the file gives it the value 3"),
        (dense(activity_regularizer="l2"), "leadline's Dense has no 'activity_regularizer'"),
        (dense(quantization_config={}), "leadline's Dense has no 'quantization_config'"),
        (dense(dtype=POLICY | {"class_name": "QuantizedDTypePolicy"}), "'dtype' is keras.QuantizedDTypePolicy"),
        (dense(units={"class_name": "X"}), "'units' is None.X, which cannot stand there"),
        (dense(kernel_regularizer={"class_name": "L2"}), "None.L2 is nothing that leadline has in keras.regularizers"),
    ],
)
def test_what_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        from_keras(given, "keras.layers")


def test_arguments_that_change_nothing_are_left_out():
    given = dense(activity_regularizer=None, quantization_config=None, lora_rank=None)
    assert from_keras(given, "keras.layers") == {"class_name": "Dense", "config": {"name": "d", "units": 3}}
