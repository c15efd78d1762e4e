import itertools

import pytest

from leadline.layers import CenterCrop, RandomCrop, Resizing, UpSampling1D, UpSampling2D, UpSampling3D
from leadline.layers.resizing import INTERPOLATIONS

BOTH = ("channels_last", "channels_first")


@pytest.mark.parametrize("order", BOTH)
def test_every_interpolation_larger_and_smaller(agree_all, order):
    sizes = ((9, 4), (3, 11))
    layers = [
        Resizing(*size, how, antialias=smooth, data_format=order)
        for size, how, smooth in itertools.product(sizes, INTERPOLATIONS, (False, True))
    ]
    agree_all(layers + [UpSampling2D((2, 3), order, how) for how in INTERPOLATIONS], (6, 5, 6))


@pytest.mark.parametrize("order", BOTH)
def test_cut_or_bordered_to_their_proportions(agree_all, order):
    sizes = ((2, 7), (8, 3), (5, 5))
    layers = [Resizing(*size, crop_to_aspect_ratio=True, data_format=order) for size in sizes]
    layers += [Resizing(*size, pad_to_aspect_ratio=True, fill_value=0.5, data_format=order) for size in sizes]
    layers += [kind(*size, data_format=order) for kind in (CenterCrop, RandomCrop) for size in ((2, 3), (4, 9), (8, 8))]
    agree_all(layers, (6, 5, 6))


def test_repeated(agree_all):
    agree_all([UpSampling1D(3)], (4, 2))
    agree_all([UpSampling3D((1, 2, 3)), UpSampling3D((2, 1, 1), "channels_first")], (2, 3, 2, 2))
