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
from leadline.report.numbers import alarm_told, together
from leadline.report.vector import svg
from leadline.words import _, percent, told

__all__ = ["computed", "data", "errors", "network"]

_MOST_SLICES, _MOST_COLUMNS = 20, 20


def network(evidence: Plain) -> Section:
    """The network, and what each of its layers did while it trained."""
    layers = [(_("input"), _shape(evidence["inputs"])), *((one["layer"], _shape(one["output"])) for one in evidence["network"])]
    structure = Table(_("The network, from the input to the output"), (_("layer"), _("output")), layers, words=(0, 1))
    if not (health := evidence["health"]):
        return Section("network", _("The network"), tables=(structure,))
    drawn = [key for key in inside.FIGURES if any(one[key] is not None for one in health["figures"])]
    draws = [functools.partial(inside.layers, evidence, figure=key) for key in drawn]
    head = (_("layer"), _("after epochs"), *(told(inside.FIGURES[key]) for key in inside.FIGURES))
    rows = [(one["layer"], f"{one['epoch']:,}", *(_figure(one[key]) for key in inside.FIGURES)) for one in health["figures"]]
    alarms = [_alarm(one) for one in health["alarms"]]
    beside = [_("Beside it, and perhaps its consequence: {alarm}", alarm=_alarm(one)) for one in health["explained"]]
    said = _("Nothing unusual in activations, gradients and updates.")
    if alarms:
        said = _("Alarms, the weightiest first; each suggests causes and asserts none.")
    title = _(
        "Each layer at a few looks while it trained, the first layer darkest: the norm of its gradient, the next update as a "
        "share "
        "of its weights, the share of its units that never react, and the size of its output. Left to right: epochs."
    )
    charts = []
    if draws:
        table = Table(_("Each layer at each look"), head, rows)
        says = _("Figures of {count} layers. {more}", count=len(layers) - 1, more=said)
        charts = [Chart("layers", title, says, draws, (210, 200), (table,), columns=2)]
    return Section("network", _("The network and its health"), (said,), charts, (structure,), [*alarms, *beside])


def errors(evidence: Plain) -> Section:
    """What goes wrong on cv: which class is taken for which, the worst examples, and where they are."""
    found = evidence["errors"]
    show, charts, tables, folded = number(found["metric"]), [], [], []
    slices, confusion, thresholds, worst = (found[key] for key in ("slices", "confusion", "thresholds", "worst"))
    words = [
        _(
            "On {examples} cv examples, each predicted by {trainings} trainings.",
            examples=f"{found['examples']:,}",
            trainings=found["seeds"],
        ),
        *map(told, found["notes"]),
    ]
    points = [told(text) for one in (confusion, thresholds) if one for text in one["words"]]
    if confusion:
        title = _("Which class is taken for which: each row is a true class, in % of its rows, on average over the trainings.")
        classes = confusion["classes"]
        size = min(250 + 24 * len(classes), 560)
        draw = functools.partial(inside.mistakes, evidence)
        matrix = Table(
            _("Rows of each true class taken for each class, on average"),
            (_("true"), *classes),
            [(name, *(f"{count:.3g}" for count in row)) for name, row in zip(classes, confusion["counts"], strict=True)],
        )
        quality = Table(
            _("Precision, recall and F1 of each class, with 90 % intervals"),
            (_("class"), _("precision"), _("recall"), "F1"),
            [
                (name, *(_share(confusion[key][place]) for key in ("precision", "recall", "f1")))
                for place, name in enumerate(classes)
            ],
        )
        said = [*map(told, confusion["words"])] or [_("No class is taken for another.")]
        charts.append(Chart("confusion", title, functools.reduce(together, said), [draw], (size, 330), (matrix, quality)))
    if thresholds:
        draw = functools.partial(inside.thresholds, evidence)
        keys = ("thresholds", "precision", "recall", "f1")
        columns = zip(*(thresholds[key] for key in keys), strict=True)
        rows = [tuple("" if value is None else f"{value:.3g}" for value in row) for row in columns]
        table = Table(_("Every threshold"), (_("threshold"), _("precision"), _("recall"), "F1"), rows)
        title = _(
            "Precision, recall and F1 of {positive} by the threshold on its score; the ring is the best F1.",
            positive=thresholds["positive"],
        )
        charts.append(Chart("thresholds", title, told(thresholds["words"][0]), [draw], (310, 290), (table,)))
    words += map(told, slices["words"][:1])
    flagged = [one for one in slices["tested"] if one["flagged"]]
    if flagged:
        tables.append(_slices(_("Slices that are worse than the rest"), flagged, show))
    if rest := [one for one in slices["tested"] if not one["flagged"]][:_MOST_SLICES]:
        folded.append(_slices(_("Other slices, none surely worse than the rest"), rest, show))
    pictures = _pictures(worst) if worst["examples"] else ()
    listed = _worst(worst, bool(confusion))
    (folded if pictures or len(listed.head) > _MOST_COLUMNS else tables).append(listed)
    return Section("errors", _("Errors on cv"), words, charts, tables, points, pictures, folded)


def data(evidence: Plain) -> Section:
    """What the data are, and what is suspicious about them."""
    own = evidence["data"]
    target, rows = own["target"], own["rows"]
    kind = _("a number") if target["kind"] == "regression" else _("{count} classes", count=len(target["classes"]))
    what = _("{target}: {kind} ({reason})", target=target["name"], kind=kind, reason=told(target["reason"]))
    facts = [
        (_("rows"), f"{sum(rows.values()):,}"),
        (_("features"), _shape(own["shape"])),
        (_("target"), what),
        (_("train, cv, test"), " · ".join(f"{rows[part]:,}" for part in ("train", "cv", "test"))),
        (_("test"), _("sealed: nothing here read it; sha256 {digest}", digest=own["test_digest"])),
        (_("all data"), f"sha256 {own['digest']}"),
    ]
    words = () if own["notes"] else (_("Nothing suspicious was found."),)
    points = [told(note) for note in own["notes"]]
    return Section("data", _("The data"), words, tables=(_facts(_("The data"), facts),), points=points)


def computed(evidence: Plain, command: str) -> Section:
    """How it was computed, and how to repeat it."""
    budget, rate, folds, optimizer = evidence["budget"], evidence["learning_rate"], evidence["folds"], evidence["optimizer"]
    if rate is not None:
        optimizer = _("{optimizer}, learning rate {rate}", optimizer=optimizer, rate=f"{rate:g}")
    each = _("{epochs} epochs in batches of {size}", epochs=f"{budget['epochs']:,}", size=f"{budget['batch_size']:,}")
    facts = [
        (_("optimizer"), optimizer),
        ("λ", _("the model's own regularizers") if evidence["lambda"] is None else f"{evidence['lambda']:g}"),
        (_("each training"), each),
        (
            _("seeds"),
            _("{seeds}; of the split {seed}", seeds=", ".join(map(str, budget["seeds"])), seed=evidence["data"]["seed"]),
        ),
        (_("held out"), _("{count} folds of train and cv", count=folds) if folds else _("one cv part")),
        (_("took"), _("{count} seconds", count=f"{evidence['seconds']:.0f}")),
        (_("versions"), ", ".join(f"{name} {version}" for name, version in evidence.get("versions", {}).items())),
        (_("machine"), evidence.get("machine", "")),
    ]
    words = (
        _(
            "J is the cost without the penalty, at fixed weights, every example counted once. Intervals hold 90 %: a "
            "bootstrap over "
            "the examples and over the seeds at once; differences are paired, so that what both sides share cancels."
        ),
        _(
            "A gap is high where its whole interval lies above the tolerance, fine where it lies below, and undetermined "
            "otherwise."
        ),
        _("With the same data, seeds and versions on the same machine the same bits come out."),
    )
    return Section("computed", _("How it was computed"), words, tables=(_facts(_("Settings"), facts),), code=command)


def _facts(title: str, facts: list[tuple[str, str]]) -> Table:
    return Table(title, ("", ""), [fact for fact in facts if fact[1]], words=(0, 1))


def _alarm(one: Plain) -> str:
    said = alarm_told(one["name"], one["evidence"], one["suggests"], one["precision"], one["recall"])
    return _("{sentence}.", sentence=said)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}".replace("-", "−")


def _shape(sizes: list[int]) -> str:
    return " × ".join(f"{size:,}" for size in sizes)


def _share(plain: Plain) -> str:
    if plain["value"] is None:
        return _("not defined")
    return ranges(Estimate(**plain), "{:.3f}".format)


def _slices(title: str, found: list[Plain], show: Show) -> Table:
    rows = [
        (
            f"{told(one['column'])} {told(one['part'])}",
            f"{one['rows']:,}",
            ranges(Estimate(**one["error"]), show),
            show(one["rest"]),
            f"{percent(one['share_of_errors'])}\N{NO-BREAK SPACE}/ {percent(one['share_of_rows'])}",
            f"{one['q_value']:.2g}",
        )
        for one in found
    ]
    return Table(title, (_("slice"), _("rows"), _("error"), _("the rest"), _("errors / rows"), _("q-value")), rows)


def _worst(worst: Plain, of_classes: bool) -> Table:
    """The worst examples with their features."""
    examples = worst["examples"]
    names = list(examples[0]["features"]) if examples and not worst.get("drawn") else []
    rows = [
        (
            str(one["row"]),
            *(str(one[key]) if of_classes else number("rmse")(one[key]) for key in ("y", "predicted")),
            number("cost")(one["cost"]),
            _("{count} of {all}", count=one["wrong"], all=worst["seeds"]),
            *(_("missing") if one["features"][name] is None else _value(one["features"][name]) for name in names),
        )
        for one in examples
    ]
    head = (_("row"), _("target"), _("predicted"), SHORT["cost"], _("wrong in"), *names)
    return Table(_("The examples that cost most"), head, rows)


def _value(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _pictures(worst: Plain) -> list[Picture]:
    """The worst examples as images or traces, where they are such."""
    if not (drawn := worst.get("drawn")):
        return []
    pictures = []
    for place, (one, values) in enumerate(zip(worst["examples"], drawn["values"], strict=True)):
        title = _value(one["y"])
        if one["predicted"] != one["y"]:
            title = _("{true}, taken for {predicted}", true=title, predicted=_value(one["predicted"]))
        words = _(
            "row {row}; J {cost}; wrong in {count} of {all}",
            row=one["row"],
            cost=number("cost")(one["cost"]),
            count=one["wrong"],
            all=worst["seeds"],
        )
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
