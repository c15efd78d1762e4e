"""The summary of a network as text."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.network import Network

__all__ = ["summary_text"]


def summary_text(title: str, network: Network, counts: Sequence[int]) -> str:
    """A table of the layers.

    Args:
        title: What stands above it.
        network: The network.
        counts: How many numbers each layer holds.

    Examples:
        >>> from leadline.layers import Dense
        >>> print(summary_text("two layers", Network((Dense(3), Dense(1)), ("dense", "dense_1"), (2,)), [9, 4]))
        two layers: input (2,)
        layer            output        numbers
        dense (Dense)    (batch, 3)          9
        dense_1 (Dense)  (batch, 1)          4
        13 numbers in all
    """
    rows = [("layer", "output", "numbers")]
    for (name, layer, shape), count in zip(network, counts, strict=True):
        output = ", ".join(["batch", *map(str, layer.output_shape(shape))])
        rows.append((f"{name} ({type(layer).__name__})", f"({output})", f"{count:,}"))
    first, second, third = (max(len(row[column]) for row in rows) for column in range(3))
    lines = [f"{row[0]:<{first}}  {row[1]:<{second}}  {row[2]:>{max(third, 9)}}" for row in rows]
    return "\n".join([f"{title}: input {network.input_shape}", *lines, f"{sum(counts):,} numbers in all"])
