import numpy as np
import pytest

from leadline.data import datasets

# (data set, shape, classes, image)
ALL = [
    (datasets.digits, (1797, 64), 10, (8, 8)),
    (datasets.wine, (178, 13), 3, None),
    (datasets.breast_cancer, (569, 30), 2, None),
    (datasets.diabetes, (442, 10), 0, None),
]


@pytest.mark.parametrize(("load", "shape", "classes", "image"), ALL)
def test_a_data_set_is_whole_and_says_where_it_comes_from(load, shape, classes, image):
    data = load()
    assert (data.X.shape, data.X.dtype) == (shape, np.float32)
    assert np.isfinite(data.X).all()
    assert data.y.shape == shape[:1]
    assert data.y.dtype == (np.int32 if classes else np.float64)
    assert len(data.class_names) == classes
    assert len(set(data.y.tolist())) == classes or not classes
    assert len(set(data.feature_names)) == shape[1]
    assert data.image_shape == image
    assert "scikit-learn" in data.source
    assert f"X={shape}" in repr(data)
    assert "array" not in repr(data)


def test_the_digits_ink_goes_from_0_to_1():
    X = datasets.digits().X
    assert (X.min(), X.max()) == (0, 1)
    assert (np.round(X * 16) == X * 16).all()
