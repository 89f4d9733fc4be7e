"""What is published of a cycle: the goals that may be, the columns that are shown, and what stands in each; no file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Amendment, AmendmentKind, AmendmentState
from kpi_xlsx.model import Department, Goal, Language, Progress, Role, Scalar, plain
from kpi_xlsx.periods import Period
from kpi_xlsx.reading import clean_text, one_line, tidy_text
from kpi_xlsx.releases import Release, find_release
from kpi_xlsx.report import Report, Row, find_carried
from kpi_xlsx.values import seen_in

PROGRESS = "progress"
MERGED = ("department", "category", "subcategory")
"""Columns in which goals one below the other share a cell, each within the one before."""
COLUMNS: Mapping[str, tuple[tuple[str, str], tuple[float, float, float]]] = {
    "department": (("责任单位", "Department"), (22, 22, 24)),
    "category": (("类别", "Category"), (16, 16, 24)),
    "subcategory": (("分项指标", "Subcategory"), (20, 18, 24)),
    "name": (("目标名称", "Goal"), (30, 26, 28)),
    "requirement": (("考核内容及指标", "Requirement"), (66, 60, 56)),
    PROGRESS: (("进展情况（{zh}）", "Progress ({en})"), (88, 80, 70)),
    "attribute": (("指标属性", "Attribute"), (18, 17, 20)),
    "due_month": (("完成时限（月）", "Due month"), (19, 18, 15)),
}
"""All that is ever published, and nothing else: heading, and width in mm, in Chinese without and with a column of
departments, and in English, whose words are longer."""
ROOM = 257.0
"""The width of A4 across between its margins, in mm."""


UNSAID: Mapping[str, tuple[str, str]] = {
    "missing": ("未报送", "Not reported"),
    "pending": ("数据待发布", "Data pending"),
    "not_due": ("本期不填", "Not due"),
}
"""What is printed where a department has said nothing: a public cell is never empty."""


@dataclass(frozen=True, slots=True)
class PublicColumn:
    """A column of the notice."""

    key: str
    heading: str
    width: float
    """In mm."""


@dataclass(frozen=True, slots=True)
class PublicRow:
    """A goal of the notice, with its texts by column key."""

    department: Department
    goal: Goal
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Publication:
    """A notice, ready to be laid out."""

    language: Language
    title: str
    opening: Sequence[str]
    rows: Sequence[PublicRow]
    columns: Sequence[PublicColumn]
    notes: Sequence[str]
    signature: Sequence[str]
    day: dt.date
    """By which its file is dated: the period's last."""
    draft: bool = False
    marking: str = ""
    reasons: Sequence[str] = ()
    """In a draft: what still stands against its publication."""
    doubts: Sequence[str] = ()
    """What a person is to look at before it is published."""

    @property
    def mark(self) -> str:
        """What stands on each page of a draft."""
        word = self.language.say("送审稿", "Draft")
        return "　".join(filter(None, (self.marking, word))) if self.draft else ""

    @cached_property
    def spans(self) -> Mapping[str, Sequence[int]]:
        """Of columns with merged cells: how many rows the cell goes down that begins in each row; 0, if none does."""
        found: dict[str, Sequence[int]] = {}
        outer: list[str] = []
        for column in self.columns:
            if column.key in MERGED:
                outer.append(column.key)
                found[column.key] = _spans([tuple(row.texts[key] for key in outer) for row in self.rows])
        return found


def _spans(keys: Sequence[tuple[str, ...]]) -> list[int]:
    spans = [0] * len(keys)
    first = 0
    for place, key in enumerate(keys):
        if not place or key != keys[place - 1] or not key[-1]:
            first = place
        spans[first] += 1
    return spans


def released(goal: Goal, context: Context) -> bool:
    """Whether a goal is published."""
    return find_release(goal, asked=context.plan.publishes) in (Release.WHOLE, Release.SUMMARY)


def led_goals(context: Context, codes: Collection[str]) -> Iterator[tuple[Department, Goal]]:
    """The goals that these departments lead, in the order of departments, then of the plan.

    A goal is published once, in the words of its lead; what supporters told stays inside.
    """
    for department in context.plan.departments:
        if department.code in codes:
            for goal in context.plan.goals_of(department.code):
                if context.role_of(goal, department.code) is Role.LEAD:
                    yield department, goal


def find_rows(report: Report, codes: Collection[str]) -> Iterator[PublicRow]:
    """The rows that may be published of these departments."""
    context = report.context
    entries = {(row.department, row.goal.key): row for row in report.entries if row.goal is not None}
    edits = public_edits(report)
    for department, goal in led_goals(context, codes):
        if released(goal, context):
            place = (department.code, goal.key)
            texts = dict(_texts(report, department, goal, entries.get(place), edits.get(place)))
            yield PublicRow(department, goal, texts)


def public_edits(report: Report) -> Mapping[tuple[str, str], Amendment]:
    """The amendments that hold for the public words alone, by department and goal key: of several the last."""
    key = progress_column(report.context)
    return {
        (one.department, one.goal): one
        for one in report.decisions.amendments
        if one.kind is AmendmentKind.PUBLIC_ONLY and one.column == key and one.state is AmendmentState.APPLIED
    }


def progress_column(context: Context) -> str:
    """The key of the column in which progress is told; empty if the template has none."""
    table = context.template.main
    told = [PROGRESS] if PROGRESS in table.by_key else [column.key for column in table.told_by(Role.LEAD)]
    return next(iter(told), "")


def _texts(
    report: Report, department: Department, goal: Goal, row: Row | None, edit: Amendment | None
) -> Iterator[tuple[str, str]]:
    cells = goal.cells
    yield "department", one_line(department.name)
    for key in ("category", "subcategory", "requirement", "attribute"):
        yield key, _shown(cells.get(key))
    yield "name", ("★" if goal.starred else "") + _shown(goal.name)
    yield "due_month", _shown(cells.get("due_month")) or str(goal.due.month)
    public = _shown(cells.get("public_text")) if edit is None else _shown(edit.new)
    if not public and find_release(goal, asked=report.context.plan.publishes) is Release.SUMMARY:
        public = report.context.language.say("（公开表述待写）", "(public text to be written)")
    yield PROGRESS, public or _progress(report, goal, row)


def _progress(report: Report, goal: Goal, row: Row | None) -> str:
    """What the lead told, or why there is nothing."""
    context = report.context
    key = progress_column(context)
    text = _shown(settled(report, row, key)) if row is not None else ""
    if text:
        return text
    status = context.progress(settled(report, row, "status")) if row is not None else None
    kind = "not_due" if not context.asks(goal) else "pending" if status is Progress.DATA_PENDING else "missing"
    return context.language.say(*UNSAID[kind])


def settled(report: Report, row: Row, key: str) -> Scalar | None:
    """What holds in a cell: as amended, though not as only proposed; else what an earlier cycle settled, or it says."""
    amended = row.amended.get(key)
    if amended is not None:
        return amended.settled
    carried = find_carried(row, report.context, report.past)
    if carried is not None:
        return carried[1].values.get(key)
    return seen_in(row.entry, key, report.context.language)


def _shown(value: Scalar | None) -> str:
    return tidy_text(clean_text(plain(value)))


def find_columns(rows: Sequence[PublicRow], period: Period, language: Language) -> tuple[PublicColumn, ...]:
    """The columns: departments only where there are several, and no column that the plan leaves blank."""
    several = len({row.department.code for row in rows}) > 1
    keys = [key for key in COLUMNS if any(row.texts[key] for row in rows) and (several or key != "department")]
    kind = 2 if language is Language.EN else int(several)
    widths = {key: COLUMNS[key][1][kind] for key in keys}
    room = ROOM / sum(widths.values())
    zh, en = f"{period.months.replace('-', '—')}月", f"months {period.months}"
    return tuple(
        PublicColumn(key, language.say(*COLUMNS[key][0]).format(zh=zh, en=en), round(widths[key] * room, 1))
        for key in keys
    )
