"""The columns of the master's main sheet and the rows above them, which its writer and its reader both follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx import identity as identities
from kpi_xlsx.context import Context
from kpi_xlsx.model import Source, match_key
from kpi_xlsx.template import Table

MASTER_SHEETS = ("汇总", "Master")
DEPARTMENT_HEADING = ("责任单位", "Department")
ID_PROPERTY = "kpi-xlsx-master"
ID_MARK = f"{identities.MARK}*master:"
"""Under which a master says, as a document property and in a hidden cell, which cells were written into it."""
PROVENANCE = ("file", "sheet", "cells", "sha256", "received")
"""Where an entry came from; folded away."""
_HEADINGS: Mapping[str, tuple[str, str]] = {
    "department": DEPARTMENT_HEADING,
    "role": ("角色", "Role"),
    "reported": ("报送情况", "Return"),
    "review": ("审核意见", "Findings"),
    "file": ("来源文件", "File"),
    "sheet": ("工作表", "Sheet"),
    "cells": ("单元格", "Cells"),
    "sha256": ("文件指纹 sha256", "sha256"),
    "received": ("收到时间", "Received"),
}
_WIDTHS: Mapping[str, float] = {
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

    @property
    def table(self) -> Table:
        return self.context.template.main

    @cached_property
    def extra(self) -> Sequence[str]:
        """The plan's own columns that the template does not show: kept and carried along."""
        shown = {match_key(column.header) for column in self.table.columns} | {c.key for c in self.table.columns}
        return [heading for heading in self.context.plan.extra if match_key(heading) not in shown]

    @cached_property
    def at(self) -> Mapping[str, int]:
        """Column numbers by key."""
        keys = ["department"]
        if self.context.plan.shared:
            keys.append("role")
        keys += [column.key for column in self.table.form_columns]
        keys += ["reported", "review", *(column.key for column in self.table.of(Source.OFFICE))]
        keys += [f"extra{number}" for number in range(len(self.extra))]
        keys += PROVENANCE
        return {key: number for number, key in enumerate(keys)}

    @cached_property
    def merged(self) -> Sequence[str]:
        """The columns in which equal neighbours look like one cell."""
        return ["department", *(column.key for column in self.table.form_columns if column.merge)]

    @property
    def key_row(self) -> int:
        return 3

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
        return self.context.language.say(*_HEADINGS[key])

    def group(self, key: str) -> str:
        return self.table.by_key[key].group if key in self.table.by_key else ""

    def width(self, key: str) -> float:
        if key in self.table.by_key:
            return self.table.by_key[key].width
        return _WIDTHS.get(key, 18)
