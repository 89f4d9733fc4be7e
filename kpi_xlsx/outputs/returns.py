"""The sheet of returns in the master: who reported when with which file, who did not, and whom to telephone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

from kpi_xlsx.context import Context
from kpi_xlsx.excel import Look, Sheet, height_of, line_count
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.model import Department, Language, ReturnStatus, Scalar, Severity, State
from kpi_xlsx.outputs.listing import FIRST_ROW, begin_list, end_list
from kpi_xlsx.report import ReturnRecord
from kpi_xlsx.settings import Settings

HEADINGS = {
    Language.ZH: (
        "代码|责任单位|报送情况|文件|收到时间|方式|经手人|读取情况|计入汇总|必须修改|请说明|已说明|提示|"
        "联系人|电话|sha256"
    ),
    Language.EN: (
        "Code|Department|Return|File|Received|Way|By|Reading|Counts|Must fix|Please explain|Explained|Infos|"
        "Contact|Telephone|sha256"
    ),
}
WIDTHS = (9, 16, 11, 38, 30, 9, 10, 11, 9, 9, 9, 9, 8, 12, 18, 68)
_Counts = Counter[tuple[str | None, str | None, Severity, State]]
STATUS_WORDS = {
    ReturnStatus.READ: ("已读取", "read"),
    ReturnStatus.ATTACHED: ("附件", "attached"),
    ReturnStatus.IGNORED: ("忽略", "ignored"),
    ReturnStatus.QUARANTINED: ("无法采用", "set aside"),
}


def write_returns(sheet: Sheet, context: Context, settings: Settings, ledger: Ledger) -> None:
    """A row for each file, a row for each department without one, in plan order; files of nobody at the end."""
    language = context.language
    title = language.say("报送情况", "Returns")
    cell = begin_list(sheet, title, HEADINGS[language].split("|"), WIDTHS, language)
    bundles = frozenset(record.file for record in ledger.returns() if record.bundle)
    row = FIRST_ROW - 1
    for row, (cells, colour) in enumerate(_rows(context, settings, ledger), FIRST_ROW):
        _write_row(sheet, row, cells, {**cell, **({"font_color": colour} if colour else {})}, bundles)
    end_list(sheet, row, len(WIDTHS), 2)
    sheet.raw.print_area(0, 0, row, len(WIDTHS) - 2)


def _write_row(sheet: Sheet, row: int, cells: tuple[Scalar, ...], base: Look, bundles: Container[str]) -> None:
    lines = max(line_count(str(value), width) for value, width in zip(cells[:-1], WIDTHS, strict=False))
    sheet.call("set_row", row, height_of(lines, 10))
    for place, value in enumerate(cells):
        look = dict(base)
        if place in (0, 2, 5, 6, 7, 8, 9, 10, 11, 12):
            look["align"] = "center"
        if place == len(cells) - 1:
            look["text_wrap"] = False
        if place == 3 and isinstance(value, str) and value and len(value) < 200 and '"' not in value:
            look |= {"font_color": "0563C1", "underline": 1}
            sheet.formula(row, place, f'=HYPERLINK("{_opens(value, bundles)}","{value}")', look, value)
        else:
            sheet.value(row, place, value if value != "" else None, look)


def _opens(file: str, bundles: Container[str]) -> str:
    """What a link to a file opens: for one in an archive that is the archive."""
    parts = file.split("/")
    paths = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((path for path in paths if path in bundles), file)


def _rows(context: Context, settings: Settings, ledger: Ledger) -> Iterator[tuple[tuple[Scalar, ...], str]]:
    """The cells of each row and its colour."""
    counts = Counter((one.department, one.file, one.severity, one.state) for one in ledger.findings())
    records: dict[str | None, list[ReturnRecord]] = {}
    for record in ledger.returns():
        if record.status is not ReturnStatus.IGNORED:
            records.setdefault(record.department, []).append(record)
    for department in context.plan.departments:
        for record in records.get(department.code, []):
            yield _of_record(context, settings, department, record, counts), ""
        if not any(one.status is ReturnStatus.READ for one in records.get(department.code, [])):
            asked = any(map(context.asks, context.plan.goals_of(department.code)))
            yield _missing(context, department, asked, counts), "9C0006" if asked else "7F7F7F"
    for record in records.get(None, []):
        yield _of_record(context, settings, None, record, counts), ""


def _of_record(
    context: Context,
    settings: Settings,
    department: Department | None,
    record: ReturnRecord,
    counts: _Counts,
) -> tuple[Scalar, ...]:
    say = context.language.say
    late = record.receipt.late(context.return_by)
    reported = say("迟报", "Late") if late else say("已报送", "Reported")
    if record.bundle or record.status is ReturnStatus.ATTACHED:
        reported = ""
    elif record.status is not ReturnStatus.READ:
        reported = say("无效件", "Invalid")
    nobody = say("（压缩包）", "(archive)") if record.bundle else say("（认不出单位）", "(unknown)")

    def count(severity: Severity, state: State = State.OPEN) -> int:
        return counts[record.department, record.file, severity, state]

    return (
        department.code if department else "",
        department.name if department else nobody,
        reported,
        record.file,
        record.receipt.show(settings.zone, context.language),
        record.receipt.way,
        record.receipt.by,
        say(*STATUS_WORDS[record.status]),
        say("是", "yes") if record.counts else say("否", "no"),
        count(Severity.ERROR),
        count(Severity.WARNING),
        count(Severity.ERROR, State.EXPLAINED) + count(Severity.WARNING, State.EXPLAINED),
        count(Severity.INFO),
        department.contact if department else "",
        department.phone if department else "",
        record.sha256 or "",
    )


def _missing(context: Context, department: Department, asked: bool, counts: _Counts) -> tuple[Scalar, ...]:
    say = context.language.say
    word = say("未报送", "Not reported") if asked else say("本期无需报送", "Not required")
    errors = counts[department.code, None, Severity.ERROR, State.OPEN] or ""
    blank = ("",) * 6
    return (
        department.code,
        department.name,
        word,
        *blank,
        errors,
        "",
        "",
        "",
        department.contact,
        department.phone,
        "",
    )
