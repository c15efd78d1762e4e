"""A diagnosis as text for a terminal of 80 columns, in rich's markup."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from leadline.develop.baselines import Baseline
from leadline.develop.curves import LearningCurve, ValidationCurve
from leadline.develop.diagnosis import Diagnosis
from leadline.develop.forecast import Forecast
from leadline.develop.gaps import Gap
from leadline.develop.intervals import Estimate
from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.report.charts import chart, interval_bar
from leadline.report.numbers import alike

__all__ = ["render", "wrapped"]

_WIDTH = 80
_CONSOLE = Console(width=_WIDTH)
_COLOURS = {"high": "bold red", "fine": "green", "undetermined": "yellow"}


def render(diagnosis: Diagnosis, title: str) -> str:
    """The diagnosis, from the data to the next step.

    Args:
        diagnosis: The evidence.
        title: What was diagnosed, as the first line says it.
    """
    sections = [
        [f"[bold]{escape(line)}[/]" for line in wrapped(f"leadline diagnose · {title}", _WIDTH)],
        _data(diagnosis),
        _standing(diagnosis),
        _gaps(diagnosis),
        _lambda_chart(diagnosis.lambdas),
        _learning_chart(diagnosis.learning, diagnosis.forecast),
        _remedies(diagnosis),
        _health(diagnosis),
        _errors(diagnosis),
        _verdict(diagnosis),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def _data(diagnosis: Diagnosis) -> list[str]:
    data, target, budget = diagnosis.data, diagnosis.data.target, diagnosis.budget
    kind = "a number" if target.kind == "regression" else f"{len(target.classes)} classes"
    rows = data.train.size + data.cv.size + data.test.size
    shape = " × ".join(map(str, data.train.X.shape[1:]))
    lines = [
        *_entry("Data", f"{rows:,} rows, {shape} features; target {target.name}: {kind} ({target.reason})"),
        *_entry(
            "Split",
            f"train {data.train.size:,} · cv {data.cv.size:,} · test {data.test.size:,} "
            f"(sealed, not read; sha256 {data.test.digest[:12]}…); seed {data.seed}",
        ),
        *_entry(
            "Network",
            f"{diagnosis.plan.units}; {type(diagnosis.problem.recipe.optimizer).__name__}, {budget.epochs} epochs, "
            f"batches of {budget.batch_size}, {budget.seeds} seeds",
        ),
    ]
    for note in data.notes:
        lines += _entry("Note", note, "yellow")
    return lines


def _entry(name: str, text: str, colour: str = "cyan") -> list[str]:
    # Escaped as a whole: a name that looks like markup may be broken over two lines.
    first, *rest = escape(("\n" + " " * 10).join(wrapped(text, _WIDTH - 10))).split("\n")
    return [f"[{colour}]{name:<9}[/] {first}", *rest]


def _standing(diagnosis: Diagnosis) -> list[str]:
    metric, compared = diagnosis.problem.metric, diagnosis.baselines
    show, cost = number(metric), number("cost")
    rows: list[tuple[str, Estimate, str]] = [
        ("train", diagnosis.score.J_train, cost(diagnosis.cost.J_train.value)),
        ("cv", diagnosis.score.J_cv, cost(diagnosis.cost.J_cv.value)),
        *((_baseline_name(b, compared.chosen), b.value, "") for b in compared.measured),
    ]
    # A baseline far worse than the network must not press everything else together.
    reach = 1.1 * min(max(estimate.high for _, estimate, _ in rows), 3 * max(estimate.high for _, estimate, _ in rows[:2]))
    head = f"[bold]Where it stands[/]: {METRICS[metric]}, 90 % intervals"
    lines = [head, f"{'':27}{SHORT[metric]:>8}  {'':<31} {'J':>9}"]
    for name, estimate, j in rows:
        bar = interval_bar(estimate.low, estimate.value, estimate.high, 0, reach, 30) if estimate.value <= reach else f"{'→':>30}"
        lines.append(f"  {name:<25}{show(estimate.value):>8}  {bar}  {j:>9}".rstrip())
    source = "given" if compared.is_given else "the best measured one; --baseline sets another"
    return [*lines, f"  * what gaps are measured from: {source}"]


def _baseline_name(baseline: Baseline, chosen: Baseline) -> str:
    return f"{baseline.name}{' *' if baseline is chosen else ''}"


def _gaps(diagnosis: Diagnosis) -> list[str]:
    show, delta = number(diagnosis.problem.metric), diagnosis.bias.tolerance
    meanings = {"bias": "train − baseline", "variance": "cv − train", "distance": "cv − baseline"}
    lines = [f"[bold]Gaps[/]: up to {show(delta)} counts as none"]
    for gap in (diagnosis.bias, diagnosis.variance, diagnosis.distance):
        lines.append(
            f"  {gap.name:<9} {meanings[gap.name]:<17} {_signed(gap, show):<34} [{_COLOURS[gap.judgement]}]{gap.judgement}[/]"
        )
        if gap.would_settle:
            lines += [f"{'':12}[dim]{escape(line)}[/]" for line in wrapped(gap.would_settle, _WIDTH - 12)]
    return lines


def _signed(gap: Gap, show: Callable[[float], str]) -> str:
    return f"{signed(gap.size.value, show)}  [{show(gap.size.low)}, {show(gap.size.high)}]".replace("[", "\\[", 1)


def _lambda_chart(curve: ValidationCurve) -> list[str]:
    labels = [f"{value:g}" for value in curve.values]
    marks = [("●", [e.value for e in curve.cv]), ("○", [e.value for e in curve.train])]
    ties = " " * 10 + "".join(
        ("▲" if i == curve.chosen else "=" if tied else " ").center(_column(labels)) for i, tied in enumerate(curve.tied)
    )
    head = f"[bold]λ curve[/]: {METRICS[curve.metric]} on cv ● and train ○, by λ in λ/(2m) Σw²"
    legend = f"  = within one standard error of the best; ▲ the largest such: λ = {curve.values[curve.chosen]:g}"
    beyond = ["  The best is the largest that was tried: a larger λ may be better still."] if curve.ends_at_its_best else []
    return [head, *chart(labels, marks, show=number(curve.metric)), ties.rstrip(), legend, *beyond]


def _learning_chart(curve: LearningCurve, ahead: Forecast) -> list[str]:
    labels = [f"{size:,}" if size < 10_000 else f"{size / 1000:.0f}k" for size in curve.sizes]
    marks = [("●", [e.value for e in curve.cv]), ("○", [e.value for e in curve.train])]
    head = f"[bold]Learning curve[/]: {SHORT[curve.metric]} on cv ● and train ○, by training examples"
    return [head, *chart(labels, marks, show=number(curve.metric)), *_point(_ahead(ahead, number(curve.metric)))]


def _ahead(ahead: Forecast, show: Callable[[float], str]) -> str:
    if ahead.refusal:
        return f"no forecast for more examples: {ahead.refusal}"
    point = ahead.points[0]
    found = point.J_cv
    return f"forecast with {point.size:,} examples: {show(found.value)} on cv  [{show(found.low)}, {show(found.high)}]"


def _remedies(diagnosis: Diagnosis) -> list[str]:
    """A line a remedy that was measured, what surely helps first; then, briefly, the others with their reasons."""
    if not diagnosis.remedies:
        return []
    metric = decisive(diagnosis.problem.metric)
    show, name = number(metric), SHORT[metric]
    second = "Δ error" if diagnosis.problem.metric == "error" else ""
    head = f"[bold]Remedies[/], each run: Δ {name} on cv, 90 % intervals; below 0 is better"
    lines = [head, f"  {'':<21}{'Δ ' + name:>9} {'interval':<20} {second:>7}  {'acts on':<8} {'seconds':>8}"]
    for remedy in (one for one in diagnosis.remedies if one.gain is not None):
        assert remedy.gain is not None
        like = alike(remedy.gain, show)
        interval = f"[{like(remedy.gain.low)}, {like(remedy.gain.high)}]"
        error = "" if remedy.error is None else signed(remedy.error.value, number("error"))
        seconds = f"{remedy.seconds:.1f}" if remedy.seconds else "forecast"
        gain = f"{signed(remedy.gain.value, like):>9} {interval:<20} {error:>7}"
        line = f"{remedy.name:<21}{gain}  {remedy.acts_on:<8} {seconds:>8}"
        lines.append(f"  [green]{escape(line)}[/]" if remedy.helps else f"  {escape(line)}")
        lines += [f"    [dim]{escape(words)}[/]" for words in wrapped(remedy.change, _WIDTH - 4)]
    reasons = [f"{one.name}: {one.reason}" for one in diagnosis.remedies if one.gain is None]
    return [*lines, *(["  not run:"] if reasons else []), *(line for reason in reasons for line in _point(reason))]


def _health(diagnosis: Diagnosis) -> list[str]:
    """The alarms that no other explains, each with how far it is to be trusted."""
    if diagnosis.health is None:
        return []
    lines = ["[bold]Health of the training[/]"]
    for alarm in diagnosis.health.alarms:
        trust = "" if math.isnan(alarm.precision) else f" (precision {alarm.precision:.2f}, recall {alarm.recall:.2f})"
        lines += _point(f"{alarm.name}: {alarm.evidence.rstrip('.')}. Suggests {', '.join(alarm.suggests)}{trust}")
    return lines if len(lines) > 1 else [f"{lines[0]}: nothing unusual in activations, gradients and updates"]


def _errors(diagnosis: Diagnosis) -> list[str]:
    """What the error analysis surely found, and what it says of itself."""
    found = diagnosis.errors
    words = [*found.slices.words, *(found.thresholds.words if found.thresholds else ()), *found.notes]
    return ["[bold]Errors on cv[/]", *(line for text in words for line in _point(text))] if words else []


def _column(labels: Sequence[str]) -> int:
    return max(5, *(len(label) + 1 for label in labels))


def _verdict(diagnosis: Diagnosis) -> list[str]:
    step = diagnosis.next_step
    colour = {"done": "bold green", "undetermined": "bold yellow"}.get(diagnosis.verdict, "bold red")
    lines = [f"[{colour}]Verdict: {diagnosis.verdict}[/]"]
    lines += [line for ground in diagnosis.grounds for line in _point(ground)]
    lines += ["", *(f"[bold]{escape(line)}[/]" for line in wrapped(f"Next step: {step.action}", _WIDTH))]
    return [*lines, *(line for reason in step.reasons for line in _point(reason))]


def _point(text: str) -> list[str]:
    return [f"  {'•' if i == 0 else ' '} {escape(line)}" for i, line in enumerate(wrapped(text, _WIDTH - 4))]


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, without what would move the cursor or colour the terminal."""
    words = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))
    return [line.plain.rstrip() for line in Text(words).wrap(_CONSOLE, width)] or [""]
