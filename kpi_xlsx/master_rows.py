"""One row of the master: what stands in each of its cells, and how it looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Decisions
from kpi_xlsx.excel import FONTS, Look, clean
from kpi_xlsx.footnotes import goal_notes
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.master_amended import AMENDED_LOOKS, mark_of, remark_on
from kpi_xlsx.master_columns import PROVENANCE, MasterColumns
from kpi_xlsx.master_edits import OfficeCells
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
from kpi_xlsx.movements import Present
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.reading import tidy_text
from kpi_xlsx.report import Row
from kpi_xlsx.settings import Settings
from kpi_xlsx.template import Column, given
from kpi_xlsx.values import seen_in

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


@dataclass(frozen=True, slots=True)
class RowCell:
    """A cell of the main sheet by its column's key."""

    key: str
    value: Scalar | None
    look: Look
    remark: str = ""
    """Its comment."""


class MasterRows:
    """Makes the cells of rows, with what the office wrote beside them."""

    def __init__(
        self,
        settings: Settings,
        context: Context,
        ledger: Ledger,
        decisions: Decisions,
        notes: OfficeCells,
        past: Past = NO_PAST,
    ) -> None:
        self.columns = MasterColumns(context)
        self.context = context
        self.settings = settings
        self.ledger = ledger
        self.decisions = decisions
        self.notes = notes
        self.past = past
        self.say = context.language.say
        self.table = context.template.main

    @cached_property
    def reported(self) -> frozenset[str | None]:
        """The departments of which a return was read."""
        return frozenset(one.department for one in self.ledger.returns() if one.status is ReturnStatus.READ)

    @cached_property
    def changed(self) -> Mapping[tuple[str, str], Sequence[str]]:
        """What was changed in the plan this year, by goal key and the column in which it is said."""
        plan, found = self.context.plan, dict[tuple[str, str], list[str]]()
        for change, note in goal_notes(plan, self.context.period, self.context.language):
            column = change.item if change.item in self.columns.at else self.table.row_key
            found.setdefault((change.goal, column), []).append(note)
        return found

    @cached_property
    def late(self) -> frozenset[str | None]:
        """The departments of which a return that counts came late."""
        until, return_by = self.decisions.deadline, self.context.return_by
        return frozenset(
            one.department
            for one in self.ledger.returns()
            if one.counts and one.receipt.late(until(one.department, return_by))
        )

    def written(self) -> Iterator[tuple[str, str, str, Scalar | None]]:
        """What people may change: department, goal key, column and value of each cell, in the order of the rows."""
        for row in self.ledger.rows(self.context):
            for key, value in self._words(row):
                yield row.department, id_key(row.id), key, clean(value) if isinstance(value, str) else value

    def present(self) -> Iterator[Present]:
        """The goals' rows with what the department's columns show, to be set against earlier cycles."""
        for row in self.ledger.rows(self.context):
            if row.goal is not None:
                shown = ((column.key, self._value(column, row)) for column in self.table.entry)
                values = {key: value for key, value in shown if value is not None}
                progress = self.context.progress(values.get("status"))
                yield Present(row.department, row.goal, values, progress, self.context.asks(row.goal))

    def _words(self, row: Row) -> Iterator[tuple[str, Scalar | None]]:
        if "role" in self.columns.at:
            yield "role", row.role or None
        for column in self.table.form_columns:
            yield column.key, self._value(column, row)
        for index, heading in enumerate(self.columns.extra):
            yield f"extra{index}", None if row.goal is None else row.goal.cells.get(match_key(heading))

    def lines(self) -> Iterator[Sequence[RowCell]]:
        """The cells of each row, from the left, as they are to look."""
        for department, rows in groupby(self.ledger.rows(self.context), key=attrgetter("department")):
            findings = self.ledger.findings_of(department)
            for row in rows:
                yield list(self._line(row, findings.get(row.id, ())))

    def _line(self, row: Row, findings: Sequence[Finding]) -> Iterator[RowCell]:
        marks: dict[str, Look] = {key: {"bg_color": MARKS[grave]} for key, grave in _marks(findings).items()}
        marks |= {key: AMENDED_LOOKS[mark] for key, one in row.amended.items() if (mark := mark_of(one)) is not None}
        closed = row.goal is not None and self.context.closed(row.goal)
        for key, value, look in self._cells(row, findings, closed):
            look = {**look, **marks.get(key, {})}
            if closed and "font_color" not in look:
                look = {**look, "font_color": QUIET}
            amended = row.amended.get(key)
            told = "" if amended is None else remark_on(self.context, row, key, amended)
            noted = "\n".join(self.changed.get((id_key(row.id), key), ()))
            yield RowCell(key, value, look, "\n".join(filter(None, (told, noted))))

    def _cells(self, row: Row, findings: Sequence[Finding], closed: bool) -> Iterator[tuple[str, Scalar | None, Look]]:
        words = dict(self._words(row))
        yield "department", self.context.plan.by_code[row.department].name, self._look(centre=True)
        if "role" in words:
            yield "role", words["role"], self._look(centre=True)
        for column in self.table.form_columns:
            yield column.key, words[column.key], self._value_look(column, words[column.key], row)
        word, look = self._reported(row, closed)
        yield "reported", word, look
        yield "review", self._review(row, findings) or None, self._look()
        for column in self.table.of(Source.OFFICE):
            yield column.key, *self._office(column, row)
        for key in words:
            if key.startswith("extra"):
                yield key, words[key], self._look(words[key])
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
        """Given cells from the plan; an answer as understood, or its text where it was not; unless it was amended."""
        amended = row.amended.get(column.key)
        if amended is not None:
            return amended.value
        if column.key == self.table.row_key:
            return given(column, row.goal) if row.goal is not None else row.id
        if column.source is Source.PLAN and row.goal is not None:
            return given(column, row.goal)
        return seen_in(row.entry, column.key, self.context.language)

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
        word, look = self._reported_word(row, closed)
        if row.waiting:
            look = {**look, "font_color": "1F4E78", "bold": True}
            word = self.say(f"{word}\n待定", f"{word}\nNew held")
        return word, look

    def _reported_word(self, row: Row, closed: bool) -> tuple[str, Look]:
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

    def _review(self, row: Row, findings: Sequence[Finding]) -> str:
        """What is to be said of the row; hints and infos stand on the sheet of findings."""
        say, lines = self.say, []
        for one in findings:
            if one.severity is not Severity.INFO:
                word, grounds = SEVERITY_WORDS[one.severity][self.context.language], ""
                if one.state is State.EXPLAINED:
                    word = say("已说明", "Explained")
                    grounds = one.grounds and say(f"（{one.grounds}）", f" ({one.grounds})")
                elif one.kind is Kind.WORK:
                    word = say("工作预警", "Work alert")
                lines.append(say(f"{word}：{one.message}{grounds}", f"{word}: {one.message}{grounds}"))
        for key, amended in row.amended.items():
            if amended.pending and key in self.columns.at:
                heading, place = self.columns.heading(key), amended.amendment.place.told(self.context.language)
                lines.append(
                    say(f"待确认：“{heading}”（登记簿{place}）", f"To be confirmed: {heading} (register, {place})")
                )
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
