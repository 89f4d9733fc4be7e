"""The command import-plan: a notice to a plan, or ids for a plan that lacks some; prints what is to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi_xlsx.console import SYSTEM, finish_plan, put_lines, quoted, say
from kpi_xlsx.model import clip, counted

if TYPE_CHECKING:
    from kpi_xlsx.plan_import import Imported


@click.command(
    "import-plan",
    short_help=say("从公示做出考核目标，或补上编号。", "Make a plan of a notice, or give ids."),
    help=say(
        "从公示或别的表格做出 plan.xlsx，供人核对：文字（.txt）、Word（.docx）、网页、Excel（.xlsx、.xls）、"
        "带文字的 PDF。"
        "SOURCE 已经是 plan.xlsx 的，只给空着的编号补上编号。",
        "Make a plan.xlsx to look through of a published notice or another table: text, Word (.docx), web page, Excel "
        "(.xlsx, .xls), PDF with text. If SOURCE is a plan.xlsx already, only its blank ids are filled in.",
    ),
)
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="SOURCE")
@click.option(
    "-o",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="plan.xlsx",
    help=say("写到这个新文件。", "The new file."),
)
@click.option(
    "--return",
    "returned",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.xlsx",
    help=say("公示里的进展情况另写成一份填好的填报表。", "Also write the notice's progress as a filled-in form."),
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE.toml",
    help=say("写明哪个列名是 plan.xlsx 的哪一列。", "A file that says which heading is which column of the plan."),
)
def import_plan(source: Path, target: Path, returned: Path | None, mapping: Path | None) -> None:
    from kpi_xlsx.plan_import import import_notice, is_plan

    if returned is None and mapping is None and is_plan(source):
        _fill_ids(source, target)
        return
    done = import_notice(source, target, SYSTEM, returned, mapping)
    put_lines(_told(done, target))
    put_lines(_remarks(done, returned is not None), err=True)
    finish_plan(done.findings, done.context)


def _fill_ids(source: Path, target: Path) -> None:
    from kpi_xlsx.plan_ids import fill_ids

    made = fill_ids(source, target, SYSTEM)
    click.echo(
        say(
            f"补了 {made} 个编号：{target.as_posix()}。看过后改名为 plan.xlsx。",
            f"{counted(made, 'id')} made: {target.as_posix()}. Look through it, then rename it to plan.xlsx.",
        )
    )


def _told(done: Imported, target: Path) -> Iterator[str]:
    made = done.proposal
    if done.kept:
        yield say(
            f"{target.as_posix()} 已经有了，没有改动；填好的填报表是按它写的。",
            f"{target.as_posix()} was there already and was not changed; the filled-in form was made for it.",
        )
        yield from _forms(done)
        return
    names = say("、", ", ").join(str(one["name"]) for one in made.departments[:4])
    more = (
        ""
        if len(made.departments) <= 4
        else say(f"等 {len(made.departments)} 个单位", f" and {len(made.departments) - 4} more")
    )
    period = "" if made.period is None else f"{made.period}"
    yield say(
        f"读出 {len(made.goals)} 个目标（{names}{more}）{period}：{target.as_posix()}",
        f"{counted(len(made.goals), 'goal')} read ({names}{more}) {period}: {target.as_posix()}",
    )
    yield say(
        f"请看“待确认”一列：{made.open} 个目标有要定的事；{made.proposed} 个目标值是推断的，核对以后才作数。",
        f"Look at the column “to confirm”: {counted(made.open, 'goal')} to decide about; "
        f"{counted(made.proposed, 'target')} read out of the words, which hold once you have checked them.",
    )
    yield from _forms(done)
    if done.sealed:
        yield say(
            f"下一步：看过以后运行 kpi-xlsx generate -C {quoted(target.parent.as_posix())}",
            f"Next: when you have looked through it, run kpi-xlsx generate -C {quoted(target.parent.as_posix())}",
        )


def _forms(done: Imported) -> Iterator[str]:
    for path in done.returns:
        yield say(f"填好的填报表：{path.as_posix()}", f"The filled-in form: {path.as_posix()}")


def _remarks(done: Imported, returned: bool) -> Iterator[str]:
    if done.unused:
        shown = say("；", "; ").join(clip(text, 40) for text in done.unused[:5])
        yield say(f"没有用到 {len(done.unused)} 行：{shown}", f"{counted(len(done.unused), 'line')} not used: {shown}")
    if done.strangers:
        shown = say("；", "; ").join(clip(text, 40) for text in done.strangers[:5])
        yield say(
            f"plan.xlsx 里没有这 {len(done.strangers)} 个目标，它们的进展没有写进填报表：{shown}",
            f"{counted(len(done.strangers), 'goal')} not in plan.xlsx, so their progress is in no form: {shown}",
        )
    if not returned and any(done.proposal.progress.values()):
        yield say(
            "公示里的进展情况没有写进 plan.xlsx；要的话加上 --return 文件名，会写成一份填好的填报表。",
            "The notice's progress is not in the plan; add --return FILE.xlsx to have it as a filled-in form.",
        )
    if done.returns and not done.sealed:
        yield say(
            "plan.xlsx 不在报送期文件夹里，所以填报表没有那一期的签章，收件时会有 I107 提示。"
            "先用 kpi-xlsx init 建好文件夹，把 plan.xlsx 写进去，就有了。",
            "The plan lies in no cycle's folder, so the form bears no cycle's seal and will be reported as I107. Make "
            "the folder with kpi-xlsx init first and write plan.xlsx into it.",
        )
