"""Which targets a loss can be meant for."""

import numpy as np
import pytest

from leadline import losses
from leadline.errors import DataError, ShapeError

NAN, INF = float("nan"), float("inf")
CHECKS = [
    (losses.BinaryCrossentropy(), [0, 1, 1], 1, None),
    (losses.BinaryCrossentropy(), [[0.3], [True]], 1, None),
    (losses.BinaryCrossentropy(), [1, 2, 1, 2], 1, r"0 or 1.*got 2 in row 1 \(2 such rows of 4\)"),
    (losses.BinaryCrossentropy(), [[1], [-1]], 1, r"got \[-1\] in row 1"),
    (losses.BinaryCrossentropy(), [0, NAN], 1, "finite; got nan in row 1"),
    (losses.BinaryCrossentropy(), [[0, 1, 1]], 2, "needs 2 numbers per example"),
    (losses.CategoricalCrossentropy(), [[0, 1], [1, 0]], 2, None),
    (losses.CategoricalCrossentropy(), [[0.25, 0.75]], 2, None),
    (losses.CategoricalCrossentropy(), [[0, 1], [1, 1]], 2, r"sum to 1; got \[1.0, 1.0\] in row 1"),
    (losses.CategoricalCrossentropy(), [[-1, 2]], 2, "not negative"),
    (losses.CategoricalCrossentropy(), [0, 1], 2, "take SparseCategoricalCrossentropy"),
    (losses.CategoricalCrossentropy(), [[0, 1, 0]], 2, "one-hot rows of 2 classes"),
    (losses.SparseCategoricalCrossentropy(), [0, 1, 2], 3, None),
    (losses.SparseCategoricalCrossentropy(), [[0.0], [2.0]], 3, None),
    (losses.SparseCategoricalCrossentropy(), [0, 1, 3, 3], 3, r"from 0 to 2; got 3.0 in row 2 \(2 such rows of 4\)"),
    (losses.SparseCategoricalCrossentropy(), [0, -1], 3, "got -1.0 in row 1"),
    (losses.SparseCategoricalCrossentropy(), [0.5, 1], 3, "whole class numbers"),
    (losses.SparseCategoricalCrossentropy(ignore_class=-1), [0, -1], 3, None),
    (losses.SparseCategoricalCrossentropy(), ["cat", "dog"], 2, "Targets must be numbers.*dtype <U3"),
    (losses.MeanSquaredError(), [1.5, -2], 1, None),
    (losses.MeanSquaredError(), [[1.5, -2]], 2, None),
    (losses.MeanSquaredError(), [1.5, INF], 1, "finite; got inf in row 1"),
    (losses.MeanSquaredError(), [1.5, -2], 2, "needs 2 numbers per example"),
    (losses.Huber(), [[1.0], [NAN]], 1, r"got \[nan\] in row 1"),
    (losses.MeanAbsoluteError(), 3.0, 1, "Targets must be numbers"),
    (losses.BinaryFocalCrossentropy(), [0, 1, 0.5], 1, None),
    (losses.BinaryFocalCrossentropy(), [0, 2], 1, "BinaryFocalCrossentropy needs targets of 0 or 1"),
    (losses.CategoricalFocalCrossentropy(), [[0, 1]], 2, None),
    (losses.CategoricalFocalCrossentropy(), [0, 1], 2, "CategoricalFocalCrossentropy needs one-hot rows"),
    (losses.CategoricalGeneralizedCrossEntropy(), [0, 2], 3, None),
    (losses.CategoricalGeneralizedCrossEntropy(), [0, 3], 3, "got 3.0 in row 1"),
    (losses.KLDivergence(), [[0.5, 0.5]], 2, None),
    (losses.KLDivergence(), [[0.5, 0.6]], 2, "KLDivergence needs rows that are not negative and sum to 1"),
    (losses.Poisson(), [0, 3.5], 1, None),
    (losses.Poisson(), [3, -1], 1, r"Poisson needs targets that are not negative; got -1 in row 1"),
    (losses.MeanSquaredLogarithmicError(), [0, 7], 1, None),
    (losses.MeanSquaredLogarithmicError(), [[-2.0]], 1, "not negative"),
    (losses.MeanAbsolutePercentageError(), [-1, 7], 1, None),
    (losses.MeanAbsolutePercentageError(), [4, 0], 1, "targets that are not 0; got 0 in row 1"),
    (losses.LogCosh(), [0, NAN], 1, "finite"),
    (losses.CosineSimilarity(), [[1, 2]], 3, "CosineSimilarity needs 3 numbers"),
    (losses.Hinge(), [-1, 1, 1], 1, None),
    (losses.Hinge(), [[True], [False]], 1, None),
    (losses.Hinge(), [1, 2], 1, "Hinge needs targets of −1 and 1, or of 0 and 1; got 2 in row 1"),
    (losses.SquaredHinge(), [0.5, 1], 1, "SquaredHinge needs targets"),
    (losses.SquaredHinge(), [-1, 0, 1], 1, "−1, 0 and 1 together"),
    (losses.CategoricalHinge(), [[0, 1]], 2, None),
    (losses.CategoricalHinge(), [1], 2, "one-hot rows of 2 classes"),
    (losses.get(lambda y, f: y), [[1, 2, 3]], 7, None),
    (losses.get(lambda y, f: y), [NAN], 1, "finite"),
]


@pytest.mark.parametrize(("loss", "y", "outputs", "message"), CHECKS)
def test_check(loss, y, outputs, message):
    if message is None:
        assert loss.check(np.asarray(y), outputs) is None
    else:
        with pytest.raises((DataError, ShapeError), match=message):
            loss.check(np.asarray(y), outputs)
