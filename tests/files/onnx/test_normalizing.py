import numpy as np

from leadline.layers import (
    BatchNormalization,
    GroupNormalization,
    Input,
    LayerNormalization,
    Normalization,
    RMSNormalization,
    UnitNormalization,
)
from leadline.models import Sequential


def test_along_each_axis_and_with_and_without_scale_and_shift(agree_all):
    agree_all(
        [
            *(BatchNormalization(axis=axis) for axis in (1, 2, -1)),
            BatchNormalization(scale=False, epsilon=0.1),
            BatchNormalization(center=False),
            *(LayerNormalization(axis=axis) for axis in (1, (1, 3), [1, 2, 3], -1)),
            LayerNormalization(scale=False, center=False),
            *(GroupNormalization(groups, axis=axis) for groups, axis in ((1, -1), (3, 1), (-1, 2), (2, 3))),
            *(RMSNormalization(axis=axis) for axis in (2, (1, 2))),
            *(UnitNormalization(axis=axis) for axis in (1, (1, 3))),
            *(Normalization(axis=axis) for axis in (None, 1, (1, 3))),
            Normalization(mean=2.0, variance=9.0, invert=True),
        ],
        (3, 2, 4),
    )


def test_a_constant_feature_and_zeros(agree):
    x = np.array([[0.0, 7.0], [0.0, 7.0]], np.float32)
    adapted = Normalization()
    adapted.adapt(x)
    agree(Sequential([Input((2,)), adapted]), x)
    agree(Sequential([Input((2,)), UnitNormalization()]), 0 * x)


def test_trained_statistics(agree):
    model = Sequential([Input((3,)), BatchNormalization()])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(5.0, 3.0, (64, 3)).astype(np.float32)
    model.fit(x, x, epochs=2)
    agree(model, x)
