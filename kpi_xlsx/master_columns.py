"""The columns of the master's main sheet and the rows above them, which its writer and its reader both follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx import identity as identities
from kpi_xlsx.context import Context
from kpi_xlsx.footnotes import footnotes
from kpi_xlsx.model import Language, Source, match_key
from kpi_xlsx.template import Column, Table

MASTER_SHEETS = ("汇总", "Master")
DEPARTMENT_HEADING = ("责任单位", "Department")
ID_PROPERTY = "kpi-xlsx-master"
ID_MARK = f"{identities.MARK}*master:"
"""Under which a master says, as a document property and in a hidden cell, which cells were written into it."""
LAST = "last."
"""Before a column's key: the column of last period's answer beside it. No key of a template has a full stop in it."""
PROVENANCE = ("file", "sheet", "cells", "sha256", "received")
"""Where an entry came from; folded away."""
_HEADINGS: Mapping[str, tuple[str, str]] = {
    "department": DEPARTMENT_HEADING,
    "role": ("角色", "Role"),
    "reported": ("报送情况", "Return"),
    "review": ("审核意见", "Findings"),
    "pace.state": ("研判", "Pace"),
    "pace.reason": ("判断依据", "Reason"),
    "pace.completion": ("完成率", "Done"),
    "pace.expected": ("序时要求", "Expected"),
    "pace.alert": ("预警", "Alert"),
    "file": ("来源文件", "File"),
    "sheet": ("工作表", "Sheet"),
    "cells": ("单元格", "Cells"),
    "sha256": ("文件指纹 sha256", "sha256"),
    "received": ("收到时间", "Received"),
}
PACE = tuple(key for key in _HEADINGS if key.startswith("pace."))
"""What can be said of the goals' targets; only where the plan has any."""
_WIDTHS: Mapping[str, float] = {
    "pace.state": 13,
    "pace.reason": 34,
    "pace.completion": 9,
    "pace.expected": 9,
    "pace.alert": 12,
    "department": 14,
    "role": 7,
    "reported": 9,
    "review": 34,
    "file": 30,
    "sheet": 10,
    "cells": 12,
}


@dataclass(frozen=True)
class MasterColumns:
    """Which columns the master of a cycle has, by key, from the left."""

    context: Context
    remembers: bool = False
    """Whether there are earlier cycles, whose answers stand beside the new ones."""

    @property
    def table(self) -> Table:
        return self.context.template.main

    @cached_property
    def extra(self) -> Sequence[str]:
        """The plan's own columns that the template does not show: kept and carried along."""
        shown = {match_key(column.header) for column in self.table.columns} | {c.key for c in self.table.columns}
        return [heading for heading in self.context.plan.extra if match_key(heading) not in shown]

    @cached_property
    def remembered(self) -> frozenset[str]:
        """The columns beside which the last answer stands."""
        return frozenset(column.key for column in self.table.remembered) if self.remembers else frozenset()

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Column numbers by key."""
        keys = ["department"]
        if self.context.plan.shared:
            keys.append("role")
        for column in self.table.form_columns:
            keys += [LAST + column.key] if column.key in self.remembered else []
            keys.append(column.key)
        keys += PACE if self.context.plan.targets else ()
        keys += ["reported", "review", *(column.key for column in self.table.of(Source.OFFICE))]
        keys += [f"extra{number}" for number in range(len(self.extra))]
        keys += PROVENANCE
        return {key: number for number, key in enumerate(keys)}

    @cached_property
    def merged(self) -> Sequence[str]:
        """The columns in which equal neighbours look like one cell."""
        return ["department", *(column.key for column in self.table.form_columns if column.merge)]

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is said above the table of units and goals that were changed this year."""
        return tuple(footnotes(self.context.plan, self.context.period, self.context.language))

    @property
    def key_row(self) -> int:
        return 4 if self.notes else 3

    @property
    def head_row(self) -> int:
        return self.key_row + (2 if self.table.grouped else 1)

    @property
    def first(self) -> int:
        """The first row of the table."""
        return self.head_row + 1

    def heading(self, key: str) -> str:
        if key in self.table.by_key:
            return self.table.by_key[key].header
        if key.startswith("extra"):
            return self.extra[int(key[5:])]
        if key.startswith(LAST):
            return last_heading(self.table.by_key[key.removeprefix(LAST)], self.context.language)
        return self.context.language.say(*_HEADINGS[key])

    def group(self, key: str) -> str:
        own = key.removeprefix(LAST)
        return self.table.by_key[own].group if own in self.table.by_key else ""

    def width(self, key: str) -> float:
        if key in self.table.by_key:
            return self.table.by_key[key].width
        if key.startswith(LAST):
            return max(9, round(self.table.by_key[key.removeprefix(LAST)].width * 0.65))
        if key == "reported" and self.remembers:
            return 12
        return _WIDTHS.get(key, 18)


def last_heading(column: Column, language: Language) -> str:
    """What stands above a column's last answers."""
    return language.say(f"上期{column.header}", f"Last period: {column.header}")
