"""Muon: which arrays it updates itself, and that those updates are nearly orthogonal."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.optimizers import Adam, Muon

PARAMS = {
    "conv": {"kernel": jnp.ones((2, 2, 3, 4))},
    "dense": {"bias": jnp.ones(3), "kernel": jnp.ones((4, 3))},
    "Embedding_1": {"embeddings": jnp.ones((5, 3))},
    "output": {"kernel": jnp.ones((3, 2))},
}


@pytest.mark.parametrize(
    ("options", "own"),
    [
        ({}, {"dense/kernel", "output/kernel"}),
        ({"exclude_layers": ["output"]}, {"dense/kernel"}),
        ({"exclude_layers": ("^den.e/", "out")}, set()),
        ({"exclude_embeddings": False}, {"dense/kernel", "output/kernel", "Embedding_1/embeddings"}),
    ],
)
def test_which_arrays_are_updated_by_muon(options, own):
    moments = Muon(**options).init(PARAMS).moments
    found = {f"{a}/{b}" for a, layer in moments.items() for b, kept in layer.items() if "velocity" not in kept}
    assert found == own


@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (4, 4)])
def test_the_update_of_a_matrix_is_nearly_orthogonal(shape):
    w = jnp.asarray(np.random.default_rng(0).normal(size=shape), jnp.float32)
    updates, _ = Muon(0.1, weight_decay=None).update(10 * w, Muon().init(w))
    sizes = np.linalg.svd(updates, compute_uv=False) / (0.1 * 0.2 * np.sqrt(max(shape)))
    assert np.all((sizes > 0.6) & (sizes < 1.3))


def test_the_rest_is_updated_by_adam():
    gradients = jax.tree.map(lambda w: 0.5 * w, PARAMS)
    muon = Muon(0.1, weight_decay=0.5, adam_weight_decay=0.25, adam_lr_ratio=0.5)
    ours, _ = muon.update(gradients, muon.init(PARAMS), PARAMS)
    adam = Adam(0.05, weight_decay=0.5)  # half the rate, so twice the decay
    theirs, _ = adam.update(gradients, adam.init(PARAMS), PARAMS)
    for layer, name in (("dense", "bias"), ("conv", "kernel"), ("Embedding_1", "embeddings")):
        np.testing.assert_allclose(ours[layer][name], theirs[layer][name], rtol=1e-5)
    assert not np.allclose(ours["dense"]["kernel"], theirs["dense"]["kernel"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Muon(exclude_layers="output"), "a list of regular expressions, as .'output'.; got 'output'"),
        (lambda: Muon(exclude_layers=3), "got 3"),
        (lambda: Muon(exclude_layers=[3]), "a list of regular"),
        (lambda: Muon(exclude_layers=["(output"]), r"got \['\(output'\]"),
        (lambda: Muon(ns_steps=0), "ns_steps"),
        (lambda: Muon(momentum=1.0), "momentum"),
        (lambda: Muon(muon_a=float("nan")), r"muon_a in \(-inf, inf\); got nan"),
        (lambda: Muon().update(PARAMS, Muon().init(PARAMS)), "Muon needs the parameters"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
