"""One row of the master: what stands in each of its cells, and how it looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

from kpi_xlsx.assessors import NO_ASSESSMENTS, Assessments
from kpi_xlsx.checks.rule import SEVERITY_WORDS
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Decisions
from kpi_xlsx.excel import FONTS, Look, clean
from kpi_xlsx.footnotes import goal_notes
from kpi_xlsx.judgements import GoalPace
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.master_amended import AMENDED_LOOKS, mark_of, remark_on
from kpi_xlsx.master_columns import LAST, PROVENANCE, MasterColumns
from kpi_xlsx.master_edits import OfficeCells
from kpi_xlsx.master_pace import pace_cells
from kpi_xlsx.model import (
    CellKind,
    CellType,
    Finding,
    Kind,
    Progress,
    ReturnStatus,
    Role,
    Scalar,
    Severity,
    Source,
    State,
    id_key,
    match_key,
)
from kpi_xlsx.pacing import Pacing
from kpi_xlsx.past import NO_PAST, Past, PastCycle, PastRow
from kpi_xlsx.portions import deadline
from kpi_xlsx.reading import tidy_text
from kpi_xlsx.report import ReturnRecord, Row, find_carried
from kpi_xlsx.report_states import REPORT_WORDS, ReportState
from kpi_xlsx.rhythm import is_nil
from kpi_xlsx.settings import Settings
from kpi_xlsx.template import Column, Template, given
from kpi_xlsx.values import seen_in
from kpi_xlsx.versions import told

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
GRAVER = ("F8CBAD", "9C0006")
"""Those of further words that mean behind: Red after Amber."""
CLOSED = "E7E6E6"
"""Behind cells that are not the department's to fill in, so that nobody takes them for missing."""
_STATE_LOOKS: Mapping[ReportState, Look] = {
    ReportState.MISSING: {"font_color": "9C0006", "bold": True},
    ReportState.BLANK: {"font_color": "9C0006"},
    ReportState.LATE: {"font_color": "7F6000", "bold": True},
}
MARKS = {Severity.ERROR: "FFC7CE", Severity.WARNING: "FFEB9C"}


def status_colours(progress: Progress, word: Scalar | None, template: Template) -> tuple[str, str]:
    """Fill and text colour of a status that stands there in this word."""
    first = next((choice for choice, meaning in template.progress_of.items() if meaning is progress), word)
    graver = progress is Progress.BEHIND and word in template.progress_of and word != first
    return GRAVER if graver else STATUS_COLOURS[progress]


@dataclass(frozen=True, slots=True)
class RowCell:
    """A cell of the main sheet by its column's key."""

    key: str
    value: Scalar | None
    look: Look
    remark: str = ""
    """Its comment."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the master with its cells from the left, and what can be said of its targets."""

    row: Row
    cells: Sequence[RowCell]
    pace: GoalPace | None


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
        assessments: Assessments = NO_ASSESSMENTS,
    ) -> None:
        self.columns = MasterColumns(context, bool(past))
        self.context = context
        self.settings = settings
        self.ledger = ledger
        self.decisions = decisions
        self.notes = notes
        self.past = past
        self.assessments = assessments
        self.say = context.language.say
        self.table = context.template.main
        self.pacing = Pacing(context, past)

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
    def _held(self) -> frozenset[tuple[str | None, str]]:
        """The goals in the forms that were read, by department and key; an empty key stands for all."""
        read = (one for one in self.ledger.returns() if one.status is ReturnStatus.READ)
        return frozenset((one.department, id_key(goal)) for one in read for goal in one.goals or ("",))

    def _came(self, row: Row) -> bool:
        """Whether a form was read in which the row stands."""
        return not self._held.isdisjoint({(row.department, ""), (row.department, id_key(row.id))})

    @cached_property
    def late(self) -> frozenset[str | None]:
        """The departments of which a return that counts came late."""
        return frozenset(
            one.department for one in self.ledger.returns() if one.counts and one.receipt.late(self._deadline(one))
        )

    def _deadline(self, one: ReturnRecord) -> dt.datetime | None:
        return deadline(self.context, self.past, self.decisions, one.department, one.goals)

    @property
    def closes(self) -> bool:
        """Whether there are cells that are closed for a department's role."""
        plan = self.context.plan
        roles = {self.context.role_of(goal, code) for goal in plan.goals for code in goal.departments}
        return any(column.closed_for in roles for column in self.table.entry)

    def written(self) -> Iterator[tuple[str, str, str, Scalar | None]]:
        """What people may change: department, goal key, column and value of each cell, in the order of the rows."""
        for row in self.ledger.rows(self.context):
            for key, value in self._words(row):
                yield row.department, id_key(row.id), key, clean(value) if isinstance(value, str) else value

    def _words(self, row: Row) -> Iterator[tuple[str, Scalar | None]]:
        if "role" in self.columns.at:
            yield "role", row.role or None
        carried = find_carried(row, self.context, self.past)
        last = self.past.last(row.department, id_key(row.id)) if self.columns.remembers else None
        for column in self.table.form_columns:
            if column.key in self.columns.remembered:
                yield LAST + column.key, None if last is None else self._last(column, *last)
            yield column.key, self._value(column, row, None if carried is None else carried[1])
        for index, heading in enumerate(self.columns.extra):
            yield f"extra{index}", None if row.goal is None else row.goal.cells.get(match_key(heading))

    def shown(self) -> Iterator[tuple[Row, Mapping[str, Scalar | None]]]:
        """Each row with what stands in its cells, by column key."""
        for row in self.ledger.rows(self.context):
            yield row, dict(self._words(row))

    def today(self) -> Iterator[PastRow]:
        """The goals' rows as later cycles will look back on them, with what is only proposed; in the master's order."""
        context = self.context
        for row in self.ledger.rows(context):
            if row.goal is None:
                continue
            found = ((column.key, self._answer(row, column.key)) for column in self.table.entry)
            values = {key: value for key, value in found if value is not None}
            carried = find_carried(row, context, self.past) if values else None
            if carried is not None:  # amended, and so said anew
                values = {**carried[1].values, **values}
            record = row.record
            yield PastRow(
                row.department,
                context.plan.by_code[row.department].name,
                context.role_of(row.goal, row.department) is Role.LEAD,
                row.goal.key,
                values,
                context.progress(values.get("status")),
                False,
                context.asks(row.goal),
                None if record is None else record.file,
            )

    @staticmethod
    def _answer(row: Row, key: str) -> Scalar | None:
        if row.entry is None and key in row.amended and row.amended[key].assessor:
            return None  # the department has still said nothing
        return row.amended[key].value if key in row.amended else told(row.entry, key)

    def lines(self) -> Iterator[Line]:
        """Each row with its cells as they are to look."""
        for department, rows in groupby(self.ledger.rows(self.context), key=attrgetter("department")):
            findings = self.ledger.findings_of(department)
            for row in rows:
                pace = self.pacing.pace_of(row)
                yield Line(row, list(self._line(row, findings.get(row.id, ()), pace)), pace)

    def _line(self, row: Row, findings: Sequence[Finding], pace: GoalPace | None) -> Iterator[RowCell]:
        marks: dict[str, Look] = {key: {"bg_color": MARKS[grave]} for key, grave in _marks(findings).items()}
        marks |= {key: AMENDED_LOOKS[mark] for key, one in row.amended.items() if (mark := mark_of(one)) is not None}
        closed = row.goal is not None and self.context.closed(row.goal)
        for key, value, look in self._cells(row, findings, pace):
            look = {**look, **marks.get(key, {})}
            if closed and "font_color" not in look:
                look = {**look, "font_color": QUIET}
            amended = row.amended.get(key)
            told = "" if amended is None else remark_on(self.context, row, key, amended)
            noted = "\n".join(self.changed.get((id_key(row.id), key), ()))
            yield RowCell(key, value, look, "\n".join(filter(None, (told, noted))))

    def _cells(
        self, row: Row, findings: Sequence[Finding], pace: GoalPace | None
    ) -> Iterator[tuple[str, Scalar | None, Look]]:
        words = dict(self._words(row))
        carried = find_carried(row, self.context, self.past)
        yield "department", self.context.plan.by_code[row.department].name, self._look(centre=True)
        if "role" in words:
            yield "role", words["role"], self._look(centre=True)
        for column in self.table.form_columns:
            last = LAST + column.key
            if last in words:
                yield last, words[last], self._last_look(column, words[last], row)
            look = self._value_look(column, words[column.key], row)
            taken = carried is not None and column.source is Source.DEPARTMENT and column.key not in row.amended
            yield column.key, words[column.key], {**look, **_carried_look(look)} if taken else look
        yield from self._pace(row, pace)
        word, look = self._reported(row, carried and carried[0])
        yield "reported", word, look
        yield "review", self._review(row, findings) or None, self._look()
        for column in self.table.of(Source.OFFICE):
            yield column.key, *self._office(column, row)
        for key in words:
            if key.startswith("extra"):
                yield key, words[key], self._look(words[key])
        yield from self._provenance(row) if carried is None else self._carried_provenance(*carried)

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

    def _value(self, column: Column, row: Row, carried: PastRow | None = None) -> Scalar | None:
        """Given cells from the plan; an answer as understood, or its text where it was not; unless it was amended.

        `carried`: the earlier answer that still holds.
        """
        amended = row.amended.get(column.key)
        if amended is not None:
            return amended.value
        if column.key == self.table.row_key:
            return given(column, row.goal) if row.goal is not None else row.id
        if column.source is Source.PLAN and row.goal is not None:
            return given(column, row.goal)
        if carried is not None:
            return carried.values.get(column.key)
        return seen_in(row.entry, column.key, self.context.language)

    def _last(self, column: Column, cycle: PastCycle, row: PastRow) -> Scalar | None:
        """A last answer; of a text also from which cycle, where that is not the one just before."""
        value = row.values.get(column.key)
        if isinstance(value, str) and cycle is not self.past.previous:
            return self.say(f"（{cycle.id}）{value}", f"({cycle.id}) {value}")
        return value

    def _last_look(self, column: Column, value: Scalar | None, row: Row) -> Look:
        """Quiet; a number or date from an earlier cycle than the one just before says so in its format."""
        look = {**self._look(value, centre=not _wide(column)), "italic": True, "font_color": QUIET}
        if column.type is CellType.MONTH and isinstance(value, dt.date):
            look["num_format"] = "yyyy-mm"
        last = self.past.last(row.department, id_key(row.id))
        if last is not None and last[0] is not self.past.previous and value is not None and not isinstance(value, str):
            prefix = self.say(f"（{last[0].id}）", f"({last[0].id}) ").replace('"', "")
            look["num_format"] = f'"{prefix}"{look.get("num_format", "General")}'
        return look

    def _value_look(self, column: Column, value: Scalar | None, row: Row) -> Look:
        look = self._look(value, centre=not _wide(column))
        if column.source is Source.DEPARTMENT and column not in self.context.open_columns(row.goal, row.department):
            look |= {"bg_color": CLOSED, "font_color": QUIET}
        if column.type is CellType.MONTH and isinstance(value, dt.date):
            look["num_format"] = "yyyy-mm"
        progress = self.context.progress(value) if column.key == "status" else None
        if progress is not None:
            fill, ink = status_colours(progress, value, self.context.template)
            look |= {"bg_color": fill, "font_color": ink, "bold": True}
        if column.key == "name" and row.goal is not None and row.goal.starred:
            look["bold"] = True
        return look

    def _pace(self, row: Row, pace: GoalPace | None) -> Iterator[tuple[str, Scalar | None, Look]]:
        """What can be said of the row's targets; the cells of one that is not judged are blank."""
        if not self.pacing.applies:
            return
        alert = None if pace is None else self.pacing.alert_of(row, pace)
        for key, value, look in pace_cells(self.context, pace, alert):
            yield key, value, {**self._look(value, centre=key != "pace.reason"), **look}

    def _reported(self, row: Row, carried: PastCycle | None) -> tuple[str, Look]:
        if carried is not None:
            word = self.say(*REPORT_WORDS[ReportState.COMPLETED_EARLIER])
            word += self.say(f"\n（{carried.id}）", f"\n({carried.id})")
            ink = STATUS_COLOURS[Progress.COMPLETED][1]
            return word, {**self._look(centre=True), "italic": True, "font_color": ink}
        state = self._own_state(row)
        word, look = self.say(*REPORT_WORDS[state]), {**self._look(centre=True), **_STATE_LOOKS.get(state, {})}
        if row.waiting:
            look = {**look, "font_color": "1F4E78", "bold": True}
            word = self.say(f"{word}\n待定", f"{word}\nNew held")
        return word, look

    def state_of(self, row: Row) -> ReportState:
        """Whether a row was reported, and if not, why."""
        carried = find_carried(row, self.context, self.past) is not None
        return ReportState.COMPLETED_EARLIER if carried else self._own_state(row)

    def _own_state(self, row: Row) -> ReportState:
        """The same, whatever earlier cycles have."""
        if row.goal is not None and self.context.closed(row.goal):
            return ReportState.NOT_DUE
        asked = row.goal is None or self.context.asks(row.goal)
        nil = row.entry is not None and not row.amended and is_nil(self.context, row.goal, row.entry)
        if nil or (row.entry is None and not asked):
            return ReportState.NOTHING
        if row.entry is None:
            return ReportState.BLANK if self._came(row) else ReportState.MISSING
        return ReportState.LATE if row.department in self.late else ReportState.REPORTED

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

    def _carried_provenance(self, cycle: PastCycle, row: PastRow) -> Iterator[tuple[str, Scalar | None, Look]]:
        """Where an answer that still holds is from: a file of an earlier cycle, whose register knows when it came."""
        look = {**self._look(), "font_size": 9, "font_color": QUIET, "text_wrap": False, "italic": True}
        found = {"file": cycle.path_of(row), "sheet": row.sheet, "cells": row.cells or None, "sha256": row.sha256}
        for key in PROVENANCE:
            yield key, found.get(key), look

    def _provenance(self, row: Row) -> Iterator[tuple[str, Scalar | None, Look]]:
        look = {**self._look(), "font_size": 9, "font_color": QUIET, "text_wrap": False}
        record, entry = row.record, row.entry
        if record is None or entry is None:
            for key in PROVENANCE:
                yield key, None, look
            return
        yield "file", record.file, look
        yield "sheet", record.sheet, look
        yield "cells", entry.span or None, look
        yield "sha256", record.sha256, look
        yield "received", record.receipt.show(self.settings.zone, self.context.language), look


def _wide(column: Column) -> bool:
    """Whether a column is read as prose."""
    return column.type is CellType.TEXT and column.width > 12


def _carried_look(look: Look) -> Look:
    """How an answer from an earlier cycle differs from one of this; a status keeps its colours."""
    return {"italic": True, "bold": False, "font_color": look.get("font_color", QUIET)}


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
