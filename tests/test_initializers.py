"""Initializers: moments, limits, purity and seeds."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import initializers
from leadline.errors import ArgumentError

KEY = jax.random.key(3)
SHAPE = (3, 3, 40, 60)  # a convolution kernel: fans 360 and 540
# initializer, mean, variance, largest distance from the mean
CASES = [
    (initializers.Zeros(), 0, 0, 0),
    (initializers.Ones(), 1, 0, 0),
    (initializers.Constant(-2.5), -2.5, 0, 0),
    (initializers.RandomUniform(), 0, 0.1**2 / 12, 0.05),
    (initializers.RandomUniform(1.0, 4.0), 2.5, 3**2 / 12, 1.5),
    (initializers.RandomNormal(), 0, 0.05**2, np.inf),
    (initializers.RandomNormal(1.0, 2.0), 1, 4, np.inf),
    (initializers.TruncatedNormal(1.0, 2.0), 1, 4 * 0.87962566103423978**2, 4),
    (initializers.VarianceScaling(), 0, 1 / 360, 2 / 0.87962566 / 360**0.5),
    (initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal"), 0, 3 / 540, np.inf),
    (initializers.GlorotUniform(), 0, 1 / 450, (3 / 450) ** 0.5),
    (initializers.GlorotNormal(), 0, 1 / 450, 2 / 0.87962566 / 450**0.5),
    (initializers.HeUniform(), 0, 2 / 360, (6 / 360) ** 0.5),
    (initializers.HeNormal(), 0, 2 / 360, 2 / 0.87962566 * (2 / 360) ** 0.5),
    (initializers.LecunUniform(), 0, 1 / 360, (3 / 360) ** 0.5),
    (initializers.LecunNormal(), 0, 1 / 360, 2 / 0.87962566 / 360**0.5),
    (initializers.Orthogonal(), 0, 1 / 360, np.inf),
    (initializers.Orthogonal(3.0), 0, 9 / 360, np.inf),
]
RANDOM = [case[0] for case in CASES[3:]]


@pytest.mark.parametrize(("initializer", "mean", "variance", "limit"), CASES, ids=str)
def test_moments_and_limits(initializer, mean, variance, limit):
    values = np.asarray(initializer(KEY, SHAPE, jnp.float32), np.float64)
    size = values.size
    assert values.shape == SHAPE
    # Five standard errors of a mean and of a variance (its kurtosis is at most that of a normal, 3).
    assert abs(values.mean() - mean) <= 5 * (variance / size) ** 0.5
    assert abs(values.var() - variance) <= 5 * variance * (2 / size) ** 0.5
    assert abs(values - mean).max() <= limit * (1 + 1e-6)
    if variance and np.isfinite(limit):
        assert abs(values - mean).max() > 0.99 * limit


@pytest.mark.parametrize("initializer", RANDOM, ids=str)
def test_pure_and_led_by_the_key(initializer):
    draw = jax.jit(lambda key: initializer(key, (8, 4)))
    np.testing.assert_allclose(draw(KEY), initializer(KEY, (8, 4)), rtol=2e-6)
    assert (draw(KEY) != draw(jax.random.key(4))).any()


@pytest.mark.parametrize("initializer", RANDOM, ids=str)
def test_an_own_seed_alone_decides(initializer):
    seeded, other = initializer.replace(seed=1), initializer.replace(seed=2)
    np.testing.assert_array_equal(seeded(KEY, (8, 4)), seeded(jax.random.key(4), (8, 4)))
    assert (seeded(KEY, (8, 4)) != other(KEY, (8, 4))).any()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_dtype(case, dtype):
    assert case[0](KEY, (4, 2), dtype).dtype == dtype


@pytest.mark.parametrize("case", CASES, ids=str)
def test_default_dtype(case):
    assert case[0](KEY, (4, 2)).dtype == jnp.float32
    with jax.enable_x64(True):
        assert case[0](jax.random.key(0), (4, 2)).dtype == jnp.float64


def test_a_population_of_scales():
    scales = jnp.array([1.0, 4.0])
    weights = jax.vmap(lambda s: initializers.RandomNormal(0.0, s)(KEY, (5,)))(scales)
    np.testing.assert_allclose(weights[1], 4 * weights[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((), (1, 1)), ((5,), (5, 5)), ((4, 3), (4, 3)), ((3, 3, 8, 16), (72, 144)), ((0, 3), (0, 3))],
)
def test_fans(shape, expected):
    assert initializers.fans(shape) == expected


def test_a_kernel_without_inputs_is_empty():
    assert initializers.HeNormal()(KEY, (0, 3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.RandomUniform(1.0, 0.0), "minval ≤ maxval"),
        (lambda: initializers.RandomNormal(0.0, -1.0), "stddev of 0 or more; got -1.0"),
        (lambda: initializers.TruncatedNormal(0.0, np.float32(-1.0)), "0 or more"),
        (lambda: initializers.VarianceScaling(0.0), "above 0"),
        (lambda: initializers.VarianceScaling(mode="fan_on"), "Did you mean .*'fan_out'"),
        (lambda: initializers.VarianceScaling(distribution="normal"), "Unknown distribution"),
        (lambda: initializers.get("he_norma"), "Did you mean 'he_normal'"),
        (lambda: initializers.get(None), "got None of type NoneType"),
        (lambda: initializers.get(int), "must be a name"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("name", sorted(initializers.INITIALIZERS))
def test_every_name(name):
    made = initializers.get(name)
    assert type(made) is initializers.INITIALIZERS[name]
    assert initializers.get(type(made)) == made
    assert initializers.get(made) is made


def test_get_takes_a_function():
    def eye(key, shape, dtype):
        return jnp.eye(*shape, dtype=dtype)

    assert initializers.get(eye) is eye
