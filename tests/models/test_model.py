"""The model: what fit, evaluate and predict promise together, and every bad input they meet."""

import json
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import leadline as ll
from leadline import callbacks, layers, losses, metrics, optimizers, regularizers
from leadline.errors import ArgumentError, DataError, NonFiniteError, NotBuiltError, ShapeError
from leadline.training.program import run_epochs

RNG = np.random.default_rng(0)
ROWS = 11
X = RNG.normal(size=(ROWS, 3)).astype(np.float32)
BITS = (X[:, 0] > 0).astype(int)
CLASSES = np.arange(ROWS) % 3
NUMBERS = X @ np.array([1.0, -2.0, 0.5]) + 3


def network(units=1, activation=None, strength=0.01, rate=0.2, **options):
    stack = [layers.Dense(4, "tanh", kernel_regularizer=regularizers.L2(strength)), layers.Dropout(rate)]
    return ll.Sequential([ll.Input((3,)), *stack, layers.Dense(units, activation)], **options)


def binary(optimizer=None, measured=("accuracy",), **options):
    model = network(1, "sigmoid", **options)
    model.compile(optimizer or optimizers.Adam(0.05), "bce", metrics=list(measured))
    return model


def fitted(model, x=X, y=BITS, batch_size=4, epochs=2, verbose=0, **options):
    return model.fit(x, y, batch_size=batch_size, epochs=epochs, verbose=verbose, **options).history


def same(first, second):
    for own, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(own, other)


# --- the history ------------------------------------------------------------------------------------------------------------


def test_the_loss_is_cost_and_penalty():
    model = binary()
    history = fitted(model, epochs=3, validation_data=(X, BITS))
    names = ("cost", "penalty", "loss", "accuracy")
    assert set(history) == {*names, *(f"val_{name}" for name in names)}
    for before in ("", "val_"):
        total = np.add(history[f"{before}cost"], history[f"{before}penalty"])
        np.testing.assert_allclose(history[f"{before}loss"], total, rtol=1e-6)
    kernel = model.get_weights()[0]
    assert history["val_penalty"][-1] == pytest.approx(0.01 * (kernel**2).sum(), rel=1e-6)


def test_validation_is_what_evaluate_says_at_the_end():
    model, weights = binary(), RNG.uniform(0.5, 2, ROWS)
    history = fitted(model, epochs=3, validation_data=(X, BITS, weights))
    for name, value in model.evaluate(X, BITS, sample_weight=weights, return_dict=True).items():
        assert history[f"val_{name}"][-1] == pytest.approx(value, rel=1e-5)


def test_validation_split_is_the_last_rows_and_changes_nothing_in_the_training():
    first, second, third = binary(), binary(), binary()
    split = fitted(first, validation_split=0.3)
    given = fitted(second, X[:7], BITS[:7], validation_data=(X[7:], BITS[7:]))
    without = fitted(third, X[:7], BITS[:7])
    assert split == given
    same(first.get_weights(), second.get_weights())
    same(first.get_weights(), third.get_weights())
    assert without.items() <= given.items()


# --- evaluate and predict ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 4, None])
def test_evaluation_is_of_all_examples_whatever_the_batch(batch_size):
    model = binary(measured=["accuracy", metrics.AUC()])
    outputs = model.predict(X)
    expected = [float(losses.BinaryCrossentropy()(BITS, outputs)), np.mean((outputs[:, 0] > 0.5) == BITS)]
    loss, accuracy, auc = model.evaluate(X, BITS, batch_size=batch_size)
    penalty = 0.01 * (model.get_weights()[0] ** 2).sum()
    assert [loss, accuracy] == pytest.approx([expected[0] + penalty, expected[1]], rel=1e-5)
    assert auc == pytest.approx(float(metrics.AUC()(BITS, outputs)), rel=1e-5)


def test_evaluation_as_list_number_and_dictionary():
    model = binary()
    measured = model.evaluate(X, BITS, return_dict=True)
    assert set(measured) == {"cost", "penalty", "loss", "accuracy"}
    assert model.evaluate(X, BITS) == [measured["loss"], measured["accuracy"]]
    plain = network(1, "sigmoid")
    plain.compile("sgd", "bce")
    assert plain.evaluate(X, BITS) == pytest.approx(measured["loss"])


def test_evaluation_weighs_the_loss_and_not_the_metrics():
    model, weights = binary(), np.where(np.arange(ROWS) < 4, 2.0, 0.0)
    measured = model.evaluate(X, BITS, sample_weight=weights, return_dict=True)
    part = model.evaluate(X[:4], BITS[:4], return_dict=True)
    assert measured["cost"] == pytest.approx(2 * 4 / ROWS * part["cost"], rel=1e-5)
    assert measured["accuracy"] == pytest.approx(model.evaluate(X, BITS, return_dict=True)["accuracy"])


@pytest.mark.parametrize("rows", [1, 5, 1000])
@pytest.mark.parametrize("batch_size", [None, 7])
def test_predictions_of_any_number_of_rows(rows, batch_size):
    model, inputs = binary(), RNG.normal(size=(rows, 3)).astype(np.float32)
    outputs = model.predict(inputs, batch_size=batch_size)
    assert outputs.shape == (rows, 1)
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, model(inputs), rtol=2e-5)


def test_predicting_with_dropout_is_no_matter_of_chance():
    model = binary(rate=0.9)
    same([model.predict(X)], [model.predict(X)])
    assert (model(X, training=True) != model(X, training=True)).any()


# --- bits -------------------------------------------------------------------------------------------------------------------


def test_the_seed_gives_the_same_bits_and_another_one_others():
    runs = []
    for seed in (3, 3, 4):
        model = binary(seed=seed)
        runs.append((fitted(model), model.get_weights()))
    same(runs[0][1], runs[1][1])
    assert runs[0][0] == runs[1][0]
    assert all((own != other).any() for own, other in zip(runs[0][1], runs[2][1], strict=True))


def test_another_process_gives_the_same_bits(tmp_path):
    """It compiles for itself, too: its folder of compiled programs is empty."""
    program = """
import json, numpy as np, leadline as ll
from leadline import layers, optimizers, regularizers
X = np.linspace(-1, 1, 33, dtype=np.float32).reshape(11, 3)
stack = [layers.Dense(4, "tanh", kernel_regularizer=regularizers.L2(0.01)), layers.Dropout(0.2), layers.Dense(1, "sigmoid")]
model = ll.Sequential([ll.Input((3,)), *stack], seed=5)
model.compile(optimizers.Adam(0.05), "bce")
history = model.fit(X, X[:, 0] > 0, batch_size=4, epochs=3, verbose=0)
print(json.dumps([history.history, [w.tolist() for w in model.get_weights()]]))
"""
    environment = os.environ | {"LEADLINE_CACHE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    here: dict[str, object] = {}
    lines = program.replace("print(json.dumps(", "result = json.loads(json.dumps(")
    exec(lines, here)
    assert json.loads(done.stdout) == here["result"]


def test_four_epochs_are_two_and_two():
    first, second = binary(), binary()
    whole = fitted(first, epochs=4)
    half = fitted(second, epochs=2)
    rest = fitted(second, epochs=4, initial_epoch=2)
    same(first.get_weights(), second.get_weights())
    assert {name: half[name] + rest[name] for name in whole} == whole


def test_compiling_begins_the_optimizer_anew_and_keeps_the_weights():
    model = binary()
    fitted(model)
    weights = model.get_weights()
    model.compile(optimizers.Adam(0.05), "bce")
    same(model.get_weights(), weights)
    fitted(model)
    fresh = binary()
    fresh.set_weights(weights)
    fitted(fresh)
    same(model.get_weights(), fresh.get_weights())


@pytest.mark.parametrize("shape", [(ROWS,), (ROWS, 1)])
def test_a_column_is_a_vector(shape):
    first, second = binary(), binary()
    assert fitted(first) == fitted(second, y=BITS.reshape(shape))
    same(first.get_weights(), second.get_weights())
    model = network(3)
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    assert model.evaluate(X, CLASSES) == model.evaluate(X, CLASSES.reshape(shape))


# --- one program ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def compilations():
    """The compilations that happen from now on, of whatever program."""
    seen: list[str] = []

    def listen(event: str, duration: float, **_: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield seen
    jax.monitoring.unregister_event_duration_listener(listen)


RATE = callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
STOP = callbacks.EarlyStopping("loss", patience=1, min_delta=1e6, restore_best_weights=True)


@pytest.mark.parametrize("watched", [[], [RATE, STOP]], ids=["alone", "with callbacks"])
@pytest.mark.parametrize("optimizer", [optimizers.SGD, optimizers.RMSprop, optimizers.Adam, optimizers.AdamW])
def test_a_second_fit_of_the_structure_compiles_nothing(compilations, optimizer, watched):
    options = {"callbacks": watched, "validation_data": (X[:5], BITS[:5])}
    fitted(binary(optimizer(0.1)), epochs=4, **options)
    programs, first = run_epochs._cache_size(), len(compilations)
    second = binary(optimizer(0.003), strength=0.7, rate=0.5, seed=9)
    fitted(second, epochs=70, **options)
    fitted(second, epochs=3, **options)
    assert run_epochs._cache_size() == programs
    assert len(compilations) == first


def test_a_compilation_is_seen(compilations):
    jax.jit(lambda x: x + 1)(1.0)
    assert compilations


def test_callbacks_share_the_program_of_a_fit_without():
    fitted(binary())
    programs = run_epochs._cache_size()
    fitted(binary(), callbacks=[callbacks.LambdaCallback()])
    assert run_epochs._cache_size() == programs


# --- what is left after trouble -----------------------------------------------------------------------------------------------


def test_an_exception_in_a_callback_leaves_the_weights_usable():
    model = binary()
    before = model.get_weights()

    def fail(epoch, logs):
        if epoch == 1:
            raise KeyError("a callback of one's own")

    with pytest.raises(KeyError):
        fitted(model, epochs=4, callbacks=[fail])
    same(model.get_weights(), before)
    assert model.layers[0](X).shape == (ROWS, 4)
    other = binary()
    assert fitted(model) == fitted(other)


def test_after_nan_the_model_has_the_weights_of_the_last_good_epoch():
    rates = [0.1, 0.1, 1e30, 0.1]
    scheduler = callbacks.LearningRateScheduler(lambda epoch, rate: rates[epoch])
    model, other = binary(optimizers.SGD(0.1)), binary(optimizers.SGD(0.1))
    with pytest.raises(NonFiniteError, match="in epoch 3, step [123], .* became NaN") as caught:
        fitted(model, epochs=4, callbacks=[scheduler])
    fitted(other, epochs=2, callbacks=[scheduler])
    same(model.get_weights(), other.get_weights())
    assert caught.value.history.epoch == [0, 1]
    assert np.isfinite(model.predict(X)).all()
    assert fitted(model, epochs=3, initial_epoch=2) == fitted(other, epochs=3, initial_epoch=2)


def test_early_stopping_restores_the_best_weights():
    """The rate turns the training bad after three epochs, so the third is the best."""
    rates = [0.01, 0.01, 0.01, 1.0, 1.0, 1.0, 1.0]
    scheduler = callbacks.LearningRateScheduler(lambda epoch, rate: rates[epoch])
    stopping = callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    made = []
    for epochs, watched in ((7, [scheduler, stopping]), (3, [scheduler])):
        model = ll.Sequential([ll.Input((3,)), layers.Dense(1)])
        model.compile(optimizers.SGD(0.01), "mse")
        history = model.fit(X, NUMBERS, 4, epochs, 0, watched, validation_data=(X, NUMBERS))
        made.append((model, history))
    assert made[0][1].epoch == [0, 1, 2, 3, 4]
    assert np.argmin(made[0][1].history["val_loss"]) == 2
    same(made[0][0].get_weights(), made[1][0].get_weights())


# --- weights ----------------------------------------------------------------------------------------------------------------


def test_weights_out_and_in():
    first, second = binary(seed=1), binary(seed=2)
    second.set_weights(first.get_weights())
    same([first.predict(X)], [second.predict(X)])
    assert first.count_params() == sum(array.size for array in first.get_weights()) == 21


def test_weights_that_do_not_fit_change_nothing():
    model = binary()
    before = model.get_weights()
    with pytest.raises(ShapeError, match=r"'bias' of layer Dense has shape \(1,\), and the new array has \(9,\)"):
        model.set_weights([*(array + 1 for array in before[:-1]), np.zeros(9)])
    with pytest.raises(ArgumentError, match="has 4 arrays, and got 3"):
        model.set_weights(before[:-1])
    same(model.get_weights(), before)


def test_layers_by_name():
    model = binary()
    assert model.get_layer("dense_1") is model.layers[2]
    with pytest.raises(ArgumentError, match="has no layer 'dense_2'. It has: dense, dropout, dense_1"):
        model.get_layer("dense_2")


def test_summary(capsys):
    binary(name="small").summary()
    assert capsys.readouterr().out.startswith("small: input (3,)\n")


# --- what can be trained ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "y", "options"),
    [
        (1, NUMBERS, {"optimizer": optax.adam(0.01), "loss": lambda y, f: jnp.abs(y - f) ** 1.5}),
        (3, CLASSES, {"loss": losses.SparseCategoricalCrossentropy(from_logits=True), "metrics": ["acc"]}),
    ],
)
def test_training_makes_it_better(units, y, options):
    model = network(units)
    model.compile(**options)
    before = model.evaluate(X, y, return_dict=True)["loss"]
    fitted(model, X, y, epochs=30)
    assert model.evaluate(X, y, return_dict=True)["loss"] < before


def test_inputs_of_whole_numbers_train():
    model = binary()
    history = fitted(model, np.arange(ROWS * 3, dtype=np.int32).reshape(ROWS, 3))
    assert np.isfinite(history["loss"]).all()


def test_a_model_in_double_precision():
    with jax.enable_x64(True):
        model = binary()
        fitted(model)
        assert {array.dtype for array in model.get_weights()} == {np.dtype("float64")}
        assert model.predict(X).dtype == np.float64


def test_more_rows_in_a_batch_than_there_are():
    first, second = binary(), binary()
    fitted(first, batch_size=ROWS)
    fitted(second, batch_size=64)
    for own, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-7)


# --- several inputs and outputs ------------------------------------------------------------------------------------------------


def of_two(losses_of=("mse", "bce"), **options):
    """Two inputs, and outputs that are called price and flag."""
    first, second = ll.Input((3,), name="first"), ll.Input((1,), name="second")
    hidden = layers.Dense(4, "tanh")(layers.Concatenate()([first, second]))
    outputs = [layers.Dense(1, name="price")(hidden), layers.Dense(1, "sigmoid", name="flag")(hidden)]
    model = ll.Model([first, second], outputs, **options)
    model.compile("adam", list(losses_of), metrics={"flag": ["accuracy"]})
    return model


PAIR, TARGETS = [X, X[:, :1]], [NUMBERS, BITS]
NAMED, NAMED_TARGETS = {"second": X[:, :1], "first": X}, {"flag": BITS, "price": NUMBERS}


@pytest.mark.parametrize(
    ("x", "y"), [(NAMED, TARGETS), (PAIR, NAMED_TARGETS), (tuple(PAIR), tuple(TARGETS)), (NAMED, NAMED_TARGETS)]
)
def test_lists_and_names_are_the_same(x, y):
    first, second = of_two(), of_two()
    assert fitted(first, PAIR, TARGETS, validation_split=0.2) == fitted(second, x, y, validation_split=0.2)
    same(first.get_weights(), second.get_weights())
    same(first.predict(PAIR), second.predict(x))
    assert first.evaluate(PAIR, TARGETS) == second.evaluate(x, y)


def test_records_of_several_outputs():
    model = of_two()
    history = fitted(model, PAIR, TARGETS, epochs=3, validation_data=(PAIR, TARGETS))
    names = {"cost", "penalty", "loss", "price_loss", "flag_loss", "flag_accuracy"}
    assert set(history) == names | {f"val_{name}" for name in names}
    measured = model.evaluate(PAIR, TARGETS, return_dict=True)
    for name, value in measured.items():
        assert history[f"val_{name}"][-1] == pytest.approx(value, rel=1e-5)
    in_order = [measured[name] for name in ("loss", "price_loss", "flag_loss", "flag_accuracy")]
    assert model.evaluate(PAIR, TARGETS) == in_order
    assert measured["loss"] == pytest.approx(measured["price_loss"] + measured["flag_loss"], rel=1e-6)


def test_several_outputs_without_metrics_are_still_a_list():
    model = of_two()
    model.compile("adam", "mse")
    assert len(model.evaluate(PAIR, TARGETS)) == 3


def test_four_epochs_of_several_outputs_are_two_and_two():
    first, second = of_two(), of_two()
    whole = fitted(first, PAIR, TARGETS, epochs=4)
    half, rest = fitted(second, PAIR, TARGETS, epochs=2), fitted(second, PAIR, TARGETS, epochs=4, initial_epoch=2)
    same(first.get_weights(), second.get_weights())
    assert {name: half[name] + rest[name] for name in whole} == whole


def test_stopping_by_the_loss_of_one_output():
    stopping = callbacks.EarlyStopping("val_flag_loss", patience=0, min_delta=1e6)
    assert len(fitted(of_two(), PAIR, TARGETS, epochs=9, callbacks=[stopping], validation_split=0.3)["loss"]) == 2


# --- batches that are seen together -------------------------------------------------------------------------------------------


def normalising():
    model = ll.Sequential([ll.Input((3,)), layers.Dense(4), layers.BatchNormalization(momentum=0.5), layers.Dense(1)])
    model.compile(optimizers.SGD(0.01), "mse")
    return model


def test_rows_that_only_fill_the_last_batch_are_not_seen_by_a_normalisation():
    """The last batch of 11 rows in fours has 3: as if it had come alone."""
    first, second = normalising(), normalising()
    fitted(first, y=NUMBERS, epochs=1, shuffle=False)
    for rows in (slice(0, 4), slice(4, 8), slice(8, 11)):
        fitted(second, X[rows], NUMBERS[rows], epochs=1, shuffle=False)
    for own, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-6)


def test_a_normalisation_under_shuffling_is_a_matter_of_the_seed_alone():
    first, second = normalising(), normalising()
    assert fitted(first, y=NUMBERS, epochs=4) == fitted(second, y=NUMBERS, epochs=4)
    same(first.get_weights(), second.get_weights())


# --- averages of the weights --------------------------------------------------------------------------------------------------


def test_the_average_stands_in_the_model_when_training_ends():
    """Of the constant gradient 1 and the rate 1 the weights are -1, -2, -3; their average is -1, then half of each."""
    model = ll.Sequential([ll.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5), lambda y, f: f[:, 0])
    seen = []
    fitted(model, np.ones((1, 1)), [0.0], epochs=3, callbacks=[lambda epoch, logs: seen.append(logs["loss"])])
    assert seen == [0.0, -1.0, -2.0]
    assert model.get_weights()[0].tolist() == [[-2.25]]
    fitted(model, np.ones((1, 1)), [0.0], epochs=1)  # from the average on
    assert model.get_weights()[0].tolist() == [[-2.75]]


# --- what is refused --------------------------------------------------------------------------------------------------------


def of_three():
    model = network(3, "softmax")
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def compiled(**options):
    model = network()
    model.compile(**options)
    return model


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: fitted(binary(), X[0]), ShapeError, r"a row for each example.*Got shape \(3,\)"),
        (lambda: fitted(binary(), X[:, :2]), ShapeError, r"takes examples of shape \(3,\). Got X of shape \(11, 2\)"),
        (lambda: fitted(binary(), X.astype(str)), DataError, "X must hold numbers"),
        (lambda: fitted(binary(), np.where(X > 1, np.nan, X)), DataError, "NaN, infinite or too large.*first in row"),
        (lambda: fitted(binary(), y=BITS[:5]), ShapeError, r"X has 11 rows and y has shape \(5,\)"),
        (lambda: fitted(binary(), y=BITS + 1), DataError, "0 or 1"),
        (lambda: fitted(binary(), y=np.stack([BITS, BITS], 1)), ShapeError, r"shape \(.*, 2\) do not fit .* \(.*, 1\)"),
        (lambda: fitted(of_three(), y=CLASSES + 1), DataError, "from 0 to 2; got 3"),
        (lambda: fitted(of_three(), y=CLASSES + 0.5), DataError, "got 0.5 in row 0"),
        (lambda: fitted(of_three(), y=np.eye(3)[CLASSES]), (DataError, ShapeError), "[Cc]lass number|do not fit"),
        (lambda: fitted(binary(), batch_size=0), ArgumentError, "'batch_size' must be a whole number of at least 1. Got 0"),
        (lambda: fitted(binary(), batch_size=-4), ArgumentError, "Got -4"),
        (lambda: fitted(binary(), batch_size=2.5), ArgumentError, "Got 2.5"),
        (lambda: binary().evaluate(X, BITS, batch_size=0), ArgumentError, "'batch_size'.* Got 0"),
        (lambda: binary().predict(X, batch_size=-1), ArgumentError, "'batch_size'.* Got -1"),
        (lambda: fitted(binary(), epochs=0), ArgumentError, "'epochs' must be a whole number of at least 1. Got 0"),
        (
            lambda: fitted(binary(), initial_epoch=-1),
            ArgumentError,
            "'initial_epoch' must be a whole number of at least 0. Got -1",
        ),
        (lambda: fitted(binary(), verbose="loud"), ArgumentError, "'verbose' must be .* Got 'loud'"),
        (lambda: fitted(binary(), sample_weight=-np.ones(ROWS)), ArgumentError, "not negative, and not all 0. Got .* -1"),
        (lambda: fitted(binary(), sample_weight=np.zeros(ROWS)), ArgumentError, "not all 0"),
        (lambda: fitted(binary(), class_weight={2: 1.0}), ArgumentError, "class_weight has label 2"),
        (lambda: fitted(binary(), class_weight={0: 1.0}, sample_weight=np.ones(ROWS)), ArgumentError, "Got both"),
        (lambda: fitted(binary(), validation_split=1.5), ArgumentError, "Got 1.5 for 11 rows"),
        (lambda: fitted(binary(), validation_data=X), ArgumentError, r"must be \(x, y\)"),
        (lambda: fitted(binary(), validation_data=(X, BITS + 1)), DataError, "0 or 1"),
        (lambda: fitted(binary(), callbacks=["stop"]), ArgumentError, "Got 'stop'"),
        (lambda: fitted(binary(), callbacks=callbacks.EarlyStopping), ArgumentError, "Got <class"),
        (
            lambda: fitted(binary(), callbacks=[callbacks.EarlyStopping()]),
            ArgumentError,
            "monitors 'val_loss', which this training does not record.*pass validation data to fit",
        ),
        (lambda: network().fit(X, BITS), NotBuiltError, r"has no loss yet. Call compile\(loss=…\) first"),
        (lambda: network().evaluate(X, BITS), NotBuiltError, "has no loss yet"),
        (lambda: compiled(optimizer="sgd").fit(X, BITS), NotBuiltError, "has no loss yet"),
        (lambda: ll.Model().predict(X), NotBuiltError, "does not know the shape of its input yet"),
        (lambda: compiled(loss="msee"), ArgumentError, "Unknown loss 'msee'. Did you mean"),
        (lambda: compiled(loss="mse", optimizer="adamm"), ArgumentError, "Unknown optimizer 'adamm'. Did you mean 'adam"),
        (lambda: compiled(loss="mse", metrics=["accurcy"]), ArgumentError, "Unknown metric 'accurcy'. Did you mean 'accuracy'"),
        (lambda: compiled(loss="mse", metrics="mae"), ArgumentError, r"'metrics' must be a list, such as .* Got 'mae'"),
        (lambda: compiled(loss=losses.Huber(reduction="none")), ArgumentError, "has reduction 'none'"),
        (lambda: compiled(loss="mse", metrics=["mae", "mae"]).fit(X, NUMBERS), ArgumentError, "Two records would be called"),
        (
            lambda: fitted(of_two(), X, TARGETS),
            ShapeError,
            r"a list of 2 arrays, one for each input \(first, second\). Got one nd",
        ),
        (lambda: fitted(of_two(), [X], TARGETS), ShapeError, "one for each input .* Got 1"),
        (lambda: fitted(of_two(), [*PAIR, X], TARGETS), ShapeError, "Got 3"),
        (lambda: fitted(of_two(), [X, X], TARGETS), ShapeError, r"takes examples of shape \(1,\). Got X of shape \(11, 3\)"),
        (lambda: fitted(of_two(), [X, X[:5, :1]], TARGETS), ShapeError, r"different numbers of rows: \[11, 5\]"),
        (lambda: fitted(of_two(), {"first": X}, TARGETS), ArgumentError, "The input 'second' is missing"),
        (lambda: fitted(of_two(), {**NAMED, "third": X}, TARGETS), ArgumentError, "Unknown input 'third'. Known: first, second"),
        (lambda: fitted(of_two(), PAIR, BITS), ShapeError, r"one for each output \(price, flag\). Got one ndarray"),
        (lambda: fitted(of_two(), PAIR, [BITS]), ShapeError, "one for each output .* Got 1"),
        (lambda: fitted(of_two(), PAIR, {"price": NUMBERS}), ArgumentError, "The output 'flag' is missing"),
        (lambda: fitted(of_two(), PAIR, [NUMBERS, BITS + 1]), DataError, "0 or 1"),
        (lambda: fitted(of_two(), PAIR, [NUMBERS, BITS[:5]]), ShapeError, r"X has 11 rows and y has shape \(5,\)"),
        (
            lambda: fitted(of_two(), PAIR, TARGETS, class_weight={0: 1.0}),
            ArgumentError,
            "class_weight is for a model of one output",
        ),
        (lambda: fitted(of_two(), PAIR, TARGETS, sample_weight=TARGETS), ShapeError, "one number for each of the 11 rows. Got"),
        (lambda: ll.Sequential([layers.Embedding(2, 1)]).predict([[0], [2]]), DataError, "0 to 1. Got 2 in row 1"),
        (lambda: compiled(loss=lambda y, f: jnp.mean(y - f)).fit(X, NUMBERS), ShapeError, r"gives an array of shape \(\)"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_refused_data_builds_and_trains_nothing():
    model = ll.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    for bad in (X.astype(str), np.where(X > 1, np.nan, X), X[:0], X[0], [[1.0], [1.0, 2.0]]):
        with pytest.raises((DataError, ShapeError)):
            model.fit(bad, NUMBERS)
        assert not model.built
    model = binary()
    before = model.get_weights()
    with pytest.raises(DataError):
        fitted(model, y=BITS + 1)
    same(model.get_weights(), before)
