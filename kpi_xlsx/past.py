"""What earlier cycles of the chain had in their masters, looked up by goal id; nouns and lookups, no file here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from kpi_xlsx.model import Frequency, Goal, Plan, Progress, Scalar, comparable, match_key
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
    said: Mapping[str, Scalar] = field(default_factory=dict)
    """What the department itself had said in cells that were amended since."""

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
    merged: bool = True
    """Whether the rows are those of a merge; else its inbox was judged for the purpose."""

    def path_of(self, row: PastRow) -> str | None:
        """The return that one of its rows is from, as it is reached from the cycle that looks back."""
        return None if row.file is None else f"{self.folder}/{row.file}"

    @cached_property
    def by_goal(self) -> Mapping[str, tuple[PastRow, ...]]:
        """The rows of each goal, by its key, the lead first."""
        found: dict[str, list[PastRow]] = {}
        for row in self.rows.values():
            found.setdefault(row.goal, []).append(row)
        return {key: tuple(sorted(rows, key=lambda row: not row.leads)) for key, rows in found.items()}


Answered = tuple[PastCycle, PastRow]
"""An answer, with the cycle that it is from."""


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
    momentary: frozenset[str] = frozenset()
    """The columns whose figures are of one period alone (this month's): they are no part of what stays settled."""

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

    def before(self, cycle: PastCycle) -> Past:
        """The chain as it was seen from one of its cycles; of a cycle that is none of it, all of it."""
        return self._seen_from.get(id(cycle), self)

    @cached_property
    def _seen_from(self) -> Mapping[int, Past]:
        return {
            id(one): replace(self, plan=one.plan, period=one.period, cycles=self.cycles[at:])
            for at, one in enumerate(self.cycles, 1)
        }

    def find(self, cycle: PastCycle, code: str, key: str) -> PastRow | None:
        """A row of today's plan in an earlier cycle: the goal's, under whichever department had it then.

        Goal ids outlive departments: what the lead of today did not report, the lead of then did; a supporter is found
        by its own code, else by that of a unit that it came from. In another year an id is only the same goal's if the
        name is the same, too.
        """
        goal = self.plan.by_key.get(key)
        if goal is None or not self.is_same(cycle, goal):
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

    def is_same(self, cycle: PastCycle, goal: Goal) -> bool:
        """Whether a goal of today's plan is the one that has its id in an earlier cycle."""
        then = cycle.plan.by_key.get(goal.key)
        if then is None:
            return False
        same_year = cycle.period.year_begin == self.period.year_begin
        return same_year or comparable(then.name) == comparable(goal.name)

    def is_of(self, code: str, row: PastRow) -> bool:
        """Whether a row is a department's own, or that of a unit which it came from."""
        origins = self._origins.get(code, frozenset())
        return row.department == code or row.department in origins or match_key(row.name) in origins

    @cached_property
    def _origins(self) -> Mapping[str, frozenset[str]]:
        """For each department of today the codes and names, as they are compared, of the units that it came from."""
        found: dict[str, set[str]] = {}
        for change in self.plan.units:
            names = {*map(match_key, change.old_codes), *map(match_key, change.old)}
            for code in change.new:
                found.setdefault(code, set()).update(names)
        return {code: frozenset(names) for code, names in found.items()}

    def last(self, code: str, key: str) -> tuple[PastCycle, PastRow] | None:
        """The newest answer to a goal before this cycle, with the cycle that it is from."""
        return next(self.answers(code, key), None)

    def run(self, code: str, key: str) -> Iterator[tuple[PastCycle, PastRow | None]]:
        """What each earlier cycle has of a row, newest first."""
        for cycle in self.cycles:
            yield cycle, self.find(cycle, code, key)

    def answers(self, code: str, key: str) -> Iterator[Answered]:
        """The answers to a goal before this cycle, newest first.

        Where the office alone amended an answer that still held from an earlier cycle, it is that one with the new
        words in it.
        """
        amended: list[Answered] = []
        for cycle, row in self.run(code, key):
            if row is None or not row.answered:
                continue
            if row.file is None:
                amended.append((cycle, row))
                continue
            found = (cycle, row)
            for later in reversed(amended):
                found = lay_over(found, later)
            yield found
            if found[0] is not cycle:
                yield cycle, row
            amended.clear()
        yield from amended

    def settled(self, code: str, key: str) -> Answered | None:
        """The answer by which a goal is completed and reviewed: it was passed, still holds, and no newer one differs.

        What came back since as it was, in a return that nobody passed, takes nothing from that.
        """
        newest: PastRow | None = None
        for cycle, row in self.answers(code, key):
            newest = newest or row
            if row.progress is not Progress.COMPLETED or not self.same_answers(row.values, newest.values):
                return None
            if row.passed:
                lasting = {column: value for column, value in row.values.items() if column not in self.momentary}
                settles = is_settled((cycle, row), self.plan, key, self.period)
                return (cycle, replace(row, values=lasting)) if settles else None
        return None

    def same_answers(self, one: Mapping[str, Scalar], other: Mapping[str, Scalar]) -> bool:
        """Whether two rows say the same in every column that lasts; white space and full-width signs do not count."""
        return all(comparable(one.get(key)) == comparable(other.get(key)) for key in {*one, *other} - self.momentary)


def is_settled(found: Answered, plan: Plan, key: str, period: Period) -> bool:
    """Whether an earlier answer settles a goal as it stands in a later period's plan.

    What was completed against another requirement or target was not completed against this one; a yearly goal begins
    anew in the next year, unless it was due in that year all along; and of an exception the next may come any day.
    """
    cycle, row = found
    then, goal = cycle.plan.by_key.get(key), plan.by_key.get(key)
    if not row.passed or row.progress is not Progress.COMPLETED or then is None or goal is None:
        return False
    same = all(comparable(then.cells.get(name)) == comparable(goal.cells.get(name)) for name in _MEASURES)
    same = same and [*_targets(cycle.plan, key)] == [*_targets(plan, key)]
    lasting = cycle.period.year_begin == period.year_begin or then.due == goal.due
    return same and lasting and goal.frequency is not Frequency.EXCEPTION


_MEASURES = ("requirement", "target", "unit")
"""What of a goal says when it is completed."""


def _targets(plan: Plan, key: str) -> Iterator[tuple[str, ...]]:
    """The same, where the plan has targets."""
    for one in plan.targets_of(key):
        yield comparable(one.text), comparable(one.unit), str(one.basis)


def lay_over(found: Answered, amended: Answered) -> Answered:
    """An answer that held in a later cycle, with what was amended there; else the later cycle's words by themselves."""
    (cycle, row), (later, words) = found, amended
    if not is_settled(found, later.plan, row.goal, later.period):
        return amended
    return cycle, replace(row, values={**row.values, **words.values}, progress=words.progress or row.progress)


NO_PAST = Past(Plan((), ()), Period(dt.date(2000, 1, 1), dt.date(2000, 1, 31)))
"""That of a cycle without `previous`: nothing is found in it."""
