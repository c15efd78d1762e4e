"""The sections that a decision rests on: where it stands, the two curves, and what each remedy would bring."""

from __future__ import annotations

import functools

from leadline.develop.intervals import Estimate
from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.develop.remedies import Remedy
from leadline.report import figures
from leadline.report.content import Chart, Section, Table
from leadline.report.figures import Plain, points_of, ranges, standing_rows
from leadline.report.numbers import alike

__all__ = ["lambda_curve", "learning_curve", "remedies", "standing"]

_TONES = {"high": "bad", "fine": "good", "undetermined": "open"}
_GAPS = {"bias": "train − baseline", "variance": "cv − train", "distance": "cv − baseline"}


def standing(evidence: Plain) -> Section:
    """J_train, J_cv and the baselines on one axis, and the gaps between them judged."""
    metric, compared, show = evidence["metric"], evidence["baselines"], number(evidence["metric"])
    rows, gaps = standing_rows(evidence), {name: evidence["gaps"][name] for name in _GAPS}
    costs = {"train": evidence["cost"]["J_train"], "cv": evidence["cost"]["J_cv"]}
    told = "; ".join(f"{name} {ranges(found, show)}" for name, found in rows)
    table = Table(
        f"{METRICS[metric].capitalize()}, 90 % intervals",
        ("", SHORT[metric], "from", "to", *(() if metric == "cost" else ("J",))),
        [
            (
                f"{name}{' *' if name == compared['chosen'] else ''}",
                *map(show, (found.value, found.low, found.high)),
                *(() if metric == "cost" else (ranges(Estimate(**costs[name]), number("cost")) if name in costs else "",)),
            )
            for name, found in rows
        ],
    )
    judged = Table(
        f"The gaps: {', '.join(f'{name} is {meaning}' for name, meaning in _GAPS.items())}. "
        f"Up to {show(gaps['bias']['tolerance'])} counts as none",
        ("gap", "judgement", "size, 90 % interval"),
        [(name, gap["judgement"], _change(gap, show)) for name, gap in gaps.items()],
        words=(0, 1),
        tones=[_TONES[gap["judgement"]] for gap in gaps.values()],
    )
    source = "was given" if compared["chosen"] == "given" else "is the best of those measured"
    draw = functools.partial(figures.standing, evidence)
    height = 70 + 46 * len(rows)
    title = (
        f"{METRICS[metric].capitalize()} with 90 % intervals. The dashed line is the baseline (*), which {source}; the shaded "
    )
    title += f"strip beside it, {show(gaps['bias']['tolerance'])} wide, counts as no gap."
    return Section(
        "standing",
        "Where it stands",
        charts=(Chart("standing", title, f"{METRICS[metric]}: {told}", [draw], (height, height), (table,)),),
        tables=(judged,),
        points=[f"{name}: {gap['would_settle']}" for name, gap in gaps.items() if gap["would_settle"]],
    )


def learning_curve(evidence: Plain) -> Section:
    """What the number of examples brings, and what is forecast for more."""
    curve, ahead = evidence["learning_curve"], evidence["forecast"]
    show = number(curve["metric"])
    rows = [
        (f"{size:,}", ranges(train, show), ranges(cv, show))
        for size, train, cv in zip(curve["sizes"], points_of(curve, "train"), points_of(curve, "cv"), strict=True)
    ]
    rows += [(f"{p['size']:,} (forecast)", "", ranges(Estimate(**p["J_cv"]), show)) for p in ahead["points"]]
    table = Table(
        f"{SHORT[curve['metric']]} by training examples", ("examples", "train, 90 % interval", "cv, 90 % interval"), rows
    )
    if ahead["refusal"]:
        words = f"No forecast for more examples: {ahead['refusal']}"
    else:
        point = ahead["points"][0]
        found = Estimate(**point["J_cv"])
        words = (
            f"With {point['size']:,} examples the forecast is {ranges(found, show)} on cv. It is a power law through the curve, "
        )
        words += "hatched where it goes beyond what was measured, with its 90 % interval."
    cv = points_of(curve, "cv")
    says = f"On cv {ranges(cv[0], show)} with {curve['sizes'][0]:,} examples and {ranges(cv[-1], show)} with "
    says += f"{curve['sizes'][-1]:,}. {words}"
    title = f"{METRICS[curve['metric']].capitalize()} on cv and on each training's own examples; every size was trained for the "
    title += "same number of steps."
    draw = functools.partial(figures.learning_curve, evidence)
    return Section("learning", "Learning curve", (words,), (Chart("learning", title, says, [draw], (330, 310), (table,)),))


def lambda_curve(evidence: Plain) -> Section:
    """What each λ brings, and which of them tie with the best."""
    curve = evidence["lambda_curve"]
    show, chosen = number(curve["metric"]), curve["chosen"]
    places, train, cv = range(len(curve["values"])), points_of(curve, "train"), points_of(curve, "cv")
    marks = ["chosen" if at == chosen else "ties" if curve["tied"][at] else "" for at in places]
    table = Table(
        f"{SHORT[curve['metric']]} by λ",
        ("λ", "train, 90 % interval", "cv, 90 % interval", ""),
        [(f"{curve['values'][at]:g}", ranges(train[at], show), ranges(cv[at], show), marks[at]) for at in places],
        words=(0, 3),
    )
    count, value = sum(curve["tied"]), f"λ = {curve['values'][chosen]:g}"
    words = f"{value} is the largest of the {count} values that tie with the best within one standard error (shaded)."
    if count == 1:
        words = f"{value} is the best: no other is within one standard error of it."
    if curve["best"] == places[-1]:
        words += " The best is the largest that was tried: a larger λ may be better still."
    if (present := evidence["lambda"]) is not None:
        words += f" The network was diagnosed at λ = {present:g}."
    title = f"{METRICS[curve['metric']].capitalize()} on cv and train, by the λ that was trained with."
    draw = functools.partial(figures.lambda_curve, evidence)
    says = f"{words} On cv {ranges(cv[chosen], show)} there."
    return Section("lambda", "λ curve", (words,), (Chart("lambda", title, says, [draw], (330, 310), (table,)),))


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
        limits = f"{signed(one.gain.low, write)} to {signed(one.gain.high, write)}"
        seconds = f"{one.seconds:.1f}" if one.seconds else "forecast"
        gain = (signed(one.gain.value, write), limits, *((error,) if has_error else ()))
        rows.append((one.name, *gain, one.acts_on, seconds, one.change))
    head = ("remedy", f"Δ {SHORT[metric]}", "90 % interval", *(("Δ error",) if has_error else ()), "acts on", "seconds", "what")
    words = (0, len(head) - 3, len(head) - 1)
    tones = ["good" if one.helps else "" for one in measured]
    helping = [one.name for one in measured if one.helps]
    sure = f"{len(helping)} of {len(measured)} surely {'helps' if len(helping) == 1 else 'help'} (green)" if helping else ""
    sure = sure or f"None of the {len(measured)} surely helps"
    said = f"{sure}. A gain is sure where it is below 0 by 1.6 times its interval's half-width, since many were tried."
    charts = []
    if measured:
        draw, height = functools.partial(figures.remedies, evidence), 60 + 30 * len(measured)
        title = f"Change of {SHORT[metric]} on cv, each remedy trained and paired with the present network, 90 % "
        title += "intervals. Hatched: a forecast."
        table = Table("Remedies, ranked", head, rows, words, tones)
        charts = [Chart("remedies", title, f"{said} {_told(measured)}", [draw], (height, height), (table,))]
    missing = [f"{one.name} was not run: {one.reason}." for one in found if one.gain is None]
    return Section("remedies", "What each remedy would bring", (said,) if measured else (), charts, points=missing)


def _told(measured: list[Remedy]) -> str:
    return "; ".join(f"{one.name} {signed(one.gain.value, '{:.3g}'.format)}" for one in measured if one.gain is not None)


def _change(gap: Plain, show: figures.Show) -> str:
    return ranges(Estimate(gap["value"], gap["low"], gap["high"]), lambda value: signed(value, show))
