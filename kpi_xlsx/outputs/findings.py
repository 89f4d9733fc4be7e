"""The findings as a sheet: in the master, and as a workbook of its own for those who never read a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kpi_xlsx.checks.rule import KIND_WORDS, SEVERITY_WORDS, STATE_WORDS
from kpi_xlsx.context import Context
from kpi_xlsx.excel import Look, Sheet, Workbook, height_of, line_count
from kpi_xlsx.model import Finding, Language, Severity, State, id_key
from kpi_xlsx.outputs.listing import FIRST_ROW, PlaceOf, begin_list, end_list, link_cell

COLOURS = {Severity.ERROR: "9C0006", Severity.WARNING: "7F6000", Severity.INFO: "595959"}
FILLS = {Severity.ERROR: "FFC7CE", Severity.WARNING: "FFEB9C", Severity.INFO: "F2F2F2"}

HEADINGS = {
    Language.ZH: "责任单位|轻重|性质|状态|编号|目标名称|列|审核意见|怎么办|位置|文件|工作表|单元格|代码",
    Language.EN: "Department|Severity|About|State|No.|Goal|Column|Finding|What to do|Master|File|Sheet|Cell|Code",
}
LINK = 9
"""The column of links into the master."""
WIDTHS = (15, 12, 10, 9, 8, 20, 13, 46, 46, 10, 30, 10, 8, 8)


def write_findings_book(path: Path, findings: Iterable[Finding], context: Context, title: str) -> None:
    """A workbook with the one sheet of findings."""
    with Workbook(path, context.period.end, streaming=True, title=title) as book:
        name = context.language.say("审核意见", "Findings")
        write_findings(book.add_sheet(name), findings, context, None, title)


def write_findings(
    sheet: Sheet,
    findings: Iterable[Finding],
    context: Context,
    place_of: PlaceOf | None,
    title: str = "",
) -> None:
    """One row for each finding, filtered by department or gravity at a click, linked to its cell in the master."""
    language = context.language
    heading = language.say("审核意见　", "Findings: ") + title if title else language.say("审核意见", "Findings")
    cell = begin_list(sheet, heading, HEADINGS[language].split("|"), WIDTHS, language)
    if place_of is None:
        sheet.call("set_column", LINK, LINK, WIDTHS[LINK], None, {"hidden": True})
    row = FIRST_ROW - 1
    for row, finding in enumerate(findings, FIRST_ROW):
        _write_row(sheet, row, finding, context, cell, place_of)
    if row < FIRST_ROW:
        sheet.text(FIRST_ROW, 0, language.say("没有审核意见。", "There are no findings."), {**cell, "text_wrap": False})
    end_list(sheet, row, len(WIDTHS), 1)


def _remedy(finding: Finding, language: Language) -> str:
    """What to do about it, or why nothing is to be done any more."""
    if finding.state is State.EXPLAINED:
        return finding.grounds or language.say("已在情况说明里写明，不必处理。", "Settled by the row's explanation.")
    return finding.hint


def _write_row(
    sheet: Sheet,
    row: int,
    finding: Finding,
    context: Context,
    base: Look,
    place_of: PlaceOf | None,
) -> None:
    language, plan = context.language, context.plan
    department = plan.by_code.get(finding.department or "")
    goal = plan.by_key.get(id_key(finding.goal or ""))
    column = context.column(finding.column, finding.goal)
    texts = (
        department.name if department else language.say("（认不出单位）", "(unknown)"),
        SEVERITY_WORDS[finding.severity][language],
        KIND_WORDS[finding.kind][language],
        STATE_WORDS[finding.state][language],
        finding.goal or "",
        goal.name if goal else "",
        column.header if column else "",
        finding.message,
        _remedy(finding, language),
        "",
        finding.file or "",
        finding.sheet or "",
        finding.cell or "",
        finding.code,
    )
    lines = max(line_count(text, width) for text, width in zip(texts, WIDTHS, strict=True))
    sheet.call("set_row", row, height_of(lines, 10))
    explained = finding.state is State.EXPLAINED
    for place, text in enumerate(texts):
        look = {**base, "num_format": "@"}
        if place == 1:
            colours = {"bg_color": FILLS[finding.severity], "font_color": COLOURS[finding.severity]}
            look |= {"bold": True, "align": "center"} | ({} if explained else colours)
        elif place in (2, 3, 4, LINK, 12, 13):
            look["align"] = "center"
        if explained:
            look["font_color"] = "7F7F7F"
        sheet.text(row, place, text, look)
    if place_of is not None:
        link_cell(sheet, row, LINK, place_of(finding.department, finding.goal, finding.column), base)
