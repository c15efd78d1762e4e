import numpy as np

from leadline.data.duplicates import again, keys

X = np.array([[[1.0, 2.0]], [[3.0, 4.0]], [[1.0, 2.0]]])


def test_an_example_stands_again_where_features_and_target_are_equal():
    train, cv, test = (X, np.array([0, 1, 1])), (X[:2], np.array([1, 0])), (X[:0], np.array([], int))
    assert again({"train": train, "cv": cv, "test": test}) == {"cv": [True, False], "test": []}


def test_keys_are_equal_for_equal_features():
    first, second, third = keys(X)
    assert first == third != second
