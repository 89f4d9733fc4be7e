"""What moved against each row's last answer: statuses, words and numbers, goals that came and went; no file here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from kpi_xlsx.model import CellType, Goal, Progress, Scalar, comparable, plain
from kpi_xlsx.past import Past, PastCycle, PastRow
from kpi_xlsx.template import Column, Table


class Move(StrEnum):
    """改善 | 变差 | 新增 | 取消 | 变化."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    NEW = "new"
    DROPPED = "dropped"
    CHANGED = "changed"


MOVE_WORDS: Mapping[Move, tuple[str, str]] = {
    Move.IMPROVED: ("改善", "improved"),
    Move.WORSENED: ("变差", "worsened"),
    Move.NEW: ("新增", "new"),
    Move.DROPPED: ("取消", "dropped"),
    Move.CHANGED: ("变化", "changed"),
}

_RANKS: Mapping[Progress, int] = {
    Progress.COMPLETED: 2,
    Progress.ON_TRACK: 1,
    Progress.BEHIND: 0,
    Progress.NOT_STARTED: 0,
}
"""How far a goal is; the other statuses tell nothing of that."""


@dataclass(frozen=True, slots=True)
class Present:
    """A goal's row in today's master: what stands there by column key, and what its status means."""

    department: str
    goal: Goal
    values: Mapping[str, Scalar]
    progress: Progress | None
    asked: bool


@dataclass(frozen=True, slots=True)
class Movement:
    """A row of which something is not as it was last said, or that came or went with the plan."""

    kind: Move
    department: str
    """The code: today's, of a goal that was dropped that of then."""
    name: str
    """The department's name then, if the goal was dropped."""
    goal: Goal
    before: PastRow | None
    """The last answer."""
    cycle: PastCycle | None
    """The cycle that it is from."""
    now: Present | None
    """None for a goal that was dropped."""


def moving_columns(table: Table) -> tuple[Column, ...]:
    """The columns in which a change is told: the words that are remembered, and every number."""
    words = tuple(one for one in table.remembered if one.type is not CellType.NUMBER and one.key != "status")
    return words + tuple(one for one in table.entry if one.type is CellType.NUMBER)


def find_movements(table: Table, past: Past, present: Iterable[Present]) -> Iterator[Movement]:
    """What moved, by departments in the order of the rows; what a department no longer has stands behind its rows."""
    columns = moving_columns(table)
    gone: dict[str, list[Movement]] = {}
    for one in _dropped(past):
        gone.setdefault(one.department, []).append(one)
    for code, rows in groupby(present, key=attrgetter("department")):
        yield from (moved for row in rows if (moved := _moved(columns, past, row)) is not None)
        yield from gone.pop(code, ())
    for left in gone.values():
        yield from left


def _moved(columns: Iterable[Column], past: Past, row: Present) -> Movement | None:
    previous, key = past.previous, row.goal.key
    cycle, before = past.last(row.department, key) or (None, None)
    if previous is not None and not past.knew(previous, key):
        return Movement(Move.NEW, row.department, "", row.goal, before, cycle, row)
    if not row.values:
        return None  # that nothing came is no news of the goal
    kind = _kind(columns, before, row)
    return None if kind is None else Movement(kind, row.department, "", row.goal, before, cycle, row)


def _kind(columns: Iterable[Column], before: PastRow | None, now: Present) -> Move | None:
    if before is None:
        return Move.CHANGED
    ranks = [None if one is None else _RANKS.get(one) for one in (before.progress, now.progress)]
    if ranks[0] is not None and ranks[1] is not None and ranks[0] != ranks[1]:
        return Move.IMPROVED if ranks[1] > ranks[0] else Move.WORSENED
    same = not _restated(before, now) and all(
        _same(before.values.get(one.key), now.values.get(one.key)) for one in columns
    )
    return None if same else Move.CHANGED


def _restated(before: PastRow, now: Present) -> bool:
    """Whether the status is another one: by what it means, else by its words."""
    if before.progress is not None and now.progress is not None:
        return before.progress is not now.progress
    return comparable(before.values.get("status")) != comparable(now.values.get("status"))


def _same(one: Scalar | None, other: Scalar | None) -> bool:
    pair = _decimal(one), _decimal(other)
    return pair[0] == pair[1] if None not in pair else comparable(one) == comparable(other)


def _dropped(past: Past) -> Iterator[Movement]:
    """The goals that the previous cycle's plan had and today's has not, with their last words of this year."""
    previous, cycles = past.previous, past.year
    if previous is None or previous not in cycles:
        return
    for goal in previous.plan.goals:
        if goal.key in past.plan.by_key:
            continue
        for row in previous.by_goal.get(goal.key, ()):
            place = row.department, goal.key
            told = ((cycle, found) for cycle in cycles if (found := cycle.rows.get(place)) and found.answered)
            cycle, before = next(told, (None, None))
            yield Movement(Move.DROPPED, row.department, row.name, goal, before, cycle, None)


def show_movement(before: Scalar | None, now: Scalar | None) -> str:
    """A number as it was and as it is, with the difference: 12 → 15 (+3); one that stayed stands alone."""
    if _same(before, now):
        return plain(now)
    old, new = _decimal(before), _decimal(now)
    words = f"{plain(before) or '—'} → {plain(now) or '—'}"
    return words if old is None or new is None else f"{words} ({_signed(new - old)})"


def _decimal(value: Scalar | None) -> Decimal | None:
    """A number as it is shown, so that differences are exact: 0.3 − 0.1 is 0.2."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = Decimal(plain(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _signed(number: Decimal) -> str:
    """Without zeros at the end: +3, -0.2; a huge or tiny one keeps its exponent."""
    shown = f"{number.normalize():+f}"
    return shown if len(shown) <= 20 else f"{number.normalize():+}"
