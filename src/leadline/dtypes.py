"""Dtype policies: in which precision a layer keeps its arrays, and in which it computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, unknown_name
from leadline.types import default_float

__all__ = ["POLICIES", "Policy", "dtype_policy", "get", "set_dtype_policy"]


@dataclass(frozen=True)
class Policy:
    """A precision for the arrays that training keeps, and one for what is computed with them.

    Attributes:
        name: As Keras calls it.
        variable: The dtype of weights and state.
        compute: The dtype that floating inputs and weights are brought to before a layer is applied, and that it gives.
    """

    name: str
    variable: str
    compute: str

    def cast(self, tree: Any) -> Any:
        """The floating arrays of a tree in the dtype of computing, the others as they are."""
        return jax.tree.map(lambda a: a.astype(self.compute) if jnp.issubdtype(a.dtype, jnp.floating) else a, tree)


POLICIES: Mapping[str, Policy] = MappingProxyType(
    {name: Policy(name, name, name) for name in ("float32", "float64", "bfloat16", "float16")}
    | {name: Policy(name, "float32", name.removeprefix("mixed_")) for name in ("mixed_bfloat16", "mixed_float16")}
)

_DEFAULT: list[str | None] = [None]


def get(name: str) -> Policy:
    """The policy of a name.

    Raises:
        ArgumentError: There is none, or it needs float64 and JAX was not told to allow it.

    Examples:
        >>> get("mixed_bfloat16")
        Policy(name='mixed_bfloat16', variable='float32', compute='bfloat16')
    """
    if not isinstance(name, str) or name not in POLICIES:
        raise unknown_name("dtype policy", name, POLICIES)
    if name == "float64" and default_float() != np.float64:
        raise ArgumentError(
            "The dtype policy 'float64' needs JAX to allow 64 bits. Work inside `with jax.enable_x64(True):`, "
            "or begin with jax.config.update('jax_enable_x64', True)."
        )
    return POLICIES[name]


def set_dtype_policy(name: str | None) -> None:
    """Gives layers made from now on, without a `dtype` of their own, this policy.

    Args:
        name: The policy; None for the usual one: float32, or float64 where JAX allows 64 bits.

    Raises:
        ArgumentError: As `get`.

    Examples:
        >>> set_dtype_policy("mixed_bfloat16")
        >>> dtype_policy()
        'mixed_bfloat16'
        >>> set_dtype_policy(None)
    """
    _DEFAULT[0] = None if name is None else get(name).name


def dtype_policy() -> str | None:
    """The policy of layers that are made without one; None for the usual float."""
    return _DEFAULT[0]
