"""The command line: thin commands over the library. Results on stdout, progress and errors on stderr."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from leadline.data.target import Kind
from leadline.errors import ArgumentError, LeadlineError, unknown_name

if TYPE_CHECKING:
    from leadline.data.split import Split

__all__ = ["app", "main"]

app = typer.Typer(
    help="Trains a network and tells you where you stand: bias, variance or done, with evidence, and what to do next.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def leadline() -> None:
    """Trains a network and tells you where you stand: bias, variance or done, with evidence, and what to do next."""


@app.command()
def diagnose(
    table: Annotated[
        Path | None, typer.Argument(help="A CSV or Parquet file. Without one: scikit-learn's handwritten digits.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    layers: Annotated[str, typer.Option(help="Units of the hidden layers; empty for none.")] = "25,15",
    baseline: Annotated[
        float | None, typer.Option(help="A level to compare with, in the metric's unit; 0.106 is 10.6 %.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="What decides: error or cost for classes; rmse, mae or cost for numbers.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="regression, binary or multiclass, where the guess is wrong.")] = None,
    drop_missing: Annotated[bool, typer.Option("--drop-missing", help="Leave out rows whose target is missing.")] = False,
    epochs: Annotated[int | None, typer.Option(help="Epochs of every training; by default about 6,000 steps.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides the split, the first weights and the order of the examples.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON on stdout.")] = False,
) -> None:
    """Says where a network stands on a table, and what to do next."""
    from leadline.develop.diagnosis import diagnose as run

    data, title = _data(table, target, task, seed, drop_missing)
    with _progress("training") as progress:
        found = run(
            None, data, layers=_layers(layers), baseline=baseline, metric=metric, epochs=epochs, seed=seed, progress=progress
        )  # fmt: skip
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, allow_nan=False))
        return
    from rich.console import Console

    from leadline.report.terminal import render

    Console(highlight=False, soft_wrap=True, emoji=False).print(render(found, title))


def _data(path: Path | None, target: str | None, task: str | None, seed: int, drop_missing: bool) -> tuple[Split, str]:
    """The split data, and what to call them."""
    from leadline.data.split import split

    if path is None:
        if target is not None:
            raise ArgumentError(
                f"--target {target} names a column of a table, and no table was given. Write: leadline diagnose TABLE."
            )
        from leadline.data.datasets import digits

        data = digits()
        named = split(data.X, data.y, target=data.target_name, features=data.feature_names, kind=_kind(task), seed=seed)
        return named, "handwritten digits"
    from leadline.data.table import read_table

    table = read_table(path)
    if target is None:
        raise ArgumentError(
            f"Which column of {path} is to be predicted? Write --target COLUMN. It has: {', '.join(table.columns)}."
        )
    return split(table, target=target, kind=_kind(task), seed=seed, drop_missing=drop_missing), path.name


def _kind(task: str | None) -> Kind | None:
    if task is not None and task not in get_args(Kind):
        raise unknown_name("task", task, get_args(Kind))
    return cast("Kind | None", task)


def _layers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(units) for units in text.replace(" ", "").split(",") if units)
    except ValueError:
        raise ArgumentError(f"--layers takes units separated by commas, such as 25,15. Got {text!r}.") from None


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, on a terminal only, for the member-steps of a population."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def main() -> None:
    """Runs the command line; an error of leadline's becomes one line on stderr and the status 2."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # where a chart's characters cannot be written, as in an old code page
    try:
        app()
    except LeadlineError as error:
        # Names from a file may hold anything; what would move the cursor or colour the terminal is not passed on.
        line = " ".join(str(error).split())
        print(f"leadline: {''.join(c if c.isprintable() else '?' for c in line)}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("leadline: stopped.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
