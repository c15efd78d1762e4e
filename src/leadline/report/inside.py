"""Charts of what goes on inside: each layer while it trained, which class is taken for which, signals, and the loop's turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from leadline.develop.intervals import Estimate
from leadline.develop.problem import METRICS, number
from leadline.record import Cost, Turn
from leadline.report.drawing import COLOURS, TIP, legend, shorter, tip_column, whiskers
from leadline.report.figures import Plain, ranges
from leadline.words import _, english, percent, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FIGURES", "cost_estimate", "layers", "mistakes", "signal", "thresholds", "turns"]

FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "gradient": english("gradient norm"),
        "update": english("update / weight"),
        "stuck": english("stuck units"),
        "signal": english("signal (root mean square)"),
    }
)
"""What is drawn of each layer, and what it is called."""
_MOST_LAYERS = 8
_LINES = ("-", "--", ":", "-.")


def layers(evidence: Plain, axes: Axes, figure: str, *, narrow: bool = False) -> None:
    """One figure of each layer from look to look while it trained: the first layers dark, the last ones light.

    Args:
        evidence: The diagnosis.
        axes: Where to draw.
        figure: A key of `FIGURES`.
        narrow: Whether for a phone.
    """
    found = [one for one in evidence["health"]["figures"] if one[figure] is not None]
    names, epochs = (list(dict.fromkeys(one[key] for one in found)) for key in ("layer", "epoch"))
    values = {(one["layer"], one["epoch"]): one[figure] for one in found}
    kept = names if len(names) <= _MOST_LAYERS else [*names[: _MOST_LAYERS // 2], *names[-_MOST_LAYERS // 2 :]]
    places = range(len(epochs))
    for place, name in enumerate(kept):
        line = [values.get((name, epoch), float("nan")) for epoch in epochs]
        look: dict[str, Any] = {"linestyle": _LINES[place % len(_LINES)], "alpha": 1 - 0.6 * place / max(len(kept) - 1, 1)}
        axes.plot(places, line, "o", color=COLOURS["train"], label=shorter(name, 18), markersize=5, **look)
    for at, epoch in enumerate(epochs):
        words = [f"{name}: {values[name, epoch]:.3g}" for name in kept if (name, epoch) in values]
        tip_column(axes, at - 0.5, at + 0.5, "\n".join([_("after {count} epochs", count=f"{epoch:,}"), *words]))
    positive = [value for value in values.values() if value > 0]
    if figure == "stuck":
        axes.set_ylim(-0.03, 1.03)
        axes.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    elif positive:
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        axes.set_yscale("log")
        axes.set_ylim(min(positive) / 2, max(positive) * 2)
        few = max(positive) > 30 * min(positive)
        axes.yaxis.set_major_locator(LogLocator(subs=(1,) if few else (1, 2, 5), numticks=4 if narrow else 6))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("e-0", "e−").replace("-", "−")))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="both", which="both", labelsize=11)
    axes.set_xticks(list(places), [f"{epoch:,}" for epoch in epochs])
    axes.set_xlim(-0.5, len(epochs) - 0.5)
    axes.set_title(told(FIGURES[figure]))
    if figure == next(iter(FIGURES)):
        axes.legend(fontsize=11, handlelength=2.4)


def mistakes(evidence: Plain, axes: Axes, *, narrow: bool = False) -> None:
    """The confusion matrix: rows are the true classes, and each cell says which share of its row is taken for what."""
    from matplotlib.patches import Rectangle

    found = evidence["errors"]["confusion"]
    classes, counts, shares = found["classes"], found["counts"], found["shares"]
    count = len(classes)
    says = count <= (10 if narrow else 16)
    for row in range(count):
        for column in range(count):
            share = shares[row][column]
            if share is None:
                continue
            right = row == column
            # The eye needs more of a rare mistake's colour than its share alone would give.
            alpha = 0.5 * share if right else min(0.85, 0.85 * share**0.5)
            words = _(
                "{true} taken for {predicted}: {count} rows, {share}",
                true=classes[row],
                predicted=classes[column],
                count=f"{counts[row][column]:.3g}",
                share=percent(share, 1),
            )
            limits = f" [{percent(found['low'][row][column], 1)}, {percent(found['high'][row][column], 1)}]"
            colour = COLOURS["train" if right else "cv"]
            face: dict[str, Any] = {"facecolor": colour, "alpha": alpha} if alpha >= 0.02 else {"facecolor": "none"}
            box = Rectangle((column, row), 1, 1, edgecolor=COLOURS["grid"], linewidth=0.8, gid=TIP + words + limits)
            box.set(**face)
            axes.add_patch(box)
            if says and share >= 0.005:
                axes.text(
                    column + 0.5, row + 0.5, f"{100 * share:.0f}", ha="center", va="center", fontsize=11 if count > 8 else 12
                )
    names = [shorter(name, 10 if narrow else 14) for name in classes]
    step = -(-count // (12 if narrow else 30))
    places = [place + 0.5 for place in range(0, count, step)]
    cell = (220 if narrow else min(160 + 24 * count, 470)) / count  # in points, of the heights that the page gives it
    upright = step == 1 and 8 * max(map(len, names)) > cell
    axes.set_xticks(places, names[::step], rotation=90 if upright else 0)
    axes.set_yticks(places, names[::step])
    axes.set_xlim(0, count)
    axes.set_ylim(count, 0)
    axes.set_aspect("equal")
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(colors=COLOURS["ink"], length=0)
    axes.set_xlabel(_("predicted, % of the row"))
    axes.set_ylabel(_("true class"))


def thresholds(evidence: Plain, axes: Axes, *, narrow: bool = False) -> None:
    """Precision, recall and F1 of the second class by its threshold; the one in use is dashed, the best has a ring."""
    found = evidence["errors"]["thresholds"]
    places, best, used = found["thresholds"], found["best"], found["thresholds"][found["in_use"]]
    for key, name, colour in (("precision", _("precision"), "train"), ("recall", _("recall"), "cv"), ("f1", "F1", "ink")):
        values = [float("nan") if value is None else value for value in found[key]]
        axes.plot(places, values, color=COLOURS[colour], label=name)
    axes.plot(
        [places[best]],
        [found["f1"][best]],
        "o",
        color=COLOURS["ink"],
        markerfacecolor="none",
        markersize=13,
        markeredgewidth=1.8,
    )
    axes.axvline(used, color=COLOURS["baseline"], linewidth=1.2, linestyle=(0, (4, 3)), label=_("in use"))
    step = -(-len(places) // 40)
    for at in range(0, len(places), step):
        right = places[min(at + step, len(places) - 1)]
        shares = [(name, found[key][at]) for key, name in (("precision", _("precision")), ("recall", _("recall")), ("f1", "F1"))]
        words = [f"{name} {share:.3f}" for name, share in shares if share is not None]
        tip_column(axes, places[at], right, "\n".join([_("threshold {value}", value=f"{places[at]:.3g}"), *words]))
    axes.set_ylim(0, 1.03)
    axes.set_xlabel(_("threshold"))
    legend(axes, narrow)


def signal(values: Sequence[Sequence[float]], low: float, high: float, axes: Axes) -> None:
    """A signal as a trace, a line a channel, on the scale that all of them share."""
    for channel in zip(*values, strict=True):
        axes.plot(channel, color=COLOURS["ink"], linewidth=0.9)
    axes.set_xlim(0, max(len(values) - 1, 1))
    room = 0.05 * ((high - low) or 1.0)
    axes.set_ylim(low - room, high + room)
    axes.set_axis_off()


def cost_estimate(cost: Cost | None) -> Estimate | None:
    """What a record keeps of an estimate, as one: without limits where it has none."""
    if cost is None:
        return None
    return Estimate(cost.value, cost.value if cost.low is None else cost.low, cost.value if cost.high is None else cost.high)


def turns(walked: Sequence[Turn], chosen: int, axes: Axes, *, narrow: bool = False) -> None:
    """The cost on train and cv from turn to turn of the loop, against the baseline; the chosen turn has a ring."""
    metric = walked[0].metric
    show, numbers = number(metric), [turn.number for turn in walked]
    apart = (0.03 if narrow else 0.015) * (max(numbers) - min(numbers) + 1)
    for part, name, shift in (("J_cv", "cv", apart), ("J_train", "train", -apart)):
        costs = [cost_estimate(getattr(turn, part)) for turn in walked]
        known = {place + shift: cost for place, cost in zip(numbers, costs, strict=True) if cost is not None}
        whiskers(axes, list(known), list(known.values()), COLOURS[name], name)
    if (base := cost_estimate(walked[0].baseline)) is not None:
        axes.axhline(base.value, color=COLOURS["baseline"], linewidth=1.2, linestyle=(0, (4, 3)), label=_("baseline"))
    for turn in walked:
        cv, train = cost_estimate(turn.J_cv), cost_estimate(turn.J_train)
        words = [_("turn {turn}: {change}", turn=turn.number, change=told(turn.change))]
        words += [f"{name} {ranges(cost, show)}" for name, cost in ((_("cv"), cv), (_("train"), train)) if cost is not None]
        tip_column(axes, turn.number - 0.5, turn.number + 0.5, "\n".join(words))
        if turn.number == chosen and cv is not None:
            ring: dict[str, Any] = {"markerfacecolor": "none", "markersize": 15, "markeredgewidth": 1.8}
            axes.plot([chosen + apart], [cv.value], "o", color=COLOURS["ink"], label=_("chosen"), linestyle="none", **ring)
    from matplotlib.ticker import FuncFormatter

    axes.set_xticks(numbers[:: -(-len(numbers) // 12)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: show(value)))
    axes.set_xlim(min(numbers) - 0.5, max(numbers) + 0.5)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(_("turn"))
    axes.set_ylabel(told(METRICS[metric]))
    legend(axes, narrow)
