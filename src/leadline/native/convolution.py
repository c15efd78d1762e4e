"""Convolution as one operation: what it can do, and how it is called.

`convolution.cpp` reads an image where a product of patches would first write what the window sees at each place. It knows one and
two axes, windows that move by one, and float32, on a CPU. It is a product of two arrays, and so are its transposes, which it is
among itself: so it can be differentiated any number of times, forward and backward.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from leadline.native.library import is_there
from leadline.ops.windows import Amounts
from leadline.types import Array, Shape

__all__ = ["convolve", "fits"]


class Way(enum.IntEnum):
    """Which of the three arrays is wanted; `_PARTS` says from which others."""

    FORWARD = 0
    OF_INPUTS = 1
    OF_KERNEL = 2


_PARTS = MappingProxyType(
    {Way.FORWARD: ("x", "kernel", "y"), Way.OF_INPUTS: ("y", "kernel", "x"), Way.OF_KERNEL: ("x", "y", "kernel")}
)
"""What each way takes, in this order, and what it gives."""


def fits(x: Array, kernel: Array, strides: Shape, padding: Amounts, dilation: Shape) -> bool:
    """Whether the operation is there, and knows this convolution; the arguments are those of `leadline.ops.convolve`."""
    spans = [(entries - 1) * apart for entries, apart in zip(kernel.shape, dilation, strict=False)]
    sides = zip(x.shape[1:], padding, spans, strict=False)
    return (
        len(strides) <= 2
        and set(strides) == {1}
        and x.dtype == kernel.dtype == jnp.float32
        and 0 not in x.shape[1:]
        and 0 not in kernel.shape
        and all(0 <= min(pair) <= max(pair) <= span < size + sum(pair) for size, pair, span in sides)
        and is_there()
    )


def convolve(x: Array, kernel: Array, padding: Amounts, dilation: Shape) -> Array:
    """Slides a kernel over a batch by one, as `leadline.ops.convolve`.

    Args:
        x: `(batch, *sizes, channels)` float32; one or two sizes.
        kernel: `(*window, channels, outputs)` float32.
        padding: Zeros before and behind each size, no more than the window reaches over.
        dilation: How far the entries of the kernel lie apart.
    """
    has_one = x.ndim == 3
    if has_one:
        x, kernel, padding, dilation = x[:, None], kernel[None], ((0, 0), *padding), (1, *dilation)
    sides = zip(x.shape[1:3], kernel.shape, padding, dilation, strict=False)
    places = [size + sum(zeros) - (entries - 1) * apart for size, entries, zeros, apart in sides]
    shape = (x.shape[0], *places, kernel.shape[-1])
    before = tuple(zeros for zeros, _ in padding)
    y: Array = convolution.bind(x, kernel, way=Way.FORWARD, shape=shape, before=before, apart=dilation)
    return y[:, 0] if has_one else y


convolution: Any = Primitive("leadline_convolution")


def _carried_out(first: Any, second: Any, *, way: Way, shape: Shape, before: Shape, apart: Shape) -> Any:
    operation = jax.ffi.ffi_call("leadline_convolution", jax.ShapeDtypeStruct(shape, first.dtype))  # type: ignore[no-untyped-call]
    return operation(first, second, way=np.int64(way), before=np.asarray(before, np.int64), apart=np.asarray(apart, np.int64))


def _of_operand(place: int, slopes: Any, *operands: Any, **how: Any) -> Any:
    """What the slopes of the result are of the operand at that place: by the way that gives it from the other two arrays."""
    parts = _PARTS[how["way"]]
    known = {parts[1 - place]: operands[1 - place], parts[2]: slopes}
    way = next(way for way, (*_, given) in _PARTS.items() if given == parts[place])
    first, second, _ = _PARTS[way]
    return convolution.bind(known[first], known[second], **how | {"way": way, "shape": operands[place].aval.shape})


def _of_members(operands: Sequence[Any], axes: Sequence[int | None], *, way: Way, shape: Shape, **window: Any) -> tuple[Any, int]:
    """The convolutions of a population: of one kernel as a larger batch, else one after the other."""
    first, second = (one if axis is None else jnp.moveaxis(one, axis, 0) for one, axis in zip(operands, axes, strict=True))
    if axes[1] is None and way != Way.OF_KERNEL:
        members, batch, *sizes = first.shape
        both = convolution.bind(
            first.reshape(members * batch, *sizes), second, way=way, shape=(members * shape[0], *shape[1:]), **window
        )
        return both.reshape(members, *shape), 0

    def of_one(member: tuple[Any, ...]) -> Any:
        own = iter(member)
        given = [whole if axis is None else next(own) for whole, axis in zip((first, second), axes, strict=True)]
        return convolution.bind(*given, way=way, shape=shape, **window)

    return lax.map(of_one, tuple(one for one, axis in zip((first, second), axes, strict=True) if axis is not None)), 0


convolution.def_impl(lambda *operands, **how: jax.jit(lambda *given: convolution.bind(*given, **how))(*operands))
convolution.def_abstract_eval(lambda *operands, shape, **_: jax.core.ShapedArray(shape, operands[0].dtype))
mlir.register_lowering(convolution, mlir.lower_fun(_carried_out, multiple_results=False), platform="cpu")
ad.defbilinear(convolution, *(functools.partial(_of_operand, place) for place in (0, 1)))  # type: ignore[no-untyped-call]
batching.primitive_batchers[convolution] = _of_members
