"""A diagnosis as text for a terminal of 80 columns, in rich's markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rich.cells import cell_len, chop_cells
from rich.markup import escape

from leadline.develop.baselines import Baseline
from leadline.develop.curves import LearningCurve, ValidationCurve
from leadline.develop.diagnosis import Diagnosis
from leadline.develop.forecast import Forecast
from leadline.develop.gaps import Gap
from leadline.develop.intervals import Estimate
from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.report.charts import chart, interval_bar, left, right
from leadline.report.numbers import alarm_told, alike
from leadline.words import _, told

__all__ = ["render", "wrapped"]

_WIDTH = 80
_PIECE = re.compile(
    r"\[[^\[\]]{1,40}\][,.;:)，。；：、）”]*\s*|[（“]*[\u4e00-\u9fff][，。；：、）”]*\s*"
    r"|[^\s\u4e00-\u9fff，。；：、）”（“]+(?: %[,.;:)]*)?[，。；：、）”]*\s*|\S\s*"
)
"""What stays on one line: an interval, a Chinese letter with its marks, or a word or a per cent with the space after it."""
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
    kind = _("a number") if target.kind == "regression" else _("{count} classes", count=len(target.classes))
    rows = data.train.size + data.cv.size + data.test.size
    shape = " × ".join(map(str, data.train.X.shape[1:]))
    lines = [
        *_entry(
            _("Data"),
            _(
                "{rows} rows, {features} features; target {target}: {kind} ({reason})",
                rows=f"{rows:,}",
                features=shape,
                target=target.name,
                kind=kind,
                reason=told(target.reason),
            ),
        ),
        *_entry(
            _("Split"),
            _(
                "train {train} · cv {cv} · test {test} (sealed, not read; sha256 {digest}…); seed {seed}",
                train=f"{data.train.size:,}",
                cv=f"{data.cv.size:,}",
                test=f"{data.test.size:,}",
                digest=data.test.digest[:12],
                seed=data.seed,
            ),
        ),
        *_entry(
            _("Network"),
            _(
                "{units}; {optimizer}, {epochs} epochs, batches of {size}, {seeds} seeds",
                units=diagnosis.plan.units,
                optimizer=type(diagnosis.problem.recipe.optimizer).__name__,
                epochs=budget.epochs,
                size=budget.batch_size,
                seeds=budget.seeds,
            ),
        ),
    ]
    for note in data.notes:
        lines += _entry(_("Note"), told(note), "yellow")
    return lines


def _entry(name: str, text: str, colour: str = "cyan") -> list[str]:
    # Escaped as a whole: a name that looks like markup may be broken over two lines.
    first, *rest = escape(("\n" + " " * 10).join(wrapped(text, _WIDTH - 10))).split("\n")
    return [f"[{colour}]{left(name, 9)}[/] {first}", *rest]


def _standing(diagnosis: Diagnosis) -> list[str]:
    metric, compared = diagnosis.problem.metric, diagnosis.baselines
    show, cost = number(metric), number("cost")
    rows: list[tuple[str, Estimate, str]] = [
        (_("train"), diagnosis.score.J_train, cost(diagnosis.cost.J_train.value)),
        (_("cv"), diagnosis.score.J_cv, cost(diagnosis.cost.J_cv.value)),
        *((_baseline_name(b, compared.chosen), b.value, "") for b in compared.measured),
    ]
    # A baseline far worse than the network must not press everything else together.
    reach = 1.1 * min(max(estimate.high for _, estimate, _ in rows), 3 * max(estimate.high for _, estimate, _ in rows[:2]))
    head = _title(_("Where it stands"), _("{metric}, 90 % intervals", metric=told(METRICS[metric])))
    lines = [head, f"{'':27}{right(told(SHORT[metric]), 8)}  {'':<31} {'J':>9}"]
    for name, estimate, j in rows:
        bar = interval_bar(estimate.low, estimate.value, estimate.high, 0, reach, 30) if estimate.value <= reach else f"{'→':>30}"
        lines.append(f"  {left(name, 25)}{show(estimate.value):>8}  {bar}  {j:>9}".rstrip())
    source = _("given") if compared.is_given else _("the best measured one; --baseline sets another")
    return [*lines, "  " + _("* what gaps are measured from: {source}", source=source)]


def _baseline_name(baseline: Baseline, chosen: Baseline) -> str:
    return f"{told(baseline.name)}{' *' if baseline is chosen else ''}"


def _gaps(diagnosis: Diagnosis) -> list[str]:
    show, delta = number(diagnosis.problem.metric), diagnosis.bias.tolerance
    meanings = {"bias": _("train − baseline"), "variance": _("cv − train"), "distance": _("cv − baseline")}
    lines = [_title(_("Gaps"), _("up to {tolerance} counts as none", tolerance=show(delta)))]
    for gap in (diagnosis.bias, diagnosis.variance, diagnosis.distance):
        judged = f"[{_COLOURS[gap.judgement]}]{told(gap.judgement)}[/]"
        lines.append(f"  {left(told(gap.name), 9)} {left(meanings[gap.name], 17)} {_signed(gap, show):<34} {judged}")
        if gap.would_settle:
            lines += [f"{'':12}[dim]{escape(line)}[/]" for line in wrapped(told(gap.would_settle), _WIDTH - 12)]
    return lines


def _signed(gap: Gap, show: Callable[[float], str]) -> str:
    write = alike(gap.size, show)
    return f"{signed(gap.size.value, write)}  [{write(gap.size.low)}, {write(gap.size.high)}]".replace("[", "\\[", 1)


def _lambda_chart(curve: ValidationCurve) -> list[str]:
    labels = [f"{value:g}" for value in curve.values]
    marks = [("●", [e.value for e in curve.cv]), ("○", [e.value for e in curve.train])]
    ties = " " * 10 + "".join(
        ("▲" if i == curve.chosen else "=" if tied else " ").center(_column(labels)) for i, tied in enumerate(curve.tied)
    )
    what = _("{metric} on cv ● and train ○, by λ in λ/(2m) Σw²", metric=told(METRICS[curve.metric]))
    head, value = _title(_("λ curve"), what), f"{curve.values[curve.chosen]:g}"
    legend = "  " + _("= within one standard error of the best; ▲ the largest such: λ = {value}", value=value)
    larger = _("The best is the largest that was tried: a larger λ may be better still.")
    beyond = [f"  {larger}"] if curve.ends_at_its_best else []
    return [head, *chart(labels, marks, show=number(curve.metric)), ties.rstrip(), legend, *beyond]


def _learning_chart(curve: LearningCurve, ahead: Forecast) -> list[str]:
    labels = [f"{size:,}" if size < 10_000 else f"{size / 1000:.0f}k" for size in curve.sizes]
    marks = [("●", [e.value for e in curve.cv]), ("○", [e.value for e in curve.train])]
    head = _title(_("Learning curve"), _("{metric} on cv ● and train ○, by training examples", metric=told(SHORT[curve.metric])))
    return [head, *chart(labels, marks, show=number(curve.metric)), *_point(_ahead(ahead, number(curve.metric)))]


def _ahead(ahead: Forecast, show: Callable[[float], str]) -> str:
    if ahead.refusal:
        return _("no forecast for more examples: {reason}", reason=told(ahead.refusal))
    point = ahead.points[0]
    found = point.J_cv
    return _(
        "forecast with {size} examples: {cost} on cv  {interval}",
        size=f"{point.size:,}",
        cost=show(found.value),
        interval=f"[{show(found.low)}, {show(found.high)}]",
    )


def _remedies(diagnosis: Diagnosis) -> list[str]:
    """A line a remedy that was measured, what surely helps first; then, briefly, the others with their reasons."""
    if not diagnosis.remedies:
        return []
    metric = decisive(diagnosis.problem.metric)
    show, name = number(metric), told(SHORT[metric])
    second = f"Δ {told(SHORT['error'])}" if diagnosis.problem.metric == "error" else ""
    what = _("each run: Δ {metric} on cv, 90 % intervals; below 0 is better", metric=name)
    columns = (
        f"{right('Δ ' + name, 9)} {left(_('interval'), 20)} {right(second, 7)}  {left(_('acts on'), 8)} {right(_('seconds'), 8)}"
    )
    lines = [_("[bold]Remedies[/], {what}", what=what), f"  {'':<21}{columns}"]
    for remedy in (one for one in diagnosis.remedies if one.gain is not None):
        assert remedy.gain is not None
        like = alike(remedy.gain, show)
        interval = f"[{like(remedy.gain.low)}, {like(remedy.gain.high)}]"
        error = "" if remedy.error is None else signed(remedy.error.value, number("error"))
        seconds = f"{remedy.seconds:.1f}" if remedy.seconds else _("forecast")
        gain = f"{signed(remedy.gain.value, like):>9} {interval:<20} {error:>7}"
        line = f"{left(told(remedy.name), 21)}{gain}  {left(told(remedy.acts_on), 8)} {right(seconds, 8)}"
        lines.append(f"  [green]{escape(line)}[/]" if remedy.helps else f"  {escape(line)}")
        lines += [f"    [dim]{escape(words)}[/]" for words in wrapped(told(remedy.change), _WIDTH - 4)]
    reasons = [
        _("{title}: {what}", title=told(one.name), what=told(one.reason)) for one in diagnosis.remedies if one.gain is None
    ]
    return [*lines, *(["  " + _("not run:")] if reasons else []), *(line for reason in reasons for line in _point(reason))]


def _health(diagnosis: Diagnosis) -> list[str]:
    """The alarms that no other explains, each with how far it is to be trusted."""
    if diagnosis.health is None:
        return []
    lines = [f"[bold]{_('Health of the training')}[/]"]
    for alarm in diagnosis.health.alarms:
        lines += _point(alarm_told(alarm.name, alarm.evidence, alarm.suggests, alarm.precision, alarm.recall))
    if len(lines) > 1:
        return lines
    return [_title(_("Health of the training"), _("nothing unusual in activations, gradients and updates"))]


def _errors(diagnosis: Diagnosis) -> list[str]:
    """What the error analysis surely found, and what it says of itself."""
    found = diagnosis.errors
    words = [*found.slices.words, *(found.thresholds.words if found.thresholds else ()), *found.notes]
    return [f"[bold]{_('Errors on cv')}[/]", *(line for text in words for line in _point(told(text)))] if words else []


def _title(name: str, what: str) -> str:
    return _("[bold]{title}[/]: {what}", title=name, what=what)


def _column(labels: Sequence[str]) -> int:
    return max(5, *(len(label) + 1 for label in labels))


def _verdict(diagnosis: Diagnosis) -> list[str]:
    step = diagnosis.next_step
    colour = {"done": "bold green", "undetermined": "bold yellow"}.get(diagnosis.verdict, "bold red")
    lines = [f"[{colour}]{_('Verdict: {verdict}', verdict=told(diagnosis.verdict))}[/]"]
    lines += [line for ground in diagnosis.grounds for line in _point(told(ground))]
    next_step = _("Next step: {action}", action=told(step.action))
    lines += ["", *(f"[bold]{escape(line)}[/]" for line in wrapped(next_step, _WIDTH))]
    return [*lines, *(line for reason in step.reasons for line in _point(told(reason)))]


def _point(text: str) -> list[str]:
    return [f"  {'•' if i == 0 else ' '} {escape(line)}" for i, line in enumerate(wrapped(text, _WIDTH - 4))]


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, without what would move the cursor or colour the terminal.

    A line may end where a space is, and between Chinese letters, but not before a mark that closes or after one that opens.
    """
    words = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))
    lines = [""]
    for piece in _PIECE.findall(words):
        for part in chop_cells(piece.rstrip(), width) if cell_len(piece.rstrip()) > width else [piece]:
            if lines[-1] and cell_len(lines[-1]) + cell_len(part.rstrip()) > width:
                lines.append("")
            lines[-1] += part
    return [line.rstrip() for line in lines]
