"""Every optimizer against Keras on its JAX backend, 20 updates with the same gradients, setting by setting."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from leadline import optimizers, schedules
from leadline.errors import ArgumentError

RANDOM = np.random.default_rng(5)
SHAPES = {"bias": (3,), "embedding_table": (2, 5), "filters": (2, 3, 4), "kernel": (4, 3), "scale": ()}
START = {name: RANDOM.choice([-1, 1], shape) * RANDOM.uniform(1, 2, shape) for name, shape in SHAPES.items()}
STEPS = 20
# A gradient that turns, with noise of its own size at every step.
GRADIENTS = [
    {name: np.cos(t / 6) * (1 + START[name]) + RANDOM.normal(size=shape) for name, shape in SHAPES.items()} for t in range(STEPS)
]
ARRAYWISE = ("Adafactor", "Lamb", "Muon")
"""To these an array's shape matters; to the others three arrays are as good as all."""
DECAY = "a schedule"

CASES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"momentum": 0.5, "learning_rate": DECAY}),
    ("SGD", {"weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "weight_decay": 0.1, "learning_rate": DECAY}),
    ("SGD", {"clipnorm": 0.5}),
    ("SGD", {"clipnorm": 100.0}),
    ("SGD", {"clipvalue": 0.25}),
    ("SGD", {"global_clipnorm": 1.0}),
    ("SGD", {"global_clipnorm": 1000.0}),
    ("SGD", {"use_ema": True}),
    ("SGD", {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 1}),
    ("SGD", {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 4, "momentum": 0.9}),
    ("SGD", {"gradient_accumulation_steps": 2}),
    ("SGD", {"gradient_accumulation_steps": 3, "momentum": 0.9, "learning_rate": DECAY}),
    ("SGD", {"gradient_accumulation_steps": 3, "clipnorm": 0.5}),
    ("SGD", {"gradient_accumulation_steps": 2, "weight_decay": 0.1, "global_clipnorm": 1.0}),
    ("SGD", {"gradient_accumulation_steps": 3, "use_ema": True, "ema_momentum": 0.8}),
    ("SGD", {"gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3}),
    ("Lion", {}),
    ("Lion", {"beta_1": 0.7, "beta_2": 0.8, "weight_decay": 0.1}),
    ("Lion", {"learning_rate": DECAY, "clipvalue": 0.5}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.8}),
    ("RMSprop", {"rho": 0.7, "centered": True}),
    ("RMSprop", {"rho": 0.7, "centered": True, "momentum": 0.5, "epsilon": 1e-3}),
    ("RMSprop", {"weight_decay": 0.05, "learning_rate": DECAY}),
    ("RMSprop", {"gradient_accumulation_steps": 2, "clipnorm": 1.0}),
    ("Adagrad", {}),
    ("Adagrad", {"initial_accumulator_value": 2.0, "epsilon": 0.1}),
    ("Adagrad", {"weight_decay": 0.1, "clipnorm": 1.0, "learning_rate": DECAY}),
    ("Adagrad", {"gradient_accumulation_steps": 3, "use_ema": True}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adadelta", {"rho": 0.5, "epsilon": 1e-2}),
    ("Adadelta", {"weight_decay": 0.1, "global_clipnorm": 2.0, "learning_rate": DECAY}),
    ("Ftrl", {}),
    ("Ftrl", {"learning_rate_power": -0.8, "initial_accumulator_value": 1.0}),
    ("Ftrl", {"learning_rate_power": 0.0}),
    ("Ftrl", {"l1_regularization_strength": 3.0}),
    ("Ftrl", {"l2_regularization_strength": 0.5, "l2_shrinkage_regularization_strength": 0.1, "beta": 0.3}),
    ("Ftrl", {"weight_decay": 0.1, "clipvalue": 0.5, "learning_rate": DECAY}),
    ("Ftrl", {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2}),
    ("Adam", {}),
    ("Adam", {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4}),
    ("Adam", {"amsgrad": True, "beta_2": 0.6}),
    ("Adam", {"learning_rate": DECAY, "weight_decay": 0.1}),
    ("Adam", {"clipnorm": 0.5}),
    ("Adam", {"clipvalue": 0.25, "amsgrad": True}),
    ("Adam", {"global_clipnorm": 1.0}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.9}),
    ("Adam", {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 5}),
    ("Adam", {"gradient_accumulation_steps": 2}),
    ("Adam", {"gradient_accumulation_steps": 3, "learning_rate": DECAY, "weight_decay": 0.1, "use_ema": True}),
    ("AdamW", {}),
    ("AdamW", {"weight_decay": 0.3, "amsgrad": True, "learning_rate": DECAY}),
    ("AdamW", {"gradient_accumulation_steps": 3, "global_clipnorm": 1.0}),
    ("Adamax", {}),
    ("Adamax", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.1}),
    ("Adamax", {"weight_decay": 0.1, "clipnorm": 1.0, "learning_rate": DECAY}),
    ("Adamax", {"gradient_accumulation_steps": 3}),
    ("Nadam", {}),
    ("Nadam", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.1}),
    ("Nadam", {"weight_decay": 0.1, "clipvalue": 0.5, "learning_rate": DECAY}),
    ("Nadam", {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 3}),
    ("ScheduleFreeAdamW", {}),
    ("ScheduleFreeAdamW", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3, "warmup_steps": 6}),
    ("ScheduleFreeAdamW", {"weight_decay": 0.1, "learning_rate": DECAY}),
    ("ScheduleFreeAdamW", {"gradient_accumulation_steps": 2, "warmup_steps": 4}),
    ("Lamb", {}),
    ("Lamb", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.1}),
    ("Lamb", {"weight_decay": 0.1, "clipnorm": 1.0, "learning_rate": DECAY}),
    ("Lamb", {"gradient_accumulation_steps": 3, "use_ema": True, "ema_momentum": 0.5}),
    ("Adafactor", {}),
    ("Adafactor", {"learning_rate": 0.5, "relative_step": False}),
    ("Adafactor", {"beta_2_decay": -0.5, "epsilon_1": 1e-2, "epsilon_2": 3.0, "clip_threshold": 0.7}),
    ("Adafactor", {"weight_decay": 0.1, "clipnorm": 1.0, "learning_rate": DECAY}),
    ("Adafactor", {"gradient_accumulation_steps": 2}),
    ("Muon", {}),
    ("Muon", {"nesterov": False, "momentum": 0.8, "ns_steps": 3, "rms_rate": None}),
    ("Muon", {"exclude_layers": ["kern"], "exclude_embeddings": False, "adam_lr_ratio": 0.5}),
    ("Muon", {"weight_decay": 0.1, "adam_weight_decay": 0.2, "clipnorm": 1.0, "learning_rate": DECAY}),
    ("Muon", {"weight_decay": None, "adam_weight_decay": None, "adam_beta_1": 0.7, "adam_beta_2": 0.8, "epsilon": 0.1}),
    ("Muon", {"gradient_accumulation_steps": 2, "use_ema": True}),
]
IN_DOUBLE_PRECISION = [
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.125, "clipnorm": 0.5}),
    ("SGD", {"gradient_accumulation_steps": 2, "global_clipnorm": 1.0}),
    ("SGD", {"gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3}),
    ("Lion", {}),
    ("RMSprop", {"rho": 0.7, "centered": True, "momentum": 0.5}),
    ("Adagrad", {"clipvalue": 0.3}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Ftrl", {"learning_rate_power": -0.8, "l1_regularization_strength": 0.5, "beta": 0.3}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "use_ema": True, "ema_momentum": 0.9}),
    ("AdamW", {"weight_decay": 0.3}),
    ("Adamax", {}),
    ("Nadam", {}),
    ("ScheduleFreeAdamW", {"warmup_steps": 6}),
    ("Lamb", {"weight_decay": 0.1}),
    ("Adafactor", {}),
    ("Muon", {}),
]
ROUNDED_BY_KERAS = {"Adafactor": 1e-6, "Muon": 1e-6}
"""What takes means or norms with keras.ops, which work in single precision whatever they are given."""


def pair(name, options):
    """Ours and Keras's; the rate is one that single precision holds exactly, as Keras keeps it there."""
    options = {"learning_rate": 0.0625} | options
    made = []
    for module, decay in ((optimizers, schedules), (keras.optimizers, keras.optimizers.schedules)):
        rate = decay.ExponentialDecay(0.0625, 7, 0.75) if options["learning_rate"] == DECAY else options["learning_rate"]
        made.append(getattr(module, name)(**options | {"learning_rate": rate}))
    return made


def of_keras(optimizer, start, gradients):
    """The parameters after each update, and those that remain in the end."""
    variables = [keras.Variable(array, dtype=array.dtype, name=name) for name, array in start.items()]
    optimizer.build(variables)

    def body(carry, gradients):
        params, state = optimizer.stateless_apply(carry[1], list(gradients.values()), carry[0])
        return (params, state), params

    values = tuple([variable.value for variable in some] for some in (variables, optimizer.variables))
    (params, state), path = jax.jit(lambda *of: jax.lax.scan(body, *of))(values, gradients)
    for variable, value in zip(variables + optimizer.variables, params + state, strict=True):
        variable.assign(value)
    optimizer.finalize_variable_values(variables)
    return dict(zip(start, path, strict=True)), {name: one.value for name, one in zip(start, variables, strict=True)}


@jax.jit
def of_ours(optimizer, start, gradients):
    """The same of ours, the optimizer's numbers traced as in training."""

    def body(carry, gradients):
        params, state = carry
        updates, state = optimizer.update(gradients, state, params)
        params = jax.tree.map(jnp.add, params, updates)
        return (params, state), params

    (params, state), path = jax.lax.scan(body, (start, optimizer.init(start)), gradients)
    return path, optimizer.finalize(state, params)


def assert_equal(name, options, dtype, tolerance):
    ours, theirs = pair(name, options)
    names = SHAPES if name in ARRAYWISE else ("bias", "kernel", "scale")  # in the order of a pytree
    start = {name: jnp.asarray(START[name], dtype) for name in names}
    gradients = {name: jnp.stack([jnp.asarray(one[name], dtype) for one in GRADIENTS]) for name in names}
    reached = of_ours(jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.zeros(()).dtype), ours), start, gradients)
    for mine, other in zip(reached, of_keras(theirs, start, gradients), strict=True):
        for name in names:
            assert mine[name].dtype == other[name].dtype == dtype
            np.testing.assert_allclose(mine[name], other[name], rtol=tolerance, atol=tolerance / 4, err_msg=name)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_every_update_is_that_of_keras(name, options):
    assert_equal(name, options, "float32", 1e-5)


@pytest.mark.parametrize(("name", "options"), IN_DOUBLE_PRECISION, ids=str)
def test_in_double_precision(name, options):
    with jax.enable_x64(True):
        assert_equal(name, options, "float64", ROUNDED_BY_KERAS.get(name, 1e-10))


def test_every_optimizer_and_every_common_argument_is_compared():
    assert {name for name, _ in CASES} == {kind.__name__ for kind in optimizers.OPTIMIZERS.values()}
    common = {"weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "ema_momentum", "ema_overwrite_frequency"}
    assert common | {"gradient_accumulation_steps"} <= {argument for _, options in CASES for argument in options}


@pytest.mark.parametrize("kind", sorted({kind.__name__ for kind in optimizers.OPTIMIZERS.values()}))
def test_arguments_and_defaults(kind):
    ours, theirs = (inspect.signature(getattr(module, kind)).parameters for module in (optimizers, keras.optimizers))
    assert set(theirs) - set(ours) == {"loss_scale_factor", "kwargs"}
    assert {name: one.default for name, one in ours.items()} == {name: theirs[name].default for name in ours}
    positional = [name for name, one in ours.items() if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert positional == [name for name in theirs if name in positional]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"gradient_accumulation_steps": 1}),
        ("Adam", {"clipnorm": 1.0, "clipvalue": 1.0}),
        ("Adam", {"clipvalue": 1.0, "global_clipnorm": 1.0}),
        ("Adam", {"use_ema": True, "ema_momentum": 1.5}),
        ("Adam", {"use_ema": True, "ema_overwrite_frequency": 0.5}),
        ("AdamW", {"weight_decay": None}),
        ("Lion", {"beta_1": 0.0}),
        ("SGD", {"momentum": -0.5}),
        ("Ftrl", {"learning_rate_power": 0.5}),
        ("Ftrl", {"initial_accumulator_value": -1.0}),
        ("Ftrl", {"l1_regularization_strength": -1.0}),
        ("Ftrl", {"l2_regularization_strength": -1.0}),
        ("Ftrl", {"l2_shrinkage_regularization_strength": -1.0}),
    ],
)
def test_what_keras_refuses_is_refused(name, options):
    with pytest.raises(ValueError):
        getattr(keras.optimizers, name)(**options)
    with pytest.raises(ArgumentError):
        getattr(optimizers, name)(**options)
