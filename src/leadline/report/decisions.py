"""The sections that a decision rests on: where it stands, the two curves, and what each remedy would bring."""

from __future__ import annotations

import functools

from leadline.develop.intervals import Estimate
from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.develop.remedies import Remedy
from leadline.report import figures
from leadline.report.content import Chart, Section, Table
from leadline.report.figures import Plain, points_of, ranges, standing_rows
from leadline.report.numbers import alike, sentence, together
from leadline.words import _, plural, told

__all__ = ["lambda_curve", "learning_curve", "remedies", "standing"]

_TONES = {"high": "bad", "fine": "good", "undetermined": "open"}
_GAPS = ("bias", "variance", "distance")


def standing(evidence: Plain) -> Section:
    """J_train, J_cv and the baselines on one axis, and the gaps between them judged."""
    metric, compared, show = evidence["metric"], evidence["baselines"], number(evidence["metric"])
    rows, gaps = standing_rows(evidence), {name: evidence["gaps"][name] for name in _GAPS}
    tolerance = show(gaps["bias"]["tolerance"])
    costs = {"train": evidence["cost"]["J_train"], "cv": evidence["cost"]["J_cv"]}
    says = "; ".join(f"{told(name)} {ranges(found, show)}" for name, found in rows)
    table = Table(
        _("{metric}, 90 % intervals", metric=sentence(told(METRICS[metric]))),
        ("", told(SHORT[metric]), _("from"), _("to"), *(() if metric == "cost" else ("J",))),
        [
            (
                f"{told(name)}{' *' if name == compared['chosen'] else ''}",
                *map(show, (found.value, found.low, found.high)),
                *(() if metric == "cost" else (ranges(Estimate(**costs[name]), number("cost")) if name in costs else "",)),
            )
            for name, found in rows
        ],
    )
    judged = Table(
        _(
            "The gaps: bias is train − baseline, variance is cv − train, distance is cv − baseline. Up to {tolerance} counts "
            "as none",
            tolerance=tolerance,
        ),
        (_("gap"), _("judgement"), _("size, 90 % interval")),
        [(told(name), told(gap["judgement"]), _change(gap, show)) for name, gap in gaps.items()],
        words=(0, 1),
        tones=[_TONES[gap["judgement"]] for gap in gaps.values()],
    )
    draw = functools.partial(figures.standing, evidence)
    height = 70 + 46 * len(rows)
    title = _(
        "{metric} with 90 % intervals. The dashed line is the baseline (*), which {source}; the shaded strip beside it, "
        "{tolerance} "
        "wide, counts as no gap.",
        metric=sentence(told(METRICS[metric])),
        source=_("was given") if compared["chosen"] == "given" else _("is the best of those measured"),
        tolerance=tolerance,
    )
    return Section(
        "standing",
        _("Where it stands"),
        charts=(
            Chart(
                "standing",
                title,
                _("{title}: {what}", title=told(METRICS[metric]), what=says),
                [draw],
                (height, height),
                (table,),
            ),
        ),
        tables=(judged,),
        points=[
            _("{title}: {what}", title=told(name), what=told(gap["would_settle"]))
            for name, gap in gaps.items()
            if gap["would_settle"]
        ],
    )


def learning_curve(evidence: Plain) -> Section:
    """What the number of examples brings, and what is forecast for more."""
    curve, ahead = evidence["learning_curve"], evidence["forecast"]
    show = number(curve["metric"])
    rows = [
        (f"{size:,}", ranges(train, show), ranges(cv, show))
        for size, train, cv in zip(curve["sizes"], points_of(curve, "train"), points_of(curve, "cv"), strict=True)
    ]
    rows += [(_("{size} (forecast)", size=f"{p['size']:,}"), "", ranges(Estimate(**p["J_cv"]), show)) for p in ahead["points"]]
    head = (_("examples"), _("train, 90 % interval"), _("cv, 90 % interval"))
    table = Table(_("{metric} by training examples", metric=told(SHORT[curve["metric"]])), head, rows)
    if ahead["refusal"]:
        words = _("No forecast for more examples: {reason}", reason=told(ahead["refusal"]))
    else:
        point = ahead["points"][0]
        found = Estimate(**point["J_cv"])
        words = _(
            "With {size} examples the forecast is {cost} on cv. It is a power law through the curve, hatched where it goes "
            "beyond "
            "what was measured, with its 90 % interval.",
            size=f"{point['size']:,}",
            cost=ranges(found, show),
        )
    cv = points_of(curve, "cv")
    says = _(
        "On cv {first} with {few} examples and {last} with {many}. {more}",
        first=ranges(cv[0], show),
        few=f"{curve['sizes'][0]:,}",
        last=ranges(cv[-1], show),
        many=f"{curve['sizes'][-1]:,}",
        more=words,
    )
    title = _(
        "{metric} on cv and on each training's own examples; every size was trained for the same number of steps.",
        metric=sentence(told(METRICS[curve["metric"]])),
    )
    draw = functools.partial(figures.learning_curve, evidence)
    return Section("learning", _("Learning curve"), (words,), (Chart("learning", title, says, [draw], (330, 310), (table,)),))


def lambda_curve(evidence: Plain) -> Section:
    """What each λ brings, and which of them tie with the best."""
    curve = evidence["lambda_curve"]
    show, chosen = number(curve["metric"]), curve["chosen"]
    places, train, cv = range(len(curve["values"])), points_of(curve, "train"), points_of(curve, "cv")
    marks = [_("chosen") if at == chosen else _("ties") if curve["tied"][at] else "" for at in places]
    table = Table(
        _("{metric} by λ", metric=told(SHORT[curve["metric"]])),
        ("λ", _("train, 90 % interval"), _("cv, 90 % interval"), ""),
        [(f"{curve['values'][at]:g}", ranges(train[at], show), ranges(cv[at], show), marks[at]) for at in places],
        words=(0, 3),
    )
    words = plural(
        "λ = {value} is the best: no other is within one standard error of it.",
        "λ = {value} is the largest of the {count} values that tie with the best within one standard error (shaded).",
        sum(curve["tied"]),
        value=f"{curve['values'][chosen]:g}",
    )
    said = [words]
    if curve["best"] == places[-1]:
        said.append(_("The best is the largest that was tried: a larger λ may be better still."))
    if (present := evidence["lambda"]) is not None:
        said.append(_("The network was diagnosed at λ = {value}.", value=f"{present:g}"))
    words = functools.reduce(together, said)
    title = _("{metric} on cv and train, by the λ that was trained with.", metric=sentence(told(METRICS[curve["metric"]])))
    draw = functools.partial(figures.lambda_curve, evidence)
    says = together(words, _("On cv {cost} there.", cost=ranges(cv[chosen], show)))
    return Section("lambda", _("λ curve"), (words,), (Chart("lambda", title, says, [draw], (330, 310), (table,)),))


def remedies(evidence: Plain) -> Section | None:
    """What each remedy would bring, ranked; None where none were run."""
    if not evidence["remedies"]:
        return None
    metric = decisive(evidence["metric"])
    show = number(metric)
    found = [Remedy.from_dict(plain) for plain in evidence["remedies"]]
    measured, rows = [one for one in found if one.gain is not None], []
    has_error = any(one.error is not None for one in measured)
    for one in measured:
        assert one.gain is not None
        write = alike(one.gain, show)
        error = "" if one.error is None else signed(one.error.value, number("error"))
        limits = _("{low} to {high}", low=signed(one.gain.low, write), high=signed(one.gain.high, write))
        seconds = f"{one.seconds:.1f}" if one.seconds else _("forecast")
        gain = (signed(one.gain.value, write), limits, *((error,) if has_error else ()))
        rows.append((told(one.name), *gain, told(one.acts_on), seconds, told(one.change)))
    change, errors = f"Δ {told(SHORT[metric])}", (f"Δ {told(SHORT['error'])}",) if has_error else ()
    head = (_("remedy"), change, _("90 % interval"), *errors, _("acts on"), _("seconds"), _("what"))
    words = (0, len(head) - 3, len(head) - 1)
    tones = ["good" if one.helps else "" for one in measured]
    helping = [one.name for one in measured if one.helps]
    tried = f"{len(measured)}"
    sure = _("None of the {tried} surely helps", tried=tried)
    if helping:
        sure = plural(
            "{count} of {tried} surely helps (green)", "{count} of {tried} surely help (green)", len(helping), tried=tried
        )
    said = _(
        "{sure}. A gain is sure where it is below 0 by 1.6 times its interval's half-width, since many were tried.", sure=sure
    )
    charts = []
    if measured:
        draw, height = functools.partial(figures.remedies, evidence), 60 + 30 * len(measured)
        title = _(
            "Change of {metric} on cv, each remedy trained and paired with the present network, 90 % intervals. Hatched: a "
            "forecast.",
            metric=told(SHORT[metric]),
        )
        table = Table(_("Remedies, ranked"), head, rows, words, tones)
        charts = [Chart("remedies", title, together(said, _gains(measured)), [draw], (height, height), (table,))]
    missing = [
        _("{remedy} was not run: {reason}.", remedy=told(one.name), reason=told(one.reason)) for one in found if one.gain is None
    ]
    return Section("remedies", _("What each remedy would bring"), (said,) if measured else (), charts, points=missing)


def _gains(measured: list[Remedy]) -> str:
    return "; ".join(f"{told(one.name)} {signed(one.gain.value, '{:.3g}'.format)}" for one in measured if one.gain is not None)


def _change(gap: Plain, show: figures.Show) -> str:
    size = Estimate(gap["value"], gap["low"], gap["high"])
    write = alike(size, show)
    return ranges(size, lambda value: signed(value, write))
