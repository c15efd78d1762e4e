"""Measures what two decisions of docs/architecture.md rest on, and writes the figures there.

1. Where the order of examples is drawn: inside the compiled program, or on the host.
2. On how many host devices a population is trained.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np

import leadline as ll
from leadline.data.batches import epoch_order
from leadline.data.datasets import digits
from leadline.develop.folds import folds_of
from leadline.develop.population import LAMBDAS, budget_for, train_and_score, validation_members
from leadline.develop.problem import problem_of

DOCUMENT = Path(__file__).parent.parent / "docs" / "architecture.md"


def order_costs(rounds: int = 9) -> tuple[float, float]:
    """Microseconds for one epoch's order of the digits, drawn by a compiled program and on the host."""
    rows = np.arange(1797, dtype=np.int32)
    draw = jax.jit(lambda key: jax.random.permutation(key, len(rows)))
    draw(jax.random.key(0)).block_until_ready()
    inside, outside = [], []
    for seed in range(rounds):
        began = time.perf_counter()
        draw(jax.random.key(seed)).block_until_ready()
        middle = time.perf_counter()
        epoch_order(rows, len(rows), 32, seed=seed, epoch=0)
        inside.append(middle - began)
        outside.append(time.perf_counter() - middle)
    return statistics.median(inside) * 1e6, statistics.median(outside) * 1e6


def member_step(rounds: int = 5) -> float:
    """Microseconds a step and member, of 60 members on the devices that this process has."""
    data = digits()
    parts = ll.split(data.X, data.y)
    held, problem, budget = folds_of(parts), problem_of(parts), budget_for(parts.train.size, epochs=20)
    members = validation_members(problem.recipe, "l2", LAMBDAS, held, budget)
    steps = len(members) * budget.epochs * -(-parts.train.size // budget.batch_size)
    times = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        train_and_score(problem, held, members, budget)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:]) / steps * 1e6


def on_devices(count: int) -> float:
    """`member_step` in a new process with so many host devices, as their number is fixed at a process's first computation."""
    program = f"import jax; jax.config.update('jax_num_cpu_devices', {count}); import decisions; print(decisions.member_step())"
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measures, and puts a table between the document's two marks."""
    inside, outside = order_costs()
    cores = jax.local_device_count()
    one, all_of_them = on_devices(1), on_devices(cores)
    lines = [
        "| what | figure |",
        "|---|---:|",
        f"| order of 1,797 examples, drawn in a compiled program | {inside:,.0f} µs |",
        f"| the same, drawn on the host | {outside:,.0f} µs |",
        f"| 60 members of 64-25-15-10, a step and member, on 1 device | {one:.1f} µs |",
        f"| the same on {cores} devices | {all_of_them:.1f} µs |",
    ]
    block = "<!-- decisions -->\n" + "\n".join(lines) + "\n<!-- /decisions -->"
    text = DOCUMENT.read_text(encoding="utf-8")
    pattern = r"<!-- decisions -->.*?<!-- /decisions -->"
    DOCUMENT.write_text(re.sub(pattern, lambda _: block, text, flags=re.DOTALL), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
