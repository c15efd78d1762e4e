"""What holds for every layer. A new layer is tested by a line in CASES."""

import functools
import json
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest

from leadline import config, layers
from leadline.constraints import MaxNorm
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.files.onnx.writing import write
from leadline.layers import (
    ELU,
    LAYERS,
    Activation,
    Add,
    AlphaDropout,
    Average,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    BatchNormalization,
    CategoryEncoding,
    CenterCrop,
    Concatenate,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    Conv3DTranspose,
    Cropping1D,
    Cropping2D,
    Cropping3D,
    Dense,
    DepthwiseConv1D,
    DepthwiseConv2D,
    Discretization,
    Dot,
    Dropout,
    Embedding,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    GroupNormalization,
    Input,
    LayerNormalization,
    LeakyReLU,
    LocallyConnected1D,
    LocallyConnected2D,
    Maximum,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    Minimum,
    Multiply,
    Normalization,
    Permute,
    PReLU,
    RandomBrightness,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    ReLU,
    RepeatVector,
    Rescaling,
    Reshape,
    Resizing,
    RMSNormalization,
    SeparableConv1D,
    SeparableConv2D,
    Softmax,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
    Subtract,
    UnitNormalization,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from leadline.layers.symbol import Symbol
from leadline.network import between

FIRST: Any = {"data_format": "channels_first"}


class Case(NamedTuple):
    """A layer, the shape of one example (shapes, where it takes many), one that it refuses, and how inputs are drawn."""

    layer: Any
    shape: Any
    unfit: Any = None  # None: it takes any
    below: int = 0  # inputs are whole numbers from 0 up to this; 0: normal ones


CASES = [
    Case(Dense(3), (4,), (5,)),
    Case(Dense(2, "sigmoid", bias_initializer="ones", kernel_regularizer="l2", bias_regularizer="l1"), (1,), ()),
    Case(Dense(2, "softmax", use_bias=False, kernel_constraint=MaxNorm(0.5), name="scores"), (2, 4), (2, 3)),
    Case(Activation("tanh"), (4,)),
    Case(Activation("softmax"), (2, 3)),
    Case(ELU(0.7), (4,)),
    Case(LeakyReLU(0.2), (4,)),
    Case(PReLU("ones", shared_axes=[1]), (2, 3), (2, 4)),
    Case(ReLU(max_value=2.0, negative_slope=0.1, threshold=0.3), (4,)),
    Case(Softmax(axis=1), (2, 3)),
    # merging
    Case(Add(), ((3,), (3,), (2, 3)), ((3,), (4,))),
    Case(Average(), ((3,), (3,)), ((3,), (4,))),
    Case(Concatenate(axis=1), ((2, 3), (1, 3)), ((2, 3), (2, 4))),
    Case(Dot(axes=(2, 1)), ((2, 3), (3, 2)), ((2, 3), (2, 3))),
    Case(Dot(axes=1, normalize=True), ((3,), (3,)), ((3,),)),
    Case(Maximum(), ((3,), (3,)), ((3,), (4,))),
    Case(Minimum(), ((3,), (3,)), ((3,), (4,))),
    Case(Multiply(), ((3,), (3,)), ((3,), (4,))),
    Case(Subtract(), ((3,), (3,)), ((3,), (3,), (3,))),
    # convolution
    Case(Conv1D(2, 2, padding="causal"), (4, 2), (4, 3)),
    Case(Conv2D(2, 2, strides=(2, 1), kernel_regularizer="l2"), (4, 3, 2), (4, 3, 1)),
    Case(Conv2D(2, 2, padding="same", groups=2, activation="tanh", **FIRST), (2, 3, 3), (4, 3, 3)),
    Case(Conv3D(2, 2), (2, 3, 2, 1), (3, 3, 2)),
    Case(Conv1DTranspose(2, 2, strides=2), (3, 2), (3, 3)),
    Case(Conv2DTranspose(2, 2, padding="same"), (2, 3, 2), (2, 3, 1)),
    Case(Conv3DTranspose(1, 2), (2, 2, 1, 1), (2, 2, 1, 2)),
    Case(DepthwiseConv1D(2), (4, 2), (4, 3)),
    Case(DepthwiseConv2D(2, depth_multiplier=2), (3, 3, 2), (3, 3, 3)),
    Case(SeparableConv1D(2, 2), (4, 2), (4, 3)),
    Case(SeparableConv2D(2, 2), (3, 3, 2), (3, 3, 3)),
    Case(LocallyConnected1D(2, 2), (4, 2), (5, 2)),
    Case(LocallyConnected2D(2, 2), (3, 3, 1), (3, 4, 1)),
    # pooling
    Case(AveragePooling1D(2), (4, 2), (4,)),
    Case(AveragePooling2D(2, padding="same"), (3, 3, 2), (3, 3)),
    Case(AveragePooling3D(2, strides=1), (2, 3, 2, 1), (2, 3, 2)),
    Case(GlobalAveragePooling1D(), (4, 2), (4,)),
    Case(GlobalAveragePooling2D(keepdims=True), (3, 2, 2), (3, 2)),
    Case(GlobalAveragePooling3D(), (2, 2, 2, 2), (2, 2, 2)),
    Case(GlobalMaxPooling1D(**FIRST), (2, 4), (4,)),
    Case(GlobalMaxPooling2D(), (3, 2, 2), (3, 2)),
    Case(GlobalMaxPooling3D(), (2, 2, 2, 2), (2, 2, 2)),
    Case(MaxPooling1D(), (4, 2), (1, 2)),
    Case(MaxPooling2D(3, strides=2, padding="same"), (4, 3, 2), (4, 3)),
    Case(MaxPooling3D(), (2, 2, 4, 1), (2, 2, 4)),
    # normalisation
    Case(BatchNormalization(), (3,), (4,)),
    Case(BatchNormalization(axis=1, momentum=0.5, gamma_regularizer="l2", beta_initializer="ones"), (2, 3), (3, 3)),
    Case(GroupNormalization(2), (3, 4), (3, 3)),
    Case(LayerNormalization(), (2, 4), (2, 5)),
    Case(Normalization(), (3,), (4,)),
    Case(Normalization(axis=None), (2, 3)),
    Case(Normalization(axis=(1, -1)), (2, 4, 3), (2, 4, 2)),
    Case(Normalization(mean=[1.0, 2.0], variance=[4.0, 1.0]), (2,), (3,)),
    Case(RMSNormalization(), (2, 4), (2, 5)),
    Case(UnitNormalization(axis=2), (2, 3), (3,)),
    # dropout and noise
    Case(AlphaDropout(0.5), (6,)),
    Case(Dropout(0.5), (6,)),
    Case(GaussianDropout(0.3), (4,)),
    Case(GaussianNoise(0.5), (4,)),
    Case(SpatialDropout1D(0.5), (2, 5), (5,)),
    Case(SpatialDropout2D(0.5), (2, 2, 5), (2, 5)),
    Case(SpatialDropout3D(0.5), (1, 2, 2, 5), (2, 2, 5)),
    # shapes
    Case(Cropping1D(1), (4, 2), (2, 2)),
    Case(Cropping2D(((1, 0), (0, 1))), (3, 3, 2), (1, 3, 2)),
    Case(Cropping3D(1), (3, 4, 3, 1), (3, 4, 3)),
    Case(Flatten(), (2, 3)),
    Case(Permute((2, 1)), (2, 3), (2,)),
    Case(RepeatVector(2), (3,), (3, 1)),
    Case(Reshape((3, -1)), (2, 3), (4,)),
    Case(UpSampling1D(2), (3, 2), (3,)),
    Case(UpSampling2D((2, 3), interpolation="bilinear"), (2, 3, 1), (2, 3)),
    Case(UpSampling3D(2), (1, 2, 2, 1), (1, 2, 2)),
    Case(ZeroPadding1D((1, 2)), (3, 2), (3,)),
    Case(ZeroPadding2D(1), (2, 2, 2), (2, 2)),
    Case(ZeroPadding3D(1), (1, 2, 1, 2), (1, 2, 1)),
    # images
    Case(CenterCrop(2, 3), (4, 4, 2), (4, 4)),
    Case(Resizing(3, 5), (4, 4, 1), (4, 4)),
    Case(RandomBrightness(0.3, value_range=(-5.0, 5.0)), (3, 3, 2), (3, 3)),
    Case(RandomContrast(0.3, value_range=(-5.0, 5.0)), (3, 3, 2), (3, 3)),
    Case(RandomCrop(2, 2), (4, 4, 2), (4, 4)),
    Case(RandomFlip(), (3, 3, 2), (3, 3)),
    Case(RandomRotation(0.2), (4, 4, 1), (4, 4)),
    Case(RandomTranslation(0.3, 0.3), (4, 4, 1), (4, 4)),
    Case(RandomZoom(0.3), (4, 4, 1), (4, 4)),
    # categories
    Case(CategoryEncoding(4), (3,), (2, 3), below=4),
    Case(CategoryEncoding(4, "one_hot"), (2, 1), below=4),
    Case(Discretization([-0.5, 0.5]), (3,)),
    Case(Discretization([-0.5, 0.5], output_mode="count"), (3,), (2, 3)),
    Case(Embedding(5, 3), (2,), below=5),
    Case(Rescaling([2.0, 3.0], offset=-1.0), (2,), (3,)),
]
NOT_DIFFERENTIABLE = {
    CategoryEncoding: "reads and counts whole numbers",
    Discretization: "gives the numbers of bins, which are constant between their boundaries",
}
KINDS = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
BATCH, STEP, KEY, OTHER_KEY = 3, 1e-5, jax.random.key(5), jax.random.key(6)
NUMBERS = range(len(CASES))
each = pytest.mark.parametrize("number", NUMBERS, ids=[f"{type(case.layer).__name__}-{i}" for i, case in enumerate(CASES)])


def of_kind(holds):
    """The cases for which something holds, by number and name."""
    chosen = [number for number in NUMBERS if holds(CASES[number])]
    return pytest.mark.parametrize("number", chosen, ids=[f"{type(CASES[number].layer).__name__}-{number}" for number in chosen])


def batch(case, rows=BATCH, dtype=np.float32):
    """Inputs, a tuple of them where the layer takes many."""
    draws = np.random.default_rng(1)
    draw = lambda shape: (  # noqa: E731
        draws.integers(0, case.below, (rows, *shape)).astype(np.int32)
        if case.below
        else draws.normal(size=(rows, *shape)).astype(dtype)
    )
    return tuple(map(draw, case.shape)) if case.layer.takes_many else draw(case.shape)


def inputs(case, shape=None):
    """Symbols in place of a batch."""
    shape = case.shape if shape is None else shape
    return [Input(one) for one in shape] if case.layer.takes_many else Input(shape)


def arrays(case):
    """Its params and state."""
    return case.layer.init(KEY, case.shape)


def dtypes_of(tree):
    return {leaf.dtype.name for leaf in jax.tree.leaves(tree)}


def close(one, other, tolerance=2e-6):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance / 10)


class Outputs(NamedTuple):
    """What one compiled program gives, so that many assertions cost one compilation."""

    plain: Any  # outside training
    alone: Any  # likewise, one example at a time
    population: Any  # in training, of two members at once
    members: Any  # likewise, one after the other


@functools.cache
def program(number):
    """The outputs of a case for a batch and a key, compiled."""
    layer, (params, state) = CASES[number].layer, arrays(CASES[number])
    others = jax.tree.map(lambda array: 1.5 * array, params)
    population = jax.tree.map(lambda *members: jnp.stack(members), params, others)

    @jax.jit
    def compiled(layer, population, state, x, key):
        first = jax.tree.map(lambda array: array[0], population)
        run = lambda x: layer.run(first, state, x)[0]  # noqa: E731
        train = lambda member: layer.run(member[0], state, x, training=True, key=member[1])[0]  # noqa: E731
        members = population, jnp.stack([key, jax.random.fold_in(key, 1)])
        alone = jax.lax.map(lambda row: run(jax.tree.map(lambda array: array[None], row))[0], x)
        return Outputs(run(x), alone, jax.vmap(train)(members), jax.lax.map(train, members))

    return functools.partial(compiled, layer, population, state)


@functools.cache
def outputs(number, key=5, order=(0, 1, 2)):
    """What a case gives for its batch, with a key, the examples in some order."""
    x = jax.tree.map(lambda array: array[np.array(order)], batch(CASES[number]))
    return Outputs(*map(np.asarray, program(number)(x, jax.random.key(key))))


def test_every_layer_is_listed():
    assert {type(case.layer).__name__ for case in CASES} == set(LAYERS)


# --- shapes and dtypes --------------------------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("training", [False, True])
def test_shape_and_dtype_are_what_is_said_and_the_state_keeps_its_structure(number, training):
    case = CASES[number]
    params, state = arrays(case)
    run = lambda layer, key, x: layer.run(params, state, x, training=training, key=key)  # noqa: E731
    output, after = jax.eval_shape(run, case.layer, KEY, batch(case))
    symbol = case.layer(inputs(case))
    assert output.shape == (BATCH, *case.layer.output_shape(case.shape))
    assert output.dtype == (jnp.int32 if getattr(case.layer, "output_mode", "") == "int" else jnp.float32)
    assert isinstance(symbol, Symbol)
    assert symbol.shape == output.shape[1:]
    assert jax.tree.map(lambda array: (array.shape, array.dtype), state) == jax.tree.map(lambda a: (a.shape, a.dtype), after)
    assert not set(params) & set(state)
    assert {*params, *state} <= set(case.layer.weight_names)


@each
@pytest.mark.parametrize(
    ("policy", "given", "kept", "computed"),
    [("float64", "float64", "float64", "float64"), ("mixed_bfloat16", "float32", "float32", "bfloat16")],
)
def test_policies_of_precision(number, policy, given, kept, computed):
    case = CASES[number]
    with jax.enable_x64(policy == "float64"):
        layer = layers.get({"class_name": type(case.layer).__name__, "config": {**case.layer.get_config(), "dtype": policy}})
        params, state = layer.init(jax.random.key(5), case.shape)

        def run(key, x):
            return layer.run(params, state, x, training=True, key=key)

        output, after = jax.eval_shape(run, jax.random.key(6), batch(case, dtype=given))
        assert dtypes_of((params, state)) <= {kept}
        assert dtypes_of(after) == dtypes_of(state)
        assert dtypes_of(output) in ({computed}, {"int32"}, {"int64"})
        assert jnp.issubdtype(output.dtype, jnp.integer) == (getattr(layer, "output_mode", "") == "int")


@each
def test_double_precision_is_the_usual_one_where_it_is_allowed(number):
    case = CASES[number]
    with jax.enable_x64(True):
        params, state = case.layer.init(jax.random.key(5), case.shape)
        run = lambda x: case.layer.run(params, state, x)[0]  # noqa: E731
        output = jax.eval_shape(run, batch(case, dtype=np.float64))
        assert dtypes_of((params, state)) <= {"float64"}
        assert jnp.issubdtype(output.dtype, jnp.integer) or output.dtype == jnp.float64


# --- numbers ------------------------------------------------------------------------------------------------------------------


@each
def test_compiled_is_eager(number):
    case = CASES[number]
    close(outputs(number).plain, case.layer.run(*arrays(case), jax.tree.map(jnp.asarray, batch(case)))[0])


@each
def test_a_population_is_a_loop(number):
    close(outputs(number).population, outputs(number).members)


@each
def test_examples_know_nothing_of_each_other_outside_training(number):
    made = outputs(number)
    close(outputs(number, order=(2, 0, 1)).plain, made.plain[[2, 0, 1]])
    close(made.alone, made.plain)


@each
def test_onnx_runtime_gives_the_same_outside_training(number, tmp_path):
    """Each layer has a writer, or this fails; `onnx.checker` looks at the file as it is written."""
    case, made = CASES[number], outputs(number).plain
    symbols = inputs(case)
    params, state = arrays(case)
    network = between(symbols, case.layer(symbols))
    held = network.holding({network.names[0]: {**params, **state}})
    write(held, tmp_path / "layer.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "layer.onnx")
    given = batch(case) if case.layer.takes_many else (batch(case),)
    for rows in (BATCH, 1):
        feed = {port.name: x[:rows].astype(KINDS[port.type]) for port, x in zip(session.get_inputs(), given, strict=True)}
        (output,) = session.run(None, feed)
        assert output.dtype == made.dtype
        assert np.abs(output - made[:rows]).max() <= 1e-5


@of_kind(lambda case: case.layer.is_random)
def test_a_random_layer_draws_in_training_alone_and_by_its_key(number):
    case, made, other = CASES[number], outputs(number), outputs(number, key=6)
    assert made.members[0].shape == made.plain.shape
    assert (made.members[0] != other.members[0]).any()
    assert (made.members[0] != made.members[1]).any()
    np.testing.assert_array_equal(made.plain, other.plain)
    np.testing.assert_array_equal(made.members, outputs.__wrapped__(number).members)
    with pytest.raises(ArgumentError, match=f"Layer {type(case.layer).__name__} draws random numbers .* no key. Pass key="):
        case.layer.run(*arrays(case), batch(case), training=True)


@of_kind(lambda case: not case.layer.is_random)
def test_another_layer_draws_nothing(number):
    made = outputs(number)
    np.testing.assert_array_equal(made.members, outputs(number, key=6).members)
    if not CASES[number].layer.mixes_examples:
        close(made.members[0], made.plain)


def dot(one, other):
    return sum(jnp.vdot(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))


def slopes(function, point, direction):
    """A function of arrays along a direction: its values, and the first and second slopes in forward and reverse mode.

    As `jax.test_util.check_grads` to second order, in one program instead of eleven. All at −ε, 0 and ε: `(7, 3)`.
    """
    along = lambda at: jax.tree.map(lambda array, step: array + at * step, point, direction)  # noqa: E731
    forward = lambda x: jax.jvp(function, (x,), (direction,))[1]  # noqa: E731
    reverse = lambda x: dot(jax.grad(function)(x), direction)  # noqa: E731

    def at(size):
        x = along(size)
        second = [jax.jvp(first, (x,), (direction,)) for first in (forward, reverse)]
        back = [dot(jax.grad(first)(x), direction) for first in (forward, reverse)]
        return function(x), second[0][0], second[1][0], second[0][1], second[1][1], *back

    return jnp.stack(jax.lax.map(at, jnp.array([-STEP, 0.0, STEP])))


@of_kind(lambda case: type(case.layer) not in NOT_DIFFERENTIABLE)
def test_gradients_of_first_and_second_order(number):
    case, draws = CASES[number], np.random.default_rng(2)
    like = lambda tree: jax.tree.map(lambda array: jnp.asarray(draws.normal(size=array.shape)), tree)  # noqa: E731
    with jax.enable_x64(True):
        key = jax.random.key(6, impl="rbg")  # its numbers compile faster
        params, state = case.layer.init(jax.random.key(5), case.shape)
        x = jax.tree.map(jnp.asarray, batch(case, rows=2, dtype=np.float64))

        def run(params, x):
            output, _ = case.layer.run(params, state, x, training=True, key=key)
            return output, case.layer.penalty(params)

        shares = like(jax.eval_shape(run, params, x))
        point = (params,) if case.below else (params, x)
        function = lambda point: dot(shares, run(*(point if len(point) == 2 else (*point, x))))  # noqa: E731
        value, forward, reverse, *second = jax.jit(functools.partial(slopes, function))(point, like(point))
        scale = 1e-6 * (1 + abs(forward).max() + abs(second[0]).max())
        for first in (forward, reverse):
            np.testing.assert_allclose(first[1], (value[2] - value[0]) / (2 * STEP), rtol=1e-5, atol=scale)
        for slope in second:
            np.testing.assert_allclose(slope[1], (forward[2] - forward[0]) / (2 * STEP), rtol=1e-5, atol=scale)
        assert forward[1] != 0


# --- description --------------------------------------------------------------------------------------------------------------


@each
def test_config_is_plain_data_and_makes_an_equal_layer(number):
    layer = CASES[number].layer
    again = layers.get(json.loads(json.dumps(config.described(layer))))
    assert again == layer
    assert type(again) is type(layer)
    assert jax.tree.structure(again) == jax.tree.structure(layer)
    assert hash(jax.tree.structure(layer)) == hash(jax.tree.structure(again))


@each
def test_round_trip_as_a_pytree(number):
    layer = CASES[number].layer
    leaves, structure = jax.tree.flatten(layer)
    assert jax.tree.unflatten(structure, leaves) == layer
    assert jax.tree.structure(jax.tree.map(lambda leaf: leaf / 2, layer)) == structure


# --- weights ------------------------------------------------------------------------------------------------------------------


@each
def test_weights_out_and_in(number):
    case = CASES[number]
    fresh, other = case.layer.replace(), case.layer.replace()
    with pytest.raises(NotBuiltError, match="no weights yet. Call it on a batch"):
        fresh.get_weights()
    fresh.build(case.shape, KEY)
    other.build(case.shape, OTHER_KEY)
    weights = fresh.get_weights()
    assert len(weights) == len({**fresh.weights.params, **fresh.weights.state})
    changed = [array + 1 for array in weights]
    other.set_weights(changed)
    for own, theirs in zip(changed, other.get_weights(), strict=True):
        np.testing.assert_array_equal(own, theirs)
    for array in weights:
        array += 1  # a copy: the layer does not notice
    for own, theirs in zip(fresh.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(own + 1, theirs)


@each
def test_weights_that_do_not_fit_are_refused_and_change_nothing(number):
    case = CASES[number]
    fresh = case.layer.replace()
    fresh.build(case.shape, KEY)
    before = fresh.get_weights()
    with pytest.raises(ArgumentError, match=f"Layer {fresh.label} has {len(before)} arrays .* and got {len(before) + 1}"):
        fresh.set_weights([*before, np.zeros(1)])
    if before:
        with pytest.raises(ShapeError, match=rf"of layer {fresh.label} has shape .*, and the new array has \(7, 7, 7, 7, 7, 7\)"):
            fresh.set_weights([*(array + 1 for array in before[:-1]), np.zeros((7,) * 6)])
    for own, old in zip(fresh.get_weights(), before, strict=True):
        np.testing.assert_array_equal(own, old)


@of_kind(lambda case: case.unfit is not None)
def test_built_for_one_shape_and_called_with_another(number):
    case = CASES[number]
    fresh = case.layer.replace()
    fresh.build(case.shape, KEY)
    with pytest.raises(ShapeError, match=f"Layer {fresh.label} "):
        fresh.build(case.unfit)
    if case.unfit != ():
        zeros = jax.tree.map(lambda size: np.zeros((2, *size)), case.unfit, is_leaf=lambda one: isinstance(one[0], int))
        with pytest.raises(ShapeError, match=f"Layer {fresh.label} "):
            fresh(zeros)


@of_kind(lambda case: case.unfit is None)
def test_a_layer_for_any_shape_takes_another_one(number):
    layer = CASES[number].layer
    arrays = layer.init(KEY, (3, 4))
    given = np.ones((2, 3, 4), np.int32 if CASES[number].below else np.float32)
    output, _ = jax.eval_shape(lambda x: layer.run(*arrays, x), given)
    assert output.shape == (2, *layer.output_shape((3, 4)))


@each
def test_frozen(number):
    case = CASES[number]
    symbols = inputs(case)
    free, frozen = (between(symbols, case.layer.with_trainable(trainable)(symbols)) for trainable in (True, False))
    (params, state), (none, kept) = (jax.eval_shape(network.init, KEY) for network in (free, frozen))
    assert none == {}
    name = free.names[0]
    assert kept.get(name, {}) == {**params.get(name, {}), **state.get(name, {})}
    apply = lambda state, x: frozen.apply({}, state, x, training=True, key=KEY)  # noqa: E731
    assert jax.eval_shape(apply, kept, batch(case))[1] == kept
