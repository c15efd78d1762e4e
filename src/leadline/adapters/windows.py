"""Convolutions and max-poolings of other frameworks, computed in the form that suits the device.

They all end in XLA's own, which inside a compiled loop on a CPU takes a slow path: `ops.convolution` and `ops.pooling` know a
better one, with the same numbers to rounding. A function is traced, and its trace carried out again with these in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from leadline.ops import convolution, pooling
from leadline.types import Array

__all__ = ["suited"]


def suited(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a pure function of trees of arrays gives, its sliding windows in the form that suits the device.

    Only what stands in the function itself or in what it compiles by `jax.jit` is exchanged; inside loops of its own, and inside
    functions with derivatives of their own, windows stay as they are. A function without windows is simply called.

    Args:
        function: The function.
        arguments: Its arguments.

    Examples:
        >>> x, kernel = jnp.ones((1, 1, 5)), jnp.ones((2, 1, 3))
        >>> suited(lambda x: lax.conv(x, kernel, (1,), "VALID"), x).tolist()
        [[[3.0, 3.0, 3.0], [3.0, 3.0, 3.0]]]
    """
    if convolution.default_form() == "lax":
        return function(*arguments)
    traced, shape = jax.make_jaxpr(function, return_shape=True)(*arguments)
    if not _has_windows(traced.jaxpr):
        return function(*arguments)
    return jax.tree.unflatten(jax.tree.structure(shape), _carried_out(traced, jax.tree.leaves(arguments)))


def _has_windows(jaxpr: Any) -> bool:
    return any(
        _has_windows(eqn.params["jaxpr"].jaxpr) if eqn.primitive.name in _COMPILED else eqn.primitive.name in _FORMS
        for eqn in jaxpr.eqns
    )


def _carried_out(traced: Any, arguments: Any) -> list[Any]:
    """The outputs of a traced function, equation by equation."""
    jaxpr = traced.jaxpr
    values = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*traced.consts, *arguments], strict=True))
    read = lambda atom: atom.val if hasattr(atom, "val") else values[atom]  # noqa: E731
    for eqn in jaxpr.eqns:
        outputs = _one(eqn, list(map(read, eqn.invars)))
        values.update(zip(eqn.outvars, outputs, strict=True))
    return list(map(read, jaxpr.outvars))


def _one(eqn: Any, inputs: list[Any]) -> Any:
    name = eqn.primitive.name
    if name in _COMPILED and _has_windows(eqn.params["jaxpr"].jaxpr):
        return _carried_out(eqn.params["jaxpr"], inputs)
    if name in _FORMS and (output := _FORMS[name](*inputs, **eqn.params)) is not None:
        return [output]
    outputs = eqn.primitive.bind(*inputs, **eqn.primitive.get_bind_params(eqn.params))
    return outputs if eqn.primitive.multiple_results else [outputs]


def _convolution(x: Array, kernel: Array, **how: Any) -> Array | None:
    """The convolution with the axes in the order of `ops`; None for one that it does not know."""
    numbers, axes = how["dimension_numbers"], x.ndim - 2
    is_plain = set(how["lhs_dilation"]) <= {1} and how["batch_group_count"] == 1 and 1 <= axes <= 3
    if not is_plain or how["preferred_element_type"] not in (None, x.dtype) or x.dtype != kernel.dtype:
        return None
    (batch, channels, *sizes), (outputs, inputs, *window) = numbers.lhs_spec, numbers.rhs_spec
    y = convolution.convolve(
        x.transpose(batch, *sizes, channels),
        kernel.transpose(*window, inputs, outputs),
        strides=tuple(how["window_strides"]),
        padding=tuple(map(tuple, how["padding"])),
        dilation=tuple(how["rhs_dilation"]),
        groups=how["feature_group_count"],
    )
    to_batch, to_channels, *to_sizes = numbers.out_spec
    return y.transpose(np.argsort([to_batch, *to_sizes, to_channels]))


def _largest(x: Array, **how: Any) -> Array | None:
    """Max-pooling; None for one with dilation or of whole numbers."""
    if {*how["base_dilation"], *how["window_dilation"]} != {1} or not jnp.issubdtype(x.dtype, jnp.floating):
        return None
    filled = lax.pad(x, jnp.asarray(-np.inf, x.dtype), [(*pair, 0) for pair in how["padding"]])
    axes = tuple(axis for axis, size in enumerate(how["window_dimensions"]) if size > 1 or how["window_strides"][axis] > 1)
    size, strides = (tuple(how[name][axis] for axis in axes) for name in ("window_dimensions", "window_strides"))
    return pooling.max_pool(filled, size, strides, "valid", axes)


_COMPILED = ("jit", "pjit")
_FORMS: Mapping[str, Callable[..., Array | None]] = MappingProxyType(
    {"conv_general_dilated": _convolution, "reduce_window_max": _largest}
)
