"""What changed in a plan by a document: goals adjusted; departments renamed, merged, abolished or founded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

ADDED, DROPPED = "+", "-"
"""In a change of a goal, in place of a column's key: the goal is new, or reported no more."""
TARGETS = "#"
"""In the same place: what the sheet of targets has of the goal."""
TARGET_WORDS = ("指标", "targets")


@dataclass(frozen=True, slots=True)
class GoalChange:
    """A line of the plan's sheet of changes: one cell of one goal, or the goal as a whole."""

    goal: str
    """The goal's key."""
    item: str
    """The plan's key of the column (or its heading, as names are compared); ADDED, DROPPED or TARGETS."""
    old: str
    new: str
    since: dt.date | None
    """The first day of the period from which it holds; None: since the document's date, else from the start."""
    date: dt.date | None
    document: str
    reason: str
    place: str
    """Where the line stands, as people find it: 目标调整!B3."""

    @property
    def start(self) -> dt.date | None:
        """The first day from which it holds; None: from the start."""
        return self.since or (None if self.date is None else self.date.replace(day=1))

    def holds(self, day: dt.date) -> bool:
        """Whether it is in effect on a day."""
        return self.start is None or self.start <= day


class UnitKind(StrEnum):
    """What became of departments: 更名 | 合并 | 撤销 | 新设 | 职能划转."""

    RENAME = "rename"
    MERGE = "merge"
    ABOLISH = "abolish"
    FOUND = "found"
    TRANSFER = "transfer"


UNIT_WORDS: Mapping[UnitKind, tuple[str, str]] = {
    UnitKind.RENAME: ("更名", "rename"),
    UnitKind.MERGE: ("合并", "merge"),
    UnitKind.ABOLISH: ("撤销", "abolish"),
    UnitKind.FOUND: ("新设", "found"),
    UnitKind.TRANSFER: ("职能划转", "transfer of duties"),
}

CHANGE_SHEET = ("changes", "目标调整")
UNIT_SHEET = ("units", "单位变更")
ITEM_WORDS: Mapping[str, tuple[str, str]] = {ADDED: ("新增", "added"), DROPPED: ("取消", "dropped")}


@dataclass(frozen=True, slots=True)
class UnitChange:
    """A line of the plan's sheet of units: which departments became which."""

    kind: UnitKind
    date: dt.date | None
    old: tuple[str, ...]
    """Names of the units before, as they were typed."""
    old_codes: tuple[str, ...]
    """Their codes, as far as they are given or still in the plan."""
    new: tuple[str, ...]
    """Codes, in this plan, of the units after."""
    goals: tuple[str, ...]
    """The keys of the goals that moved; none: all that the old units had."""
    document: str
    place: str

    @property
    def ends(self) -> bool:
        """Whether the old units are no more, so that their names are names of the new one."""
        return self.kind in (UnitKind.RENAME, UnitKind.MERGE, UnitKind.ABOLISH)
