from leadline.layers import Cropping2D, Flatten, Permute, RepeatVector, Reshape, ZeroPadding2D, ZeroPadding3D


def test_shapes(agree_all):
    firsts = [kind(2, "channels_first") for kind in (ZeroPadding2D, Cropping2D)]
    layers = [Flatten("channels_first"), Permute((3, 1, 2)), Permute((1, 2, 3)), Reshape((2, -1, 5)), Reshape((150,))]
    agree_all([*layers, *firsts, ZeroPadding2D(((0, 2), (1, 0))), Cropping2D(((0, 2), (1, 0)))], (5, 6, 5))
    agree_all([Flatten("channels_first"), RepeatVector(1), RepeatVector(3)], (4,))
    agree_all([ZeroPadding3D(((1, 0), (0, 2), 1), "channels_first")], (2, 1, 2, 3))
