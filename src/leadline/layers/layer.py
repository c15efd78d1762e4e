"""What a layer is: a frozen description with `init` and `apply`, callable on an array as it stands."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, NoReturn, Self

import jax
import jax.numpy as jnp
import numpy as np

from leadline import activations, config, constraints, dtypes, initializers, regularizers, seeds
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.initializers.drawing import drawn
from leadline.layers.symbol import Symbol, as_batch, symbols_in
from leadline.layers.weights import Weights
from leadline.runtime import device_memory
from leadline.structure import Structure
from leadline.types import Array, Key, NumpyArray, Params, Shape, State, default_float

__all__ = ["Layer"]

_EAGER_LAYERS = itertools.count()

_MEANINGS: Mapping[str, tuple[Callable[[Any], Any], Mapping[str, Any]]] = MappingProxyType(
    {
        "activation": (activations.get, {}),
        "initializer": (initializers.get, initializers.INITIALIZERS),
        "regularizer": (regularizers.get, regularizers.REGULARIZERS),
        "constraint": (constraints.get, constraints.CONSTRAINTS),
    }
)
"""What the last word of a field's name says about its value: how a name becomes a thing, and the classes of a description."""


@dataclass(frozen=True)
class Layer(Structure):
    """A step of a network, as a frozen description.

    A new layer is a frozen dataclass with its fields, `output_shape`, `apply` and, if it has weights, `shapes`: the trained
    arrays by name. An array `kernel` begins as the field `kernel_initializer` says, pays what `kernel_regularizer` says, and is
    held to `kernel_constraint`, where the layer has such fields; names of known things are looked up when the layer is made.

    Args:
        name: The name in summaries and of its weights; a network numbers those that have none (`dense`, `dense_1`, …).
        trainable: Whether training changes its arrays. Frozen ones pay no penalty.
        dtype: The policy of precision: "float32", "mixed_bfloat16", "float64", …; None for that of `dtypes.set_dtype_policy`.

    Raises:
        ArgumentError: A field names something unknown.

    Examples:
        A layer without weights, and one with:

        >>> @dataclass(frozen=True)
        ... class Double(Layer):
        ...     def apply(self, params, state, x, *, training=False, key=None):
        ...         return 2 * x, state
        >>> Double()(np.array([[1.0, 2.0]])).tolist()
        [[2.0, 4.0]]
        >>> @dataclass(frozen=True)
        ... class Scale(Layer):
        ...     factor_initializer: str = "ones"
        ...     weight_names = ("factor",)
        ...     def shapes(self, input_shape):
        ...         return {"factor": input_shape[-1:]}
        ...     def apply(self, params, state, x, *, training=False, key=None):
        ...         return x * params["factor"], state
        >>> Scale()([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    name: str | None = field(default=None, kw_only=True)
    trainable: bool = field(default=True, kw_only=True)
    dtype: str | None = field(default=None, kw_only=True)

    weight_names: ClassVar[tuple[str, ...]] = ()
    """Names of its arrays in the order of `get_weights`."""
    kernel_names: ClassVar[tuple[str, ...]] = ()
    """Which of its arrays a λ of the whole network penalises, each by its field `…_regularizer`."""
    is_random: ClassVar[bool] = False
    """Whether `apply` draws random numbers in training."""
    takes_many: ClassVar[bool] = False
    """Whether `apply` reads a tuple of batches, and shapes of inputs are tuples of shapes."""
    mixes_examples: ClassVar[bool] = False
    """Whether in training the output for one example depends on the others of its batch."""
    draws_on_host: ClassVar[bool] = False
    """Whether `init` cannot stand in a compiled program."""

    def __post_init__(self) -> None:
        for one in fields(self):
            if one.name.rpartition("_")[2] in _MEANINGS:
                get, table = _MEANINGS[one.name.rpartition("_")[2]]
                object.__setattr__(self, one.name, get(config.built(getattr(self, one.name), table)))
        policy = dtypes.dtype_policy() if self.dtype is None else dtypes.get(self.dtype).name
        object.__setattr__(self, "dtype", policy)

    def output_shape(self, input_shape: Any) -> Shape:
        """The shape of one output for one input of `input_shape`; the same unless a layer says otherwise."""
        shape: Shape = input_shape
        return shape

    def shapes(self, input_shape: Any) -> dict[str, Shape]:
        """The shapes of the trained arrays, by name, for inputs of `input_shape`; none unless a layer says otherwise."""
        del input_shape
        return {}

    def init(self, key: Key, input_shape: Any) -> tuple[Params, State]:
        """New arrays for inputs of `input_shape`: trained ones, drawn as their initializers say, and state.

        Raises:
            ShapeError: The layer cannot read such inputs.
            ArgumentError: The arrays would take more memory than there is.
        """
        self.output_shape(input_shape)
        shapes = self.shapes(input_shape)
        size = sum(map(math.prod, shapes.values())) * self.variable_dtype.itemsize
        if size > (there := device_memory()):
            raise ArgumentError(
                f"The arrays of layer {self.label} ({', '.join(f'{name} {shape}' for name, shape in shapes.items())}) would take "
                f"{size / 1e9:,.1f} GB, and there are {there / 1e9:,.1f} GB of memory. Make it smaller."
            )
        draws = {name: getattr(self, f"{name}_initializer") for name in shapes}
        return drawn(key, draws, shapes, self.variable_dtype), {}

    def apply(
        self, params: Params, state: State, x: Any, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The output for a batch, and the new state; a pure function.

        Args:
            params: What `init` gave, or training made of it.
            state: Likewise.
            x: A batch, `(batch, *input_shape)`; a tuple of them where the layer `takes_many`.
            training: Whether this is a step of training.
            key: Random numbers for this step; needed in training where `is_random`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `apply`.")

    def run(self, params: Params, state: State, x: Any, *, training: bool = False, key: Key | None = None) -> tuple[Array, State]:
        """`apply` in the precision of the layer's policy: floating inputs and weights are cast, the state is not."""
        if self.is_random and training and key is None:
            raise ArgumentError(f"Layer {self.label} draws random numbers in training and got no key. Pass key=.")
        if self.dtype is None:
            return self.apply(params, state, x, training=training, key=key)
        cast = dtypes.get(self.dtype).cast
        output, new_state = self.apply(cast(params), state, cast(x), training=training, key=key)
        return cast(output), new_state

    def check_values(self, x: NumpyArray) -> None:
        """Refuses values of a model's input that the layer cannot read: a compiled program cannot raise.

        Raises:
            DataError: It cannot read them.
        """

    def penalty(self, params: Params) -> Array:
        """What the layer's regularizers add to the cost that is minimised; 0 without any."""
        total = jnp.zeros((), default_float())
        for name, array in params.items():
            regularizer = getattr(self, f"{name}_regularizer", None)
            total = total if regularizer is None else total + regularizer(array)
        return total

    @property
    def kernel_regularizers(self) -> dict[str, Any]:
        """The fields of the layer that say what its kernels pay, and what stands there."""
        names = [f"{name}_regularizer" for name in self.kernel_names]
        return {name: getattr(self, name) for name in names}

    @property
    def is_constrained(self) -> bool:
        """Whether an array of the layer is held to a constraint."""
        return any(getattr(self, f"{name}_constraint", None) is not None for name in self.weight_names)

    def constrain(self, params: Params) -> Params:
        """The trained arrays, brought back to what their constraints ask."""
        holds: dict[str, Any] = {name: getattr(self, f"{name}_constraint", None) for name in params}
        return {name: array if holds[name] is None else holds[name](array) for name, array in params.items()}

    @property
    def variable_dtype(self) -> np.dtype[Any]:
        """The dtype of the layer's arrays."""
        return default_float() if self.dtype is None else np.dtype(dtypes.get(self.dtype).variable)

    def refuse(self, got: Any, wanted: str, remedy: str = "") -> NoReturn:
        """Raises the ShapeError of a layer that cannot read its input.

        Args:
            got: The shape of one example.
            wanted: What the layer reads, in words or as a shape.
            remedy: What to do.
        """
        raise ShapeError(f"Layer {self.label} got examples of shape {got}, and wants {wanted}. {remedy}".rstrip())

    def with_trainable(self, trainable: bool) -> Self:
        """The layer with its arrays trained, or left as they are; it shares them with this one if they were made."""
        copy = self.replace(trainable=trainable)
        if self.weights is not None:
            object.__setattr__(copy, "weights_", self.weights)
        return copy

    def get_config(self) -> dict[str, Any]:
        """The layer as plain data, as `from_config` takes it: names to numbers, text, lists and further such descriptions.

        Raises:
            ArgumentError: A field holds something that plain data cannot say, such as a function of one's own.
        """
        return config.described_fields(self)

    @classmethod
    def from_config(cls, described: Mapping[str, Any]) -> Self:
        """The layer of a description.

        Raises:
            ArgumentError: There is no such argument, or its value cannot be used.
        """
        return config.made(cls, described)

    @property
    def weights(self) -> Weights | None:
        """The arrays of this object, or None before it was called or built."""
        return self.__dict__.get("weights_")

    def build(self, input_shape: Any, key: Key | None = None) -> Weights:
        """Makes the arrays of this object once; later calls give the same and check that the shape still fits.

        Args:
            input_shape: The shape of one example.
            key: Where the random numbers come from; by default a stream of its own for each object, by order of building.

        Raises:
            ShapeError: The layer was built for inputs of another shape.
        """
        if (built := self.weights) is None:
            if key is None:
                key = jax.random.fold_in(seeds.stream(0, "eager layers"), next(_EAGER_LAYERS))
            built = Weights(*self.init(key, input_shape), input_shape)
            object.__setattr__(self, "weights_", built)
        elif built.input_shape != input_shape and self._fits_not(built, input_shape):
            raise ShapeError(
                f"Layer {self.label} was built for inputs of shape {built.input_shape}, and got {input_shape}. "
                "Make a new layer for the other shape."
            )
        return built

    def _fits_not(self, built: Weights, input_shape: Any) -> bool:
        """Whether arrays for this shape would have other shapes than those that are there."""
        try:
            wanted = jax.eval_shape(functools.partial(self.init, input_shape=input_shape), jax.random.key(0))
        except ShapeError:
            return True
        have = jax.tree.map(jnp.shape, (built.params, built.state))
        return bool(have != jax.tree.map(jnp.shape, wanted))

    def __call__(self, x: Any, training: bool = False) -> Any:
        """The layer's output: for a batch, computed at once, the first call making the weights; for a symbol, a symbol.

        Args:
            x: A batch `(batch, …)`, or what an `Input` or a layer gave; a list of them where the layer `takes_many`.
            training: Whether to behave as in training.

        Raises:
            ShapeError: The layer cannot read such an input.
            ArgumentError: A list for a layer of one input, or one input for a layer of many.
        """
        symbols = symbols_in(x)
        self._check_number(x)
        if symbols is not None:
            shape = tuple(one.shape for one in symbols) if self.takes_many else symbols[0].shape
            return Symbol(self.output_shape(shape), self, symbols)
        who = f"Layer {self.label}"
        batch: Any = tuple(as_batch(one, who) for one in x) if self.takes_many else as_batch(x, who)
        own = self.build(tuple(one.shape[1:] for one in batch) if self.takes_many else batch.shape[1:])
        key = seeds.stream(next(_EAGER_LAYERS), "eager call") if training and self.is_random else None
        output, own.state = self.run(own.params, own.state, batch, training=training, key=key)
        return output

    def _check_number(self, x: Any) -> None:
        is_list = isinstance(x, (list, tuple))
        if self.takes_many and not is_list:
            raise ArgumentError(f"Layer {self.label} reads a list of inputs, and was called on one. Write [a, b].")
        if not self.takes_many and is_list and any(isinstance(one, Symbol) or getattr(one, "ndim", 0) > 1 for one in x):
            got = f"a list of {len(x)} of them"
            raise ArgumentError(
                f"Layer {self.label} reads one input, and was called on {got}. Call it on each, or join them first."
            )

    def get_weights(self) -> list[NumpyArray]:
        """Copies of the layer's arrays, in the order of `weight_names`; trained and untrained.

        Raises:
            NotBuiltError: The layer has not been called or built yet.
        """
        own = self._built()
        return [np.array({**own.params, **own.state}[name]) for name in self._present(own)]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Puts arrays in the order of `get_weights` into the layer.

        Raises:
            NotBuiltError: The layer has no weights yet, so their shapes are unknown.
            ArgumentError: Another number of arrays than the layer has.
            ShapeError: An array has another shape than the layer's.
        """
        own = self._built()
        own.params, own.state = self.arranged(weights)

    def arranged(self, weights: Sequence[Any]) -> tuple[Params, State]:
        """Arrays in the order of `get_weights` as params and state for this layer, which they leave as it is.

        Raises:
            NotBuiltError, ArgumentError, ShapeError: As `set_weights`.
        """
        own = self._built()
        names = self._present(own)
        if len(weights) != len(names):
            raise ArgumentError(f"Layer {self.label} has {len(names)} arrays ({', '.join(names)}), and got {len(weights)}.")
        arrays = {**own.params, **own.state}
        for name, value in zip(names, weights, strict=True):
            if np.shape(value) != arrays[name].shape:
                raise ShapeError(
                    f"{name!r} of layer {self.label} has shape {arrays[name].shape}, and the new array has {np.shape(value)}."
                )
            arrays[name] = jnp.asarray(value, arrays[name].dtype)
        return {name: arrays[name] for name in own.params}, {name: arrays[name] for name in own.state}

    @property
    def label(self) -> str:
        """How a message calls the layer: its name, or its class."""
        return repr(self.name) if self.name else type(self).__name__

    def _present(self, own: Weights) -> list[str]:
        have = {**own.params, **own.state}
        return [name for name in self.weight_names or sorted(have) if name in have]

    def _built(self) -> Weights:
        if self.weights is None:
            raise NotBuiltError(
                f"Layer {self.label} has no weights yet. Call it on a batch, or build the model that holds it, first."
            )
        return self.weights
