"""The help of a command: how it is typed, what it does, what it takes, and an example; in the language that is spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.cells import cell_len
from typer.core import TyperCommand, TyperGroup

from leadline.completions import brief
from leadline.report.charts import left
from leadline.report.terminal import wrapped
from leadline.words import _, english, told

__all__ = ["Spoken", "SpokenGroup", "manual"]

WIDTH = 80
NAMES = 22
"""Columns that names have; a longer one has a line of its own."""
OF_THE_PARSER = {
    "help": english("Show this help and leave."),
    "install_completion": english("Let the TAB key complete commands and values, in shells that are opened from now on."),
    "show_completion": english("Print the script that does so, to put it elsewhere."),
}
"""What options say that are not leadline's own."""


class Spoken(TyperCommand):
    """A command whose help is a `manual`, and whose options are completed with their help."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What may stand behind its name: options, then its arguments, in brackets those that need not."""
        arguments = (param for param in self.get_params(ctx) if param.param_type_name == "argument")
        return ["[OPTIONS]", *(_name(one) if one.required else f"[{_name(one)}]" for one in arguments)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help."""
        formatter.write(manual(self, ctx))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """What can be typed here."""
        return _briefly(super().shell_complete(ctx, incomplete), {})


class SpokenGroup(TyperGroup):
    """Commands whose help is a `manual`."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help of all."""
        formatter.write(manual(self, ctx))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """What can be typed here."""
        return _briefly(super().shell_complete(ctx, incomplete), {name: one.help or "" for name, one in self.commands.items()})


def _briefly(items: list[Any], commands: Mapping[str, str]) -> list[Any]:
    """What is offered, each with a line of its help."""
    for item in items:
        own = commands.get(item.value) or OF_THE_PARSER.get(item.value.strip("-").replace("-", "_"))
        item.help = brief(own or item.help or "")
    return items


def manual(command: Any, ctx: Any) -> str:
    """The help of a command or of all of them, in lines of 80 columns.

    Args:
        command: The command; each line of its epilog is an example of how it is typed.
        ctx: The context that it is called in.
    """
    shown = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    usage = _("Usage: {typed}", typed=" ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]))
    parts = [wrapped(usage, WIDTH), wrapped(told(command.help), WIDTH)]
    if isinstance(command, TyperGroup):
        each = [(name, command.get_command(ctx, name)) for name in command.list_commands(ctx)]
        parts.append(_listed(_("Commands"), [(name, told(one.help or "")) for name, one in each if one]))
    for kind, title in (("argument", _("Arguments")), ("option", _("Options"))):
        own = [(_name(param), _words(param)) for param in shown if param.param_type_name == kind]
        parts += [_listed(title, own)] if own else []
    if command.epilog:
        parts.append([_title(_("For example")), *(f"  {line}" for line in command.epilog.splitlines())])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _listed(title: str, rows: Sequence[tuple[str, str]]) -> list[str]:
    lines = [_title(title)]
    for name, words in rows:
        first, *rest = wrapped(words, WIDTH - NAMES - 4)
        if cell_len(name) > NAMES:
            lines.append(f"  {name}")
            name = ""
        lines += [f"  {left(name, NAMES)}  {first}", *(" " * (NAMES + 4) + line for line in rest)]
    return lines


def _title(text: str) -> str:
    return typer.style(text, bold=True)  # click leaves the colour out where there is no terminal


def _name(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.metavar)
    names = ", ".join([*sorted(param.opts, key=len), *param.secondary_opts])
    return names if param.is_flag else f"{names} {param.metavar}"


def _words(param: Any) -> str:
    """What a parameter is, and its default, where that is always the same."""
    words, default = told(OF_THE_PARSER.get(param.name) or param.help or ""), param.default
    if param.param_type_name == "argument" or default is None or (param.is_flag and not param.secondary_opts):
        return words
    return _("{words} [default: {value}]", words=words, value=param.opts[0] if param.is_flag else default)
