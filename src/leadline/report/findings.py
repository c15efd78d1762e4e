"""The sections of what was found inside: the network layer by layer, the errors, the data, and how all of it was computed."""

from __future__ import annotations

import base64
import functools
import io
from typing import Any

from leadline.develop.intervals import Estimate
from leadline.develop.problem import SHORT, number
from leadline.report import inside
from leadline.report.content import Chart, Picture, Section, Table
from leadline.report.drawing import WIDE, blank
from leadline.report.figures import Plain, Show, ranges
from leadline.report.vector import svg

__all__ = ["computed", "data", "errors", "network"]

_MOST_SLICES, _MOST_COLUMNS = 20, 20


def network(evidence: Plain) -> Section:
    """The network, and what each of its layers did while it trained."""
    layers = [("input", _shape(evidence["inputs"])), *((one["layer"], _shape(one["output"])) for one in evidence["network"])]
    structure = Table("The network, from the input to the output", ("layer", "output"), layers, words=(0, 1))
    if not (health := evidence["health"]):
        return Section("network", "The network", tables=(structure,))
    drawn = [key for key in inside.FIGURES if any(one[key] is not None for one in health["figures"])]
    draws = [functools.partial(inside.layers, evidence, figure=key) for key in drawn]
    head = ("layer", "after epochs", *(inside.FIGURES[key] for key in inside.FIGURES))
    rows = [(one["layer"], f"{one['epoch']:,}", *(_figure(one[key]) for key in inside.FIGURES)) for one in health["figures"]]
    alarms = [_alarm(one) for one in health["alarms"]]
    beside = [f"Beside it, and perhaps its consequence: {_alarm(one)}" for one in health["explained"]]
    said = (
        "Alarms, the weightiest first; each suggests causes and asserts none." if alarms else "Nothing unusual in activations, "
    )
    said += "" if alarms else "gradients and updates."
    title = "Each layer at a few looks while it trained, the first layer darkest: the norm of its gradient, the next update as a "
    title += "share of its weights, the share of its units that never react, and the size of its output. Left to right: epochs."
    charts = []
    if draws:
        table = Table("Each layer at each look", head, rows)
        charts = [Chart("layers", title, f"Figures of {len(layers) - 1} layers. {said}", draws, (210, 200), (table,), columns=2)]
    return Section("network", "The network and its health", (said,), charts, (structure,), [*alarms, *beside])


def errors(evidence: Plain) -> Section:
    """What goes wrong on cv: which class is taken for which, the worst examples, and where they are."""
    found = evidence["errors"]
    show, charts, tables, folded = number(found["metric"]), [], [], []
    slices, confusion, thresholds, worst = (found[key] for key in ("slices", "confusion", "thresholds", "worst"))
    words = [f"On {found['examples']:,} cv examples, each predicted by {found['seeds']} trainings.", *found["notes"]]
    points = [*(confusion["words"] if confusion else ()), *(thresholds["words"] if thresholds else ())]
    if confusion:
        title = "Which class is taken for which: each row is a true class, in % of its rows, on average over the trainings."
        classes = confusion["classes"]
        size = min(250 + 24 * len(classes), 560)
        draw = functools.partial(inside.mistakes, evidence)
        matrix = Table(
            "Rows of each true class taken for each class, on average",
            ("true", *classes),
            [(name, *(f"{count:.3g}" for count in row)) for name, row in zip(classes, confusion["counts"], strict=True)],
        )
        quality = Table(
            "Precision, recall and F1 of each class, with 90 % intervals",
            ("class", "precision", "recall", "F1"),
            [
                (name, *(_share(confusion[key][place]) for key in ("precision", "recall", "f1")))
                for place, name in enumerate(classes)
            ],
        )
        says = " ".join(confusion["words"]) or "No class is taken for another."
        charts.append(Chart("confusion", title, says, [draw], (size, 330), (matrix, quality)))
    if thresholds:
        draw = functools.partial(inside.thresholds, evidence)
        keys = ("thresholds", "precision", "recall", "f1")
        columns = zip(*(thresholds[key] for key in keys), strict=True)
        rows = [tuple("" if value is None else f"{value:.3g}" for value in row) for row in columns]
        table = Table("Every threshold", ("threshold", "precision", "recall", "F1"), rows)
        title = f"Precision, recall and F1 of {thresholds['positive']} by the threshold on its score; the ring is the best F1."
        charts.append(Chart("thresholds", title, thresholds["words"][0], [draw], (310, 290), (table,)))
    words += slices["words"][:1]
    flagged = [one for one in slices["tested"] if one["flagged"]]
    if flagged:
        tables.append(_slices("Slices that are worse than the rest", flagged, show))
    if rest := [one for one in slices["tested"] if not one["flagged"]][:_MOST_SLICES]:
        folded.append(_slices("Other slices, none surely worse than the rest", rest, show))
    pictures = _pictures(worst) if worst["examples"] else ()
    listed = _worst(worst, bool(confusion))
    (folded if pictures or len(listed.head) > _MOST_COLUMNS else tables).append(listed)
    return Section("errors", "Errors on cv", words, charts, tables, points, pictures, folded)


def data(evidence: Plain) -> Section:
    """What the data are, and what is suspicious about them."""
    own = evidence["data"]
    target, rows = own["target"], own["rows"]
    kind = "a number" if target["kind"] == "regression" else f"{len(target['classes'])} classes"
    facts = [
        ("rows", f"{sum(rows.values()):,}"),
        ("features", _shape(own["shape"])),
        ("target", f"{target['name']}: {kind} ({target['reason']})"),
        ("train, cv, test", " · ".join(f"{rows[part]:,}" for part in ("train", "cv", "test"))),
        ("test", f"sealed: nothing here read it; sha256 {own['test_digest']}"),
        ("all data", f"sha256 {own['digest']}"),
    ]
    words = () if own["notes"] else ("Nothing suspicious was found.",)
    return Section("data", "The data", words, tables=(_facts("The data", facts),), points=own["notes"])


def computed(evidence: Plain, command: str) -> Section:
    """How it was computed, and how to repeat it."""
    budget, rate, folds = evidence["budget"], evidence["learning_rate"], evidence["folds"]
    facts = [
        ("optimizer", evidence["optimizer"] + ("" if rate is None else f", learning rate {rate:g}")),
        ("λ", "the model's own regularizers" if evidence["lambda"] is None else f"{evidence['lambda']:g}"),
        ("each training", f"{budget['epochs']:,} epochs in batches of {budget['batch_size']:,}"),
        ("seeds", f"{', '.join(map(str, budget['seeds']))}; of the split {evidence['data']['seed']}"),
        ("held out", f"{folds} folds of train and cv" if folds else "one cv part"),
        ("took", f"{evidence['seconds']:.0f} seconds"),
        ("versions", ", ".join(f"{name} {version}" for name, version in evidence.get("versions", {}).items())),
        ("machine", evidence.get("machine", "")),
    ]
    words = (
        "J is the cost without the penalty, at fixed weights, every example counted once. Intervals hold 90 %: a bootstrap over "
        "the examples and over the seeds at once; differences are paired, so that what both sides share cancels.",
        "A gap is high where its whole interval lies above the tolerance, fine where it lies below, and undetermined otherwise.",
        "With the same data, seeds and versions on the same machine the same bits come out.",
    )
    return Section("computed", "How it was computed", words, tables=(_facts("Settings", facts),), code=command)


def _facts(title: str, facts: list[tuple[str, str]]) -> Table:
    return Table(title, ("", ""), [fact for fact in facts if fact[1]], words=(0, 1))


def _alarm(one: Plain) -> str:
    trust = "" if one["precision"] is None else f" (precision {one['precision']:.2f}, recall {one['recall']:.2f})"
    return f"{one['name']}: {one['evidence'].rstrip('.')}. Suggests {', '.join(one['suggests'])}{trust}."


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}".replace("-", "−")


def _shape(sizes: list[int]) -> str:
    return " × ".join(f"{size:,}" for size in sizes)


def _share(plain: Plain) -> str:
    if plain["value"] is None:
        return "not defined"
    return ranges(Estimate(**plain), "{:.3f}".format)


def _slices(title: str, found: list[Plain], show: Show) -> Table:
    rows = [
        (
            f"{one['column']} {one['part']}",
            f"{one['rows']:,}",
            ranges(Estimate(**one["error"]), show),
            show(one["rest"]),
            f"{one['share_of_errors']:.0%} / {one['share_of_rows']:.0%}",
            f"{one['q_value']:.2g}",
        )
        for one in found
    ]
    return Table(title, ("slice", "rows", "error", "the rest", "errors / rows", "q-value"), rows)


def _worst(worst: Plain, of_classes: bool) -> Table:
    """The worst examples with their features."""
    examples = worst["examples"]
    names = list(examples[0]["features"]) if examples and not worst.get("drawn") else []
    rows = [
        (
            str(one["row"]),
            *(str(one[key]) if of_classes else number("rmse")(one[key]) for key in ("y", "predicted")),
            f"{one['cost']:.3g}",
            f"{one['wrong']} of {worst['seeds']}",
            *("missing" if one["features"][name] is None else _value(one["features"][name]) for name in names),
        )
        for one in examples
    ]
    head = ("row", "target", "predicted", SHORT["cost"], "wrong in", *names)
    return Table("The examples that cost most", head, rows)


def _value(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _pictures(worst: Plain) -> list[Picture]:
    """The worst examples as images or traces, where they are such."""
    if not (drawn := worst.get("drawn")):
        return []
    pictures = []
    for place, (one, values) in enumerate(zip(worst["examples"], drawn["values"], strict=True)):
        title = f"{_value(one['y'])}, taken for {_value(one['predicted'])}"
        words = f"row {one['row']}; J {one['cost']:.3g}; wrong in {one['wrong']} of {worst['seeds']}"
        if drawn["kind"] == "image":
            pictures.append(Picture(_png(values), "", title, words))
        else:
            pictures.append(Picture("", svg(functools.partial(_trace, values, drawn), f"trace-{place}"), title, words))
    return pictures


def _trace(values: Any, drawn: Plain) -> Any:
    figure = blank(WIDE, 110)
    inside.signal(values, drawn["low"], drawn["high"], figure.subplots())
    return figure


def _png(values: list[list[list[int]]]) -> str:
    """An image as the `data:` address of a PNG."""
    import numpy as np
    from matplotlib.image import imsave

    pixels, written = np.asarray(values, np.uint8), io.BytesIO()
    imsave(
        written,
        np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels,
        format="png",
        metadata={"Software": "leadline"},
    )
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()
