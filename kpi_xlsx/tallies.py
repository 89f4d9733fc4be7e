"""How many goals of a department stand where, counted from the master's rows as they go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kpi_xlsx.context import Context
from kpi_xlsx.master_rows import Line, MasterRows
from kpi_xlsx.model import Department, Progress, Role, Severity, State
from kpi_xlsx.pace_rules import Pace
from kpi_xlsx.report_states import ReportState
from kpi_xlsx.rhythm import asks_something


class Beside(StrEnum):
    """Where a goal stands that has no status."""

    MISSING = "missing"
    SUPPORTED = "supported"
    """Another department leads it and says the status."""
    UNCLEAR = "unclear"
    NOT_ASKED = "not_asked"


BESIDE_WORDS: Mapping[Beside, tuple[str, str]] = {
    Beside.MISSING: ("未报", "Not reported"),
    Beside.SUPPORTED: ("配合事项", "Supporting"),
    Beside.UNCLEAR: ("无状态", "No status"),
    Beside.NOT_ASKED: ("本期不填", "Not due"),
}
Standing = Progress | Beside
_OF_STATE = {
    ReportState.MISSING: Beside.MISSING,
    ReportState.BLANK: Beside.MISSING,
    ReportState.NOTHING: Beside.NOT_ASKED,
    ReportState.NOT_DUE: Beside.NOT_ASKED,
}


class Turnout(StrEnum):
    """Whether a department has reported."""

    REPORTED = "reported"
    LATE = "late"
    MISSING = "missing"
    NOT_ASKED = "not_asked"


TURNOUT_WORDS: Mapping[Turnout, tuple[str, str]] = {
    Turnout.REPORTED: ("已报送", "Reported"),
    Turnout.LATE: ("迟报", "Late"),
    Turnout.MISSING: ("未报送", "Not reported"),
    Turnout.NOT_ASKED: ("无需报送", "Not required"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The goals of a department by where they stand, and by what can be said of their targets."""

    standings: Counter[Standing] = field(default_factory=Counter)
    paces: Counter[Pace | None] = field(default_factory=Counter)
    """Under None the goals whose targets are in different states."""


class Tallies:
    """The departments' tallies; `add` takes each row of the master once."""

    def __init__(self, rows: MasterRows) -> None:
        self.rows = rows
        self.context = rows.context
        self.by_code = {department.code: Tally() for department in rows.context.plan.departments}

    def add(self, line: Line) -> None:
        tally = self.by_code[line.row.department]
        tally.standings[self._standing(line)] += 1
        if line.pace is not None:
            tally.paces[line.pace.state] += 1

    def _standing(self, line: Line) -> Standing:
        row, context = line.row, self.context
        status = next((cell.value for cell in line.cells if cell.key == "status"), None)
        progress = context.progress(status)
        if progress is not None:
            return progress
        beside = _OF_STATE.get(self.rows.state_of(row))
        if beside is not None:
            return beside
        return Beside.SUPPORTED if context.role_of(row.goal, row.department) is Role.SUPPORT else Beside.UNCLEAR

    @cached_property
    def turnouts(self) -> Mapping[str, Turnout]:
        """By the departments' codes, in plan order."""
        return {one.code: self._turnout(one) for one in self.context.plan.departments}

    def _turnout(self, department: Department) -> Turnout:
        """Whether a department has reported, and in time."""
        if department.code in self.rows.late:
            return Turnout.LATE
        if department.code in self.rows.reported:
            return Turnout.REPORTED
        asked = asks_something(self.context, self.rows.past, department.code)
        return Turnout.MISSING if asked else Turnout.NOT_ASKED

    @cached_property
    def _found(self) -> Mapping[tuple[str | None, Severity, State], int]:
        return Counter((one.department, one.severity, one.state) for one in self.rows.ledger.findings())

    def count(self, severity: Severity, state: State = State.OPEN) -> int:
        """How many findings of a severity there are, those of no department included."""
        return sum(number for (_, *one), number in self._found.items() if one == [severity, state])

    def open(self, department: Department, severity: Severity) -> int:
        """How many of a department's findings of a severity are open."""
        return self._found.get((department.code, severity, State.OPEN), 0)

    def groups(self) -> Mapping[str, Sequence[Department]]:
        """The departments by their group, in plan order; a group stands where its first department does."""
        found: dict[str, list[Department]] = {}
        for department in self.context.plan.departments:
            found.setdefault(department.group, []).append(department)
        return found


def status_words(context: Context) -> Mapping[Progress, str]:
    """The template's own words for each meaning, in the order of the meanings."""
    words: dict[Progress, list[str]] = {}
    for choice, meaning in context.template.progress_of.items():
        words.setdefault(meaning, []).append(choice)
    return {meaning: "/".join(words[meaning]) for meaning in Progress if meaning in words}
