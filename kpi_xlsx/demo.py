"""A whole round on the shipped example: forms out, answers in as departments send them, findings, master, copies back.

The forms are filled by the program itself and partly maltreated with openpyxl, as departments do it by hand.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_xlsx import resources
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import Answers, write_form
from kpi_xlsx.identity import MARK
from kpi_xlsx.model import CycleError, Language, Mistake, Scalar, id_key
from kpi_xlsx.outputs.findings import write_findings_book
from kpi_xlsx.register_book import make_register
from kpi_xlsx.register_sheets import RECEIPTS
from kpi_xlsx.report import Report
from kpi_xlsx.starter import start_cycle
from kpi_xlsx.toml_files import read_toml

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

EXAMPLES = {Language.ZH: "notice-zh", Language.EN: "notice-en"}


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made."""

    folder: Path
    forms: int
    returns: int
    report: Report
    findings: Path
    copies: int


def run_demo(folder: Path, language: Language) -> Demo:
    """Make a cycle in a new or empty folder and take it through a whole round.

    Raises CycleError if there is anything in the folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        words = language.say(
            f"文件夹 {folder} 里已经有东西，演示没有运行。换一个新的，或先把它移走。",
            f"The folder {folder} is not empty, so the demo was not run. Name a new one, or move it away.",
        )
        raise CycleError([Mistake("", "", words)])
    example = resources.folder("examples") / EXAMPLES[language]
    start_cycle(folder, language, example=EXAMPLES[language])
    cycle = Cycle.load(folder, language)
    forms = cycle.generate()
    returns = read_toml(example / "answers.toml", CycleError)["returns"]
    for number, sent in enumerate(returns):
        _send_back(cycle, sent, number)
    _write_register(cycle, returns)
    report = cycle.merge()
    findings = folder / language.say("审核意见.xlsx", "findings.xlsx")
    title = cycle.settings.full_title("", cycle.context.template.title)
    write_findings_book(findings, report.findings, cycle.context, title)
    copies = cycle.feedback()
    return Demo(folder, len(forms), len(returns), report, findings, len(copies))


def _send_back(cycle: Cycle, sent: Mapping[str, Any], number: int) -> None:
    """One department's file in the inbox, in the state in which it came."""
    path = cycle.settings.inbox / sent["file"]
    answers: Answers = {
        id_key(row["goal"]): {key: _scalar(value) for key, value in row.items() if key != "goal"}
        for row in sent["answers"]
    }
    write_form(path, cycle.context, cycle.settings, sent["department"], answers)
    damage, overwrite = sent.get("damage", ()), sent.get("overwrite", {})
    if damage or overwrite:
        _maltreat(path, cycle, damage, overwrite)
    moment = dt.datetime(2018, 7, 3, 9, 20, tzinfo=dt.timezone(dt.timedelta(hours=8))) + dt.timedelta(hours=3 * number)
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def _scalar(value: Any) -> Scalar:
    if isinstance(value, str) and len(value) == 7 and value[4] == "-" and value.replace("-", "").isdecimal():
        return dt.date(int(value[:4]), int(value[5:]), 1)  # a month: the form shows it as 2018-06
    assert isinstance(value, str | int | float | dt.date)
    return value


def _maltreat(path: Path, cycle: Cycle, damage: Sequence[str], overwrite: Mapping[str, Any]) -> None:
    """What people do to a form that they have unprotected."""
    from openpyxl import load_workbook

    book = load_workbook(path)
    sheet = book.worksheets[0]
    table = _Table(sheet)
    for place, text in overwrite.items():
        goal, _, column = place.rpartition(".")
        sheet.cell(table.rows[id_key(goal)], table.columns[column]).value = text
    deeds: Mapping[str, Callable[[Worksheet, _Table, Language], None]] = {
        "pasted-over": _paste_over,
        "reordered": _reorder,
        "row-inserted": _insert_row,
        "sheet-renamed": _rename,
    }
    for deed in damage:
        deeds[deed](sheet, _Table(sheet), cycle.context.language)
    book.save(path)
    book.close()


class _Table:
    """Where a form's columns and rows are, by their hidden marks (openpyxl counts from 1)."""

    def __init__(self, sheet: Worksheet) -> None:
        marks = {
            (cell.row, cell.column): str(cell.value)[1:]
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and cell.value.startswith(MARK)
        }
        self.columns = {key: column for (_, column), key in marks.items() if column > 1}
        self.rows = {
            id_key(key): row for (row, column), key in marks.items() if column == 1 and not key.startswith("*")
        }


def _paste_over(sheet: Worksheet, table: _Table, _: Language) -> None:
    """Pasting brings its own look and takes validations and conditional formats away."""
    from openpyxl.formatting.formatting import ConditionalFormattingList
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.datavalidation import DataValidationList

    sheet.data_validations = DataValidationList()
    sheet.conditional_formatting = ConditionalFormattingList()
    for row in table.rows.values():
        for column in range(table.columns["progress"], table.columns["check"]):
            cell = sheet.cell(row, column)
            cell.font, cell.fill = Font(name="Calibri", size=11), PatternFill()
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _reorder(sheet: Worksheet, table: _Table, _: Language) -> None:
    """The visible columns sorted the other way round; the hidden marks in column A stay where they were."""
    sheet.protection.disable()
    rows = sorted(table.rows.values())
    columns = range(2, table.columns["check"])
    values = [[sheet.cell(row, column).value for column in columns] for row in rows]
    for row, cells in zip(rows, reversed(values), strict=True):
        for column, value in zip(columns, cells, strict=True):
            sheet.cell(row, column).value = value


def _insert_row(sheet: Worksheet, table: _Table, _: Language) -> None:
    """A blank row in the middle of the table."""
    sheet.insert_rows(sorted(table.rows.values())[len(table.rows) // 2])


def _rename(sheet: Worksheet, _: _Table, language: Language) -> None:
    sheet.title = language.say("6月进展", "June")


def _write_register(cycle: Cycle, returns: Sequence[Mapping[str, Any]]) -> None:
    """register.xlsx with its sheet of receipts: what the office wrote down when a file came in."""
    rows = [
        {
            "file": sent["file"],
            "received": sent["received"].astimezone(cycle.settings.zone).replace(tzinfo=None),
            "way": sent.get("way"),
            "by": sent.get("by"),
        }
        for sent in returns
        if "received" in sent
    ]
    make_register(cycle.settings.register, cycle.context, cycle.settings, {RECEIPTS.key: rows})
