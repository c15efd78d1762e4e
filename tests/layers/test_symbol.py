"""Where a network begins, and what layers give when there is no array yet."""

import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.layers import Add, Dense, Flatten, Input
from leadline.layers.symbol import Symbol, symbols_in


@pytest.mark.parametrize(("shape", "expected"), [((64,), (64,)), (64, (64,)), ([8, 8], (8, 8)), ((), ())])
def test_shape(shape, expected):
    assert Input(shape).shape == expected
    assert Input(shape, name="own").name == "own"


@pytest.mark.parametrize("shape", [0, (0,), (-1,), (None, 3), 2.5, (2.5,), True, (True,), None, "3", ("3",), {}])
def test_shapes_that_are_none(shape):
    with pytest.raises(ArgumentError, match="'shape' of Input must be positive whole numbers, without the batch axis. Got "):
        Input(shape)


def test_every_symbol_is_itself():
    """Two inputs of one shape and one name are two inputs."""
    assert Input((3,)) != Input((3,))
    assert len({Input((3,)), Input((3,))}) == 2


def test_a_layer_called_on_a_symbol_gives_one_and_makes_no_arrays():
    x, layer = Input((2, 3)), Dense(4)
    symbol = layer(x)
    assert (symbol.shape, symbol.layer, symbol.inputs) == ((2, 4), layer, (x,))
    assert symbol.layer is layer
    assert layer.weights is None
    assert repr(symbol) == "Symbol(shape=(2, 4))"
    assert layer(x) is not symbol


def test_a_layer_of_many_inputs():
    first, second = Input((3,)), Flatten()(Input((3, 1)))
    for given in ([first, second], (first, second)):
        symbol = Add()(given)
        assert (symbol.shape, symbol.inputs) == ((3,), (first, second))


@pytest.mark.parametrize("given", [3, [1.0], [[1.0]], np.ones((2, 2)), (), "text", None])
def test_no_symbols(given):
    assert symbols_in(given) is None


def test_symbols():
    x = Input((2,))
    assert symbols_in(x) == symbols_in([x]) == symbols_in((x,)) == (x,)
    assert isinstance(x, Symbol)


@pytest.mark.parametrize(("other", "kind"), [(np.ones((1, 2)), "ndarray"), ([[1.0]], "list"), (None, "NoneType")])
def test_symbols_and_something_else(other, kind):
    for given in ([Input((2,)), other], (other, Input((2,)))):
        with pytest.raises(ArgumentError, match=f"called on symbols and a {kind} together. Give all of them as symbols"):
            symbols_in(given)
