"""What commands take: every argument and option, with the words and values that help to type it."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, get_args

import typer

from leadline.completions import columns, one_of, remedies, runs, turns
from leadline.data.target import Kind
from leadline.develop.problem import METRICS
from leadline.words import LANGUAGES, speaking

__all__ = [
    "Again",
    "AsJson",
    "Baseline",
    "Browser",
    "Budget",
    "DropMissing",
    "Epochs",
    "ExportPath",
    "FirstTurn",
    "Folds",
    "FoldsOrFew",
    "Format",
    "Groups",
    "Language",
    "Layers",
    "Metric",
    "MlflowStore",
    "ModelFile",
    "ModelPath",
    "NewTable",
    "Port",
    "PredictionsPath",
    "PredictorFile",
    "RecordPath",
    "Remedies",
    "RemedyName",
    "ReportPath",
    "RunModelPath",
    "RunNumber",
    "SecondTurn",
    "Seed",
    "TablePath",
    "TargetName",
    "Task",
    "Times",
    "Version",
    "show_version",
    "speak",
]


def speak(ctx: typer.Context, name: str | None) -> None:
    """Speaks a language until the command has ended."""
    ctx.with_resource(speaking(name))


Language = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="LANGUAGE",
        callback=speak,
        is_eager=True,  # before --help
        autocompletion=one_of(*LANGUAGES),
        help="The language of all words, en or zh; by default what LEADLINE_LANG says, or en.",
    ),
]


def show_version(ctx: typer.Context, asked: bool) -> None:
    """Says which leadline this is, and ends."""
    if asked:
        typer.echo(f"leadline {version('leadline')}")
        ctx.exit()


Version = Annotated[bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and leave.")]

# --- the data ------------------------------------------------------------------------------------------------------------------

TablePath = Annotated[
    Path | None,
    typer.Argument(metavar="TABLE", help="A CSV, TSV or Parquet file; without one, the handwritten digits of scikit-learn."),
]
NewTable = Annotated[
    Path, typer.Argument(metavar="TABLE", help="A CSV, TSV or Parquet file with the columns that the model was trained on.")
]
TargetName = Annotated[
    str | None, typer.Option(metavar="COLUMN", autocompletion=columns, help="The column to predict; a table needs it.")
]
Task = Annotated[
    str | None,
    typer.Option(
        metavar="TASK",
        autocompletion=one_of(*get_args(Kind)),
        help="The kind of target: regression, binary or multiclass; by default what its values look like.",
    ),
]
DropMissing = Annotated[
    bool, typer.Option("--drop-missing", help="Leave out the rows whose target is missing; without it they are refused.")
]
Groups = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", autocompletion=columns, help="The column whose equal values stay in one part, such as a patient."
    ),
]
Times = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN", autocompletion=columns, help="The column of times, by which train comes before cv and cv before test."
    ),
]

# --- the network, and how it is measured ---------------------------------------------------------------------------------------

Layers = Annotated[
    str,
    typer.Option(metavar="UNITS", help="The units of the hidden layers to begin with, separated by commas; '' for none."),
]
Baseline = Annotated[
    float | None,
    typer.Option(
        metavar="ERROR",
        help="The error to compare with, in the metric's unit, 0.106 being 10.6 %; by default the best that is measured.",
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        metavar="METRIC",
        autocompletion=one_of(*METRICS),
        help="The error that decides: error or cost for classes, rmse, mae or cost for numbers; by default error or rmse.",
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(metavar="NUMBER", help="The epochs of every training; by default as many as make about 6,000 steps."),
]
Folds = Annotated[
    int,
    typer.Option(metavar="NUMBER", help="The number of folds of train and cv, each held out in turn; 0 for one cv part."),
]
FoldsOrFew = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        help="The number of folds of train and cv, each held out in turn; by default 5 with fewer than 1,000 rows, "
        "else one cv part.",
    ),
]
Remedies = Annotated[bool, typer.Option(help="Run every remedy; or none, which is quicker.")]
Budget = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        autocompletion=one_of("1m", "5m", "30m", "1h"),
        help="The time to spend, in seconds, minutes or hours: 90s, 5m, 1h.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        metavar="NUMBER", min=0, help="The number that decides the split, the first weights and the order of the examples."
    ),
]

# --- the record ----------------------------------------------------------------------------------------------------------------

RecordPath = Annotated[Path, typer.Option(metavar="FILE", help="The record: the file that keeps every turn.")]
RunNumber = Annotated[
    int, typer.Argument(metavar="RUN", autocompletion=runs, help="The number of the run, as leadline runs lists it.")
]
RemedyName = Annotated[
    str | None,
    typer.Argument(
        metavar="REMEDY",
        autocompletion=remedies,
        help="The remedy of the run's best turn to make one more turn with; without one, the run goes on after a stop.",
    ),
]
FirstTurn = Annotated[
    str, typer.Argument(metavar="TURN", autocompletion=turns, help="A turn, as RUN.TURN; RUN alone is its best turn.")
]
SecondTurn = Annotated[
    str, typer.Argument(metavar="OTHER", autocompletion=turns, help="The turn to compare it with, written likewise.")
]
MlflowStore = Annotated[
    str | None, typer.Option(metavar="URI", help="The MLflow store to write every turn to as well; by default none.")
]
Again = Annotated[bool, typer.Option("--again", help="Open the test part although it was opened before.")]

# --- models and what is written ------------------------------------------------------------------------------------------------

PredictorFile = Annotated[Path, typer.Argument(metavar="MODEL", help="The file of a model, as leadline develop saved it.")]
ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help="The file of a model, as leadline or Keras saved it.")]
ModelPath = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The file to write the trained model to; by default one beside the record."),
]
RunModelPath = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The file of the run's model; by default the one beside the record.")
]
PredictionsPath = Annotated[Path | None, typer.Option(metavar="FILE", help="The CSV file to write; by default stdout.")]
ExportPath = Annotated[Path | None, typer.Option(metavar="FILE", help="The file to write; by default one beside the model's.")]
Format = Annotated[str, typer.Option(metavar="FORMAT", autocompletion=one_of("onnx"), help="The format to write: onnx.")]
ReportPath = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="The HTML file to write the report to as well; it needs no network."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write everything to stdout as JSON instead of words.")]

# --- the page ------------------------------------------------------------------------------------------------------------------

Port = Annotated[
    int, typer.Option(metavar="NUMBER", min=0, max=65535, help="The port of 127.0.0.1 to listen on; 0 for any that is free.")
]
Browser = Annotated[
    bool | None,
    typer.Option(
        "--browser/--no-browser", help="Open the page in a browser, or do not; by default where the terminal is of this machine."
    ),
]
