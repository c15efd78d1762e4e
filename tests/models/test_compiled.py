"""What `compile` means, once the network is known: losses, their shares and metrics of one output and of several."""

import pytest

from leadline import losses, metrics, optimizers
from leadline.errors import ArgumentError
from leadline.layers import Activation, Dense, Input
from leadline.models.compiled import Compiled
from leadline.network import between
from leadline.training.outputs import Joint

MSE, SPARSE = losses.MeanSquaredError(), losses.SparseCategoricalCrossentropy()
LOGITS = losses.SparseCategoricalCrossentropy(from_logits=True)


def one(activation=None, name=None):
    x = Input((3,))
    return between(x, Dense(3, activation, name=name)(x))


def two(second="softmax", names=("price", "kind")):
    x = Input((3,))
    return between(x, [Dense(1, name=names[0])(x), Dense(3, second, name=names[1])(x)])


def made(loss, loss_weights=None, measured=None):
    return Compiled(optimizers.SGD(), loss, loss_weights, measured)


@pytest.mark.parametrize(
    ("loss", "shares", "expected"),
    [
        ({"price": "mse", "kind": SPARSE}, None, ((MSE, SPARSE), (1.0, 1.0))),
        ({"kind": SPARSE, "price": "mse"}, {"kind": 2, "price": 0.5}, ((MSE, SPARSE), (0.5, 2.0))),
        (["mse", "sparse_categorical_crossentropy"], [0.5, -1.0], ((MSE, SPARSE), (0.5, -1.0))),
        (("mse", SPARSE), (1, 2), ((MSE, SPARSE), (1.0, 2.0))),
        ("mse", None, ((MSE, MSE), (1.0, 1.0))),
    ],
)
def test_losses_of_several_outputs(loss, shares, expected):
    joint = made(loss, shares).loss_for(two())
    assert isinstance(joint, Joint)
    assert (joint.parts, joint.weights) == expected
    assert joint.names == ("price", "kind")


def test_the_loss_of_one_output():
    assert made("mse").loss_for(one()) == MSE
    assert made(LOGITS).loss_for(one()) is LOGITS


@pytest.mark.parametrize(
    ("measured", "names"),
    [
        (None, []),
        (["mae", ["accuracy", "mse"]], ["kind_accuracy", "kind_mse", "price_mae"]),
        ({"kind": ["accuracy"]}, ["kind_accuracy"]),
        ({"kind": "acc", "price": [metrics.RootMeanSquaredError(name="root")]}, ["kind_acc", "price_root"]),
        ([[], ["accuracy"]], ["kind_accuracy"]),
    ],
)
def test_metrics_of_several_outputs(measured, names):
    own, network = made(["mse", SPARSE], None, measured), two()
    assert [metric.name for metric in own.metrics_for(network, own.loss_for(network), ((8, 1), (8,)))] == names


def test_metrics_of_one_output_keep_their_order():
    own = made(SPARSE, None, ["mse", "accuracy", "mae"])
    assert [metric.name for metric in own.metrics_for(one("softmax"), SPARSE, ((8,),))] == ["mse", "accuracy", "mae"]


def of(network, *options, shapes=None):
    own = made(*options)
    return own.metrics_for(network, own.loss_for(network), shapes)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: of(two(), {"price": "mse", "knid": "mse"}), ArgumentError, "Unknown output 'knid'. Did you mean 'kind'"),
        (lambda: of(two(), {"price": "mse"}), ArgumentError, "Output 'kind' has no loss. Name one for each of: price, kind"),
        (lambda: of(two(), ["mse"]), ArgumentError, r"has the outputs price, kind, and wants a loss for each. Got \['mse'\]"),
        (lambda: of(two(), "mse", [1.0]), ArgumentError, "wants a loss weight for each. Got"),
        (lambda: of(two(), "mse", 3.0), ArgumentError, "wants a loss weight for each. Got 3.0"),
        (lambda: of(two(), "mse", {"price": 1.0}), ArgumentError, "Output 'kind' has no loss weight"),
        (lambda: of(two(), "mse", {"price": 1.0, "other": 2.0}), ArgumentError, "Unknown output 'other'"),
        (lambda: of(two(), "mse", ["a", "b"]), ArgumentError, "'loss_weights' must be finite numbers. Got"),
        (lambda: of(two(), "mse", [1.0, float("nan")]), ArgumentError, "'loss_weights' must be finite numbers. Got"),
        (lambda: of(two(), "mse", None, ["mae"]), ArgumentError, "wants a list of metrics for each. Got"),
        (lambda: of(two(), "mse", None, {"other": ["mae"]}), ArgumentError, "Unknown output 'other'"),
        (lambda: of(two(), "mse", None, [["mae", "mae"], []]), ArgumentError, "Two records would be called 'price_mae'"),
        (
            lambda: of(two(), "mse", None, [[metrics.MeanAbsoluteError(name="loss")], []]),
            ArgumentError,
            "Two records would be called 'price_loss'. Give the metric, or the layer, a name of its own",
        ),
        (
            lambda: of(one(), ["mse", "mae"]),
            ArgumentError,
            r"has one output, 'dense', and got the loss \['mse', 'mae'\].*Give one",
        ),
        (lambda: of(one(name="own"), {"own": "mse"}), ArgumentError, "has one output, 'own', and got the loss"),
        (lambda: of(one(), "mse", [2.0]), ArgumentError, r"has one output.*loss_weights=\[2.0\]. Give one loss, and no weights"),
        (lambda: of(one(), "mse", None, [metrics.MeanAbsoluteError(name="cost")]), ArgumentError, "would be called 'cost'"),
        (lambda: made("msee"), ArgumentError, "Unknown loss 'msee'. Did you mean"),
        (lambda: made({"price": "msee"}), ArgumentError, "Unknown loss 'msee'"),
        (lambda: made(["mse", losses.Huber(reduction=None)]), ArgumentError, "has reduction 'none'. Leave the reduction out"),
        (lambda: made("mse", None, "mae"), ArgumentError, r"'metrics' must be a list, such as \['accuracy'\]. Got 'mae'"),
        (lambda: made("mse", None, {"price": ["accurcy"]}), ArgumentError, "Unknown metric 'accurcy'. Did you mean 'accuracy'"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


@pytest.mark.parametrize(
    ("network", "loss", "layer", "activation"),
    [
        (one("softmax"), LOGITS, "dense", "softmax"),
        (one("softmax", name="own"), losses.CategoricalCrossentropy(from_logits=True), "own", "softmax"),
        (one("sigmoid"), losses.BinaryCrossentropy(from_logits=True), "dense", "sigmoid"),
        (two(), ["mse", LOGITS], "kind", "softmax"),
        (between(x := Input((3,)), Activation("softmax")(Dense(3)(x))), LOGITS, "activation", "softmax"),
    ],
)
def test_logits_of_probabilities_are_refused(network, loss, layer, activation):
    with pytest.raises(ArgumentError, match=f"reads logits .*layer '{layer}' gives what {activation} makes of them.*linear"):
        made(loss).loss_for(network)
    assert made("mse").loss_for(network) is not None
