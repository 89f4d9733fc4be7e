"""A template definition, the one description that the form's writer, its reader and the checks all follow."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from kpi_xlsx.model import (
    CellType,
    Goal,
    Language,
    Progress,
    Role,
    Scalar,
    Severity,
    Source,
    match_key,
)
from kpi_xlsx.pace_rules import PaceRules

MAIN_TABLE = "goals"
AUTOMATIC: Mapping[str, tuple[str, str]] = {
    "role": ("角色", "Role"),
    "supporters": ("配合单位进展", "Supporters' progress"),
    "check": ("自查提示", "Check"),
}
"""Columns of a form that no definition declares, with their headings; they are known, and never read."""
LAST = "last."
"""Before the key of a column: that of the automatic column beside it, with the last period's answer."""
LAST_WORDS = ("上期", "Last period: ")
"""Before the heading of a column: that of the same."""

STATUS_WORDS: Mapping[Progress, tuple[str, ...]] = {
    Progress.COMPLETED: ("已完成", "Completed", "Complete"),
    Progress.ON_TRACK: ("正常推进", "On track"),
    Progress.BEHIND: ("滞后", "Behind"),
    Progress.NOT_DUE: ("未到节点", "Not yet due"),
    Progress.NOT_STARTED: ("未启动", "Not started"),
    Progress.DATA_PENDING: ("数据待发布", "Data pending"),
    Progress.CHANGE_REQUESTED: ("申请调整", "Change requested"),
}


TYPE_WORDS: Mapping[CellType, tuple[str, str]] = {
    CellType.TEXT: ("文字", "text"),
    CellType.NUMBER: ("数字", "number"),
    CellType.DATE: ("日期", "date"),
    CellType.MONTH: ("月份", "month"),
    CellType.CHOICE: ("选择", "choice"),
}
"""What a column's type is called on screen."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`status=滞后|申请调整`: the column `column` holds one of `choices`."""

    column: str
    choices: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.column}={'|'.join(self.choices)}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, as form, master, instructions, reader and checks see it."""

    key: str
    header: str
    source: Source
    type: CellType = CellType.TEXT
    group: str = ""
    width: float = 12
    required: bool = False
    required_when: Condition | None = None
    waived: Condition | None = None
    choices: tuple[str, ...] = ()
    min: float | dt.date | None = None
    max: float | dt.date | None = None
    min_length: int | None = None
    max_length: int | None = None
    date_order: str = ""
    """How 03/04/2018 is meant: dmy, mdy, or nothing agreed."""
    help: str = ""
    merge: bool = False
    print: bool = True
    closed_for: Role | None = None
    """The role for which the column is closed: grey, and not to be filled in."""
    required_for: Role | None = None
    """The role for which alone the column is required."""
    last: bool = False
    """Whether the last period's answer stands beside it in the form."""
    cumulative: bool = False
    """Whether it holds a running total since the year began, which does not fall."""
    adds: str = ""
    """The key of the column that a running total adds to last period's."""
    means: tuple[Progress, ...] = ()
    """What each choice of the status means, where its own words do not say."""
    future: bool = False
    """Whether a date in it may lie after the deadline: a forecast, say."""

    def open_to(self, role: Role) -> bool:
        """Whether a department in this role fills it in."""
        return self.closed_for is not role

    def required_of(self, role: Role) -> bool:
        """Whether a department in this role must fill it in, whatever else it says."""
        return self.open_to(role) and (self.required or self.required_for is role)

    @property
    def heading(self) -> str:
        """What is printed above the column where departments of either role may read it."""
        return self.heading_for(Role)

    def heading_for(self, roles: Iterable[Role]) -> str:
        """What is printed above the column in a form of these roles: one that any of them must fill in has a star."""
        starred = self.source is Source.DEPARTMENT and any(map(self.required_of, roles))
        return f"*{self.header}" if starred else self.header


@dataclass(frozen=True)
class Table:
    """A table of the form: its rows are known by the column `row_key`."""

    key: str
    columns: tuple[Column, ...]
    row_key: str = "id"
    spare_rows: int = 0
    witnesses: tuple[str, ...] = ("name", "requirement")
    """The keys of the given columns whose words tell a row; the first is the row's name."""
    unit_key: str = ""
    """The key of the given column that has the unit of each row's figures."""
    any_answer: bool = False
    """Whether something must stand in each row, whatever it is."""

    @cached_property
    def by_key(self) -> Mapping[str, Column]:
        return {column.key: column for column in self.columns}

    def of(self, *sources: Source) -> tuple[Column, ...]:
        """The columns that these fill, in their order."""
        return tuple(column for column in self.columns if column.source in sources)

    @cached_property
    def form_columns(self) -> tuple[Column, ...]:
        """The columns that stand in a form: all but the office's own; those not to be printed stand at the right."""
        return tuple(sorted(self.of(Source.PLAN, Source.DEPARTMENT), key=lambda column: not column.print))

    @cached_property
    def stems(self) -> tuple[tuple[str, str], ...]:
        """Each form column's heading as it is compared, with its key; longer headings first.

        A heading that stands under two groups (本月 of this and 本月 of that) tells nothing by itself and is left out.
        """
        pairs = [(match_key(column.header).lstrip("*★"), column.key) for column in self.form_columns]
        known = Counter(stem for stem, _ in pairs)
        return tuple(sorted((pair for pair in pairs if known[pair[0]] == 1), key=lambda pair: -len(pair[0])))

    @cached_property
    def automatic(self) -> Mapping[str, tuple[str, str]]:
        """The automatic columns that a form of this table may have, by key, with their headings in either language."""
        last = ((column, LAST + column.key) for column in self.entry if column.last)
        zh, en = LAST_WORDS
        return {**AUTOMATIC, **{key: (zh + column.header, en + column.header) for column, key in last}}

    @cached_property
    def automatic_stems(self) -> tuple[tuple[str, str], ...]:
        """Their headings as they are compared, with their keys."""
        return tuple((match_key(word), key) for key, words in self.automatic.items() for word in words)

    @cached_property
    def given(self) -> tuple[Column, ...]:
        """The columns that come from the plan."""
        return self.of(Source.PLAN)

    @cached_property
    def free(self) -> tuple[Column, ...]:
        """The columns that are open in a spare row: all but the one that tells the rows apart."""
        return tuple(column for column in self.form_columns if column.key != self.row_key)

    @cached_property
    def entry(self) -> tuple[Column, ...]:
        """The columns that the department fills in."""
        return self.of(Source.DEPARTMENT)

    @cached_property
    def momentary(self) -> frozenset[str]:
        """The keys of the columns that a running total adds: their figures are of one period alone."""
        return frozenset(column.adds for column in self.entry if column.adds)

    def told_by(self, role: Role) -> tuple[Column, ...]:
        """The columns whose words tell what a department in this role reports: those remembered that are open to it.

        Where none of them is, the texts that it must fill in.
        """
        own = tuple(column for column in self.remembered if column.open_to(role))
        return own or tuple(one for one in self.entry if one.type is CellType.TEXT and one.required_of(role))

    @cached_property
    def remembered(self) -> tuple[Column, ...]:
        """The columns whose last answer is shown beside the new one in the master.

        Those that say so, else the texts that must be filled in.
        """
        declared = tuple(column for column in self.entry if column.last)
        return declared or tuple(one for one in self.entry if one.type is CellType.TEXT and one.required)

    @cached_property
    def beside_supporters(self) -> Column:
        """The column before which a lead's form shows what its supporters say: the first text that leads must write."""
        open_ = [column for column in self.entry if column.open_to(Role.LEAD)] or list(self.entry)
        texts = [column for column in open_ if column.type is CellType.TEXT]
        return next((column for column in texts if column.required_of(Role.LEAD)), (texts or open_)[0])

    def columns_of(self, *, spare: bool) -> tuple[Column, ...]:
        """The columns that the department fills in, in a goal's row or in a spare one."""
        return self.free if spare else self.entry

    @property
    def grouped(self) -> bool:
        """Whether a second heading line stands above."""
        return any(column.group for column in self.columns)


@dataclass(frozen=True, slots=True)
class PrintSettings:
    """Paper and direction of the printed form."""

    paper: str = "A3"
    orientation: str = "landscape"


class NotDue(StrEnum):
    """What a form does with goals that are not to be reported this period."""

    GREY = "grey"
    OMIT = "omit"


@dataclass(frozen=True)
class Template:
    """The design of a reporting workbook."""

    name: str
    version: str
    language: Language
    tables: tuple[Table, ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    """Those of the signature's labels behind which something must stand."""
    severity: Mapping[str, Severity] = field(default_factory=dict)
    print: PrintSettings = PrintSettings()
    not_due: NotDue = NotDue.GREY
    pace: PaceRules = field(default_factory=PaceRules)

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def main(self) -> Table:
        """The table of goals, on the first sheet."""
        return self.tables[0]

    @cached_property
    def progress_of(self) -> Mapping[str, Progress]:
        """What each status choice means: by its words if any are known, else by its position."""
        status = self.main.by_key.get("status")
        if status is None or status.type is not CellType.CHOICE:
            return {}
        if status.means:
            return dict(zip(status.choices, status.means, strict=True))
        known = {match_key(word): meaning for meaning, words in STATUS_WORDS.items() for word in words}
        found = {choice: known[match_key(choice)] for choice in status.choices if match_key(choice) in known}
        return found or dict(zip(status.choices, Progress, strict=False))


def given(column: Column, goal: Goal) -> Scalar | None:
    """What the plan has for this column: by a known key, else by the heading of one of the plan's own columns."""
    if column.key in goal.cells:
        return goal.cells[column.key]
    for name in (match_key(column.key), match_key(column.header)):
        if name in goal.cells:
            return goal.cells[name]
    return None


def in_row(table: Table, column: Column, row: Goal | None) -> Column:
    """A column as it is read in a row: its figures in the row's own unit, where rows have such."""
    unit = row.cells.get(table.unit_key) if table.unit_key and row is not None else None
    if column.type is not CellType.NUMBER or unit is None:
        return column
    return replace(
        column, header=f"{column.header} ({unit})" if column.header.isascii() else f"{column.header}（{unit}）"
    )
