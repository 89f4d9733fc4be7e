"""master.xlsx, streamed from the ledger: every goal of every department, what was reported, and where it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from kpi_xlsx import identity as identities
from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.context import Context
from kpi_xlsx.excel import (
    FONTS,
    HEADING_FONTS,
    Look,
    Sheet,
    Workbook,
    height_of,
    line_count,
    looks_merged,
    write_groups,
)
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.model import (
    CellKind,
    CellType,
    Finding,
    Kind,
    Language,
    Progress,
    ReturnStatus,
    Scalar,
    Severity,
    Source,
    State,
    cell_ref,
    id_key,
    match_key,
    plain,
)
from kpi_xlsx.office_notes import DEPARTMENT_HEADING, MASTER_SHEETS, OfficeNotes
from kpi_xlsx.outputs.findings import write_findings
from kpi_xlsx.outputs.returns import write_returns
from kpi_xlsx.reading import tidy_text
from kpi_xlsx.report import Row
from kpi_xlsx.settings import Settings
from kpi_xlsx.stand_ins import PICTURE
from kpi_xlsx.template import Column, given

SHEETS = {
    Language.ZH: (MASTER_SHEETS[0], "报送", "审核意见"),
    Language.EN: (MASTER_SHEETS[1], "Returns", "Findings"),
}

LINE, HEAD, OFFICE_HEAD, QUIET = "BFBFBF", "D9E1F2", "E2EFDA", "7F7F7F"
STATUS_COLOURS: Mapping[Progress, tuple[str, str]] = {
    Progress.COMPLETED: ("E2EFDA", "375623"),
    Progress.ON_TRACK: ("F2F9EE", "375623"),
    Progress.BEHIND: ("FFF2CC", "7F6000"),
    Progress.NOT_DUE: ("F2F2F2", "595959"),
    Progress.NOT_STARTED: ("FCE4D6", "833C0B"),
    Progress.DATA_PENDING: ("DDEBF7", "1F4E78"),
    Progress.CHANGE_REQUESTED: ("EAE1F3", "5B2C83"),
}
"""Fill and text colour of each status; the word always stands there too, and the fills survive a grey printer."""
MARKS = {Severity.ERROR: "FFC7CE", Severity.WARNING: "FFEB9C"}


def write_master(
    path: Path,
    context: Context,
    settings: Settings,
    ledger: Ledger,
    notes: OfficeNotes,
    before: Callable[[Path], None] | None = None,
) -> None:
    """Write the master. `before` is called with the finished file before it takes its place."""
    title = settings.full_title("", context.template.title)
    with Workbook(path, context.period.end, streaming=True, title=title, before=before) as book:
        sheet = _MasterSheet(book, context, settings, ledger, notes)
        sheet.write()
        names = SHEETS[context.language]
        write_returns(book.add_sheet(names[1]), context, settings, ledger)
        positions = ledger.positions()

        def place_of(finding: Finding) -> str | None:
            position = positions.get((finding.department or "", finding.goal or ""))
            if position is None:
                return None
            column = sheet.at.get(finding.column or "", sheet.at[context.template.main.row_key])
            return f"'{names[0]}'!{cell_ref(sheet.first + position, column)}"

        write_findings(book.add_sheet(names[2]), ledger.findings(), context, place_of)


class _MasterSheet:
    """The main sheet; rows are written in order and never touched again (constant memory)."""

    def __init__(
        self, book: Workbook, context: Context, settings: Settings, ledger: Ledger, notes: OfficeNotes
    ) -> None:
        self.book = book
        self.context = context
        self.settings = settings
        self.ledger = ledger
        self.notes = notes.cells
        self.language = context.language
        self.say = context.language.say
        self.table = context.template.main
        self.font = FONTS[context.language]
        self.key_row = 2
        self.head_row = 4 if self.table.grouped else 3
        self.first = self.head_row + 1
        self.sheet: Sheet = book.add_sheet(SHEETS[self.language][0], growing_from=self.first)
        self.reported = {record.department for record in ledger.returns() if record.status is ReturnStatus.READ}
        self.late = {
            record.department for record in ledger.returns() if record.counts and record.receipt.late(context.return_by)
        }

    @cached_property
    def extra(self) -> Sequence[str]:
        """The plan's own columns that the template does not show: kept and carried along."""
        shown = {match_key(column.header) for column in self.table.columns} | {c.key for c in self.table.columns}
        return [heading for heading in self.context.plan.extra if match_key(heading) not in shown]

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Column numbers by key."""
        keys = ["department"]
        if self.context.plan.shared:
            keys.append("role")
        keys += [column.key for column in self.table.form_columns]
        keys += ["reported", "review", *(column.key for column in self.table.of(Source.OFFICE))]
        keys += [f"extra{number}" for number in range(len(self.extra))]
        keys += ["file", "sheet", "cells", "sha256", "received"]
        return {key: number for number, key in enumerate(keys)}

    @cached_property
    def merged(self) -> Sequence[str]:
        """The columns in which equal neighbours look like one cell."""
        return ["department", *(column.key for column in self.table.form_columns if column.merge)]

    @cached_property
    def last(self) -> int:
        return self.first + max(self.ledger.count_rows(), 1) - 1

    def _heading(self, key: str) -> str:
        if key in self.table.by_key:
            return self.table.by_key[key].header
        if key.startswith("extra"):
            return self.extra[int(key[5:])]
        zh, en = {
            "department": DEPARTMENT_HEADING,
            "role": ("角色", "Role"),
            "reported": ("报送情况", "Return"),
            "review": ("审核意见", "Findings"),
            "file": ("来源文件", "File"),
            "sheet": ("工作表", "Sheet"),
            "cells": ("单元格", "Cells"),
            "sha256": ("文件指纹 sha256", "sha256"),
            "received": ("收到时间", "Received"),
        }[key]
        return self.say(zh, en)

    def _group(self, key: str) -> str:
        return self.table.by_key[key].group if key in self.table.by_key else ""

    def _width(self, key: str) -> float:
        if key in self.table.by_key:
            return self.table.by_key[key].width
        named = {"department": 14, "role": 7, "reported": 9, "review": 34, "file": 30, "sheet": 10, "cells": 12}
        return named.get(key, 18)

    def write(self) -> None:
        self._columns()
        self._head()
        for number, row in enumerate(self.ledger.rows(self.context), self.first):
            self._row(number, row)
        self._finish()

    def _columns(self) -> None:
        sheet = self.sheet
        provenance = self.at["file"]
        for key, place in self.at.items():
            options = {"level": 1, "hidden": True} if place >= provenance else {}
            sheet.call("set_column", place, place, self._width(key), None, options)
        after = len(self.at)
        sheet.call("set_column", after, after, 3, None, {"collapsed": True})
        sheet.raw.hide_gridlines(2)
        sheet.raw.outline_settings(True, False, True, False)

    def _head(self) -> None:
        sheet = self.sheet
        base = {"font_name": self.font, "valign": "vcenter"}
        sheet.call("set_row", 0, 34)
        title = self.settings.full_title("", self.context.template.title)
        sheet.text(0, 0, title, {**base, "font_name": HEADING_FONTS[self.language], "font_size": 18, "bold": True})
        sheet.call("set_row", 1, 20)
        sheet.text(1, 0, self._summary(), {**base, "font_size": 10, "font_color": "595959"})
        sheet.call("set_row", self.key_row, 3, None, {"hidden": True})
        for key, place in self.at.items():
            sheet.text(self.key_row, place, identities.MARK + key, {"num_format": ";;;"})
        groups = {place: self._group(key) for key, place in self.at.items()}
        if self.table.grouped:
            keys = {place: key for key, place in self.at.items()}
            write_groups(sheet, self.head_row - 1, groups, lambda place: self._heading_look(keys[place]))
        lines = max(line_count(self._heading(key), self._width(key)) for key in self.at)
        sheet.call("set_row", self.head_row, max(30, height_of(lines)))
        for key, place in self.at.items():
            below = {"top": 0} if self.table.grouped and not groups[place] else {}
            sheet.text(self.head_row, place, self._heading(key), {**self._heading_look(key), **below})

    def _summary(self) -> str:
        """One line: how many reported, who is missing, what is open."""
        context = self.context
        asked = [d for d in context.plan.departments if any(map(context.asks, context.plan.goals_of(d.code)))]
        missing = [department.name for department in asked if department.code not in self.reported]
        states = [(one.severity, one.state) for one in self.ledger.findings()]
        errors, warnings = (states.count((severity, State.OPEN)) for severity in (Severity.ERROR, Severity.WARNING))
        if self.language is Language.ZH:
            names = "（" + "、".join(missing[:12]) + ("等" if len(missing) > 12 else "") + "）" if missing else ""
            text = f"应报送 {len(asked)} 个单位，已报送 {len(asked) - len(missing)} 个，未报送 {len(missing)} 个{names}"
            text += f"；必须修改 {errors} 处，请说明 {warnings} 处"
        else:
            names = f" ({', '.join(missing[:12])}{' …' if len(missing) > 12 else ''})" if missing else ""
            text = (
                f"{len(asked) - len(missing)} of {len(asked)} departments have reported, {len(missing)} missing{names}"
            )
            text += f"; {errors} to be fixed, {warnings} to be explained"
        return f"{text}　{self.settings.marking}".strip() + ("。" if self.language is Language.ZH else ".")

    def _heading_look(self, key: str) -> Look:
        office = key in self.table.by_key and self.table.by_key[key].source is Source.OFFICE
        return {
            "font_name": self.font,
            "font_size": 10.5,
            "bold": True,
            "text_wrap": True,
            "align": "center",
            "valign": "vcenter",
            "border": 1,
            "border_color": LINE,
            "bg_color": OFFICE_HEAD if office else HEAD,
        }

    # One row.

    def _row(self, number: int, row: Row) -> None:
        context = self.context
        findings = self.ledger.findings_of(row.department, row.id)
        marks = _marks(findings)
        closed = row.goal is not None and context.closed(row.goal)
        cells = list(self._cells(row, findings, closed))
        lines = max(
            line_count(plain(value), self._width(key) * 1.05)
            for key, value, _ in cells
            if value is not None and self.at[key] < self.at["file"]
        )
        self.sheet.call("set_row", number, height_of(max(lines, 2), 10))
        for key, value, look in cells:
            if key in self.merged:
                look = {**look, "top": 0, "bottom": int(number == self.last)}
            if key in marks:
                look = {**look, "bg_color": MARKS[marks[key]]}
            if closed and "font_color" not in look:
                look = {**look, "font_color": QUIET}
            self.sheet.value(number, self.at[key], value, look)

    def _cells(self, row: Row, findings: Sequence[Finding], closed: bool) -> Iterator[tuple[str, Scalar | None, Look]]:
        yield "department", self.context.plan.by_code[row.department].name, self._look(centre=True)
        if "role" in self.at:
            yield "role", row.role or None, self._look(centre=True)
        for column in self.table.form_columns:
            value = self._value(column, row)
            yield column.key, value, self._value_look(column, value, row)
        word, look = self._reported(row, closed)
        yield "reported", word, look
        yield "review", self._review(findings) or None, self._look()
        for column in self.table.of(Source.OFFICE):
            yield column.key, *self._office(column, row)
        for index, heading in enumerate(self.extra):
            value = None if row.goal is None else row.goal.cells.get(match_key(heading))
            yield f"extra{index}", value, self._look(value)
        yield from self._provenance(row)

    def _look(self, value: Scalar | None = None, *, centre: bool = False) -> dict[str, Any]:
        look: dict[str, Any] = {
            "font_name": self.font,
            "font_size": 10,
            "text_wrap": True,
            "valign": "vcenter",
            "align": "center" if centre else "left",
            "border": 1,
            "border_color": LINE,
        }
        if not centre:
            look["indent"] = 1
        if isinstance(value, str):
            look |= {"num_format": "@", "quote_prefix": True}
        elif isinstance(value, dt.datetime):
            look["num_format"] = "yyyy-mm-dd hh:mm"
        elif isinstance(value, dt.date):
            look["num_format"] = "yyyy-mm-dd"
        return look

    def _value(self, column: Column, row: Row) -> Scalar | None:
        """Given cells always from the plan; an answer as understood, or its original text where it was not."""
        if column.key == self.table.row_key:
            return given(column, row.goal) if row.goal is not None else row.id
        if column.source is Source.PLAN and row.goal is not None:
            return given(column, row.goal)
        if row.entry is None:
            return None
        answer = row.entry.answers.get(column.key)
        if answer is not None and answer.why == PICTURE:
            return self.language.say("[图片]", "[picture]")
        value = row.entry.value(column.key)
        return value if value is not None else row.entry.text(column.key) or None

    def _value_look(self, column: Column, value: Scalar | None, row: Row) -> Look:
        wide = column.type is CellType.TEXT and column.width > 12
        look = self._look(value, centre=not wide)
        if column.type is CellType.MONTH and isinstance(value, dt.date):
            look["num_format"] = "yyyy-mm"
        progress = self.context.progress(value) if column.key == "status" else None
        if progress is not None:
            fill, ink = STATUS_COLOURS[progress]
            look |= {"bg_color": fill, "font_color": ink, "bold": True}
        if column.key == "name" and row.goal is not None and row.goal.starred:
            look["bold"] = True
        return look

    def _reported(self, row: Row, closed: bool) -> tuple[str, Look]:
        look = self._look(centre=True)
        if closed:
            return self.say("本期不填", "Not due"), look
        if row.entry is None and row.goal is not None and not self.context.asks(row.goal):
            return self.say("无（例外）", "None (exception)"), look
        if row.department not in self.reported:
            return self.say("未报送", "Not reported"), {**look, "font_color": "9C0006", "bold": True}
        if row.entry is None:
            return self.say("未填", "Left blank"), {**look, "font_color": "9C0006"}
        if row.department in self.late:
            return self.say("迟报", "Late"), {**look, "font_color": "7F6000", "bold": True}
        return self.say("已报送", "Reported"), look

    def _review(self, findings: Sequence[Finding]) -> str:
        """What is to be said of the row; hints and infos stand on the sheet of findings."""
        lines = []
        for one in findings:
            if one.severity is not Severity.INFO:
                word = SEVERITY_WORDS[one.severity][self.language]
                if one.state is State.EXPLAINED:
                    word = self.say("已说明", "Explained")
                elif one.kind is Kind.WORK:
                    word = self.say("工作预警", "Work alert")
                lines.append(self.say(f"{word}：{one.message}", f"{word}: {one.message}"))
        return "\n".join(lines)

    def _office(self, column: Column, row: Row) -> tuple[Scalar | None, Look]:
        cell = self.notes.get((row.department, id_key(row.id)), {}).get(column.key)
        value = None if cell is None else cell.value
        if isinstance(value, str):
            value = tidy_text(value) or None
        look = self._look(value)
        if cell is not None and cell.kind is CellKind.NUMBER and cell.percent:
            look["num_format"] = "0.##%"
        return value, look

    def _provenance(self, row: Row) -> Iterator[tuple[str, Scalar | None, Look]]:
        look = {**self._look(), "font_size": 9, "font_color": QUIET, "text_wrap": False}
        record, entry = row.record, row.entry
        if record is None or entry is None:
            for key in ("file", "sheet", "cells", "sha256", "received"):
                yield key, None, look
            return
        places = list(entry.places.values())
        yield "file", record.file, look
        yield "sheet", record.sheet, look
        yield "cells", f"{places[0]}:{places[-1]}" if places else None, look
        yield "sha256", record.sha256, look
        yield "received", record.receipt.show(self.settings.zone, self.language), look

    def _finish(self) -> None:
        sheet, last = self.sheet, self.last
        looks_merged(sheet, [self.at[key] for key in self.merged], self.first, last, "FFFFFF", LINE)
        sheet.call("autofilter", self.head_row, 0, last, len(self.at) - 1)
        frozen = 1 + self.at.get("name", self.at[self.table.row_key])
        sheet.raw.freeze_panes(self.first, frozen)
        sheet.raw.set_landscape()
        sheet.raw.set_paper(8)
        sheet.raw.fit_to_pages(1, 0)
        sheet.raw.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.raw.repeat_rows(self.head_row - self.table.grouped, self.head_row)
        sheet.raw.print_area(0, 0, last, self.at["file"] - 1)
        pages = self.say("第 &P 页　共 &N 页", "Page &P of &N")
        sheet.call("set_footer", f"&R&9{pages}")
        sheet.raw.activate()


def _marks(findings: Sequence[Finding]) -> dict[str, Severity]:
    """Which cells of a row are coloured: the gravest open finding of each column."""
    found: dict[str, Severity] = {}
    for one in findings:
        if (
            one.column
            and one.state is State.OPEN
            and one.severity is not Severity.INFO
            and found.get(one.column) is not Severity.ERROR
        ):
            found[one.column] = one.severity
    return found
