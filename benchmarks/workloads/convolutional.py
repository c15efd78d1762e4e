"""Small convolutional networks, as courses and first projects have them."""

from made import classes
from networks import BatchNormalization, Conv, Dense, Flatten, LocallyConnected, Network, Pool, SeparableConv
from tasks import Fit, Goal

__all__ = ["TASKS"]

IMAGE, HEART_BEAT = (28, 28, 1), (187, 1)
STEPS = 20
PLAIN = (Conv(32, (3, 3), "relu"), Pool((2, 2)), Conv(64, (3, 3), "relu"), Pool((2, 2)), Flatten(), Dense(128, "relu"), Dense(10))
NORMALIZED = (
    *(Conv(32, (3, 3), "relu"), BatchNormalization(), Pool((2, 2)), Conv(64, (3, 3), "relu"), BatchNormalization(), Pool((2, 2))),
    *(Flatten(), Dense(128, "relu"), Dense(10)),
)
SEPARABLE = (
    *(
        Conv(32, (3, 3), "relu"),
        Pool((2, 2)),
        SeparableConv(64, (3, 3), "relu"),
        Pool((2, 2)),
        SeparableConv(128, (3, 3), "relu"),
    ),
    *(Flatten(), Dense(10)),
)
BEATS = (Conv(32, (5,), "relu"), Pool((2,)), Conv(64, (5,), "relu"), Pool((2,)), Flatten(), Dense(64, "relu"), Dense(5))
UNSHARED = (LocallyConnected(8, 20, 10, "relu"), Flatten(), Dense(32, "relu"), Dense(5))


def images(what: str, layers: tuple, least: float = 1.0) -> Fit:
    """A network on images of 28×28."""
    data = lambda: classes(STEPS * 128, IMAGE, 10)  # noqa: E731
    what = f"28×28, {what}, batches of 128"
    return Fit(what=what, network=Network(IMAGE, layers), data=data, batch=128, amount=1, first=1, goals=(Goal(least=least),))


def beats(what: str, layers: tuple, amount: int) -> Fit:
    """A network on heart beats of 187 samples in 5 classes, as the MIT-BIH data set has them."""
    data = lambda: classes(40 * 64, HEART_BEAT, 5)  # noqa: E731
    what = f"187 samples, {what}, batches of 64"
    return Fit(
        what=what, network=Network(HEART_BEAT, layers), data=data, batch=64, amount=amount, first=1, goals=(Goal(least=1.0),)
    )


TASKS = {
    "cnn": images("Conv 32, pool, Conv 64, pool, Dense 128-10", PLAIN, 1.2),
    "cnn-bn": images("the same with batch normalization after each convolution", NORMALIZED),
    "separable": images("Conv 32, pool, SeparableConv 64, pool, SeparableConv 128, Dense 10", SEPARABLE),
    "conv1d-ecg": beats("Conv 32, pool, Conv 64, pool, Dense 64-5", BEATS, 2),
    "locally-connected": beats("8 neurons at each of 17 places, Dense 32-5", UNSHARED, 25),
}
