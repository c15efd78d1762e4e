"""The command line: thin commands over the library. Results on stdout, progress and errors on stderr."""

from __future__ import annotations

import os
import shlex
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline import options
from leadline.errors import ArgumentError, LeadlineError
from leadline.origin import begun_with, data_of, layers_of, source_of
from leadline.report.console import progress_bar, put, say
from leadline.words import _

if TYPE_CHECKING:
    from leadline.record import Record, Turn

__all__ = ["app", "main"]


app = typer.Typer(
    cls=options.Speaking,
    help="Trains a network and tells you where you stand: bias, variance or done, with evidence, and what to do next.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def leadline(_lang: options.Language = None) -> None:
    """Trains a network and tells you where you stand: bias, variance or done, with evidence, and what to do next."""


DEFAULT_RECORD = Path("leadline.db")


@app.command()
def diagnose(
    table: options.TablePath = None,
    target: options.TargetName = None,
    layers: options.Layers = "25,15",
    baseline: options.Baseline = None,
    metric: options.Metric = None,
    task: options.Task = None,
    drop_missing: options.DropMissing = False,
    groups: options.Groups = None,
    times: options.Times = None,
    epochs: options.Epochs = None,
    folds: Annotated[int, typer.Option(help="Hold out train and cv in this many folds; 0 for one cv part.")] = 0,
    remedies: Annotated[bool, typer.Option(help="Run every remedy.")] = True,
    seed: options.Seed = 0,
    report: options.ReportPath = None,
    as_json: options.AsJson = False,
    _lang: options.Language = None,
) -> None:
    """Says where a network stands on a table, what each remedy would bring, and what to do next."""
    from leadline.develop.diagnosis import diagnose as run

    data, title = data_of(source_of(table, target, task, drop_missing, groups, times, seed))
    with progress_bar(_("training")) as progress:
        found = run(
            None,
            data,
            layers=layers_of(layers),
            baseline=baseline,
            metric=metric,
            epochs=epochs,
            folds=folds,
            remedies=remedies,
            seed=seed,
            progress=progress,
        )
    from leadline.report.terminal import render

    put(found.to_dict() if as_json else render(found, title))
    if report is not None:
        found.save(report, title=title, command=_typed())


@app.command()
def develop(
    table: options.TablePath = None,
    target: options.TargetName = None,
    budget: Annotated[str, typer.Option(help="For how long: 90s, 5m, 1h.")] = "5m",
    layers: options.Layers = "25,15",
    baseline: options.Baseline = None,
    metric: options.Metric = None,
    task: options.Task = None,
    drop_missing: options.DropMissing = False,
    groups: options.Groups = None,
    times: options.Times = None,
    epochs: options.Epochs = None,
    folds: Annotated[
        int | None,
        typer.Option(help="Hold out train and cv in this many folds; by default 5 with fewer than 1,000 rows."),
    ] = None,
    seed: options.Seed = 0,
    record: options.RecordPath = DEFAULT_RECORD,
    model: options.ModelPath = None,
    mlflow: options.MlflowStore = None,
    report: options.ReportPath = None,
    as_json: options.AsJson = False,
    _lang: options.Language = None,
) -> None:
    """Walks the loop: diagnose, take the remedy that brings most, diagnose again. The same command goes on after a stop."""
    source = source_of(table, target, task, drop_missing, groups, times, seed)
    how = {"baseline": baseline, "budget": budget, "layers": layers_of(layers), "metric": metric, "epochs": epochs}
    _walked(source, how | {"folds": folds, "seed": seed}, record, model, mlflow, report, as_json)


@app.command("next")
def next_turn(
    run: options.RunNumber,
    remedy: Annotated[
        str | None,
        typer.Argument(help="A remedy of the run's best turn, to make one more turn with; none to go on after a stop."),
    ] = None,
    record: options.RecordPath = DEFAULT_RECORD,
    model: options.ModelPath = None,
    mlflow: options.MlflowStore = None,
    report: options.ReportPath = None,
    as_json: options.AsJson = False,
    _lang: options.Language = None,
) -> None:
    """Makes one more turn of a run, with a remedy that you choose; or goes on with one that was stopped."""
    with _record(record) as book:
        settings = book.run(run).settings
    if not settings.get("source"):
        raise ArgumentError(
            f"Run {run} was not begun by leadline develop, so its table is not known. Use leadline.develop(…, run={run})."
        )
    _walked(settings["source"], begun_with(settings) | {"run": run, "remedy": remedy}, record, model, mlflow, report, as_json)


@app.command()
def ui(
    record: options.RecordPath = DEFAULT_RECORD,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen on 127.0.0.1; 0 for any port that is free.")
    ] = 8787,
    browser: Annotated[
        bool | None,
        typer.Option("--browser/--no-browser", help="Open the page in a browser; by default on a terminal of this machine."),
    ] = None,
    _lang: options.Language = None,
) -> None:
    """Shows a record as a page: its turns, two of them compared, their reports, what is under way; and starts the next turn."""
    from leadline.ui.serve import serve

    def tell(address: str) -> None:
        print(address, flush=True)
        say(_("Open this address to see the record. Ctrl-C ends the page, and the turns that were started from it."))
        if browser or (browser is None and sys.stdout.isatty() and "SSH_CONNECTION" not in os.environ):
            webbrowser.open(address)

    with _record(record) as book:
        serve(book, port, tell)


@app.command()
def runs(record: options.RecordPath = DEFAULT_RECORD, _lang: options.Language = None) -> None:
    """Lists the runs of a record."""
    from leadline.report.turns import runs_listed

    with _record(record) as book:
        found = book.runs()
        put(runs_listed(found, [book.turns(run.number) for run in found]))


@app.command()
def show(
    run: options.RunNumber,
    record: options.RecordPath = DEFAULT_RECORD,
    report: options.ReportPath = None,
    as_json: options.AsJson = False,
    _lang: options.Language = None,
) -> None:
    """Shows a run: its turns, what each change promised and brought, and the looks at its test part."""
    from leadline.report.faces import save_run
    from leadline.report.turns import run_shown

    with _record(record) as book:
        found, turns = book.run(run), book.turns(run)
        if report is not None:
            save_run(report, found, turns)
        if as_json:
            put({"run": found.number, "settings": found.settings, "turns": [turn.evidence for turn in turns]})
            return
        put(run_shown(found, turns, book.openings(found.data_digest), book.advice_score()))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A turn, as RUN or RUN.TURN; of a run alone its best turn.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    record: options.RecordPath = DEFAULT_RECORD,
    _lang: options.Language = None,
) -> None:
    """Shows in what two turns differ."""
    from leadline.develop.climb import turn_named
    from leadline.record import compare as differences
    from leadline.report.turns import compared

    with _record(record) as book:
        turns = [turn_named(book, name) for name in (first, second)]
    put(compared(differences(*turns), first, second))


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A model that leadline develop saved.")],
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet file with the columns that it was trained on.")],
    out: Annotated[Path | None, typer.Option(help="The CSV file to write; by default stdout.")] = None,
    _lang: options.Language = None,
) -> None:
    """Predicts the rows of a table, one line a row."""
    from leadline.files.predictions import predict_table

    predict_table(model, table, out)


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="A file that leadline saved, or Keras.")],
    to: Annotated[str, typer.Option(help="The format: onnx.")] = "onnx",
    out: Annotated[Path | None, typer.Option(help="The file to write; by default it stands beside the model's.")] = None,
    _lang: options.Language = None,
) -> None:
    """Writes a model, with the preparation of its table where it has one, for the programs that read another format."""
    from leadline.files.loading import load

    where = out or model.with_suffix(f".{to}")
    load(model).export(where, to)
    say(_("The model is in {file}.", file=where))


@app.command("open-test")
def open_test(
    run: options.RunNumber,
    record: options.RecordPath = DEFAULT_RECORD,
    model: Annotated[Path | None, typer.Option(help="The run's model, where develop was told another place for it.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Although the test part was opened before.")] = False,
    _lang: options.Language = None,
) -> None:
    """Measures a run's model on the sealed test rows, and records that it was done."""
    from leadline.develop.opening import open_run
    from leadline.report.turns import opened_test

    with _record(record) as book:
        source = book.run(run).settings.get("source")
    if not source:
        raise ArgumentError(f"Run {run} was not begun by leadline develop, so its table is not known. Use leadline.open_test.")
    data, _ = data_of(source)
    put(opened_test(open_run(record, run, data, model or _model_file(record, run), again=again)))


def _walked(
    source: Mapping[str, Any],
    how: Mapping[str, Any],
    record: Path,
    model: Path | None,
    mlflow: str | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Walks the loop on a source, tells each turn, and puts its model and its report where they are wanted."""
    from leadline.develop.cycle import develop as walk
    from leadline.report.turns import story_told, turn_told

    data, title = data_of(source)

    def tell(turn: Turn) -> None:
        say(turn_told(turn))
        if mlflow is not None:
            _mirror(record, turn.run, mlflow)

    with progress_bar(_("training")) as progress:
        story = walk(data, record=record, source=source, tell=tell, progress=progress, **how)
    where = model or _model_file(record, story.run.number)
    story.predictor.save(where)
    if mlflow is not None:
        _mirror(record, story.run.number, mlflow)
    put(story.to_dict() if as_json else story_told(story, title))
    say("\n" + _("The model is in {file}.  leadline predict {file} TABLE  predicts new rows;", file=where))
    say(_("leadline open-test {run}  measures it, once, on the rows that nothing was chosen by.", run=story.run.number))
    if report is not None:
        story.save(report, title=title, command=_typed())


def _record(path: Path) -> Record:
    """A record that is there."""
    from leadline.record import Record

    if not path.exists():
        raise ArgumentError(f"There is no record {path}. leadline develop makes one; --record names another.")
    return Record.open(path)


def _mirror(path: Path, run: int, uri: str) -> None:
    """Writes a run to MLflow too; where that fails the loop goes on, since the record has every turn."""
    from leadline.record.mlflow import mirror

    try:
        with _record(path) as book:
            mirror(book.run(run), book.turns(run), uri)
    except LeadlineError as error:
        say(f"MLflow: {error}")


def _model_file(record: Path, run: int) -> Path:
    return record.with_name(f"{record.stem}-run-{run}.leadline")


def _typed() -> str:
    """The command as it was typed."""
    return shlex.join(["leadline", *sys.argv[1:]])


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
