"""A table of your own: what is suspicious about it, the loop for a minute, and a model that takes new rows as they are.

Run `python examples/table.py FILE TARGET`, with a CSV or Parquet file and the name of the column to predict. Without arguments it
takes 178 wines by 13 measurements, from scikit-learn, and predicts who grew them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import leadline as ll
from leadline.data.datasets import wine


def wines(folder: Path) -> Path:
    """The wines as a CSV file, with the growers by name."""
    data, path = wine(), folder / "wine.csv"
    rows = [",".join((*data.feature_names, "grower"))]
    rows += [",".join((*map(str, x), data.class_names[y])) for x, y in zip(data.X.tolist(), data.y.tolist(), strict=True)]
    path.write_text("\n".join(rows))
    return path


def main(arguments: list[str], budget: str = "1m", epochs: int | None = None) -> None:
    """Prints the notes, the story of the loop, and what the model says of the first rows; the model stands beside the table."""
    with tempfile.TemporaryDirectory() as folder:
        path, target = (Path(arguments[0]), arguments[1]) if arguments else (wines(Path(folder)), "grower")
        table = ll.read_table(path)
        data = ll.split(table, target=target)
        print(*data.notes, sep="\n")
        story = ll.develop(data, budget=budget, layers=(8,), epochs=epochs)
        print(story)
        story.predictor.save(path.with_suffix(".leadline"))
        print("The first rows:", *ll.load(path.with_suffix(".leadline")).predict(table.take(np.arange(5))))


if __name__ == "__main__":
    main(sys.argv[1:])
