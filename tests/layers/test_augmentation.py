"""Images changed at random: only in training, each in its own way, by the key; ranges are traced."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.augmentation import RandomBrightness, RandomContrast, RandomCrop, RandomFlip
from leadline.layers.warping import RandomRotation, RandomTranslation, RandomZoom

KEY = jax.random.key(0)
IMAGES = np.random.default_rng(0).uniform(size=(64, 4, 6, 2)).astype(np.float32)
LAYERS = [
    RandomFlip(),
    RandomBrightness(0.2, (0, 1)),
    RandomContrast(0.5, (0, 1)),
    RandomCrop(3, 2),
    RandomRotation(0.2),
    RandomZoom(0.3),
    RandomTranslation(0.3, 0.2, "constant", fill_value=0.5),
]
cases = pytest.mark.parametrize("layer", LAYERS, ids=[type(layer).__name__ for layer in LAYERS])


@jax.jit
def run(layer, x, key):
    return layer.run({}, {}, x, training=True, key=key)[0]


def changed(layer, x=IMAGES, key=KEY):
    return np.asarray(run(layer, x, key))


@cases
def test_the_key_decides_for_each_image_by_itself(layer):
    same = np.broadcast_to(IMAGES[:1], (8, *IMAGES.shape[1:]))
    output = changed(layer, same)
    assert output.shape == (8, *layer.output_shape(IMAGES.shape[1:]))
    assert len({image.tobytes() for image in output}) > 1
    np.testing.assert_array_equal(output, changed(layer, same))
    assert (output != changed(layer, same, jax.random.key(1))).any()


@cases
def test_outside_training_nothing_is_random(layer):
    expected = IMAGES[:, :3, 2:4] if isinstance(layer, RandomCrop) else IMAGES
    np.testing.assert_array_equal(layer(IMAGES), expected)
    assert layer(np.ones((1, 4, 6, 2), np.uint8)).dtype == np.float32


@cases
def test_both_orders_of_axes(layer):
    first = layer.replace(data_format="channels_first")
    output = changed(first, np.moveaxis(IMAGES, -1, 1))
    np.testing.assert_allclose(np.moveaxis(output, 1, -1), changed(layer), atol=1e-6)
    assert first.output_shape((2, 4, 6)) == output.shape[1:]


@cases
def test_half_precision_and_a_population(layer):
    half = layer.replace(dtype="mixed_bfloat16")
    assert changed(half).dtype == jnp.bfloat16
    many = jax.jit(jax.vmap(lambda key: layer.run({}, {}, IMAGES[:8], training=True, key=key)[0]))(jax.random.split(KEY, 2))
    np.testing.assert_allclose(many[1], changed(layer, IMAGES[:8], jax.random.split(KEY, 2)[1]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("mode", "axes"), [("horizontal", (2,)), ("vertical", (1,)), ("horizontal_and_vertical", (1, 2))])
def test_every_second_image_is_mirrored(mode, axes):
    output, mirrored = changed(RandomFlip(mode)), np.flip(IMAGES, axes)
    was = np.array([(own == other).all() for own, other in zip(output, mirrored, strict=True)])
    np.testing.assert_array_equal(output, np.where(was[:, None, None, None], mirrored, IMAGES))
    assert 16 < was.sum() < 48


def test_brightness_moves_all_of_an_image_by_one_number():
    moved = changed(RandomBrightness((-0.1, 0.4), (-10, 10))) - IMAGES
    steps = moved.mean((1, 2, 3))
    np.testing.assert_allclose(moved, np.broadcast_to(steps[:, None, None, None], moved.shape), atol=1e-5)
    assert -2 <= steps.min() < -1.5
    assert 7 < steps.max() <= 8


def test_contrast_scales_each_channel_about_its_mean():
    output = changed(RandomContrast(0.5, (-9, 9)))
    means = IMAGES.mean((1, 2), keepdims=True)
    scales = ((output - means) / (IMAGES - means)).reshape(64, -1)
    np.testing.assert_allclose(scales, np.broadcast_to(scales[:, :1], scales.shape), rtol=1e-2)
    assert 0.5 <= scales[:, 0].min() < 0.65
    assert 1.35 < scales[:, 0].max() <= 1.5


@pytest.mark.parametrize("layer", [RandomBrightness((1, 1), (0, 0.5)), RandomContrast((1, 1), (0.2, 0.5))])
def test_values_stay_in_their_range(layer):
    output = changed(layer)
    assert output.min() >= layer.value_range[0]
    assert output.max() <= layer.value_range[1]


def test_a_crop_is_a_part_of_its_image():
    x = np.arange(4 * 6.0, dtype=np.float32).reshape(1, 4, 6, 1).repeat(200, 0)
    output = changed(RandomCrop(3, 2), x)
    corners = output[:, 0, 0, 0].astype(int)
    for image, corner in zip(output, corners, strict=True):
        row, column = divmod(int(corner), 6)
        np.testing.assert_array_equal(image, x[0, row : row + 3, column : column + 2])
    assert set(corners) == {6 * row + column for row in range(2) for column in range(5)}
    np.testing.assert_array_equal(changed(RandomCrop(4, 6), x), x)
    assert changed(RandomCrop(8, 6), x).shape == (200, 8, 6, 1)


@pytest.mark.parametrize(
    "make", [lambda f: RandomBrightness((0.0, f)), lambda f: RandomRotation(f), lambda f: RandomZoom(0.0, f, fill_value=f)]
)
def test_one_program_for_every_range(make):
    before = run._cache_size()
    assert (changed(make(0.1)) != changed(make(0.4))).any()
    assert run._cache_size() <= before + 1
    many = jax.vmap(lambda factor: run(make(factor), IMAGES, KEY))(jnp.array([0.1, 0.4]))
    np.testing.assert_allclose(many[1], changed(make(0.4)), rtol=1e-5, atol=1e-5)


@cases
def test_as_plain_data_and_back(layer):
    assert type(layer).from_config(layer.get_config()) == layer


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: RandomFlip("both"), ArgumentError, "Unknown mode of RandomFlip 'both'"),
        (
            lambda: RandomBrightness(1.5),
            ArgumentError,
            "'factor' of RandomBrightness must be a number from -1 to 1, or a pair of them. Got 1.5",
        ),
        (lambda: RandomBrightness((0.1, 0.2, 0.3)), ArgumentError, "or a pair of them"),
        (lambda: RandomBrightness(None), ArgumentError, "or a pair of them. Got None"),
        (
            lambda: RandomBrightness(0.1, (1, 0)),
            ArgumentError,
            r"'value_range' of RandomBrightness must be two ascending numbers.* Got \(1, 0\)",
        ),
        (lambda: RandomContrast((-0.1, 0.2)), ArgumentError, "must be a number from 0 to 1"),
        (lambda: RandomContrast(0.1, 255), ArgumentError, "'value_range' of RandomContrast"),
        (lambda: RandomCrop(0, 1), ArgumentError, "'height' of RandomCrop must be a positive whole number"),
        (lambda: RandomFlip()(np.ones((2, 4, 4))), ShapeError, "Add an axis of one channel"),
        (lambda: RandomRotation(0.1, "mirror"), ArgumentError, "Unknown fill_mode of RandomRotation 'mirror'"),
        (
            lambda: RandomRotation(0.1, interpolation="bicubic"),
            ArgumentError,
            "Unknown interpolation of RandomRotation 'bicubic'",
        ),
        (lambda: RandomZoom(-1.0), ArgumentError, "'height_factor' of RandomZoom"),
        (lambda: RandomZoom(0.1, (-1.0, 0.2)), ArgumentError, "'width_factor' of RandomZoom"),
        (lambda: RandomTranslation(0.1, 1.2), ArgumentError, "'width_factor' of RandomTranslation must be a number from -1 to 1"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
