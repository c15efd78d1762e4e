"""One training from the host's side: when callbacks are asked, what their decisions do, and that the bits are the same."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses, metrics, optimizers, schedules
from leadline.callbacks import Callback, Decision, EarlyStopping, LambdaCallback, LearningRateScheduler
from leadline.errors import ArgumentError, NonFiniteError
from leadline.layers import Dense, Dropout
from leadline.models.inputs import batched
from leadline.network import Network, layer_names
from leadline.training import loop
from leadline.training.loop import Plan, epochs_a_call
from leadline.training.state import Examples, Recipe, begin, numeric

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(10, 3)).astype(np.float32), RNG.normal(size=(10, 1)).astype(np.float32)
DATA = Examples(X, Y, np.ones(10, np.float32))
LAYERS = (Dense(4, "relu"), Dropout(0.3), Dense(1))
NETWORK = Network(LAYERS, layer_names(LAYERS), (3,))


def recipe(optimizer=None):
    return numeric(Recipe(NETWORK, losses.get("mse"), optimizer or optimizers.Adam(0.1), (metrics.get("mae"),)))


RECIPE = recipe()
START = begin(RECIPE, jax.random.key(0))


def fit(epochs=6, *callbacks, start=START, made=RECIPE, data=DATA, validation=None, **plan):
    state, history = loop.fit(made, start, data, Plan(epochs, 4, **plan), callbacks=callbacks, validation=validation)
    return jax.device_get(state), history


def same(first, second):
    jax.tree.map(np.testing.assert_array_equal, first, second)


class Recorder(Callback):
    """Writes down every moment, and answers with the decisions it was given for the ends of epochs."""

    def __init__(self, decisions=(), at_the_end=None):
        self.decisions, self.at_the_end, self.moments = dict(decisions), at_the_end, []

    def on_train_begin(self, epochs):
        self.moments.append(("train begin", epochs))
        return Decision(memory=0)

    def on_epoch_begin(self, epoch, logs, memory):
        self.moments.append(("begin", epoch, sorted(logs), memory))

    def on_epoch_end(self, epoch, logs, memory):
        self.moments.append(("end", epoch, sorted(logs), memory))
        return self.decisions.get(epoch, Decision(memory=memory + 1))

    def on_train_end(self, logs, memory):
        self.moments.append(("train end", sorted(logs), memory))
        return self.at_the_end


def test_when_a_callback_is_asked_and_what_it_remembers():
    recorder = Recorder()
    _, history = fit(2, recorder)
    rate, record = ["learning_rate"], ["cost", "learning_rate", "loss", "mean_absolute_error", "penalty"]
    assert recorder.moments == [
        ("train begin", 2),
        ("begin", 0, rate, 0),
        ("end", 0, record, 0),
        ("begin", 1, rate, 1),
        ("end", 1, record, 1),
        ("train end", record, 2),
    ]
    assert history.epoch == [0, 1]
    assert set(history.history) == set(record) - {"learning_rate"}


def test_a_callback_that_only_watches_sees_every_epoch():
    class Watcher(Recorder):
        decides = False

    watcher = Watcher()
    _, history = fit(40, watcher)
    assert [moment[1] for moment in watcher.moments if moment[0] == "end"] == list(range(40))
    assert history.epoch == list(range(40))


def test_one_epoch_a_call_or_many_give_the_same_bits():
    asked, watched = fit(30, LambdaCallback()), fit(30)
    same(asked[0], watched[0])
    assert asked[1] == watched[1]


def test_four_epochs_are_two_and_two():
    whole, history = fit(4)
    half, first = fit(2)
    rest, second = fit(4, start=half, initial_epoch=2)
    same(whole, rest)
    assert first.epoch + second.epoch == history.epoch == [0, 1, 2, 3]
    assert {name: first.history[name] + second.history[name] for name in history.history} == history.history


def test_the_seed_decides():
    same(fit(2)[0], fit(2)[0])
    assert (fit(2)[0].params["dense"]["kernel"] != fit(2, seed=1)[0].params["dense"]["kernel"]).any()


@pytest.mark.parametrize("shuffle", [True, False])
def test_shuffling(shuffle):
    plain = recipe().replace(network=Network((Dense(1),), ("dense",), (3,)))
    start = begin(plain, jax.random.key(0))
    ends = [fit(1, made=plain, start=start, seed=seed, shuffle=shuffle)[0] for seed in (0, 1)]
    assert (ends[0].params["dense"]["kernel"] == ends[1].params["dense"]["kernel"]).all() == (not shuffle)


def test_the_state_that_is_given_stays_usable():
    before = jax.device_get(START)
    fit(1)
    same(before, jax.device_get(START))

    def fail(epoch, logs):
        raise KeyError("a callback of one's own")

    with pytest.raises(KeyError):
        fit(3, LambdaCallback(on_epoch_end=fail))
    same(before, jax.device_get(START))


def test_stop():
    _, history = fit(6, Recorder({1: Decision(stop=True)}))
    assert history.epoch == [0, 1]


def test_a_rate_that_is_set_holds_and_is_recorded():
    rates = [0.1, 0.1, 0.5, 0.0]
    end, history = fit(4, LearningRateScheduler(lambda epoch, rate: rates[epoch]))
    assert history.history["learning_rate"] == pytest.approx(rates)
    three, _ = fit(3, LearningRateScheduler(lambda epoch, rate: rates[epoch]))
    same(end.params, three.params)  # the last rate is 0
    slow, _ = fit(3, Recorder({0: Decision(learning_rate=0.0, memory=0)}))
    same(slow.params, fit(1)[0].params)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.1),
        optimizers.SGD(0.1, momentum=0.9),
        optimizers.RMSprop(0.1),
        optimizers.RMSprop(0.1, momentum=0.9),
        optimizers.Adam(0.1),
        optimizers.AdamW(0.1),
    ],
    ids=str,
)
def test_the_rate_of_every_optimizer_can_be_set(optimizer):
    plain = Recipe(Network((Dense(1),), ("dense",), (3,)), losses.get("mse"), optimizer)
    start = begin(plain, jax.random.key(0))
    halved, history = fit(2, LearningRateScheduler(lambda epoch, rate: rate / 2), made=plain, start=start)
    assert history.history["learning_rate"] == pytest.approx([0.05, 0.025])
    assert halved.params["dense"]["kernel"].shape == (3, 1)


@pytest.mark.parametrize(
    ("optimizer", "rate", "message"),
    [
        (optimizers.Adam(schedules.ExponentialDecay(0.1, 10, 0.5)), 0.1, "Adam has no single number for it"),
        (None, -1.0, "to -1.0. It must be finite and not below 0"),
        (None, float("nan"), "to nan. It must be finite"),
    ],
)
def test_a_rate_that_cannot_be_set(optimizer, rate, message):
    made = recipe(optimizer)
    with pytest.raises(ArgumentError, match=message):
        fit(2, Recorder({0: Decision(learning_rate=rate)}), made=made, start=begin(made, jax.random.key(0)))


def test_kept_weights_come_back_when_asked():
    second, _ = fit(2)
    keep = {1: Decision(memory=0, keep=True), 3: Decision(memory=0, stop=True)}
    restored, history = fit(6, Recorder(keep, Decision(restore=True)))
    same(restored.params, second.params)
    assert history.epoch == [0, 1, 2, 3]
    four, _ = fit(4)
    same(fit(6, Recorder(keep))[0].params, four.params)  # kept, and not asked back
    same(fit(4, Recorder({}, Decision(restore=True)))[0].params, four.params)  # asked back, and never kept


def test_two_callbacks_are_both_heard():
    _, history = fit(6, Recorder({1: Decision(memory=0, message="one")}), Recorder({1: Decision(stop=True, message="two")}))
    assert history.messages == ["one", "two"]
    assert history.epoch == [0, 1]


def test_one_callback_serves_any_number_of_trainings():
    stopping = EarlyStopping("loss", patience=2, min_delta=1e6)
    assert [len(fit(9, stopping)[1].epoch) for _ in range(2)] == [3, 3]


def test_a_training_that_is_over_does_nothing():
    end, history = fit(2, initial_epoch=2)
    same(end, jax.device_get(START))
    assert history.epoch == []
    assert fit(3, Recorder(), initial_epoch=5)[1].epoch == []


def test_validation_is_recorded_beside_the_training():
    validation = jax.tree.map(jnp.asarray, batched(DATA, 4))
    _, history = fit(3, validation=validation)
    assert len(history.history["val_loss"]) == 3
    assert {name.removeprefix("val_") for name in history.history} == {"cost", "penalty", "loss", "mean_absolute_error"}
    stopped = fit(9, EarlyStopping(min_delta=1e6), validation=validation)[1]
    assert stopped.epoch == [0, 1]


def test_a_cost_that_is_not_finite():
    rates = [0.1, 0.1, 1e30, 0.1]
    scheduler = LearningRateScheduler(lambda epoch, rate: rates[epoch])
    with pytest.raises(NonFiniteError, match=r"in epoch 3, step [123], .* became NaN or infinite") as caught:
        fit(4, scheduler)
    two, history = fit(2, scheduler)
    same(jax.device_get(caught.value.state), two)
    assert caught.value.history == history


@pytest.mark.parametrize("epochs", [1, 2, 3, 20])
def test_the_epoch_and_step_are_named_however_many_epochs_a_call_has(epochs):
    """The cost of the seventh row overflows; without shuffling it stands in the second batch of four."""
    far = DATA._replace(y=np.where(np.arange(10)[:, None] == 6, np.float32(3e38), Y))
    with pytest.raises(NonFiniteError, match="in epoch 1, step 2,"):
        fit(epochs, data=far, shuffle=False)


@pytest.mark.parametrize(("positions", "most"), [(1, 64), (15_625, 64), (15_626, 63), (500_000, 2), (10**6, 1), (10**9, 1)])
def test_epochs_a_call(positions, most):
    assert epochs_a_call(positions) == most
