"""The command line: thin commands over the library. Results on stdout, progress and errors on stderr."""

from __future__ import annotations

import os
import shlex
import sys
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from leadline import options
from leadline.completions import DEFAULT_RECORD
from leadline.errors import ArgumentError, LeadlineError
from leadline.manual import Spoken, SpokenGroup
from leadline.origin import begun_with, data_of, layers_of, source_of
from leadline.report.console import progress_bar, put, say
from leadline.words import _

if TYPE_CHECKING:
    from leadline.record import Record, Turn

__all__ = ["app", "main"]


app = typer.Typer(
    cls=SpokenGroup,
    epilog="leadline diagnose houses.csv --target price\nleadline diagnose --help",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(*examples: str, name: str | None = None) -> Callable[[Any], Any]:
    """Makes a function a command, with examples of how it is typed."""
    return app.command(name, cls=Spoken, epilog="\n".join(examples))


@app.callback()
def leadline(_lang: options.Language = None, _version: options.Version = False) -> None:
    """Trains a network and tells you where you stand: bias, variance or done, with evidence, and what to do next."""


@command("leadline diagnose houses.csv --target price --report houses.html")
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
    folds: options.Folds = 0,
    remedies: options.Remedies = True,
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


@command("leadline develop houses.csv --target price --budget 5m")
def develop(
    table: options.TablePath = None,
    target: options.TargetName = None,
    budget: options.Budget = "5m",
    layers: options.Layers = "25,15",
    baseline: options.Baseline = None,
    metric: options.Metric = None,
    task: options.Task = None,
    drop_missing: options.DropMissing = False,
    groups: options.Groups = None,
    times: options.Times = None,
    epochs: options.Epochs = None,
    folds: options.FoldsOrFew = None,
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


@command('leadline next 1 "more units"', name="next")
def next_turn(
    run: options.RunNumber,
    remedy: options.RemedyName = None,
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


@command("leadline ui --record leadline.db")
def ui(
    record: options.RecordPath = DEFAULT_RECORD,
    port: options.Port = 8787,
    browser: options.Browser = None,
    _lang: options.Language = None,
) -> None:
    """Shows a record as a page: its turns, two of them compared, their reports, what is under way; and starts the next turn."""
    from leadline.ui.serve import serve

    def tell(address: str) -> None:
        print(address, flush=True)
        say(_("Open this address to see the record."))
        say(_("Ctrl-C ends the page and the turns that were started from it."))
        if browser or (browser is None and sys.stdout.isatty() and "SSH_CONNECTION" not in os.environ):
            webbrowser.open(address)

    with _record(record) as book:
        serve(book, port, tell)


@command("leadline runs")
def runs(record: options.RecordPath = DEFAULT_RECORD, _lang: options.Language = None) -> None:
    """Lists the runs of a record."""
    from leadline.report.turns import runs_listed

    with _record(record) as book:
        found = book.runs()
        put(runs_listed(found, [book.turns(run.number) for run in found]))


@command("leadline show 1 --report run.html")
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


@command("leadline compare 1.1 1.3")
def compare(
    first: options.FirstTurn,
    second: options.SecondTurn,
    record: options.RecordPath = DEFAULT_RECORD,
    _lang: options.Language = None,
) -> None:
    """Shows in what two turns differ."""
    from leadline.develop.climb import turn_named
    from leadline.record import compare as differences
    from leadline.report.turns import compared

    with _record(record) as book:
        turns = [turn_named(book, name) for name in (first, second)]
    put(compared(turns, differences(*turns)))


@command("leadline predict leadline-run-1.leadline new.csv --out prices.csv")
def predict(
    model: options.PredictorFile,
    table: options.NewTable,
    out: options.PredictionsPath = None,
    _lang: options.Language = None,
) -> None:
    """Predicts the rows of a table, one line a row."""
    from leadline.files.predictions import predict_table

    predict_table(model, table, out)


@command("leadline export leadline-run-1.leadline --to onnx")
def export(
    model: options.ModelFile,
    to: options.Format = "onnx",
    out: options.ExportPath = None,
    _lang: options.Language = None,
) -> None:
    """Writes a model, with the preparation of its table where it has one, for the programs that read another format."""
    from leadline.files.loading import load

    where = out or model.with_suffix(f".{to}")
    load(model).export(where, to)
    say(_("The model is in {file}.", file=where))


@command("leadline open-test 1", name="open-test")
def open_test(
    run: options.RunNumber,
    record: options.RecordPath = DEFAULT_RECORD,
    model: options.RunModelPath = None,
    again: options.Again = False,
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
    say("\n" + _("The model is in {file}.", file=where))
    say("  " + _("leadline predict {file} TABLE  predicts new rows", file=where))
    say("  " + _("leadline open-test {run}  measures it, once, on the sealed test rows", run=story.run.number))
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
        app(prog_name="leadline")
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
