"""The alarms about a training, held against planted faults and healthy networks.

    python calibration/alarms.py                 # all cases; goes on where it was stopped; writes alarms.json beside it
    python calibration/alarms.py --only healthy  # some of them

A case is a network on a data set, a fault or none, and a seed, which draws the data, the split, the weights and the order. As in
a diagnosis, three seeds of it are trained as one population, with one more training on 16 examples, and the alarms read what was
seen.

- Only alarms that no other explains count as raised.
- A fault is recalled when one of the alarms that are raised suggests it.
- An alarm is false when it is raised on a healthy network, or where a fault was planted that it does not suggest.
- An alarm's precision: of the times it is raised, the share that are not false. Its recall: of the cases with a fault that it
  suggests, the share that raise it. Both are also given with the alarms that others explain.

The limits of `leadline.develop.alarms` were chosen on TUNED's cases (seeds 100 and 101, their own data sets). Those of REPORTED
(seeds 0 to 4, other data sets) give the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import runner
from faults import DATA, HEALTHY, PLANTED, Case, loss_of, made

from leadline.data.split import split
from leadline.develop.alarms import ALARMS
from leadline.develop.health import Alarm, causes_of, raised, signs_of
from leadline.develop.population import subset
from leadline.develop.problem import Problem
from leadline.develop.signs import Signs
from leadline.training.breakage import Breakage
from leadline.training.health import Looks, Probe
from leadline.training.state import Examples
from leadline.training.sweep import Member, train_population

jax.config.update("jax_disable_most_optimizations", True)  # what runs for an instant would be compiled for seconds

Array = np.ndarray[Any, Any]
TRAININGS = 3
SEEDS = {"tuned": (100, 101), "reported": (0, 1, 2, 3, 4)}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """All cases, by name, with what `measure` takes."""
    for side, seeds in SEEDS.items():
        networks: list[tuple[str | None, Case]] = [(None, one) for one in HEALTHY[side]]
        networks += [(fault, one) for fault, sides in PLANTED.items() for one in sides[side]]
        for place, (fault, (data, settings)) in enumerate(networks):
            for seed in seeds:
                yield (
                    f"{side}/{place}/{fault or 'healthy'}/{seed}",
                    {"data": data, "seed": seed, "settings": settings},
                )


def measure(data: str, seed: int, settings: dict[str, Any]) -> dict[str, Any]:
    """What alarms read of one case, as plain data."""
    X, y = DATA[data](seed)
    parts = split(X, y, seed=seed, kind="regression" if np.asarray(y).dtype.kind == "f" else None)
    problem, rows = made(parts, settings), np.arange(parts.train.size, dtype=np.int32)
    seeds = range(seed * TRAININGS, (seed + 1) * TRAININGS)
    members = [Member(problem.recipe, own, rows) for own in seeds]
    members += [Member(problem.recipe, seeds[0], subset(parts.train.size, 16, seeds[0]))]
    examples = Examples(parts.train.X, problem.encode(parts.train.y), None)
    epochs = settings.get("epochs", 80)
    looks = Looks(members, tuple(range(TRAININGS)), examples, epochs, 32)
    trained = train_population(members, examples, epochs=epochs, batch_size=32, watch=looks.watch)
    errors = [np.mean(_errors(problem, trained.predict(part.X), part.y)[:TRAININGS], axis=1) for part in (parts.train, parts.cv)]
    if parts.target.kind == "regression":
        errors = [np.sqrt(one) for one in errors]
    cost = trained.records["cost"]
    found = signs_of(problem, looks, cost[:TRAININGS], J_train=errors[0], J_cv=errors[1], sixteen=cost[TRAININGS:])
    return {name: _plain(value) for name, value in vars(found).items() if name != "loss"}


def _errors(problem: Problem, outputs: Array, y: Array) -> Array:
    return problem.values(outputs, y)["squared" if problem.target.kind == "regression" else "error"]


def _plain(value: Any) -> Any:
    """Arrays as lists with six digits, named tuples and dataclasses as dicts."""
    if isinstance(value, np.ndarray):
        return [_plain(one) for one in value] if value.ndim else _plain(value.item())
    if isinstance(value, (Probe, Breakage)):
        return {name: _plain(one) for name, one in (value._asdict() if isinstance(value, Probe) else vars(value)).items()}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, (float, np.floating)) else value


def reading(result: dict[str, Any], settings: dict[str, Any]) -> tuple[tuple[Alarm, ...], tuple[Alarm, ...]]:
    """The alarms that a case's evidence raises, and those that they explain."""
    looks = {int(epoch): Probe(**{name: np.array(own) for name, own in look.items()}) for epoch, look in result["looks"].items()}
    changes = {
        "looks": looks, "cost": np.array(result["cost"]), "sixteen": np.array(result["sixteen"]),
        "layers": tuple(tuple(layer) for layer in result["layers"]), "kernels": tuple(result["kernels"]),
        "broken": tuple(Breakage(**one) for one in result["broken"]), "errors": tuple(result["errors"]),
    }  # fmt: skip
    plain = {name: value for name, value in result.items() if name != "seconds"}
    return raised(Signs(**{**plain, **changes}, loss=loss_of(result["kind"], settings)))


@dataclass(frozen=True)
class Outcome:
    """A case, the alarms that it raised, and those that these explain."""

    fault: str | None
    alarms: tuple[Alarm, ...]
    explained: tuple[Alarm, ...]

    @property
    def causes(self) -> list[str]:
        """What they suggest, the weightiest first."""
        return [cause for cause, _ in causes_of(self.alarms)]

    @property
    def false(self) -> list[Alarm]:
        """Those that do not suggest the fault."""
        return [alarm for alarm in self.alarms if self.fault not in alarm.suggests]

    @property
    def is_missed(self) -> bool:
        """Whether there is a fault that none of them suggests."""
        return self.fault is not None and self.fault not in self.causes


def fault_of(case: str) -> str | None:
    """The fault that a case's name says it has."""
    return None if (fault := case.split("/")[2]) == "healthy" else fault


def shares(found: list[Outcome]) -> dict[str, Any]:
    """Precision and recall of each alarm, and of all together."""
    planted = [one for one in found if one.fault]
    alarms = {name: _figures(name, found, lambda one: one.alarms) for name in ALARMS}
    for name, figures in alarms.items():
        figures["with the explained"] = _figures(name, found, lambda one: (*one.alarms, *one.explained))
    count, false = (sum(map(len, lists)) for lists in ([one.alarms for one in found], [one.false for one in found]))
    faults: dict[str, list[Outcome]] = {}
    for one in planted:
        faults.setdefault(str(one.fault), []).append(one)
    first = {places: sum(one.fault in one.causes[:places] for one in planted) for places in (1, 3)}
    healthy = [one for one in found if not one.fault]
    overall = {
        "precision": _share(count - false, count),
        "recall": _share(sum(not one.is_missed for one in planted), len(planted)),
        "first cause is the fault": _share(first[1], len(planted)),
        "fault among the first three causes": _share(first[3], len(planted)),
        "healthy without an alarm": _share(sum(not one.alarms for one in healthy), len(healthy)),
        "with a fault": len(planted),
        "healthy": len(healthy),
        "alarms": count,
    }
    recalled = {fault: _share(sum(not one.is_missed for one in own), len(own)) for fault, own in faults.items()}
    return {"overall": overall, "alarms": alarms, "recall by fault": recalled}


def _figures(name: str, found: list[Outcome], raised: Callable[[Outcome], tuple[Alarm, ...]]) -> dict[str, Any]:
    """How often an alarm was raised and was right, and how many cases it was meant for."""
    suggests = ALARMS[name].suggests
    own = [one.fault for one in found if name in (alarm.name for alarm in raised(one))]
    right, meant = (sum(fault in suggests for fault in faults) for faults in (own, [one.fault for one in found]))
    return {"raised": len(own), "precision": _share(right, len(own)), "cases": meant, "recall": _share(right, meant)}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def main() -> None:
    """Trains what is not trained yet, prints what was false or missed, and writes the figures."""
    asked, wanted = runner.asked(__doc__ or ""), dict(cases())
    results = runner.run("alarms", wanted, measure, version="1", asked=asked)
    found = {name: Outcome(fault_of(name), *reading(one, wanted[name]["settings"])) for name, one in results.items()}
    summary = {}
    for side in SEEDS:
        own = {name: one for name, one in found.items() if name.startswith(side)}
        for name, one in own.items():
            if one.false or one.is_missed:
                said = "".join(f"\n    {alarm.name}: {alarm.evidence}" for alarm in one.false)
                print(f"{name} ({wanted[name]['data']}, {wanted[name]['settings']}){': missed' if one.is_missed else ''}{said}")
        summary[side] = shares(list(own.values()))
        for part, figures in summary[side].items():
            print(f"{side}, {part}:", *(f"\n    {name}: {value}" for name, value in figures.items()))
    if len(found) == len(wanted):
        runner.write("alarms", summary)


if __name__ == "__main__":
    main()
