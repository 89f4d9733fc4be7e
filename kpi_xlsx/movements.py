"""What changed against each goal's last answer: better, worse, new in the plan, dropped from it; no file here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from kpi_xlsx.model import CellType, Goal, Progress, Scalar, comparable, plain
from kpi_xlsx.past import Past, PastCycle, PastRow
from kpi_xlsx.template import Column, Table


class Movement(StrEnum):
    """How a goal moved since its last answer."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    NEW = "new"
    DROPPED = "dropped"
    FIRST = "first"
    CHANGED = "changed"


MOVEMENT_WORDS: Mapping[Movement, tuple[str, str]] = {
    Movement.IMPROVED: ("改善", "Improved"),
    Movement.WORSENED: ("变差", "Worsened"),
    Movement.NEW: ("新增", "New"),
    Movement.DROPPED: ("取消", "Dropped"),
    Movement.FIRST: ("首次报送", "First answer"),
    Movement.CHANGED: ("变化", "Changed"),
}
RANKS: Mapping[Progress, int] = {
    Progress.COMPLETED: 3,
    Progress.ON_TRACK: 2,
    Progress.BEHIND: 1,
    Progress.NOT_STARTED: 1,
}
"""The others are neither better nor worse than any."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A goal of a department that is not as it was: what it said last, in which cycle, and what it says now."""

    movement: Movement
    department: str
    """The code, of today where the goal is in today's plan."""
    name: str
    goal: Goal
    cycle: PastCycle | None
    before: PastRow | None
    now: PastRow | None
    """None for a goal that was dropped."""


def words_of(table: Table) -> Sequence[Column]:
    """The columns whose words are compared."""
    return [one for one in table.remembered if one.type is not CellType.NUMBER and one.key != "status"]


def figures_of(table: Table) -> Sequence[Column]:
    """The columns whose figures are compared."""
    return [one for one in table.entry if one.type is CellType.NUMBER]


def judge(before: Progress | None, now: Progress | None) -> Movement:
    """Better, worse, or merely another."""
    rank_before, rank_now = (None if one is None else RANKS.get(one) for one in (before, now))
    if rank_before is None or rank_now is None or rank_before == rank_now:
        return Movement.CHANGED
    return Movement.IMPROVED if rank_now > rank_before else Movement.WORSENED


def _compare(before: PastRow, now: PastRow, choices: Sequence[str]) -> Movement:
    """Better or worse by what the status means; of two words with one meaning the later in the list is the worse."""
    found = judge(before.progress, now.progress)
    if found is Movement.CHANGED and before.progress is now.progress:
        shades = [choices.index(word) for row in (before, now) if (word := plain(row.values.get("status"))) in choices]
        if len(shades) == 2 and shades[0] != shades[1]:
            return Movement.IMPROVED if shades[1] < shades[0] else Movement.WORSENED
    return found


def find_movements(rows: Iterable[PastRow], past: Past, table: Table) -> Iterator[Moved]:
    """What changed, in the order of today's `rows`; what a department lost stands behind what it has."""
    compared = tuple(column.key for column in (*words_of(table), *figures_of(table)))
    choices = table.by_key["status"].choices if "status" in table.by_key else ()
    known = _known_before(past)
    dropped = {code: list(lost) for code, lost in groupby(_lost(past), key=attrgetter("department"))}
    for code, own in groupby(rows, key=attrgetter("department")):
        for row in own:
            moved = _moved(row, past, known, compared, choices)
            if moved is not None:
                yield moved
        yield from dropped.pop(code, ())
    for lost in dropped.values():
        yield from lost


def dropped_goals(past: Past, cycles: Iterable[PastCycle]) -> Iterator[tuple[PastCycle, str, Goal]]:
    """The goals of these cycles (the newest first) that today's plan has no more, for each department that had them.

    With the newest of the cycles that has it, in that plan's order of departments.
    """
    seen: set[str] = set()
    for cycle in cycles:
        gone = {goal.key for goal in cycle.plan.goals if goal.key not in past.plan.by_key} - seen
        seen |= gone
        for department in cycle.plan.departments if gone else ():
            for goal in cycle.plan.goals_of(department.code):
                if goal.key in gone:
                    yield cycle, department.code, goal


def show_step(before: Scalar | None, now: Scalar | None) -> str:
    """A figure with what it was: 12 → 15 (+3)."""
    texts = plain(before), plain(now)
    if comparable(before) == comparable(now) or before is None:
        return texts[1]
    return f"{texts[0]} → {texts[1] or '—'}{_difference(before, now)}"


def _difference(before: Scalar | None, now: Scalar | None) -> str:
    if not _is_figure(before) or not _is_figure(now):
        return ""
    try:
        found = (Decimal(plain(now)) - Decimal(plain(before))).normalize()
    except InvalidOperation:
        return ""
    return f" ({found:+f})"


def _is_figure(value: Scalar | None) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _known_before(past: Past) -> frozenset[str] | None:
    """The goals of the plan before; None in the first cycle of a year, whose plan is another one altogether."""
    previous = past.previous
    if previous is None or previous.period.year_begin != past.period.year_begin:
        return None
    return frozenset(previous.plan.by_key)


def _moved(
    row: PastRow, past: Past, known: frozenset[str] | None, compared: Sequence[str], choices: Sequence[str]
) -> Moved | None:
    goal = past.plan.by_key[row.goal]
    cycle, before = past.last(row.department, row.goal) or (None, None)
    if known is not None and goal.key not in known:
        movement = Movement.NEW
    elif not row.answered or (before is not None and not _differ(before, row, compared, choices)):
        return None
    else:
        movement = Movement.FIRST if before is None else _compare(before, row, choices)
    return Moved(movement, row.department, row.name, goal, cycle, before, row)


def _differ(before: PastRow, now: PastRow, compared: Sequence[str], choices: Sequence[str]) -> bool:
    """Whether status, words or figures are others; a status of another template's words by what it means."""
    if before.progress is not now.progress:
        return True
    own = before.progress is None or plain(before.values.get("status")) in choices
    keys = ("status", *compared) if own else compared
    return any(comparable(before.values.get(key)) != comparable(now.values.get(key)) for key in keys)


def _lost(past: Past) -> Iterator[Moved]:
    """The goals that the plan before had and today's has not, with what was last said of them."""
    if past.previous is None or _known_before(past) is None:
        return
    for plan_cycle, code, goal in dropped_goals(past, [past.previous]):
        rows = ((cycle, cycle.rows.get((code, goal.key))) for cycle in past.year)
        answers = ((cycle, row) for cycle, row in rows if row is not None and row.answered)
        cycle, before = next(answers, (None, None))
        yield Moved(Movement.DROPPED, code, plan_cycle.plan.by_code[code].name, goal, cycle, before, None)
