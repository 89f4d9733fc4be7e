"""plan.xlsx to Plan: what the office wrote, read strictly, with every mistake named by its cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from kpi_xlsx.book import Book, Sheet, Unreadable
from kpi_xlsx.headings import Heading, both_languages
from kpi_xlsx.model import (
    Department,
    Goal,
    GoalSheet,
    Language,
    Mistake,
    Plan,
    PlanError,
    Scalar,
    bare_name,
    counted,
    id_key,
    match_key,
    plain,
    split_names,
)
from kpi_xlsx.periods import Period, parse_due, parse_frequency
from kpi_xlsx.plan_rows import PlanRow, PlanTables, tidy
from kpi_xlsx.plan_sheets import UnitLines, demand_goals, read_changes, read_units
from kpi_xlsx.plan_targets import read_targets
from kpi_xlsx.sheets import read_book

GOAL_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号",),
    "department": ("责任单位",),
    "name": ("目标名称", "goal"),
    "category": ("类别",),
    "subcategory": ("分项指标",),
    "requirement": ("考核内容及指标",),
    "attribute": ("指标属性",),
    "due_month": ("完成时限(月)", "完成时限", "due month"),
    "frequency": ("报送频率",),
    "publish": ("是否公开",),
    "public_text": ("公开表述", "public text"),
    "target": ("目标值",),
    "unit": ("单位",),
    "basis": ("口径",),
    "baseline": ("基数",),
    "milestones": ("序时节点", "节点"),
    "weight": ("权重",),
    "assessor": ("评分单位",),
}
DEPARTMENT_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": ("代码",),
    "name": ("名称", "department"),
    "alias": ("曾用名", "简称"),
    "group": ("类别",),
    "contact": ("联系人",),
    "phone": ("电话",),
    "email": ("邮箱",),
    "reviewer": ("审核人",),
    "leader": ("分管领导",),
}
REVIEW_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "confidence": ("可信度", "import confidence"),
    "source": ("来源行", "import source"),
    "to_confirm": ("待确认", "to confirm"),
}
"""Columns that import-plan adds for whoever looks its proposal through; they are no part of the plan."""
GOAL_SHEET = ("goals", "考核目标")
DEPARTMENT_SHEET = ("departments", "部门")

_CODE = re.compile(r"[\w.-]{1,20}")


def load_plan(path: Path, period: Period, language: Language) -> Plan:
    """Read plan.xlsx. Raises PlanError with every mistake in it."""
    try:
        book = read_book(path) if path.exists() else None
    except Unreadable as trouble:
        words = language.say(
            f"打不开：{trouble.zh}。请用 Excel 或 WPS 另存为 .xlsx。",
            f"It cannot be opened: {trouble.en}. Save it as .xlsx.",
        )
        raise PlanError([Mistake(path.name, "", words)]) from trouble
    reader = _Reader(path.name, period, language)
    plan = reader.plan(book)
    if reader.mistakes:
        raise PlanError(reader.mistakes)
    return plan


def tell_unconfirmed(plan: Plan) -> Iterator[tuple[str, str]]:
    """That goals are still to be confirmed, in both languages."""
    count = len(plan.unconfirmed)
    if count:
        yield (
            f"plan.xlsx 的“待确认”一列还有 {count} 个目标：核对后清空那一格，在那以前它们的目标值不作数。",
            f"{counted(count, 'goal')} in plan.xlsx still to confirm: clear that cell once you have looked at the row; "
            "until then its targets do not count.",
        )


class _Reader(PlanTables):
    """Reads departments and goals, and has the further sheets read that say what became of either."""

    knows_departments = False

    def plan(self, book: Book | None) -> Plan:
        if book is None:
            self.wrong("", "没有这个文件。", "There is no such file.")
            return Plan((), ())
        departments = tuple(self._departments(book))
        units = read_units(self, book, departments) if departments else UnitLines()
        plan = Plan(departments, (), units=units.changes)
        self.knows_departments = bool(departments)
        found = self.find(book, GOAL_SHEET, GOAL_HEADINGS, ("id", "department", "name"), 3)
        if found is None:
            return plan
        sheet, heading = found[0], _without_review(found[1])
        goals = tuple(self._goals(sheet, heading, plan))
        if not goals and not self.mistakes:
            self.wrong(sheet.name, "没有一个目标。", "There is not a single goal.")
        unconfirmed = frozenset(_unconfirmed(goals, sheet, found[1]))
        targets = tuple(read_targets(self, book, sheet, heading, goals))
        changes = tuple(read_changes(self, book, goals, heading, both_languages(GOAL_HEADINGS)))
        demand_goals(self, units, goals, changes)
        return replace(
            plan,
            goals=goals,
            extra=tuple(heading.others.values()),
            publishes="publish" in heading.columns,
            changes=changes,
            sheet=_whereabouts(sheet, heading),
            targets=tuple(one for one in targets if id_key(one.goal) not in unconfirmed),
            unconfirmed=unconfirmed,
        )

    def _goals(self, sheet: Sheet, heading: Heading, plan: Plan) -> Iterator[Goal]:
        blank_ids: list[str] = []
        places: dict[str, str] = {}
        for row in self.rows(sheet, heading):
            if not row.text("id") and "id" not in row.faulty:
                blank_ids.append(row.place("id"))
            goal = self._goal(row, plan, places)
            if goal is not None:
                yield goal
        self._blank_ids(blank_ids)

    def _blank_ids(self, cells: list[str]) -> None:
        if cells:
            listed = ", ".join(cells[:12]) + (" …" if len(cells) > 12 else "")
            self.wrong(
                listed,
                "编号是空的。自己填上，或用命令补齐：kpi-xlsx import-plan plan.xlsx -o plan-new.xlsx",
                "The id is blank. Fill it in, or let this do it: kpi-xlsx import-plan plan.xlsx -o plan-new.xlsx",
            )

    def _departments(self, book: Book) -> Iterator[Department]:
        table = self.find(book, DEPARTMENT_SHEET, DEPARTMENT_HEADINGS, ("code", "name"), 2)
        if table is None:
            return
        taken: dict[str, tuple[str, str]] = {}
        count = 0
        for row in self.rows(*table):
            count += 1
            code, name = row.text("code"), row.text("name")
            aliases = tuple(split_names(row.text("alias")))
            if not _CODE.fullmatch(code) and "code" not in row.faulty:
                self.wrong(
                    row.place("code"),
                    f"代码“{code}”不对：1 到 20 个字，只用文字、数字、_ . -。",
                    f"The code “{code}” is not valid: 1 to 20 letters, digits, _ . -.",
                )
            if not name and "name" not in row.faulty:
                self.wrong(row.place("name"), "名称是空的。", "The name is blank.")
            for key, text in (("code", code), ("name", name), *(("alias", alias) for alias in aliases)):
                self._take(taken, key, text, code, row.place(key))
            rest = {key: row.text(key) for key in ("group", "contact", "phone", "email", "reviewer", "leader")}
            yield Department(code, name, aliases, **rest)
        if not count:
            self.wrong(table[0].name, "没有一个部门。", "There is not a single department.")

    def _take(self, taken: dict[str, tuple[str, str]], key: str, text: str, code: str, place: str) -> None:
        mark = match_key(text)
        if not mark:
            return
        owner, where = taken.setdefault(mark, (code, place))
        if where != place and (owner != code or key == "code"):
            self.wrong(place, f"“{text}”与 {where} 重复。", f"“{text}” already stands at {where}.")

    def _goal(self, row: PlanRow, plan: Plan, places: dict[str, str]) -> Goal | None:
        goal_id, name = row.text("id"), row.text("name")
        if goal_id:
            key = id_key(goal_id)
            if len(goal_id) > 40:
                self.wrong(row.place("id"), "编号超过 40 个字。", "The id is longer than 40 characters.")
            if key in places:
                self.wrong(
                    row.place("id"),
                    f"编号“{goal_id}”与 {places[key]} 重复，每个目标要有自己的编号。",
                    f"The id “{goal_id}” already stands at {places[key]}; every goal needs its own.",
                )
            places.setdefault(key, row.place("id"))
        if not bare_name(name) and "name" not in row.faulty:
            self.wrong(row.place("name"), "目标名称是空的。", "The goal's name is blank.")
        codes = tuple(self._codes(row, plan))
        due = parse_due(row.value("due_month"), self.period)
        if due is None:
            self.wrong(
                row.place("due_month"),
                f"看不懂完成时限“{row.text('due_month')}”。可写 1 到 12、12月、二季度、全年、2019-03 或日期。",
                f"The due month “{row.text('due_month')}” is not understood. Write 1 to 12, Q2, 2019-03 or a date.",
            )
        frequency = parse_frequency(row.text("frequency"))
        if frequency is None:
            self.wrong(
                row.place("frequency"),
                f"看不懂报送频率“{row.text('frequency')}”。可写 月、季、半年、年、例外。",
                f"“{row.text('frequency')}” is no frequency. Write month, quarter, half-year, year or exception.",
            )
        if not goal_id or due is None or frequency is None:
            return None
        cells = dict(self._cells(row))
        starred = name.startswith("★")
        return Goal(goal_id, bare_name(name), codes, cells, due, frequency, starred, row.number)

    def _cells(self, row: PlanRow) -> Iterator[tuple[str, Scalar]]:
        for key in row.heading.columns:
            value = row.value(key)
            if value is not None:
                yield key, value
        for column, heading in row.heading.others.items():
            cell = row.cells.get(column)
            value = None if cell is None else tidy(cell.value)
            if value is not None:
                yield match_key(heading), value

    def _codes(self, row: PlanRow, plan: Plan) -> Iterator[str]:
        text = row.text("department")
        if "department" in row.faulty or not self.knows_departments:
            return  # the cell, or the whole sheet of departments, was complained of
        if not split_names(text):
            self.wrong(row.place("department"), "责任单位是空的，没有单位会收到这个目标。", "No department is named.")
            return
        whole = plan.find_department(text)
        names = [text] if whole else split_names(text)
        seen: set[str] = set()
        for name in names:
            department = plan.find_department(name)
            if department is None:
                self.wrong(
                    row.place("department"),
                    f"部门表里没有“{name}”{self._close(name, plan)}",
                    f"“{name}” is not in the departments sheet{self._close(name, plan)}",
                )
            elif department.code not in seen:
                seen.add(department.code)
                yield department.code

    def _close(self, name: str, plan: Plan) -> str:
        known = (text for d in plan.departments for text in (d.name, d.code, *d.aliases))
        return self.close(name, known) or self.say(
            "。请补到部门表里，或改正这里。", ". Add it there, or correct it here."
        )


def _unconfirmed(goals: Iterable[Goal], sheet: Sheet, heading: Heading) -> Iterator[str]:
    """The keys of goals beside which something is still to be confirmed."""
    names = set(map(match_key, REVIEW_HEADINGS["to_confirm"]))
    for column in (column for column, text in heading.others.items() if match_key(text) in names):
        for goal in goals:
            cell = None if goal.row is None else sheet.cell(goal.row, column)
            if cell is not None and plain(cell.value).strip():
                yield goal.key


def _without_review(heading: Heading) -> Heading:
    """The headings without those that only accompany a proposal."""
    review = {match_key(name) for names in REVIEW_HEADINGS.values() for name in names}
    others = {column: text for column, text in heading.others.items() if match_key(text) not in review}
    return replace(heading, others=others)


def _whereabouts(sheet: Sheet, heading: Heading) -> GoalSheet:
    """Where the goals stand, and under which headings."""
    cells = sheet.rows.get(heading.row, {})
    headings = {key: plain(cells[column].value).strip() for key, column in heading.columns.items()}
    further = {match_key(text): column for column, text in heading.others.items()}
    named = {match_key(text): text for text in heading.others.values()}
    return GoalSheet(sheet.name, {**further, **heading.columns}, {**named, **headings})
