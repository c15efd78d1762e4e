import numpy as np
import onnxruntime
import pytest

from leadline.layers import CategoryEncoding, Dense, Discretization, Embedding, Flatten, Input, Rescaling
from leadline.models import Model, Sequential

MODES = ("one_hot", "multi_hot", "count")


def test_an_input_that_is_read_as_whole_numbers_alone_is_one_of_them(agree_all):
    encodings = [CategoryEncoding(4, mode) for mode in MODES]
    session = agree_all([Embedding(6, 3), *encodings], (3,), below=6)  # 4 and 5 are outside the encodings
    assert [port.type for port in session.get_inputs()] == ["tensor(int64)"]


def test_another_is_one_of_floats_which_lose_their_fraction(agree):
    x = Input((1,))
    model = Model(x, [Embedding(6, 3)(x), CategoryEncoding(6, "one_hot")(x), Dense(2)(x)])
    session = agree(model, np.array([[0.0], [5.9], [2.5]], np.float32))
    assert [port.type for port in session.get_inputs()] == ["tensor(float)"]


def test_a_negative_number_counts_from_the_end_and_one_outside_is_refused(agree):
    model = Sequential([Input((2,)), Embedding(6, 3)])
    session = agree(model, np.array([[-1, 0], [-6, 5]]))
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument, match="6"):
        session.run(None, {"x": np.array([[6, 0]])})


def test_bins(agree_all, agree):
    bins = [-0.5, 0.0, 0.5]
    agree_all([Discretization(bins), *(Discretization(bins, output_mode=mode) for mode in MODES)], (4,))
    edges = np.array([[-0.5, 0.0, 0.5, 0.6], [-1e30, 1e30, -0.6, 0.4]], np.float32)
    agree(Sequential([Input((4,)), Discretization(bins)]), edges)


def test_bins_are_read_by_other_layers(agree):
    x = Input((3,))
    bins = Discretization([0.0, 1.0])(x)
    outputs = [Flatten()(Embedding(3, 2)(bins)), Dense(2)(bins), CategoryEncoding(3, "count")(bins)]
    agree(Model(x, outputs), np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32))


def test_scaled(agree_all):
    agree_all([Rescaling(1 / 255, -1.0), Rescaling([1.0, 2.0], [3.0, 4.0])], (3, 2))
