"""A model whose layers stand one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.layers.layer import Layer
from leadline.layers.symbol import Input
from leadline.models.model import Model
from leadline.models.weighted import Weighted
from leadline.network import Call, Network, layer_names
from leadline.types import Shape

__all__ = ["Sequential"]


class Sequential(Model):
    """Layers one after the other.

    The shape of the input is given by an `Input` in front, by `build`, or by the first data. Layers that were called or trained
    before keep their weights.

    Args:
        layers: The layers, first to last; the first may be an `Input`. A model that is itself a chain stands for its layers.
        name: What the summary calls it.
        seed: As for `Model`.

    Raises:
        ArgumentError: Something that is not a layer, one that reads several inputs or stands there twice, or two of one name.

    Examples:
        >>> from leadline.layers import Dense
        >>> model = Sequential([Input(shape=(2,)), Dense(3, "sigmoid"), Dense(1, "sigmoid")])
        >>> model.count_params()
        13
        >>> model.predict([[200.0, 17.0]]).shape
        (1, 1)
    """

    def __init__(self, layers: Sequence[Any] | None = None, *, name: str = "sequential", seed: int = 0) -> None:
        super().__init__(name=name, seed=seed)
        self._stack: list[Layer] = []
        self._input_shape: Shape | None = None
        for layer in layers or ():
            self._put(layer)
        self._build_if_known()

    def add(self, layer: Any) -> None:
        """Puts a layer at the end."""
        self._put(layer)
        self._build_if_known()

    def pop(self) -> Layer:
        """Takes the last layer away, and gives it."""
        if not self._stack:
            raise ArgumentError(f"Model {self.name!r} has no layers to take away.")
        layer = self._stack.pop()
        self._network = None
        self._build_if_known()
        return layer

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Makes the weights.

        Args:
            input_shape: The shape of a batch, its first entry None (or any number): `(None, 64)`.

        Raises:
            ArgumentError: It is no such shape.
            ShapeError: The model was built for another one.
        """
        if len(input_shape) < 2:
            raise ArgumentError(f"build takes the shape of a batch, such as (None, 64). Got {tuple(input_shape)}.")
        shape = Input(shape=tuple(input_shape[1:])).shape  # type: ignore[arg-type]
        self.ensure_built(shape)
        if shape != self.network.input_shape:
            raise ShapeError(f"Model {self.name!r} was built for examples of shape {self.network.input_shape}. Got {shape}.")

    def ensure_built(self, input_shape: Shape) -> None:
        """Makes the weights for inputs of this shape, if that was not done."""
        if self._network is None:
            if not self._stack:
                raise NotBuiltError(f"Model {self.name!r} has no layers. Add some first.")
            self._adopt(Network(tuple(self._stack), layer_names(self._stack), tuple(input_shape)))
            self._input_shape = tuple(input_shape)

    @property
    def layers(self) -> list[Layer]:
        """The layers, first to last."""
        return list(self._stack)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers' names, first to last."""
        return layer_names(self._stack)

    def _replace(self, layers: list[Layer]) -> None:
        self._stack = layers
        if self.built:
            super()._replace(layers)

    def _put(self, layer: Any) -> None:
        if isinstance(layer, Input) and not self._stack and self._input_shape is None:
            self._input_shape = layer.shape
        elif isinstance(layer, Weighted):
            self._put_model(layer)
        elif isinstance(layer, Layer):
            if layer.takes_many:
                raise ArgumentError(
                    f"Layer {layer.label} reads a list of inputs, and a Sequential has one. Make a Model instead."
                )
            if any(layer is own for own in self._stack):
                raise ArgumentError(f"The same layer {layer.label} stands twice in one Sequential. Make a second one.")
            self._stack.append(layer)
        else:
            hint = "An Input stands first, and once." if isinstance(layer, Input) else "Write Dense(3), not Dense or a number."
            raise ArgumentError(f"Sequential is made of layers. Got {layer!r}. {hint}")

    def _put_model(self, model: Weighted) -> None:
        chain = tuple(Call(place, (place,)) for place in range(len(model.layers)))
        if model.built and (model.network.calls != chain or model.network.outputs not in (-1, len(chain))):
            raise ArgumentError(
                f"Model {model.name!r} is no chain of layers, so it cannot stand in a Sequential. "
                "Call it on an Input, and make a Model of inputs and outputs."
            )
        if model.built and not self._stack and self._input_shape is None:
            self._input_shape = model.network.input_shape
        for layer in model.layers:
            self._put(layer)

    def _build_if_known(self) -> None:
        known, self._network = self._input_shape, None
        own = self._stack[0].weights if self._stack else None
        if known is None and own is not None and (own.params or own.state):  # a layer without arrays takes any shape
            known = own.input_shape
        if known is not None and self._stack:
            self.ensure_built(known)
