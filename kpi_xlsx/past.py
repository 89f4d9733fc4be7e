"""What earlier cycles of the chain had in their masters, looked up by goal id; nouns and lookups, no file here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kpi_xlsx.model import Goal, Plan, Progress, Scalar, comparable, match_key
from kpi_xlsx.periods import Period
from kpi_xlsx.versions import RowPlace


@dataclass(frozen=True, slots=True)
class PastRow:
    """A row of an earlier cycle's master, as its last merge had it."""

    department: str
    """The code it had in that cycle."""
    name: str
    """The department's name in that cycle."""
    leads: bool
    """Whether the department led the goal then, or was the only one."""
    goal: str
    """The goal's key."""
    values: Mapping[str, Scalar]
    """What stands there by column key: answers with what was amended; a proposal that nobody decided on is left out."""
    progress: Progress | None
    """What its status means."""
    passed: bool
    """Whether a reviewer passed the return that it is from."""
    asked: bool
    """Whether the goal was to be reported in that cycle."""
    file: str | None = None
    """The return that it is from, by its name in that cycle."""
    sheet: str | None = None
    cells: str = ""
    sha256: str | None = None

    @property
    def answered(self) -> bool:
        return bool(self.values)


@dataclass(frozen=True)
class PastCycle:
    """An earlier cycle of the chain of `previous`."""

    id: str
    period: Period
    folder: str
    """Where it lies, as `previous` names it."""
    plan: Plan
    rows: Mapping[RowPlace, PastRow]

    @cached_property
    def by_goal(self) -> Mapping[str, tuple[PastRow, ...]]:
        """The rows of each goal, by its key, the lead first."""
        found: dict[str, list[PastRow]] = {}
        for row in self.rows.values():
            found.setdefault(row.goal, []).append(row)
        return {key: tuple(sorted(rows, key=lambda row: not row.leads)) for key, rows in found.items()}


@dataclass(frozen=True)
class Past:
    """The chain of `previous`, newest first, as seen from one cycle."""

    plan: Plan
    """Today's."""
    period: Period
    """Today's."""
    cycles: tuple[PastCycle, ...] = ()
    remarks: tuple[str, ...] = field(default=(), compare=False)
    """What a person should know of it: a folder that is gone, one that could not be read."""

    def __bool__(self) -> bool:
        return bool(self.cycles)

    @property
    def previous(self) -> PastCycle | None:
        """The cycle just before."""
        return self.cycles[0] if self.cycles else None

    @property
    def year(self) -> tuple[PastCycle, ...]:
        """The earlier cycles of today's year, newest first."""
        return tuple(one for one in self.cycles if one.period.year_begin == self.period.year_begin)

    def find(self, cycle: PastCycle, code: str, key: str) -> PastRow | None:
        """A row of today's plan in an earlier cycle: the goal's, under whichever department had it then.

        Goal ids outlive departments: what the lead of today did not report, the lead of then did; a supporter is found
        by its own code, else by that of a unit that it came from. In another year an id is only the same goal's if the
        name is the same, too.
        """
        goal = self.plan.by_key.get(key)
        if goal is None or not self._same_goal(cycle, goal):
            return None
        own = cycle.rows.get((code, key))
        if own is not None:
            return own
        rows = cycle.by_goal.get(key, ())
        if goal.departments and goal.departments[0] == code:
            lead = next((row for row in rows if row.leads), None)
            # One that still has the goal, as a supporter, speaks for itself.
            return lead if lead is not None and lead.department not in goal.departments else None
        origins = self._origins.get(code, frozenset())
        return next(
            (row for row in rows if match_key(row.department) in origins or match_key(row.name) in origins), None
        )

    def _same_goal(self, cycle: PastCycle, goal: Goal) -> bool:
        then = cycle.plan.by_key.get(goal.key)
        if then is None:
            return False
        same_year = cycle.period.year_begin == self.period.year_begin
        return same_year or comparable(then.name) == comparable(goal.name)

    @cached_property
    def _origins(self) -> Mapping[str, frozenset[str]]:
        """For each department of today the codes and names, as they are compared, of the units that it came from."""
        found: dict[str, set[str]] = {}
        for change in self.plan.units:
            names = {*map(match_key, change.old_codes), *map(match_key, change.old)}
            for code in change.new:
                found.setdefault(code, set()).update(names)
        return {code: frozenset(names) for code, names in found.items()}

    def knew(self, cycle: PastCycle, key: str) -> bool:
        """Whether a goal of today's plan was in an earlier cycle's."""
        goal = self.plan.by_key.get(key)
        return goal is not None and self._same_goal(cycle, goal)

    def last(self, code: str, key: str) -> tuple[PastCycle, PastRow] | None:
        """The newest answer to a goal before this cycle, with the cycle that it is from."""
        for cycle, row in self.run(code, key):
            if row is not None and row.answered:
                return cycle, row
        return None

    def run(self, code: str, key: str) -> Iterator[tuple[PastCycle, PastRow | None]]:
        """What each earlier cycle has of a row, newest first."""
        for cycle in self.cycles:
            yield cycle, self.find(cycle, code, key)

    def settled(self, code: str, key: str) -> tuple[PastCycle, PastRow] | None:
        """The newest answer, if it says that the goal is completed and a reviewer has passed it."""
        found = self.last(code, key)
        return found if found is not None and found[1].passed and found[1].progress is Progress.COMPLETED else None


NO_PAST = Past(Plan((), ()), Period(dt.date(2000, 1, 1), dt.date(2000, 1, 31)))
"""That of a cycle without `previous`: nothing is found in it."""
