"""What can be changed of a plan: each a move, with the values worth trying. A new remedy is one more line of `MOVES`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from leadline.activations import linear, relu
from leadline.data.derived import keeping, with_powers
from leadline.data.split import Split
from leadline.develop.evidence import Evidence
from leadline.develop.importance import permutation_importance
from leadline.develop.plan import Plan
from leadline.develop.population import SETTINGS, penalised
from leadline.errors import ArgumentError
from leadline.layers import Dense, Normalization
from leadline.layers.layer import Layer
from leadline.network import Call, Network, layer_names
from leadline.words import english

__all__ = ["MOVES", "Gap", "Move"]

Gap = Literal["bias", "variance", "both"]

WELL_SCALED = (0.1, 10.0)
"""Between these a column's deviation is one that a network's first weights were made for."""
MOST_TERMS = 300
"""More powers and products than this are not tried: they cost more than they bring to a network, which forms its own."""


@dataclass(frozen=True)
class Move:
    """A way to change a plan.

    Attributes:
        name: What it is called.
        acts_on: Which gap it is meant to close.
        value: What to change to, from what was measured; plain data. It raises ArgumentError, with the reason, where there is
            nothing to try.
        change: The plan with that value.
        words: What is changed, in words.
        setting: The setting of `Evidence.tried` that it changes, where it is one.
    """

    name: str
    acts_on: Gap
    value: Callable[[Evidence], Any]
    change: Callable[[Plan, Any], Plan]
    words: Callable[[Plan, Any], str]
    setting: str = ""


# --- λ and the learning rate: settings that were measured with the curves ------------------------------------------------------


def _lambda(is_candidate: Callable[[float, float], bool], which: str) -> Callable[[Evidence], float]:
    def value(evidence: Evidence) -> float:
        present, curve = evidence.plan.lambda_, evidence.lambdas
        if present is None:
            raise ArgumentError(
                english("the model keeps the regularizers it came with; the λ curve shows what one λ would bring")
            )
        costs = {λ: cv.value for λ, cv in zip(curve.values, curve.cv, strict=True) if is_candidate(λ, present)}
        costs = {λ: cost for λ, cost in costs.items() if np.isfinite(cost)}
        if not costs:
            raise ArgumentError(english(f"there is no {which} λ than {present:g} on the curve"))
        return min(costs, key=lambda λ: costs[λ])

    return value


def _with_lambda(plan: Plan, value: float) -> Plan:
    return replace(plan, lambda_=value)


def _lambda_words(plan: Plan, value: float) -> str:
    return english(f"λ = {value:g} instead of {plan.lambda_:g}")


def _rate(is_candidate: Callable[[float, float], bool]) -> Callable[[Evidence], float]:
    def value(evidence: Evidence) -> float:
        present = evidence.plan.learning_rate
        rates = [rate for setting, rate in evidence.tried if setting == "learning_rate" and is_candidate(rate, present or 0.0)]
        if present is None or not rates:
            raise ArgumentError(english("the learning rate is a schedule or inside a transformation, and cannot be varied"))
        return rates[0]

    return value


def _with_rate(plan: Plan, value: float) -> Plan:
    return plan.with_recipe(SETTINGS["learning_rate"](plan.problem.recipe, value, 0))


def _rate_words(plan: Plan, value: float) -> str:
    return english(f"learning rate {value:.2g} instead of {plan.learning_rate:.2g}")


# --- the length of training ----------------------------------------------------------------------------------------------------


def _epochs(factor: float) -> Callable[[Evidence], int]:
    def value(evidence: Evidence) -> int:
        present = evidence.plan.budget.epochs
        epochs = max(round(present * factor), 1)
        if epochs == present:
            raise ArgumentError(english(f"there is no shorter training than {present} epoch"))
        return epochs

    return value


def _with_epochs(plan: Plan, value: int) -> Plan:
    return replace(plan, budget=replace(plan.budget, epochs=value))


def _epochs_words(plan: Plan, value: int) -> str:
    return english(f"{value} {'epoch' if value == 1 else 'epochs'} instead of {plan.budget.epochs}")


# --- the network ---------------------------------------------------------------------------------------------------------------


def _hidden(network: Network) -> list[int]:
    """The places of the layers whose width is free: all but the last that has one."""
    sized = [place for place, layer in enumerate(network.layers) if _width(layer)]
    return sized[:-1]


def _width(layer: Layer) -> str:
    return next((name for name in ("units", "filters") if isinstance(getattr(layer, name, None), int)), "")


def _times(factor: float) -> Callable[[Evidence], float]:
    def value(evidence: Evidence) -> float:
        network = evidence.plan.problem.recipe.network
        widths = [getattr(network.layers[place], _width(network.layers[place])) for place in _hidden(network)]
        if not widths:
            raise ArgumentError(english("the network has no hidden layer whose units could be changed"))
        if factor < 1 and max(widths) < 2:
            raise ArgumentError(english("the hidden layers have one unit each"))
        return factor

    return value


def _widened(plan: Plan, factor: float) -> Plan:
    recipe = plan.problem.recipe
    network, hidden = recipe.network, _hidden(recipe.network)
    layers = list(network.layers)
    for place in hidden:
        name = _width(layers[place])
        layers[place] = layers[place].replace(**{name: max(round(getattr(layers[place], name) * factor), 1)})
    return _checked(plan, network.replace(layers=tuple(layers)))


def _network_words(change: Callable[[Plan, Any], Plan]) -> Callable[[Plan, Any], str]:
    return lambda plan, value: english(f"{change(plan, value).units} instead of {plan.units}")


def _is_chain(network: Network) -> bool:
    return network.calls == tuple(Call(place, (place,)) for place in range(len(network.layers)))


def _one_more(evidence: Evidence) -> int:
    network = evidence.plan.problem.recipe.network
    if not _is_chain(network):
        raise ArgumentError(english("the network is no chain of layers, so there is no one place for another"))
    if not any(isinstance(layer, Dense) for layer in network.layers):
        raise ArgumentError(english("the network has no dense layer to put another one before"))
    return 1


def _deepened(plan: Plan, count: int) -> Plan:
    network = plan.problem.recipe.network
    dense = [place for place, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    model: Any = network.layers[dense[-2]] if len(dense) > 1 else Dense(25, "relu")
    if model.activation in (None, linear):  # its activation is a layer of its own
        model = model.replace(activation=relu)
    layers = list(network.layers)
    layers[dense[-1] : dense[-1]] = [model.replace(name=None)] * count
    return _checked(plan, Network(tuple(layers), layer_names(layers), network.input_shape))


def _checked(plan: Plan, network: Network) -> Plan:
    _ = network.output_shape  # raises where the layers do not fit each other any more
    return plan.with_recipe(penalised(plan.problem.recipe.replace(network=network)))


# --- the features --------------------------------------------------------------------------------------------------------------


def _with_data(plan: Plan, data: Split) -> Plan:
    network = plan.problem.recipe.network.replace(input_shape=data.train.X.shape[1:])
    return replace(_checked(plan, network), data=data)


def _check_features(plan: Plan) -> None:
    if plan.data.train.X.ndim != 2:
        raise ArgumentError(english("examples are no rows of features"))
    if any(isinstance(layer, Normalization) and layer.mean is not None for layer in plan.problem.recipe.network.layers):
        raise ArgumentError(english("the network's Normalization was adapted to the present features"))


def _statistics(evidence: Evidence) -> bool:
    _check_features(evidence.plan)
    X = evidence.plan.data.train.X
    deviation = X.std(axis=0)
    varied = deviation > 0
    low, high = WELL_SCALED
    fine = (deviation > low) & (deviation < high) & (np.abs(X.mean(axis=0)) < high)
    if fine[varied].all():
        raise ArgumentError(english("every feature that varies has a mean and a deviation that suit a network"))
    return True


def _standardised(plan: Plan, _: bool) -> Plan:
    X, network = plan.data.train.X.astype(np.float64), plan.problem.recipe.network
    if not _is_chain(network):
        raise ArgumentError(english("the network is no chain of layers, so there is no one place in front of it"))
    layers = (Normalization(mean=X.mean(axis=0), variance=X.var(axis=0)), *network.layers)
    return _checked(plan, Network(layers, layer_names(layers), network.input_shape))


def _statistics_words(plan: Plan, _: bool) -> str:
    return english(f"each of the {plan.data.train.X.shape[1]} features less its mean, divided by its deviation")


def _degree(evidence: Evidence) -> int:
    _check_features(evidence.plan)
    data = evidence.plan.data
    numbers = data.train.X.shape[1] if data.preparation is None else len(data.preparation.numeric)
    terms = numbers * (numbers + 1) // 2
    if terms > MOST_TERMS:
        raise ArgumentError(
            english(f"{terms:,} squares and products of the numbers are more than the {MOST_TERMS} that are tried")
        )
    with_powers(data, 2)  # says itself what else may stand in the way
    return 2


def _with_powers(plan: Plan, degree: int) -> Plan:
    return _with_data(plan, with_powers(plan.data, degree))


def _powers_words(plan: Plan, degree: int) -> str:
    count = _with_powers(plan, degree).data.train.X.shape[1] - plan.data.train.X.shape[1]
    return english(f"{count} squares and products of the features beside the {plan.data.train.X.shape[1]}")


def _needed(evidence: Evidence) -> list[int]:
    _check_features(evidence.plan)
    found = permutation_importance(evidence)
    kept = [place for needed, places in zip(found.needed, found.features, strict=True) if needed for place in places]
    if len(kept) == evidence.folds.X.shape[1]:
        raise ArgumentError(english("J on cv rises with every column that is shuffled"))
    if not kept:
        raise ArgumentError(english("J on cv surely rises with no column that is shuffled"))
    return sorted(kept)


def _keeping(plan: Plan, features: Sequence[int]) -> Plan:
    return _with_data(plan, keeping(plan.data, features))


def _keeping_words(plan: Plan, features: Sequence[int]) -> str:
    return english(
        f"{len(features)} of {plan.data.train.X.shape[1]} features: J on cv rises by a standard error without each of them"
    )


MOVES: tuple[Move, ...] = (
    Move(
        english("larger λ"),
        "variance",
        _lambda(lambda λ, present: λ > present, english("larger")),
        _with_lambda,
        _lambda_words,
        "l2",
    ),
    Move(
        english("smaller λ"),
        "bias",
        _lambda(lambda λ, present: λ < present, english("smaller")),
        _with_lambda,
        _lambda_words,
        "l2",
    ),
    Move(english("higher learning rate"), "bias", _rate(lambda rate, now: rate > now), _with_rate, _rate_words, "learning_rate"),
    Move(
        english("lower learning rate"),
        english("both"),
        _rate(lambda rate, now: rate < now),
        _with_rate,
        _rate_words,
        "learning_rate",
    ),
    Move(english("standardised features"), english("both"), _statistics, _standardised, _statistics_words),
    Move(english("more units"), "bias", _times(2.0), _widened, _network_words(_widened)),
    Move(english("another layer"), "bias", _one_more, _deepened, _network_words(_deepened)),
    Move(english("fewer features"), "variance", _needed, _keeping, _keeping_words),
    Move(english("fewer units"), "variance", _times(0.5), _widened, _network_words(_widened)),
    Move(english("shorter training"), "variance", _epochs(1 / 3), _with_epochs, _epochs_words),
    Move(english("polynomial features"), "bias", _degree, _with_powers, _powers_words),
    Move(english("longer training"), "bias", _epochs(2.5), _with_epochs, _epochs_words),
)
"""In the order in which they are measured: first what is measured already, then the cheaper ones."""
