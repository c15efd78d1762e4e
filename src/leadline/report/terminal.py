"""A diagnosis as text for a terminal of 80 columns, in rich's markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from leadline.develop.baselines import Baseline
from leadline.develop.curves import LearningCurve, ValidationCurve
from leadline.develop.diagnosis import Diagnosis
from leadline.develop.gaps import Gap
from leadline.develop.intervals import Estimate
from leadline.develop.problem import METRICS, SHORT, number
from leadline.report.charts import chart, interval_bar

__all__ = ["render"]

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
        [f"[bold]{escape(line)}[/]" for line in _wrapped(f"leadline diagnose · {title}", _WIDTH)],
        _data(diagnosis),
        _standing(diagnosis),
        _gaps(diagnosis),
        _lambda_chart(diagnosis.lambdas),
        _learning_chart(diagnosis.learning),
        _verdict(diagnosis),
    ]
    return "\n\n".join("\n".join(section) for section in sections)


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
            f"{_network(diagnosis)}; {type(diagnosis.problem.recipe.optimizer).__name__}, {budget.epochs} epochs, "
            f"batches of {budget.batch_size}, {budget.seeds} seeds",
        ),
    ]
    for note in data.notes:
        lines += _entry("Note", note, "yellow")
    return lines


def _network(diagnosis: Diagnosis) -> str:
    network = diagnosis.problem.recipe.network
    units = [" × ".join(map(str, shape)) for _, _, shape in network] + [" × ".join(map(str, network.output_shape))]
    return " → ".join(units)


def _entry(name: str, text: str, colour: str = "cyan") -> list[str]:
    # Escaped as a whole: a name that looks like markup may be broken over two lines.
    first, *rest = escape(("\n" + " " * 10).join(_wrapped(text, _WIDTH - 10))).split("\n")
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
            lines += [f"{'':12}[dim]{escape(line)}[/]" for line in _wrapped(gap.would_settle, _WIDTH - 12)]
    return lines


def _signed(gap: Gap, show: Callable[[float], str]) -> str:
    sign = "+" if gap.size.value > 0 else ""
    return f"{sign}{show(gap.size.value)}  [{show(gap.size.low)}, {show(gap.size.high)}]".replace("[", "\\[", 1)


def _lambda_chart(curve: ValidationCurve) -> list[str]:
    labels = [f"{value:g}" for value in curve.values]
    marks = [("●", [e.value for e in curve.cv]), ("○", [e.value for e in curve.train])]
    ties = " " * 10 + "".join(
        ("▲" if i == curve.chosen else "=" if tied else " ").center(_column(labels)) for i, tied in enumerate(curve.tied)
    )
    head = f"[bold]λ curve[/]: {METRICS[curve.metric]} on cv ● and train ○, by λ in λ/(2m) Σw²"
    legend = f"  = within one standard error of the best; ▲ the largest such: λ = {curve.values[curve.chosen]:g}"
    return [head, *chart(labels, marks, show=number(curve.metric)), ties.rstrip(), legend]


def _learning_chart(curve: LearningCurve) -> list[str]:
    labels = [f"{size:,}" if size < 10_000 else f"{size / 1000:.0f}k" for size in curve.sizes]
    marks = [("●", [e.value for e in curve.cv]), ("○", [e.value for e in curve.train])]
    head = f"[bold]Learning curve[/]: {SHORT[curve.metric]} on cv ● and train ○, by training examples"
    return [head, *chart(labels, marks, show=number(curve.metric))]


def _column(labels: Sequence[str]) -> int:
    return max(5, *(len(label) + 1 for label in labels))


def _verdict(diagnosis: Diagnosis) -> list[str]:
    step = diagnosis.next_step
    colour = {"done": "bold green", "undetermined": "bold yellow"}.get(diagnosis.verdict, "bold red")
    lines = [f"[{colour}]Verdict: {diagnosis.verdict}[/]"]
    lines += [line for ground in _grounds(diagnosis) for line in _point(ground)]
    lines += ["", *(f"[bold]{escape(line)}[/]" for line in _wrapped(f"Next step: {step.action}", _WIDTH))]
    return [*lines, *(line for reason in step.reasons for line in _point(reason))]


def _point(text: str) -> list[str]:
    return [f"  {'•' if i == 0 else ' '} {escape(line)}" for i, line in enumerate(_wrapped(text, _WIDTH - 4))]


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, without what would move the cursor or colour the terminal."""
    words = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))
    return [line.plain.rstrip() for line in Text(words).wrap(_CONSOLE, width)] or [""]


def _grounds(diagnosis: Diagnosis) -> list[str]:
    """What the verdict rests on: a sentence a gap."""
    show, compared = number(diagnosis.problem.metric), diagnosis.baselines.chosen.name
    against = "the given baseline" if diagnosis.baselines.is_given else f"the baseline ({compared})"
    words = {
        "bias": f"on train the network is {{}} {against}",
        "variance": "on cv it is {} train",
        "distance": f"on cv it is {{}} {against}",
    }
    return [
        f"{gap.name} {gap.judgement}: {words[gap.name].format(_than(gap.size.value, show))}"
        for gap in (diagnosis.bias, diagnosis.variance, diagnosis.distance)
    ]


def _than(value: float, show: Callable[[float], str]) -> str:
    size = show(abs(value))
    return f"{size.replace(' %', ' percentage points')} {'worse' if value > 0 else 'better'} than"
