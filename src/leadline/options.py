"""What commands take: the options that several of them share, and help in the language that is spoken."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from leadline.words import speaking, told

__all__ = [
    "AsJson",
    "Baseline",
    "DropMissing",
    "Epochs",
    "Groups",
    "Language",
    "Layers",
    "Metric",
    "MlflowStore",
    "ModelPath",
    "RecordPath",
    "ReportPath",
    "RunNumber",
    "Seed",
    "Speaking",
    "TablePath",
    "TargetName",
    "Task",
    "Times",
    "speak",
    "translate",
]


class Speaking(TyperGroup):
    """Commands whose help is in the language that is spoken."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help of all."""
        translate(self)
        super().format_help(ctx, formatter)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name."""
        return translate(super().get_command(ctx, cmd_name))


def translate(command: Any) -> Any:
    """Puts the help of a command and of its options into the language that is spoken."""
    for one in () if command is None else (command, *command.params):
        if getattr(one, "help", None):
            one.help = told(one.help)
    return command


def speak(ctx: typer.Context, name: str | None) -> None:
    """Speaks a language until the command has ended."""
    ctx.with_resource(speaking(name))
    translate(ctx.command)


Language = Annotated[
    str | None,
    typer.Option(
        "--lang",
        metavar="LANGUAGE",
        callback=speak,
        is_eager=True,  # before --help
        help="The language of words: en or zh. By default LEADLINE_LANG, or English.",
    ),
]
TablePath = Annotated[Path | None, typer.Argument(help="A CSV or Parquet file. Without one: scikit-learn's handwritten digits.")]
TargetName = Annotated[str | None, typer.Option(help="The column to predict.")]
Layers = Annotated[str, typer.Option(help="Units of the hidden layers to begin with; empty for none.")]
Baseline = Annotated[float | None, typer.Option(help="A level to compare with, in the metric's unit; 0.106 is 10.6 %.")]
Metric = Annotated[str | None, typer.Option(help="What decides: error or cost for classes; rmse, mae or cost for numbers.")]
Task = Annotated[str | None, typer.Option(help="regression, binary or multiclass, where the guess is wrong.")]
DropMissing = Annotated[bool, typer.Option("--drop-missing", help="Leave out rows whose target is missing.")]
Groups = Annotated[str | None, typer.Option(help="A column whose equal values stay together, such as a patient.")]
Times = Annotated[str | None, typer.Option(help="A column of times: train comes before cv, and cv before test.")]
Epochs = Annotated[int | None, typer.Option(help="Epochs of every training; by default about 6,000 steps.")]
Seed = Annotated[int, typer.Option(min=0, help="Decides the split, the first weights and the order of the examples.")]
AsJson = Annotated[bool, typer.Option("--json", help="Everything as JSON on stdout.")]
RecordPath = Annotated[Path, typer.Option(help="The file that keeps every turn.")]
ReportPath = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write the report here: one file of HTML that needs no network."),
]
RunNumber = Annotated[int, typer.Argument(help="The number of the run, as leadline runs lists it.")]
ModelPath = Annotated[Path | None, typer.Option(help="Where to put the trained model; by default beside the record.")]
MlflowStore = Annotated[str | None, typer.Option(metavar="URI", help="An MLflow store that every turn is written to as well.")]
