"""A network and its arrays: what there is of a model before any training."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leadline import seeds
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.files.onnx.writing import write as write_export
from leadline.files.weights import read, write
from leadline.layers.layer import Layer
from leadline.layers.symbol import Symbol, as_batch, symbols_in
from leadline.models.inputs import whole
from leadline.models.outputs import Forward
from leadline.models.summary import summary_text
from leadline.network import Network
from leadline.types import Array, NumpyArray, Params, Shape, State

__all__ = ["Weighted"]

_CALLS = itertools.count()


class Weighted:
    """A network with its weights, which belong to the layers, as in Keras: a layer of two models is the same in both.

    Args:
        name: What the summary calls it.
        seed: Decides the first weights, the order of the examples and what layers draw. The same seed on the same machine gives
            the same bits; another one, another training.
    """

    def __init__(self, *, name: str, seed: int) -> None:
        self.name = name
        self.seed = whole("seed", seed, 0)
        self._network: Network | None = None
        self._progress: tuple[Any, Array] | None = None  # what the optimizer remembers, and its steps
        self._ready: tuple[list[Any], Forward] | None = None  # the forward pass, and what it was made of

    @property
    def network(self) -> Network:
        """The network as an immutable description.

        Raises:
            NotBuiltError: The shape of its input is not known yet.
        """
        if self._network is None:
            raise NotBuiltError(
                f"Model {self.name!r} does not know the shape of its input yet. "
                "Begin with Input(shape=…), call build((None, features)), or fit it."
            )
        return self._network

    @property
    def built(self) -> bool:
        """Whether the model has weights."""
        return self._network is not None

    def ensure_built(self, input_shape: Shape) -> None:
        """Makes the weights for inputs of this shape, if that was not done."""
        del input_shape
        _ = self.network

    def _adopt(self, network: Network) -> None:
        """Takes a network as its own, and makes the weights of the layers that have none."""
        key = seeds.stream(self.seed, "weights")
        for name, layer, shape in network:
            layer.build(shape, network.layer_key(key, name))
        self._network, self._progress = network, None

    def __call__(self, x: Any, training: bool = False) -> Any:
        """The output (a list of several): for a batch, arrays of JAX, computed at once; for what an `Input` gave, symbols.

        A model called on symbols becomes part of another: its layers stand there too, with the same weights.

        Args:
            x: A batch `(batch, …)` or a symbol; a list of them where there are several inputs.
            training: Whether to behave as in training.
        """
        if (symbols := symbols_in(x)) is not None:
            return self._symbol(symbols)
        many = isinstance(x, (list, tuple)) and self.built and self.network.has_many_inputs
        batch: Any = tuple(as_batch(one, "The model") for one in x) if many else as_batch(x, "The model")
        network = self._fitting(tuple(one.shape[1:] for one in (batch if many else (batch,))))
        key = seeds.stream(next(_CALLS), "eager call") if training and network.is_random else None
        params, state = self._arrays()
        output, state = network.apply(params, state, batch, training=training, key=key)
        if training:
            self._keep(params, state)
        return list(output) if isinstance(output, tuple) else output

    def _fitting(self, shapes: tuple[Shape, ...]) -> Network:
        """The network, if it takes examples of these shapes."""
        self.ensure_built(shapes[0])
        if shapes != self.network.input_shapes:
            wanted = self.network.input_shape
            raise ShapeError(
                f"Model {self.name!r} takes examples of shape {wanted}. Got {shapes if len(shapes) > 1 else shapes[0]}."
            )
        return self.network

    def _symbol(self, symbols: tuple[Symbol, ...]) -> Any:
        network = self._fitting(tuple(symbol.shape for symbol in symbols))
        values = list(symbols)
        for call in network.calls:
            layer = network.layers[call.layer]
            values.append(layer([values[i] for i in call.inputs] if layer.takes_many else values[call.inputs[0]]))
        return values[network.outputs] if isinstance(network.outputs, int) else [values[place] for place in network.outputs]

    # --- layers -------------------------------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, first to last."""
        return list(self.network.layers)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers' names, first to last."""
        return self.network.names

    def get_layer(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            ArgumentError: There is none.
        """
        for own, layer in zip(self.layer_names, self.layers, strict=True):
            if own == name:
                return layer
        raise ArgumentError(f"Model {self.name!r} has no layer {name!r}. It has: {', '.join(self.layer_names)}.")

    @property
    def trainable(self) -> bool:
        """Whether training changes the arrays of every layer; set it to freeze or free them all."""
        return all(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._set_trainable(bool(value), self.layer_names)

    def freeze(self, *names: str) -> None:
        """Keeps training from changing the arrays of the layers of these names; a BatchNormalization then works as in prediction.

        What the optimizer remembers is dropped, as with a new `compile`.

        Raises:
            ArgumentError: There is no layer of a name.
        """
        self._set_trainable(False, names)

    def unfreeze(self, *names: str) -> None:
        """Lets training change the arrays of the layers of these names again.

        Raises:
            ArgumentError: There is no layer of a name.
        """
        self._set_trainable(True, names)

    def _set_trainable(self, trainable: bool, names: Sequence[str]) -> None:
        if not names and self.layer_names:
            raise ArgumentError(f"Name the layers to freeze or free, or set 'trainable' for all: {', '.join(self.layer_names)}.")
        for name in names:
            self.get_layer(name)
        own = zip(self.layer_names, self.layers, strict=True)
        self._replace([layer.with_trainable(trainable) if name in names else layer for name, layer in own])
        self._progress = None

    def _replace(self, layers: list[Layer]) -> None:
        self._network = self.network.replace(layers=tuple(layers))

    # --- weights ------------------------------------------------------------------------------------------------------------

    def get_weights(self) -> list[NumpyArray]:
        """Copies of all arrays, layer by layer, within a layer as `Layer.get_weights`."""
        return [array for _, layer, _ in self.network for array in layer.get_weights()]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Puts arrays in the order of `get_weights` into the layers.

        Raises:
            ArgumentError: Another number of arrays than the model has.
            ShapeError: An array has another shape than its place.
        """
        counts = [len(layer.get_weights()) for _, layer, _ in self.network]
        if len(weights) != sum(counts):
            raise ArgumentError(f"Model {self.name!r} has {sum(counts)} arrays, and got {len(weights)}.")
        ends = np.cumsum(counts)
        parts = [weights[end - count : end] for end, count in zip(ends, counts, strict=True)]
        for (_, layer, _), part in zip(self.network, parts, strict=True):
            layer.arranged(part)  # all are checked before the first is changed
        for (_, layer, _), part in zip(self.network, parts, strict=True):
            layer.set_weights(part)

    def save_weights(self, path: str | Path) -> None:
        """Writes the arrays alone into a file, as Keras does (`.weights.h5`) or as safetensors.

        Args:
            path: The file; its name ends in `.weights.h5` or `.safetensors`.

        Raises:
            NotBuiltError: The model has no weights yet.
            ArgumentError: The name ends otherwise.
            DataError: The file cannot be written.
        """
        write(self.network, path)

    def load_weights(self, path: str | Path) -> None:
        """Puts the arrays of a file into the layers, all or none.

        Args:
            path: A file that `save_weights` wrote, here or in Keras.

        Raises:
            NotBuiltError: The model has no weights yet.
            ArgumentError: The file's name ends in neither ending.
            DataError: The file cannot be read, is damaged, or has other arrays than the model.
        """
        held = read(self.network, path)
        self.set_weights([array for layer in held.layers for array in layer.get_weights()])

    def export(self, path: str | Path, format: str = "onnx") -> None:  # noqa: A002 - Keras's name
        """Writes what the model predicts as an ONNX file, which ONNX Runtime and many others read.

        The inputs have the model's names for them, the outputs those of the layers that give them; a batch has any number of
        examples. Layers that work in training alone are left out, and so is what `compile` was given.

        Args:
            path: The file.
            format: "onnx".

        Raises:
            NotBuiltError: The model has no weights yet.
            ArgumentError: A layer or an activation is code, computes in another precision than float32, or the onnx package is
                not installed (`pip install 'leadline[onnx]'`).
            DataError: The file cannot be written.
        """
        write_export(self.network, path, format)

    def count_params(self) -> int:
        """How many numbers the arrays hold."""
        return sum(array.size for array in self.get_weights())

    def summary(self) -> None:
        """Prints the layers, their output shapes and how many numbers they hold."""
        print(summary_text(self.name, self.network, [sum(a.size for a in layer.get_weights()) for layer in self.layers]))

    def _arrays(self) -> tuple[Params, State]:
        own = {name: layer.build(shape) for name, layer, shape in self.network}
        return self.network.gathered({name: (arrays.params, arrays.state) for name, arrays in own.items()})

    def _forward(self) -> Forward:
        """The forward pass with the arrays as they are; the same one while they are the same."""
        network = self.network
        made_of: list[Any] = [network]
        for held in (layer.weights for layer in network.layers):
            made_of += () if held is None else (held.params, held.state)
        if self._ready is None or not all(map(operator.is_, self._ready[0], made_of)):
            self._ready = made_of, Forward(network, *self._arrays())
        return self._ready[1]

    def _keep(self, params: Params, state: State) -> None:
        for name, layer, shape in self.network:
            own = layer.build(shape)
            if layer.trainable:
                own.params, own.state = params.get(name, {}), state.get(name, {})
