"""One row of the master: what stands in each of its cells, and how it looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.context import Context
from kpi_xlsx.excel import FONTS, Look
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.master_columns import PROVENANCE, MasterColumns
from kpi_xlsx.model import (
    CellKind,
    CellType,
    Finding,
    Kind,
    Progress,
    ReturnStatus,
    Scalar,
    Severity,
    Source,
    State,
    id_key,
    match_key,
)
from kpi_xlsx.office_notes import OfficeNotes
from kpi_xlsx.reading import tidy_text
from kpi_xlsx.report import Row
from kpi_xlsx.settings import Settings
from kpi_xlsx.stand_ins import PICTURE
from kpi_xlsx.template import Column, given

LINE, QUIET = "BFBFBF", "7F7F7F"
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

RowCell = tuple[str, Scalar | None, Look]
"""A column's key, the value and its look."""


class MasterRows:
    """Makes the cells of rows, with what the office wrote beside them."""

    def __init__(
        self, columns: MasterColumns, context: Context, settings: Settings, ledger: Ledger, notes: OfficeNotes
    ) -> None:
        self.columns = columns
        self.context = context
        self.settings = settings
        self.ledger = ledger
        self.notes = notes.cells
        self.say = context.language.say
        self.table = context.template.main

    @cached_property
    def reported(self) -> frozenset[str | None]:
        """The departments of which a return was read."""
        return frozenset(one.department for one in self.ledger.returns() if one.status is ReturnStatus.READ)

    @cached_property
    def late(self) -> frozenset[str | None]:
        """The departments of which a return that counts came late."""
        return_by = self.context.return_by
        return frozenset(one.department for one in self.ledger.returns() if one.counts and one.receipt.late(return_by))

    def cells(self, row: Row) -> Iterator[RowCell]:
        """The cells of a row, from the left, as they are to look."""
        findings = self.ledger.findings_of(row.department, row.id)
        marks = _marks(findings)
        closed = row.goal is not None and self.context.closed(row.goal)
        for key, value, look in self._cells(row, findings, closed):
            if key in marks:
                look = {**look, "bg_color": MARKS[marks[key]]}
            if closed and "font_color" not in look:
                look = {**look, "font_color": QUIET}
            yield key, value, look

    def _cells(self, row: Row, findings: Sequence[Finding], closed: bool) -> Iterator[RowCell]:
        yield "department", self.context.plan.by_code[row.department].name, self._look(centre=True)
        if "role" in self.columns.at:
            yield "role", row.role or None, self._look(centre=True)
        for column in self.table.form_columns:
            value = self._value(column, row)
            yield column.key, value, self._value_look(column, value, row)
        word, look = self._reported(row, closed)
        yield "reported", word, look
        yield "review", self._review(findings) or None, self._look()
        for column in self.table.of(Source.OFFICE):
            yield column.key, *self._office(column, row)
        for index, heading in enumerate(self.columns.extra):
            value = None if row.goal is None else row.goal.cells.get(match_key(heading))
            yield f"extra{index}", value, self._look(value)
        yield from self._provenance(row)

    def _look(self, value: Scalar | None = None, *, centre: bool = False) -> dict[str, Any]:
        look: dict[str, Any] = {
            "font_name": FONTS[self.context.language],
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
            return self.say("[图片]", "[picture]")
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
                word = SEVERITY_WORDS[one.severity][self.context.language]
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
            for key in PROVENANCE:
                yield key, None, look
            return
        places = list(entry.places.values())
        yield "file", record.file, look
        yield "sheet", record.sheet, look
        yield "cells", f"{places[0]}:{places[-1]}" if places else None, look
        yield "sha256", record.sha256, look
        yield "received", record.receipt.show(self.settings.zone, self.context.language), look


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
