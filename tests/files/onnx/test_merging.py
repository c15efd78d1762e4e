import numpy as np

from leadline.layers import Add, Average, Concatenate, Dot, Input, Maximum, Minimum, Multiply, Subtract
from leadline.models import Model

DRAWS = np.random.default_rng(2)


def drawn(*shape):
    return DRAWS.normal(size=(4, *shape)).astype(np.float32)


def test_entry_by_entry_with_axes_stretched_and_added(agree):
    a, b, c = Input((2, 1, 3)), Input((4, 3)), Input((3,))
    both = [kind()([a, b, c]) for kind in (Add, Average, Maximum, Minimum, Multiply)]
    agree(Model([a, b, c], [*both, Subtract()([c, a]), Add()([b])]), drawn(2, 1, 3), drawn(4, 3), drawn(3))


def test_joined_along_each_axis(agree):
    a, b = Input((2, 3)), Input((2, 3))
    agree(Model([a, b], [Concatenate(axis=axis)([a, b, a]) for axis in (1, 2, -1, -2)]), drawn(2, 3), drawn(2, 3))


def test_products_along_each_axis(agree):
    a, b = Input((2, 3, 4)), Input((4, 3))
    outputs = [Dot(axes, normalize=normalize)([a, b]) for axes in ((3, 1), (2, 2), (-1, -2)) for normalize in (False, True)]
    agree(Model([a, b], outputs), drawn(2, 3, 4), drawn(4, 3))
    one, two = Input((5,)), Input((5,))
    agree(Model([one, two], [Dot(1)([one, two]), Dot(1, normalize=True)([one, two])]), drawn(5), drawn(5))
