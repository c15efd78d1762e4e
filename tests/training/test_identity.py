"""What a training is of, in words and digests."""

from pathlib import Path

import jax.numpy as jnp
import optax
import pytest

import leadline as ll
from leadline.callbacks import CSVLogger, LearningRateScheduler
from leadline.errors import ArgumentError
from leadline.training.identity import identity, refuse_another
from leadline.training.state import Examples

EXAMPLES = Examples(jnp.ones((2, 4)), jnp.ones(2), None)


def recipe(optimizer="adam", bias="zeros"):
    model = ll.Sequential([ll.Input((4,)), ll.layers.Dense(1, bias_initializer=bias)])
    model.compile(optimizer, "mse")
    return model.recipe()


def said(made, validation=None, callbacks=(), **settings):
    return identity(made, EXAMPLES, validation, settings, callbacks)


def test_it_is_the_same_in_every_process_and_code_counts_by_its_name():
    of = said(recipe(optax.adam(1e-3)), callbacks=[LearningRateScheduler(len)], seed=0)
    assert " at 0x" not in repr(of)
    assert of["callbacks"] == [{"class": "LearningRateScheduler", "schedule": "len"}]
    assert of["seed"] == 0


def test_who_only_watches_does_not_count():
    assert said(recipe(), callbacks=[CSVLogger("log.csv")]) == said(recipe())


def test_the_same_is_not_refused():
    refuse_another(said(recipe()), said(recipe()), Path("run"))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (said(recipe("sgd")), "optimizer.class was Adam, now SGD"),
        (said(recipe(bias="ones")), "bias_initializer.class was Zeros, now Ones"),
        (said(recipe(), batch_size=3), "run is of another training: batch_size was nothing, now 3. Give what it was begun with"),
        (said(recipe(), validation=EXAMPLES), "validation.X was nothing, now float32 2 × 4, sha256"),
    ],
)
def test_another_is_refused_with_the_difference(other, message):
    with pytest.raises(ArgumentError) as refused:
        refuse_another(said(recipe()), other, Path("run"))
    assert message in str(refused.value)
