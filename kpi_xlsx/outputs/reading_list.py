"""The sheet 待审清单 in the master: only what is new or changed since the reviewer last read it, new words coloured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpi_xlsx.context import Context
from kpi_xlsx.excel import Look, Sheet, height_of, line_count, looks_merged
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.model import Department, Finding, Language, Scalar, Severity, State, comparable, plain
from kpi_xlsx.outputs.listing import FIRST_ROW, GONE, NEW, PlaceOf, begin_list, coloured, end_list, link_cell
from kpi_xlsx.report import ReturnRecord, Row
from kpi_xlsx.target_table import columns_told
from kpi_xlsx.template import Column, given
from kpi_xlsx.values import seen_in, show_value
from kpi_xlsx.versions import version_name

HEADINGS = {
    Language.ZH: "审核人|责任单位|编号|目标名称|考核内容及指标|列|上次审核时|现在|情况|审核意见|位置|版次|文件",
    Language.EN: "Reviewer|Department|No.|Goal|Requirement|Column|Last review|Now|About|Findings|Master|Version|File",
}
WIDTHS = (10, 14, 8, 18, 30, 12, 40, 48, 9, 34, 10, 8, 26)
BEFORE, NOW, ABOUT, LINK = 6, 7, 8, 10
SAME = range(5)
"""The columns in which neighbours that say the same look like one cell: a goal's lines belong together."""
REQUIREMENT = 4
CENTRED = frozenset({0, 2, 5, ABOUT, LINK, 11})
HELD = "1F4E78"
HELD_CODE = "X104"


@dataclass(frozen=True, slots=True)
class _Line:
    """One changed cell: what the reviewer knew, and what there is now or would be."""

    department: Department
    row: Row
    column: Column
    before: Scalar | None
    now: Scalar | None
    record: ReturnRecord
    held: bool
    first: bool
    """The department was never reviewed, or the row is new."""
    findings: Sequence[Finding]
    """Of the row."""


def write_reading_list(sheet: Sheet, context: Context, ledger: Ledger, place_of: PlaceOf) -> None:
    """One row for each changed cell, by reviewer and then in plan order; an empty list says so."""
    language = context.language
    title = language.say("待审清单", "To review")
    cell = begin_list(sheet, title, HEADINGS[language].split("|"), WIDTHS, language)
    row, above = FIRST_ROW - 1, None
    for row, line in enumerate(_lines(context, ledger), FIRST_ROW):
        _write_line(sheet, row, line, context, cell, goes_on=above == (line.department.code, line.row.id))
        above = line.department.code, line.row.id
        key = line.column.key
        link_cell(sheet, row, LINK, place_of(line.row.department, line.row.id, key), cell)
    if row < FIRST_ROW:
        words = language.say("没有待审的内容。", "Nothing is new or changed since the last review.")
        sheet.text(FIRST_ROW, 0, words, {**cell, "text_wrap": False, "border": 0})
    else:
        looks_merged(sheet, SAME, FIRST_ROW, row, "FFFFFF", cell["border_color"])
        sheet.fill(row + 1, 0, SAME[-1], {"top": 1, "top_color": cell["border_color"]})
    end_list(sheet, row, len(WIDTHS), 4)
    sheet.raw.set_tab_color("C00000" if row >= FIRST_ROW else "A6A6A6")


def _lines(context: Context, ledger: Ledger) -> Iterator[_Line]:
    departments = context.plan.departments
    reviewers = dict.fromkeys(one.reviewer for one in departments if one.reviewer)
    turn = {reviewer: place for place, reviewer in enumerate((*reviewers, ""))}
    for department in sorted(departments, key=lambda one: turn[one.reviewer]):
        findings = ledger.findings_of(department.code)
        for row in ledger.rows(context, department.code):
            yield from _lines_of(department, row, findings.get(row.id, ()), context)


def _lines_of(department: Department, row: Row, findings: Sequence[Finding], context: Context) -> Iterator[_Line]:
    language = context.language
    own = context.template.main.entry if row.goal is not None else context.template.main.free
    said = (row.reviewed, row.entry, *(one.entry for one in row.waiting))
    columns = (*own, *columns_told(context, row.id, said))
    for column in columns:
        before, now = (seen_in(entry, column.key, language) for entry in (row.reviewed, row.entry))
        missed = row.reviewed is None and any(_asks(one, column) for one in findings)
        if row.record is not None and (missed or not _same(before, now)):
            yield _Line(department, row, column, before, now, row.record, False, row.reviewed is None, findings)
    for waiting in row.waiting:
        for column in columns:
            now, then = (seen_in(entry, column.key, language) for entry in (row.entry, waiting.entry))
            if not _same(now, then):
                yield _Line(department, row, column, now, then, waiting.record, True, False, findings)


def _same(one: Scalar | None, other: Scalar | None) -> bool:
    return comparable(one) == comparable(other)


def _asks(finding: Finding, column: Column) -> bool:
    """Whether a cell asks for something, though nothing may stand in it."""
    return finding.column == column.key and finding.severity is not Severity.INFO and finding.state is State.OPEN


def _concerns(finding: Finding, line: _Line) -> bool:
    mine = finding.column in (None, line.column.key) and finding.code != HELD_CODE  # which the line itself shows
    mine = mine and (not line.held or finding.file == line.record.file)
    return mine and finding.severity is not Severity.INFO and finding.state is State.OPEN


def _write_line(sheet: Sheet, number: int, line: _Line, context: Context, base: Look, *, goes_on: bool) -> None:
    """One line; `goes_on`: the line above is of the same goal, so that the requirement is not seen again."""
    before, now = (show_value(line.column, value) for value in (line.before, line.now))
    texts = _texts(line, before, now, context)
    lines = max(
        line_count(text, width)
        for place, (text, width) in enumerate(zip(texts, WIDTHS, strict=True))
        if place != REQUIREMENT or not goes_on
    )
    sheet.call("set_row", number, height_of(lines, 10))
    for place, text in enumerate(texts):
        look = {**base, "num_format": "@"}
        look |= {"align": "center"} if place in CENTRED else {"align": "left", "indent": 1}
        if place in SAME:
            look |= {"top": 0, "bottom": 0}
        if place == ABOUT and line.held:
            look |= {"font_color": HELD, "bold": True}
        if place == NOW and now and not line.first:
            sheet.runs(number, place, coloured(before, now, {"font_color": NEW, "bold": True}, context.language), look)
        elif place == BEFORE and before and now:
            gone = {"font_color": GONE, "font_strikeout": True}
            sheet.runs(number, place, coloured(now, before, gone, context.language), {**look, "font_color": GONE})
        else:
            quiet = {"font_color": GONE} if place in (BEFORE, NOW) and not now else {}
            sheet.text(number, place, text, {**look, **quiet})


def _texts(line: _Line, before: str, now: str, context: Context) -> Sequence[str]:
    """What stands in the line's cells, from the left."""
    say, goal, record = context.language.say, line.row.goal, line.record
    requirement = context.template.main.by_key.get("requirement")
    return (
        line.department.reviewer,
        line.department.name,
        line.row.id,
        "" if goal is None else goal.name,
        "" if goal is None or requirement is None else plain(given(requirement, goal)),
        line.column.header,
        before,
        now or (say("（已删去）", "(taken out)") if before else say("（空）", "(blank)")),
        say("待定", "held") if line.held else say("新报", "new") if line.first else say("改动", "changed"),
        "\n".join(one.message for one in line.findings if _concerns(one, line)),
        "",
        version_name(record.version, context.language),
        record.file,
    )
