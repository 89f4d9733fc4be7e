"""The export command: what is written of a cycle beside its master, by the name of the file."""

from __future__ import annotations

from pathlib import Path

import click

from kpi_xlsx.console import departments_option, directory_option, load_cycle, put_lines, say
from kpi_xlsx.model import counted
from kpi_xlsx.usage import Command


@click.command(
    cls=Command,
    short_help=say("写出公示、数据、全年台账等。", "Write the notice, data, the table of the year, and more to come."),
    help=say(
        "写出汇总表以外的东西，写什么看文件名：公示.docx（或 .pdf、.html）是对外公示，还有没了结的就不写，"
        "逐条说明是什么；全年台账.xlsx（或 year.xlsx）是今年各期排在一起，"
        "每个目标一行，逐月的状态、数字和文字；得分核对单/（或 scores/）是一个文件夹，每个单位一份自己的得分，"
        "供核对和申诉；其他以 .xlsx、.csv、.json、.jsonl、.parquet、.sqlite 结尾的是数据，"
        "汇总表每行一行，列名是英文，供别的程序用。其他种类以后再有。",
        "Write something beside the master; what, the file's name says: notice.docx (or .pdf, .html) is the public "
        "notice, which is refused, each reason on a line, while something stands against it; year.xlsx has all cycles "
        "of this year side by side, a row for each goal, with status, figures and words by month; scores/ is a folder "
        "with each department's own scores, to check and to object to; any other name ending in .xlsx, .csv, .json, "
        ".jsonl, .parquet or .sqlite is data: the rows of the master with English names, for other programs. Other "
        "kinds are still to come.",
    ),
)
@directory_option
@click.option(
    "--to",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=say("写到这个文件；得分核对单写到这个文件夹。", "The file to write; for scores, the folder."),
)
@click.option(
    "--kind",
    type=click.Choice(["notice", "board", "data", "year", "orders", "scores"]),
    help=say("写哪一种；默认看文件名。", "What to write; default: by the file's name."),
)
@departments_option
@click.option(
    "--draft",
    is_flag=True,
    help=say("公示：没了结的也写，每页标明送审稿。", "Notice: write it all the same, each page marked as a draft."),
)
def export(directory: Path, to: Path, kind: str | None, departments: tuple[str, ...], draft: bool) -> None:
    from kpi_xlsx.exports import ExportKind

    cycle = load_cycle(directory)
    tell = cycle.context.language.say
    done = cycle.issue(to, None if kind is None else ExportKind(kind), departments=departments, draft=draft)
    put_lines(done.remarks, err=True)
    place = done.path.as_posix()
    if done.kind is ExportKind.SCORES:
        count = len(done.files)
        click.echo(tell(f"得分核对单 {count} 份：{place}/", f"{counted(count, 'score sheet')}: {place}/"))
    elif done.kind is ExportKind.DATA:
        listed = tell("、", ", ").join(path.as_posix() for path in done.files)
        click.echo(tell(f"数据（{done.rows} 行）：{listed}", f"Data ({counted(done.rows, 'row')}): {listed}"))
    elif done.kind is ExportKind.NOTICE:
        click.echo(tell(f"{'送审稿' if draft else '公示'}：{place}", f"{'Draft' if draft else 'Notice'}: {place}"))
    else:
        click.echo(
            tell(f"全年台账（{done.cycles} 期）：{place}", f"The year ({counted(done.cycles, 'cycle')}): {place}")
        )
