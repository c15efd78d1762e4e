"""Somebody else's network as a layer."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from leadline.adapters.windows import suited
from leadline.errors import ArgumentError, LeadlineError, ShapeError
from leadline.layers.layer import Layer
from leadline.layers.weights import Weights
from leadline.structure import traced
from leadline.types import Array, Key, NumpyArray, Params, Shape, State, default_float

__all__ = ["Adapter", "Foreign", "keywords"]


class Adapter:
    """What a file of this folder knows about its framework: one network, as pure functions of trees of arrays.

    Attributes:
        is_random: Whether the network draws random numbers in training.
        is_traceable: Whether `init` can stand in a compiled program.
        is_penalised: Whether the network has regularizers of its own.
        is_constrained: Whether the network holds arrays to constraints.
        mixes_examples: Whether in training the output for one example may depend on the others of its batch.
    """

    is_random = True
    is_traceable = True
    is_penalised = False
    is_constrained = False
    mixes_examples = True

    def init(self, key: Key, x: Array) -> tuple[Any, Any]:
        """New trained arrays and other arrays, as the framework draws them; `x` is a batch of one example."""
        raise NotImplementedError

    def own(self) -> tuple[Any, Any] | None:
        """Copies of the arrays that the network has already; None where it has none."""
        return None

    def apply(self, params: Any, state: Any, x: Any, training: bool, key: Key | None) -> tuple[Any, Any]:
        """The output for a batch, and the other arrays after it."""
        raise NotImplementedError

    def restore(self, params: Any, state: Any) -> Any:
        """The network in the framework's own form, with these arrays."""
        raise NotImplementedError

    def kernels(self, params: Any) -> list[Array]:
        """The arrays that a λ penalises: those of two axes or more that are not called `bias`."""
        return [leaf for path, leaf in jax.tree.leaves_with_path(params) if leaf.ndim > 1 and _name(path) != "bias"]

    def penalty(self, params: Any) -> Any:
        """What the network's own regularizers give."""
        del params
        return 0.0

    def constrain(self, params: Any) -> Any:
        """The trained arrays, brought back to what the network's constraints ask."""
        return params


@dataclass(frozen=True)
class Foreign(Layer):
    """A network of another framework, as one layer: what trains, sweeps and diagnoses layers does so with it.

    It begins with the arrays that the network has. A population, whose members each begin anew, draws new ones as the framework
    does, unless the network is `pretrained`. Frozen, it works as in prediction.

    Args:
        adapter: What knows the framework.
        pretrained: Whether every training begins with the arrays that the network has.
        kernel_regularizer: A penalty on every kernel, instead of all that the network's own regularizers give.
    """

    adapter: Any
    pretrained: bool = False
    kernel_regularizer: Any = traced(default=None)

    kernel_names: ClassVar[tuple[str, ...]] = ("kernel",)

    @property
    def is_random(self) -> bool:  # type: ignore[override]
        """Whether the network draws random numbers in training."""
        return bool(self.adapter.is_random)

    @property
    def mixes_examples(self) -> bool:  # type: ignore[override]
        """Whether in training the output for one example may depend on the others of its batch."""
        return bool(self.adapter.mixes_examples)

    @property
    def draws_on_host(self) -> bool:  # type: ignore[override]
        """Whether new arrays cannot be drawn in a compiled program."""
        return not self.adapter.is_traceable and not self.pretrained

    @property
    def is_constrained(self) -> bool:
        """Whether the network holds arrays to constraints."""
        return bool(self.adapter.is_constrained)

    @property
    def kernel_regularizers(self) -> dict[str, Any]:
        """What the kernels pay: `kernel_regularizer`, or what the network's own regularizers ask."""
        own = self.adapter.penalty if self.kernel_regularizer is None and self.adapter.is_penalised else self.kernel_regularizer
        return {"kernel_regularizer": own}

    def output_shape(self, input_shape: Any) -> Any:
        """What the network gives for one example, found by tracing it.

        Raises:
            ShapeError: The network cannot read such examples.
            ArgumentError: It gives several outputs, or none for each example.
        """
        return self._read(input_shape)[0]

    def build(self, input_shape: Any, key: Key | None = None) -> Weights:
        """The arrays of this object: at first those that the network has; where it has none, as for every layer."""
        if self.weights is None and (own := self.adapter.own()) is not None:
            object.__setattr__(self, "weights_", Weights(*_named(*own), input_shape))
        return super().build(input_shape, key)

    def init(self, key: Key, input_shape: Any) -> tuple[Params, State]:
        """The network's own arrays where it is `pretrained`, or new ones."""
        own, dtype = self.adapter.own(), self._read(input_shape)[1]
        if self.pretrained and own is not None:
            return _named(*own)
        made = self.adapter.init(key, jnp.zeros((1, *input_shape), dtype))
        return _named(*(made if own is None else _alike(made, own)))

    def apply(
        self, params: Params, state: State, x: Any, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The network's output."""
        x, learns = x.astype(self._read(x.shape[1:], x.dtype)[1]), training and self.trainable
        own = params["network"], state.get("other", {}), x, key if learns else None
        output, after = suited(lambda *given: self.adapter.apply(*given[:3], learns, given[3]), *own)
        return output, {"other": after} if "other" in state else {}

    def penalty(self, params: Params) -> Array:
        """What `kernel_regularizer` gives, or the network's own regularizers."""
        if self.kernel_regularizer is None:
            return jnp.asarray(self.adapter.penalty(params["network"]), default_float())
        kernels = self.adapter.kernels(params["network"])
        return sum(map(self.kernel_regularizer, kernels), jnp.zeros((), default_float()))

    def constrain(self, params: Params) -> Params:
        """The trained arrays, brought back to what the network's constraints ask."""
        return {"network": self.adapter.constrain(params["network"])}

    def get_weights(self) -> list[NumpyArray]:
        """Copies of the network's arrays, the trained ones first, in the order of its tree.

        Raises:
            NotBuiltError: The layer has not been called or built yet.
        """
        own = self._built()
        return [np.array(leaf) for leaf in jax.tree.leaves((own.params, own.state))]

    def arranged(self, weights: Sequence[Any]) -> tuple[Params, State]:
        """Arrays in the order of `get_weights` as params and state.

        Raises:
            NotBuiltError, ArgumentError, ShapeError: As `set_weights`.
        """
        own = self._built()
        leaves, tree = jax.tree.flatten((own.params, own.state))
        if len(leaves) != len(weights):
            raise ArgumentError(f"Layer {self.label} has {len(leaves)} arrays, and got {len(weights)}.")
        for leaf, value in zip(leaves, weights, strict=True):
            if np.shape(value) != leaf.shape:
                raise ShapeError(f"An array of layer {self.label} has shape {leaf.shape}, and the new one has {np.shape(value)}.")
        made = [jnp.asarray(value, leaf.dtype) for leaf, value in zip(leaves, weights, strict=True)]
        params, state = jax.tree.unflatten(tree, made)
        return params, state

    def unwrapped(self) -> Any:
        """The network in the framework's own form, with the arrays of this object.

        Raises:
            NotBuiltError: The layer has not been called or built yet.
        """
        own = self._built()
        # copies, since the framework's own training may use its arrays up
        params, state = jax.tree.map(jnp.copy, (own.params, own.state))
        return self.adapter.restore(params["network"], state.get("other", {}))

    def _read(self, input_shape: Any, dtype: Any = None) -> tuple[Shape, Any]:
        """The shape of one output, and the dtype in which the network reads its input."""
        try:
            return _read(self.adapter, input_shape, np.dtype(default_float() if dtype is None else dtype))
        except LeadlineError:
            raise
        except Exception as error:
            self.refuse(input_shape, "what the wrapped network reads", f"It says: {_said(error)}")

    def _fits_not(self, built: Weights, input_shape: Any) -> bool:
        start = built.params["network"], built.state.get("other", {})
        try:
            _output_shape(self.adapter, start, input_shape, self._read(built.input_shape)[1])
        except Exception:
            return True
        return False


@functools.lru_cache(maxsize=256)
def _read(adapter: Adapter, input_shape: Any, dtype: Any) -> tuple[Shape, Any]:
    """What a network gives, and the dtype that it reads: the given one, or int32 where it looks things up by number."""
    refusals = []
    for tried in (dtype, np.dtype(np.int32)):
        try:
            return _output_shape(adapter, _start(adapter, input_shape, tried), input_shape, tried), tried
        except LeadlineError:
            raise
        except Exception as error:  # what a stranger's code raises where it cannot read its input is unknown
            refusals.append(error)
    raise refusals[0]


def _start(adapter: Adapter, input_shape: Any, dtype: Any) -> Any:
    return adapter.own() or jax.eval_shape(adapter.init, jax.random.key(0), _batch(1, input_shape, dtype))


def _output_shape(adapter: Adapter, start: Any, input_shape: Any, dtype: Any) -> Shape:
    x = _batch(2, input_shape, dtype)  # two, since with one example a wrong order of axes can go unnoticed
    output = jax.eval_shape(lambda params, state, x: adapter.apply(params, state, x, False, None)[0], *start, x)
    if not hasattr(output, "shape"):
        raise ArgumentError(
            f"The wrapped network gives several outputs ({type(output).__name__}). Wrap one that gives one array."
        )
    if output.shape[:1] != (2,):
        raise ArgumentError(
            f"The wrapped network gives an array of shape {output.shape} for a batch of 2 examples of shape {input_shape}. "
            "Wrap one whose output has one row for each example."
        )
    return tuple(output.shape[1:])


def _batch(rows: int, input_shape: Any, dtype: Any) -> Any:
    return jax.ShapeDtypeStruct((rows, *input_shape), dtype)  # type: ignore[no-untyped-call]


def _said(error: Exception) -> str:
    """The beginning of a message, in one line and without colours; Keras says what it was doing first, then what went wrong."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", f"{type(error).__name__}: {error}")
    return " ".join([line.strip() for line in plain.splitlines() if line.strip()][:2])


def _named(params: Any, state: Any) -> tuple[Params, State]:
    # two names, since a frozen layer keeps both in one dictionary
    return {"network": params}, {"other": state} if jax.tree.leaves(state) else {}


def _alike(made: Any, own: Any) -> Any:
    """The new arrays in the tree of the network's own, whose static parts may be other objects.

    Raises:
        ArgumentError: They are others.
    """
    leaves, tree = jax.tree.flatten(own)
    new = jax.tree.leaves(made)
    if [leaf.shape for leaf in leaves] != [leaf.shape for leaf in new]:
        raise ArgumentError(
            "The new network that make(…) gave has other arrays than the wrapped one. Make one of the same structure."
        )
    return jax.tree.unflatten(tree, new)


def _name(path: Any) -> str:
    """What the last step of a path into a tree is called."""
    return str(getattr(path[-1], "key", getattr(path[-1], "name", ""))) if path else ""


def keywords(function: Callable[..., Any], training: bool) -> dict[str, bool]:
    """How a network is told that this is training, by the words that its signature knows.

    Examples:
        >>> keywords(lambda x, *, deterministic: x, training=True)
        {'deterministic': False}
    """
    says = dict.fromkeys(("training", "train", "is_training"), training) | dict.fromkeys(
        ("deterministic", "inference"), not training
    )
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    return {name: value for name, value in says.items() if name in known}
