"""Rotation, zoom and translation where the range leaves chance no choice: against SciPy, and against what the eye expects."""

import math

import jax
import numpy as np
import pytest
import scipy.ndimage

from leadline.layers.warping import RandomRotation, RandomTranslation, RandomZoom

IMAGES = np.random.default_rng(0).uniform(size=(3, 5, 7, 2)).astype(np.float32)
SCIPY = {"reflect": "reflect", "wrap": "grid-wrap", "constant": "grid-constant", "nearest": "nearest"}
modes = pytest.mark.parametrize("mode", SCIPY)


@jax.jit
def run(layer, x):
    return layer.run({}, {}, x, training=True, key=jax.random.key(0))[0]


def changed(layer, x=IMAGES):
    return np.asarray(run(layer, x))


def looked_up(x, matrix, shift, mode):
    """Each pixel p from matrix · (p − middle) + middle + shift, by SciPy, one channel of one image after the other."""
    middle = (np.array(x.shape[1:3]) - 1) / 2
    offset = middle - matrix @ middle + shift
    look = lambda image: scipy.ndimage.affine_transform(image, matrix, offset, order=1, mode=SCIPY[mode], cval=0.3)  # noqa: E731
    return np.stack([np.stack([look(image[..., c]) for c in range(x.shape[-1])], -1) for image in x])


@modes
@pytest.mark.parametrize("turn", [0.0, 0.04, -0.13, 0.25, 0.5])
def test_rotation(turn, mode):
    sine, cosine = math.sin(2 * math.pi * turn), math.cos(2 * math.pi * turn)
    expected = looked_up(IMAGES.astype(float), np.array([[cosine, sine], [-sine, cosine]]), np.zeros(2), mode)
    # On the edge itself rounding decides whether a point lies within: there is a step only where the outside is constant.
    off = np.abs(changed(RandomRotation((turn, turn), mode, fill_value=0.3)) - expected) > 1e-5
    assert off.sum() <= (len(IMAGES) * 2 * 2 if mode == "constant" else 0)


@modes
@pytest.mark.parametrize(("tall", "wide"), [(0.0, 0.0), (0.4, -0.3), (-0.5, 1.0)])
def test_zoom(tall, wide, mode):
    expected = looked_up(IMAGES, np.diag([1 + tall, 1 + wide]), np.zeros(2), mode)
    layer = RandomZoom((tall, tall), (wide, wide), mode, fill_value=0.3)
    np.testing.assert_allclose(changed(layer), expected, atol=1e-5)


@modes
@pytest.mark.parametrize(("down", "right"), [(0.0, 0.0), (0.2, -0.1), (-0.33, 0.5), (1.0, 1.0)])
def test_translation(down, right, mode):
    expected = looked_up(IMAGES, np.eye(2), -np.array([down * 5, right * 7]), mode)
    layer = RandomTranslation((down, down), (right, right), mode, fill_value=0.3)
    np.testing.assert_allclose(changed(layer), expected, atol=1e-5)


def test_a_quarter_turn_is_counter_clockwise():
    square = IMAGES[:, :, :5]
    np.testing.assert_allclose(changed(RandomRotation((0.25, 0.25)), square), np.rot90(square, axes=(1, 2)), atol=1e-5)


def test_positive_factors_move_down_and_to_the_right():
    x = np.zeros((1, 5, 5, 1), np.float32)
    x[0, 1, 1] = 1
    moved = changed(RandomTranslation((0.2, 0.2), (0.4, 0.4), "constant"), x)
    assert np.unravel_index(moved.argmax(), moved.shape)[1:3] == (2, 3)


def test_a_negative_zoom_enlarges():
    x = np.zeros((1, 9, 9, 1), np.float32)
    x[0, 3:6, 3:6] = 1
    areas = [changed(RandomZoom((factor, factor)), x).sum() for factor in (-0.5, 0.0, 0.5)]
    assert areas[0] > areas[1] > areas[2]
    one = changed(RandomZoom((-0.5, 0.5)), np.repeat(x, 50, 0))
    np.testing.assert_allclose(one, one.transpose(0, 2, 1, 3), atol=1e-5)  # height and width are zoomed alike


def test_nearest_pixels_are_pixels():
    output = changed(RandomRotation((0.07, 0.07), interpolation="nearest"))
    assert np.isin(output, IMAGES).all()
    np.testing.assert_allclose(changed(RandomTranslation((0.2, 0.2), 0.0, "nearest", "nearest"))[:, 1:], IMAGES[:, :-1])


def test_the_range_is_used_in_full():
    x = np.zeros((400, 1, 21, 1), np.float32)
    x[:, :, 10] = 1
    moved = changed(RandomTranslation(0.0, 0.4, "constant", "nearest"), x).argmax(2).ravel() - 10
    assert moved.min() == -8
    assert moved.max() == 8
    assert abs(moved.mean()) < 1


@pytest.mark.parametrize("layer", [RandomRotation((0.1, 0.1)), RandomZoom((0.2, 0.2)), RandomTranslation((0.1, 0.1), 0.0)])
def test_one_pixel_stays(layer):
    x = np.full((2, 1, 1, 3), 5.0, np.float32)
    np.testing.assert_allclose(changed(layer, x), x, rtol=1e-6)
