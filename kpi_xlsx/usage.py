"""How commands say what they take, and what was typed wrongly, in the system's language: click itself knows English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NoReturn

import click

from kpi_xlsx.console import SYSTEM, fail, say
from kpi_xlsx.model import Language


class Command(click.Command):
    """A command whose help has headings in the system's language."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=say("用法：", "Usage: "))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = (param for param in self.get_params(ctx) if isinstance(param, click.Option))  # the usage has the rest
        rows = [row for option in options if (row := option.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section(say("选项", "Options")):
                formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("显示这些说明。", "Show this message and exit.")
        return option


class Group(Command, click.Group):
    """Commands in the order of a round, not of the alphabet."""

    command_class = Command

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        width = formatter.width - 6 - max(map(len, self.commands))
        rows = [(name, command.get_short_help_str(width)) for name, command in self.commands.items()]
        with formatter.section(say("命令", "Commands")):
            formatter.write_dl(rows)


def refuse(error: click.UsageError) -> NoReturn:
    """Say what was typed wrongly, and where to read how it is typed; ends with exit code 2."""
    if SYSTEM is Language.EN:
        error.show()
        raise SystemExit(error.exit_code)
    path = "kpi-xlsx" if error.ctx is None else error.ctx.command_path
    fail(["".join(_told(error)), f"怎么用：{path} --help"])


def _told(error: click.UsageError) -> Iterator[str]:
    unknown = re.match("No such command '([^']+)'", error.message)
    spare = re.match(r"Got unexpected extra arguments? \((.+)\)", error.message)
    if isinstance(error, click.NoSuchOption):
        close = list(error.possibilities or ())
        yield f"没有 {error.option_name} 这个选项"
        yield f"，是不是 {close[0]}？" if close else "。"
    elif unknown is not None and error.ctx is not None and isinstance(error.ctx.command, click.Group):
        close = get_close_matches(unknown[1], error.ctx.command.list_commands(error.ctx), 1)
        yield f"没有 {unknown[1]} 这个命令"
        yield f"，是不是 {close[0]}？" if close else "。"
    elif isinstance(error, click.MissingParameter) and error.param is not None:
        yield f"还要写上 {_name(error.param)}。"
    elif isinstance(error, click.BadParameter) and error.param is not None:
        yield f"{_name(error.param)} 写得不对{_wanted(error.param.type)}。"
    elif spare is not None:
        yield f"多写了“{spare[1]}”。"
    else:
        yield f"命令写得不对：{error.format_message()}"


def _name(param: click.Parameter) -> str:
    if isinstance(param, click.Argument):
        return param.metavar or (param.name or "").upper()
    return param.opts[-1]


def _wanted(kind: click.ParamType[Any]) -> str:
    if isinstance(kind, click.Choice):
        return f"，只能是 {'、'.join(map(str, kind.choices))}"
    if isinstance(kind, click.IntRange):
        return f"，要 {kind.min} 到 {kind.max} 的整数"
    return "：没有这个文件或文件夹，或者不能这样用" if isinstance(kind, click.Path) else ""
