"""The status command, and kpi-xlsx alone in a cycle: where the round stands and what comes next."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from kpi_xlsx.console import (
    directory_option,
    format_option,
    line_width,
    load_cycle,
    password_file_option,
    progress,
    put_lines,
    say,
)
from kpi_xlsx.usage import Command


@click.command(
    cls=Command,
    short_help=say("看各单位报到哪一步、该催谁。", "Show where each department stands, and whom to chase."),
    help=say(
        "看各单位报到哪一步、该催谁，不写任何东西。催报的话可以直接贴到群里。",
        "Show where each department stands and whom to chase; writes nothing into the cycle. The reminders can be "
        "pasted as they are.",
    ),
)
@directory_option
@format_option
@click.option(
    "--by-leader", is_flag=True, help=say("要催的单位按分管领导排。", "List whom to chase by the leader responsible.")
)
@click.option(
    "--reminders",
    is_flag=True,
    help=say("只印催报的话：群里一条，每个单位一条。", "Print only what to paste: one message for all, one for each."),
)
@click.option(
    "--handover",
    is_flag=True,
    help=say(
        "交接单：等人决定的、谁审哪些单位、接下来的日期、东西在哪里。",
        "For a colleague who takes over: what is to be decided, who reviews what, next dates, where things lie.",
    ),
)
@click.option(
    "--mine",
    "--reviewer",
    "reviewer",
    metavar="NAME",
    help=say("只看这个审核人的单位。", "Only the departments of this reviewer."),
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.xlsx",
    help=say("把催报名单另存成一个工作簿。", "Also write whom to chase as a workbook."),
)
@password_file_option
def status(
    directory: Path,
    format_: str,
    by_leader: bool,
    reminders: bool,
    handover: bool,
    reviewer: str | None,
    out: Path | None,
    password_file: Path | None,
) -> None:
    from kpi_xlsx.files import demand_closed
    from kpi_xlsx.standing_screen import show_reminders, show_status

    cycle = load_cycle(directory, password_file)
    tell = cycle.context.language.say
    if out is not None:
        demand_closed([out], cycle.context.language)
    with progress(len(cycle.arrivals()), tell("检查", "Checking")) as advance:
        found = cycle.status(advance=advance)
    if reviewer is not None:
        found = found.of_reviewer(reviewer)
    if out is not None:
        from kpi_xlsx.outputs.chase import write_chase_book

        write_chase_book(out, found, by_leader=by_leader, handover=handover)
        click.echo(tell(f"催报名单：{out.as_posix()}", f"Whom to chase: {out.as_posix()}"), err=True)
    put_lines(found.remarks, err=True)
    if format_ == "json":
        data = found.to_dict()
        if handover and found.handover is not None:
            data["handover"] = found.handover.to_dict(found.zone)
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    if handover:
        from kpi_xlsx.handover_screen import show_handover

        put_lines(show_handover(found), hang=2)
        return
    width = line_width(sys.stdout)
    for line in show_reminders(found) if reminders else show_status(found, width, by_leader=by_leader):
        click.echo(line)


def show_overview(ctx: click.Context) -> None:
    """What kpi-xlsx alone does: help where there is no cycle, else where the round stands, and a menu on a terminal."""
    from kpi_xlsx.settings import FILE

    if not Path(FILE).is_file():
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)
    from kpi_xlsx.menu import offer_steps, show_commands

    if sys.stdin.isatty() and sys.stdout.isatty():
        offer_steps(ctx.command)
        return
    for line in show_commands():
        click.echo(line)
