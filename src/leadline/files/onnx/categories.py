"""What the layers that read or give whole numbers write, and what scales them."""

from __future__ import annotations

import numpy as np

from leadline.files.onnx.use import Use, integers

__all__ = ["category_encoding", "discretization", "embedding", "rescaling"]


def embedding(use: Use) -> str:
    """`Embedding`. ONNX Runtime refuses a number outside the table, where leadline gives NaN."""
    return use.node("Gather", use.arrays["embeddings"], use.whole(use.x), axis=0)


def category_encoding(use: Use) -> str:
    """`CategoryEncoding`."""
    return _encoded(use, use.whole(use.x), use.layer.num_tokens)


def discretization(use: Use) -> str:
    """`Discretization`: how many boundaries a number is not below; of a NaN that is all of them, as in leadline."""
    boundaries = np.asarray(use.layer.bin_boundaries, np.float32)
    below = use.node("Less", use.node("Unsqueeze", use.x, integers(-1)), boundaries)
    bins = use.whole(use.reduced("Sum", use.floats(use.node("Not", below)), [-1], keepdims=False))
    if use.layer.output_mode == "int":
        return use.node("Cast", bins, to=np.dtype(np.int32))
    return _encoded(use, bins, len(boundaries) + 1)


def rescaling(use: Use) -> str:
    """`Rescaling`."""
    scaled = use.node("Mul", use.x, np.asarray(use.layer.scale, np.float32))
    return use.node("Add", scaled, np.asarray(use.layer.offset, np.float32))


def _encoded(use: Use, x: str, depth: int) -> str:
    """Whole numbers as rows of zeros and ones."""
    mode = use.layer.output_mode
    if mode == "one_hot" and use.shape[-1:] == (1,):
        x = use.node("Squeeze", x, integers(-1))
    rows = use.floats(use.node("Equal", use.node("Unsqueeze", x, integers(-1)), np.arange(depth)))
    return rows if mode == "one_hot" else use.reduced({"multi_hot": "Max", "count": "Sum"}[mode], rows, [1], keepdims=False)
