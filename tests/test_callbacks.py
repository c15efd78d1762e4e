"""Callbacks by themselves: records in, decisions out."""

import math

import pytest

from leadline import callbacks
from leadline.callbacks import (
    Callback,
    CSVLogger,
    Decision,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from leadline.errors import ArgumentError


def decisions(callback, values, rate=1.0):
    """The decisions on a sequence of the monitored number, up to the one that stops; rates that are set hold from then on."""
    begin = callback.on_train_begin(len(values))
    memory, made = begin.memory if begin else None, []
    for epoch, value in enumerate(values):
        decision = callback.on_epoch_end(epoch, {callback.monitor: value, "learning_rate": rate}, memory)
        memory = memory if decision.memory is None else decision.memory
        rate = rate if decision.learning_rate is None else decision.learning_rate
        made.append(decision)
        if decision.stop:
            break
    return made


def stopped(options, values):
    made = decisions(EarlyStopping(**options), values)
    return len(made) - 1 if made[-1].stop else None


# options, monitored values, the epoch after which it stops
@pytest.mark.parametrize(
    ("options", "values", "epoch"),
    [
        ({}, [3, 2, 1, 1], 3),
        ({}, [1, 1], 1),
        ({"patience": 1}, [3, 2, 2, 1], 2),
        ({"patience": 2}, [3, 2, 2, 1, 1, 1], 5),
        ({"patience": 2}, [3, 2, 2, 1, 2], None),
        ({"min_delta": 0.5}, [3, 2, 1.6], 2),
        ({"min_delta": -0.5}, [3, 2, 1.4, 1], 3),
        ({"mode": "max"}, [1, 2, 3, 3], 3),
        ({"monitor": "val_accuracy"}, [1, 2, 3, 2], 3),
        ({"monitor": "val_auc"}, [3, 2], 1),
        ({"monitor": "val_accuracy", "mode": "min"}, [3, 2, 1, 2], 3),
        ({"baseline": 2.0}, [4, 3, 3], 2),
        ({"baseline": 2.0}, [1, 1], 1),
        ({"baseline": 2.0, "patience": 2}, [4, 3, 2.5, 1, 1, 1], 5),
        ({"baseline": 2.0, "patience": 3}, [4, 3, 3, 1], 2),
        ({"start_from_epoch": 3}, [1, 2, 3, 4, 5], 4),
        ({}, [math.nan, 3, 2, 2], 3),  # a number that is none never stays the best
        ({"patience": 1}, [3, math.nan], 1),
        ({}, [math.inf, 3, 2], None),
    ],
)
def test_early_stopping(options, values, epoch):
    assert stopped(options, values) == epoch


def test_early_stopping_keeps_the_weights_of_the_best_epoch():
    made = decisions(EarlyStopping(patience=3, restore_best_weights=True), [3, 2, 4, 1, 5, 1])
    assert [decision.keep for decision in made] == [True, True, False, True, False, False]
    assert not any(decision.keep for decision in decisions(EarlyStopping(patience=3), [3, 2, 4]))
    assert EarlyStopping(restore_best_weights=True).on_train_end({}, None).restore
    assert not EarlyStopping().on_train_end({}, None).restore


def test_early_stopping_says_so_when_asked():
    assert decisions(EarlyStopping(verbose=1), [3, 2, 2])[-1].message == "Epoch 3: early stopping; val_loss was best in epoch 2."
    assert decisions(EarlyStopping(), [3, 2, 2])[-1].message is None


# options, monitored values, the rates that are set, beginning at 1
@pytest.mark.parametrize(
    ("options", "values", "rates"),
    [
        ({"patience": 2}, [1, 1, 1, 1, 1], {2: 0.1, 4: 0.01}),
        ({"patience": 0}, [1, 1, 1], {1: 0.1, 2: 0.01}),
        ({"patience": 2, "cooldown": 2}, [1] * 8, {2: 0.1, 5: 0.01}),
        ({"patience": 1, "cooldown": 1}, [1] * 5, {1: 0.1, 2: 0.01, 3: 0.001, 4: 0.0001}),
        ({"patience": 1, "factor": 0.5, "min_lr": 0.3}, [1] * 5, {1: 0.5, 2: 0.3}),
        ({"patience": 1, "min_lr": 2.0}, [1] * 3, {}),
        ({"patience": 1, "min_delta": 0.5}, [3, 2.6, 2.2], {1: 0.1}),
        ({"patience": 1}, [3, 2, 1], {}),
        ({"patience": 1, "mode": "max"}, [3, 2, 4, 4], {1: 0.1, 3: 0.01}),
        ({"patience": 1, "factor": 0.0}, [1, 1], {1: 0.0}),
    ],
)
def test_reduce_on_plateau(options, values, rates):
    made = decisions(ReduceLROnPlateau("loss", **options), values)
    given = {epoch: decision.learning_rate for epoch, decision in enumerate(made) if decision.learning_rate is not None}
    assert given == pytest.approx(rates)


def test_the_least_rate_is_reached_once_although_it_is_read_back_in_float32():
    callback = ReduceLROnPlateau("loss", patience=0, min_lr=0.001, verbose=1)
    as_read_back = 0.0010000000474974513
    decision = callback.on_epoch_end(1, {"loss": 1.0, "learning_rate": as_read_back}, {"best": 1.0, "wait": 0, "cooldown": 0})
    assert decision.learning_rate is None
    assert decision.message is None


def test_reduce_on_plateau_says_so_when_asked():
    made = decisions(ReduceLROnPlateau("loss", patience=1, verbose=1), [1, 1])
    assert made[-1].message == "Epoch 2: learning rate 0.1, as loss no longer improves."


def test_scheduler():
    scheduler = LearningRateScheduler(lambda epoch, rate: rate / (epoch + 1))
    assert scheduler.on_epoch_begin(1, {"learning_rate": 0.5}, None) == Decision(learning_rate=0.25)


def test_lambdas_are_called_and_their_decisions_heard():
    seen = []
    callback = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(("begin", epoch, logs)),
        on_epoch_end=lambda epoch, logs: Decision(stop=epoch == 1),
        on_train_begin=lambda logs: seen.append(("train begin", logs)),
        on_train_end=lambda logs: seen.append(("train end", logs)),
    )
    assert callback.on_train_begin(5) is None
    assert callback.on_epoch_begin(0, {"learning_rate": 1.0}, None) is None
    assert callback.on_epoch_end(0, {"loss": 1.0}, None) == Decision()
    assert callback.on_epoch_end(1, {"loss": 1.0}, None) == Decision(stop=True)
    assert callback.on_train_end({"loss": 1.0}, None) is None
    assert seen == [("train begin", {}), ("begin", 0, {"learning_rate": 1.0}), ("train end", {"loss": 1.0})]
    assert LambdaCallback().on_epoch_end(0, {}, None) is None


@pytest.mark.parametrize(
    ("logs", "stop"), [({"loss": 1.0}, False), ({}, False), ({"loss": math.nan}, True), ({"loss": -math.inf}, True)]
)
def test_terminate_on_nan(logs, stop):
    decision = TerminateOnNaN().on_epoch_end(4, logs, None)
    assert decision.stop == stop
    assert (decision.message is not None) == stop


def test_what_only_watches_makes_no_epoch_wait():
    assert not TerminateOnNaN.decides
    assert not CSVLogger.decides
    assert EarlyStopping.decides


def test_the_base_decides_nothing():
    base = Callback()
    moments = [
        base.on_train_begin(1),
        base.on_epoch_begin(0, {}, None),
        base.on_epoch_end(0, {}, None),
        base.on_train_end({}, None),
    ]
    assert moments == [None] * 4


def test_get():
    stopping = EarlyStopping()
    assert callbacks.get(stopping) is stopping
    assert callbacks.get(lambda epoch, logs: Decision(stop=True)).on_epoch_end(0, {}, None).stop


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarlyStopping(patience=-1), "'patience' of EarlyStopping must not be negative. Got -1"),
        (lambda: EarlyStopping(mode="largest"), "'mode' of EarlyStopping must be 'auto', 'min' or 'max'. Got 'largest'"),
        (lambda: ReduceLROnPlateau(factor=1.0), "'factor' of ReduceLROnPlateau must be below 1. Got 1.0"),
        (lambda: ReduceLROnPlateau(factor=-0.1), "Got -0.1"),
        (lambda: EarlyStopping().watched({"loss": 1.0}), "monitors 'val_loss'.*It records: loss"),
        (lambda: ReduceLROnPlateau().watched({"loss": 1.0}), "pass validation data to fit"),
        (lambda: LearningRateScheduler(lambda epoch, rate: 1.0).on_epoch_begin(0, {}, None), "no single number for it"),
        (lambda: LearningRateScheduler(lambda epoch, rate: None).on_epoch_begin(0, {"learning_rate": 1.0}, None), "Got None"),
        (
            lambda: ReduceLROnPlateau("loss", patience=0).on_epoch_end(1, {"loss": 1}, {"best": 0, "wait": 0, "cooldown": 0}),
            "ReduceLROnPlateau changes the learning rate, and this optimizer has no single number",
        ),
        (lambda: callbacks.get("early_stopping"), "A callback is a .* Got 'early_stopping'"),
        (lambda: callbacks.get(EarlyStopping), "Got <class"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
