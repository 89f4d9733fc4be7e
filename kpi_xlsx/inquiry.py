"""The trace command: one goal asked about, answered on screen, as a page or as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kpi_xlsx.console import (
    departments_option,
    directory_option,
    fail,
    format_option,
    load_cycle,
    password_file_option,
    put_lines,
    say,
)
from kpi_xlsx.usage import Command


@click.command(
    cls=Command,
    short_help=say("查一个目标的来龙去脉。", "Show everything about one goal."),
    help=say(
        "查一个目标的来龙去脉：汇总表里的数从哪个文件哪一格来、为什么、改过什么、谁批准的；"
        "并写成网页 trace/编号.html，可以打印。不动别的文件。",
        "Show everything about one goal: from which file and cell the master's words are, why, what was changed and "
        "who approved it; also written as a page, trace/ID.html, ready to print. Nothing else is written.",
    ),
)
@click.argument("goal", metavar="ID")
@directory_option
@departments_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help=say("网页写到别处。", "Write the page elsewhere."),
)
@click.option("--no-page", is_flag=True, help=say("只显示，不写网页。", "Only print, write no page."))
@password_file_option
@format_option
def trace(
    goal: str,
    directory: Path,
    departments: tuple[str, ...],
    out: Path | None,
    no_page: bool,
    password_file: Path | None,
    format_: str,
) -> None:
    if no_page and out is not None:
        fail([say("--out 和 --no-page 只能用一个。", "Use either --out or --no-page.")])
    cycle = load_cycle(directory, password_file)
    found = cycle.trace(goal, departments)
    for remark in found.missing:
        click.echo(remark, err=True)
    from kpi_xlsx.outputs.goal_page import page_name, write_page

    if format_ == "json":
        if out is not None:
            write_page(found, out)
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    from kpi_xlsx.trace_screen import show_trace

    put_lines(show_trace(found), hang=2)
    if not no_page:
        target = out or cycle.settings.folder / "trace" / page_name(found)
        write_page(found, target)
        click.echo(cycle.context.language.say(f"\n网页：{target.as_posix()}", f"\nPage: {target.as_posix()}"))
