"""The next command: the following cycle made beside this one, or a folder copied by hand cleared of the other's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi_xlsx.console import directory_option, fail, load_cycle, put_lines, quoted, say
from kpi_xlsx.model import Language
from kpi_xlsx.usage import Command

if TYPE_CHECKING:
    from kpi_xlsx.clearance import Clearance
    from kpi_xlsx.successor import Successor


@click.command(
    "next",
    cls=Command,
    short_help=say("在旁边新建下一期。", "Make the following cycle beside this one."),
    help=say(
        "在旁边新建下一期的文件夹：plan.xlsx、模板、cycle.toml（报送期和截止时间往后移，接在本期之后）带过去；"
        "收件、登记簿、台账、汇总表不带。\n\n"
        "文件夹是从别的报送期复制来的，用 --clean 把那一期的东西收进 old-…/，不删除任何东西。",
        "Make the following cycle's folder beside this one: plan.xlsx, template and cycle.toml go along, period and "
        "deadlines moved on; what came in, register, ledger and master do not.\n\n"
        "In a folder that was copied from another cycle, --clean sets that cycle's things aside in old-…/; nothing is "
        "deleted.",
    ),
)
@click.argument("target", required=False, type=click.Path(path_type=Path), metavar="[TARGET]")
@directory_option
@click.option(
    "--period",
    metavar="P",
    help=say("下一期是哪几个月，如 2018-01/2018-07。", "The new period, such as 2018-01/2018-07."),
)
@click.option(
    "--return-by",
    metavar="T",
    help=say(
        "截止时间，如 2018-08-05；默认按月往后移。", "The deadline, such as 2018-08-05; default: moved on by months."
    ),
)
@click.option(
    "--clean",
    is_flag=True,
    help=say("清理从别的报送期复制来的文件夹。", "Clear a folder that was copied from another cycle."),
)
def next_cycle(target: Path | None, directory: Path, period: str | None, return_by: str | None, clean: bool) -> None:
    if clean and (target is not None or period is not None or return_by is not None):
        fail([say("--clean 不能和别的一起用，只能加 -C。", "--clean goes with nothing but -C.")])
    cycle = load_cycle(directory)
    if clean:
        put_lines(show_clearance(cycle.clear(), directory, cycle.context.language), hang=2)
    else:
        made = cycle.succeed(target, period=period, return_by=return_by)
        put_lines(show_successor(made, cycle.context.language), hang=2)


def show_successor(made: Successor, language: Language) -> Iterator[str]:
    """What was made, until when it runs, and what comes next."""
    tell, place = language.say, made.folder.as_posix()
    yield tell(f"新建了 {place}/，报送期 {made.period}。", f"Made {place}/, period {made.period}.")
    yield tell(f"带过去的：{'、'.join(made.copied)}", f"Taken along: {', '.join(made.copied)}")
    if made.return_by is None:
        yield tell("cycle.toml 没有设截止时间（return_by）。", "cycle.toml names no deadline (return_by).")
    else:
        yield tell("截止时间 ", "Due by ") + _moment(made.return_by, language)
    if made.support_by is not None:
        yield tell("配合单位截止 ", "Supporters by ") + _moment(made.support_by, language)
    yield from made.remarks
    yield tell(
        "目标有调整、单位有变更的，写进 plan.xlsx 的“目标调整”“单位变更”表。",
        "Where goals were adjusted or departments changed, say so in plan.xlsx, on the sheets changes and units.",
    )
    command = f"kpi-xlsx generate -C {quoted(place)}"
    yield tell(f"下一步：{command}", f"Next: {command}")


def _moment(moment: dt.datetime, language: Language) -> str:
    """A deadline with its day of the week, which matters where nobody is in the office."""
    shown, day = f"{moment:%Y-%m-%d %H:%M}", moment.weekday()
    name = language.say(
        "星期" + "一二三四五六日"[day], ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")[day] + "day"
    )
    if day < 5:
        return language.say(f"{shown}（{name}）", f"{shown} ({name})")
    return language.say(
        f"{shown}（{name}，是休息日，要改就改 cycle.toml）", f"{shown} ({name}: change it in cycle.toml if need be)"
    )


def show_clearance(done: Clearance, directory: Path, language: Language) -> Iterator[str]:
    """What was set aside, and what to look at before this cycle begins."""
    tell = language.say
    place = done.folder.as_posix()
    yield tell(
        f"{done.cycle} 的东西移到了 {place}/：{'、'.join(done.moved)}",
        f"What belongs to {done.cycle} was moved to {place}/: {', '.join(done.moved)}",
    )
    yield from done.remarks
    command = f"kpi-xlsx generate -C {quoted(directory.as_posix())}" if directory != Path() else "kpi-xlsx generate"
    yield tell(f"下一步：看一遍 cycle.toml，再运行 {command}", f"Next: look through cycle.toml, then run {command}")
