"""Streams of random numbers: pure, named, independent."""

import itertools

import jax
import numpy as np
import pytest

from leadline import seeds

NAMES = ["weights", "order", "training", "subset", "eager layers", "eager call"]


def bits(seed, name):
    return tuple(np.asarray(jax.random.key_data(seeds.stream(seed, name))).tolist())


def test_every_seed_and_name_has_a_stream_of_its_own():
    streams = [bits(seed, name) for seed, name in itertools.product(range(50), NAMES)]
    assert len(set(streams)) == len(streams)


def test_a_stream_depends_on_seed_and_name_alone():
    first = bits(3, "weights")
    jax.random.normal(seeds.stream(4, "weights"), (5,))
    assert bits(3, "weights") == first


@pytest.mark.parametrize("name", NAMES)
def test_a_traced_seed_gives_the_same_stream(name):
    many = jax.vmap(lambda seed: jax.random.key_data(seeds.stream(seed, name)))(np.arange(4, dtype=np.uint32))
    assert [tuple(row) for row in np.asarray(many).tolist()] == [bits(seed, name) for seed in range(4)]


def test_every_seed_name_and_index_has_a_generator_of_its_own():
    draws = {
        (seed, name, index): seeds.generator(seed, name, index).integers(2**63)
        for seed, name, index in itertools.product(range(5), NAMES, range(5))
    }
    assert len(set(draws.values())) == len(draws)
    assert all(seeds.generator(*where).integers(2**63) == value for where, value in draws.items())


def test_draws_are_uniform():
    shares = np.bincount(seeds.generator(0, "order").integers(10, size=10_000), minlength=10) / 10_000
    assert np.abs(shares - 0.1).max() < 5 * np.sqrt(0.09 / 10_000)  # five standard errors
