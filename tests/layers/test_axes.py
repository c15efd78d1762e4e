"""Axes: counted from the front or the end, one or several; sizes and channels in either order."""

import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.axes import axes_of
from leadline.layers.layer_normalization import GroupNormalization, LayerNormalization
from leadline.layers.pooling import GlobalMaxPooling1D, GlobalMaxPooling2D, GlobalMaxPooling3D

LAYER = LayerNormalization(name="norm")


@pytest.mark.parametrize(("axis", "expected"), [(-1, (3,)), (1, (1,)), ((-1, 1), (1, 3)), ((3, -1), (3,)), ((), ())])
def test_axes(axis, expected):
    assert axes_of(LAYER, axis, (4, 5, 6)) == expected


@pytest.mark.parametrize("axis", [4, -5, (1, 4)])
def test_axes_that_are_not_there(axis):
    with pytest.raises(ShapeError, match=r"Layer 'norm' has axis .*, and its input has only 4 axes, the batch included"):
        axes_of(LAYER, axis, (4, 5, 6))


@pytest.mark.parametrize("axis", [0, -4, (0, 1)])
def test_the_batch_is_no_axis(axis):
    with pytest.raises(ArgumentError, match="'axis' of layer 'norm' cannot be 0, the batch axis. Use -1"):
        axes_of(LAYER, axis, (4, 5, 6))


@pytest.mark.parametrize(("axis", "kept"), [(-1, -1), ([1, 2], (1, 2)), ((1,), (1,))])
def test_an_axis_is_kept_as_it_was_given(axis, kept):
    assert LayerNormalization(axis).axis == kept


@pytest.mark.parametrize(
    "make",
    [
        lambda: LayerNormalization(1.5),
        lambda: LayerNormalization("x"),
        lambda: LayerNormalization(()),
        lambda: GroupNormalization(1, (1, 2)),
    ],
)
def test_what_is_no_axis(make):
    with pytest.raises(ArgumentError, match="'axis' of .*Normalization must be a whole number. Got "):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (
            GlobalMaxPooling2D(name="top"),
            (4, 4),
            r"'top' got examples of shape \(4, 4\), and wants \(height, width, channels\). Add",
        ),
        (GlobalMaxPooling2D("channels_first"), (4, 4), r"wants \(channels, height, width\)"),
        (GlobalMaxPooling1D(), (4, 4, 4), r"wants \(steps, channels\). Reshape it"),
        (GlobalMaxPooling3D(), (4,), r"wants \(depth, height, width, channels\)"),
    ],
)
def test_another_number_of_axes(layer, shape, message):
    with pytest.raises(ShapeError, match=message):
        layer.output_shape(shape)


def test_the_order_of_axes():
    assert GlobalMaxPooling2D().axes == (1, 2)
    assert GlobalMaxPooling2D("channels_first").axes == (2, 3)
    assert GlobalMaxPooling2D() == GlobalMaxPooling2D("channels_last")
    with pytest.raises(
        ArgumentError, match="Unknown data_format of GlobalMaxPooling2D 'channels_lst'. Did you mean 'channels_last'"
    ):
        GlobalMaxPooling2D("channels_lst")
