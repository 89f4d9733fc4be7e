"""An office's existing form to a definition to be confirmed, as TOML or as a sheet; what is there is never replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kpi_xlsx import resources
from kpi_xlsx.context import Context
from kpi_xlsx.definition import SHEET_SUFFIXES, load_template, make_template
from kpi_xlsx.definition_book import write_definition
from kpi_xlsx.definition_sheet import Placed
from kpi_xlsx.drafts import CONFIRM, Draft, make_draft, to_toml
from kpi_xlsx.files import write_atomically
from kpi_xlsx.kinds import Kind
from kpi_xlsx.loading import ANY_PERIOD
from kpi_xlsx.model import CycleError, Language, Mistake, Plan, Source, match_key
from kpi_xlsx.plan import GOAL_HEADINGS
from kpi_xlsx.specimen import Specimen
from kpi_xlsx.specimen_reading import read_specimen
from kpi_xlsx.template import Table, Template


@dataclass(frozen=True, slots=True)
class Imported:
    """What was made of a form: the definition as it loads, and what is to be said of it."""

    template: Template
    draft: Draft
    target: Path
    remarks: tuple[str, ...]


def import_template(source: Path, target: Path, language: Language, sheet: str = "") -> Imported:
    """Propose a definition from an existing form. `language` is that of messages until the form has shown its own.

    Raises CycleError if the form cannot be used, if the target exists, or has a suffix that no definition has.
    """
    _demand_free(target, language)
    shipped = load_template(resources.folder("templates") / f"progress-{language}.toml")
    specimen, kind = read_specimen(source, sheet, Context("", ANY_PERIOD, shipped, Plan((), ())), language)
    draft = make_draft(specimen, target.stem)
    template = make_template(Placed(dict(draft.data)), target.name)
    if target.suffix.casefold() in SHEET_SUFFIXES:
        write_definition(target, draft)
    else:
        write_atomically(target, to_toml(draft, source.name))
    return Imported(template, draft, target, tuple(_remarks(specimen, kind, draft.language)))


def _demand_free(target: Path, language: Language) -> None:
    if target.exists():
        words = language.say(
            "这个文件已经有了，没有改动。换一个名字。", "This file exists; nothing was changed. Take another name."
        )
        raise CycleError([Mistake(str(target), "", words)])
    if target.suffix.casefold() not in (".toml", *SHEET_SUFFIXES):
        words = language.say(
            "写成 .toml 或 .xlsx 文件：-o 我的表.toml", "Write it as a .toml or .xlsx file: -o my-form.toml"
        )
        raise CycleError([Mistake(str(target), "-o", words)])


def _remarks(specimen: Specimen, kind: Kind, language: Language) -> Iterator[str]:
    """What of the workbook does not go into a definition."""
    say = language.say
    if specimen.book.macros:
        yield say("里面的宏没有用，也没有运行。", "Its macros were neither run nor carried over.")
    if kind is not Kind.WORKBOOK:
        widths = ("", "") if kind is Kind.OLD_BOOK else ("列宽、", "widths, ")
        yield say(
            f"这种格式没有读{widths[0]}颜色、下拉列表和纸张。要这些，先用 Excel 或 WPS 另存为 .xlsx 再导入。",
            f"Of this format {widths[1]}colours, lists and paper were not read: for these save it as .xlsx and import "
            "that.",
        )


def _plan_names(table: Table, language: Language) -> Iterator[str]:
    """Where the plan calls a given column otherwise than the form; a goal's name is asked for in any case."""
    keys = {column.key: column.header for column in table.given}
    for key, header in {**keys, "name": keys.get("name", "")}.items():
        name = language.say(GOAL_HEADINGS[key][0], key) if key in GOAL_HEADINGS else header
        if match_key(name) != match_key(header):
            yield f"{header} → {name}" if header else name


def show_import(done: Imported, language: Language) -> Iterator[str]:
    """What was understood, and what is to be confirmed, in the officer's words."""
    table, say = done.template.main, done.draft.language.say
    comma = say("、", ", ")
    yield language.say(f"写好了模板：{done.target.as_posix()}", f"The template: {done.target.as_posix()}")
    for columns, zh, en in (
        (table.of(Source.PLAN), "从年度目标来的列", "given, from the plan"),
        (table.of(Source.DEPARTMENT), "单位填的列", "to be filled in by departments"),
    ):
        names = comma.join(f"{column.group} · {column.header}" if column.group else column.header for column in columns)
        yield say(f"{zh}：{names}", f"{en}: {names}")
    plan = ", ".join(_plan_names(table, done.draft.language))
    if plan:
        yield say(f"在 plan.xlsx 里填在这些列：{plan}", f"Columns of plan.xlsx in which they stand: {plan}")
    mark = CONFIRM[done.draft.language]
    for doubt in done.draft.doubts:
        yield say(f"{mark}：{doubt.words}", f"{mark}: {doubt.words}")
    yield from done.remarks
