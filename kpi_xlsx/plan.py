"""plan.xlsx to Plan: what the office wrote, read strictly, with every mistake named by its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kpi_xlsx.book import Book, Sheet, Unreadable
from kpi_xlsx.headings import Heading, both_languages, find_heading, find_sheet
from kpi_xlsx.model import (
    Cell,
    CellKind,
    Department,
    Frequency,
    Goal,
    Language,
    Mistake,
    Plan,
    PlanError,
    Scalar,
    cell_ref,
    id_key,
    match_key,
    plain,
)
from kpi_xlsx.periods import Period, parse_due, parse_frequency
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
    "target": ("目标值",),
    "unit": ("单位",),
    "basis": ("口径",),
    "baseline": ("基数",),
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
GOAL_SHEET = ("goals", "考核目标")
DEPARTMENT_SHEET = ("departments", "部门")

_SEPARATORS = re.compile(r"[、；;,，\n\r]+")
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


def split_names(text: str) -> list[str]:
    """Several departments in one cell: separated by 、；;,， or line breaks."""
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def bare_name(text: str) -> str:
    """A goal's name without the star that marks a key goal."""
    return text.lstrip("★ \u3000")


def _doubled(headings: Mapping[int, str]) -> Iterator[tuple[str, int]]:
    """The plan's own columns whose heading stands further left already: one would take the other's place."""
    seen: set[str] = set()
    for column, text in headings.items():
        if match_key(text) in seen:
            yield text, column
        seen.add(match_key(text))


class _Row:
    """One row of a plan sheet, by key."""

    def __init__(self, sheet: Sheet, heading: Heading, row: int) -> None:
        self.sheet = sheet.name
        self.number = row
        self.heading = heading
        self.cells = sheet.rows.get(row, {})
        self.faulty = frozenset(key for key in heading.columns if _is_faulty(self.cell(key)))
        """Columns whose cell holds no value; the cell itself is complained of, nothing that follows from it."""

    def cell(self, key: str) -> Cell | None:
        column = self.heading.columns.get(key)
        return None if column is None else self.cells.get(column)

    def value(self, key: str) -> Scalar | None:
        cell = self.cell(key)
        return None if cell is None or key in self.faulty else tidy(cell.value)

    def text(self, key: str) -> str:
        return plain(self.value(key)).strip()

    def place(self, key: str) -> str:
        column = self.heading.columns.get(key, 0)
        return f"{self.sheet}!{cell_ref(self.number, column)}"


def tidy(value: Scalar | None) -> Scalar | None:
    """White space alone is a blank; 12.0 is 12; other text keeps its inner form."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip() or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _is_faulty(cell: Cell | None) -> bool:
    """Whether a cell shows an error, or a formula that was never calculated."""
    return cell is not None and (cell.kind is CellKind.ERROR or (cell.formula is not None and cell.value is None))


class _Reader:
    """Reads both sheets and keeps every mistake it meets."""

    def __init__(self, file: str, period: Period, language: Language) -> None:
        self.file = file
        self.period = period
        self.say = language.say
        self.knows_departments = False
        self.mistakes: list[Mistake] = []

    def wrong(self, place: str, zh: str, en: str) -> None:
        self.mistakes.append(Mistake(self.file, place, self.say(zh, en)))

    def plan(self, book: Book | None) -> Plan:
        if book is None:
            self.wrong("", "没有这个文件。", "There is no such file.")
            return Plan((), ())
        departments = tuple(self._departments(book))
        plan = Plan(departments, ())
        self.knows_departments = bool(departments)
        goals: list[Goal] = []
        heading = self._table(book, GOAL_SHEET, GOAL_HEADINGS, ("id", "department", "name"), 3)
        if heading is None:
            return plan
        sheet, found = heading
        blank_ids: list[str] = []
        places: dict[str, str] = {}
        for row in self._rows(sheet, found):
            if not row.text("id") and "id" not in row.faulty:
                blank_ids.append(row.place("id"))
            goal = self._goal(row, plan, places)
            if goal is not None:
                goals.append(goal)
        self._blank_ids(blank_ids)
        if not goals and not self.mistakes:
            self.wrong(sheet.name, "没有一个目标。", "There is not a single goal.")
        return Plan(departments, tuple(goals), tuple(found.others.values()), "publish" in found.columns)

    def _blank_ids(self, cells: list[str]) -> None:
        if cells:
            listed = ", ".join(cells[:12]) + (" …" if len(cells) > 12 else "")
            self.wrong(
                listed,
                "编号是空的。自己填上，或用命令补齐：kpi-xlsx import-plan plan.xlsx -o plan-new.xlsx",
                "The id is blank. Fill it in, or let this do it: kpi-xlsx import-plan plan.xlsx -o plan-new.xlsx",
            )

    def _table(
        self,
        book: Book,
        names: tuple[str, str],
        words: Mapping[str, tuple[str, ...]],
        required: tuple[str, ...],
        enough: int,
    ) -> tuple[Sheet, Heading] | None:
        label = self.say(names[1], names[0])
        sheet = find_sheet(book, *names)
        if sheet is None:
            self.wrong("", f"缺少工作表“{label}”。", f"The sheet “{label}” is missing.")
            return None
        heading = find_heading(sheet, both_languages(words), enough)
        shown = {key: self.say(words[key][0], key) for key in required}
        if heading is None:
            listed = self.say("、", ", ").join(shown.values())
            self.wrong(
                sheet.name,
                f"前十行里找不到表头。至少要有这几列：{listed}。",
                f"No heading row in the first ten rows. These columns are needed: {listed}.",
            )
            return None
        for key in required:
            if key not in heading.columns:
                self.wrong(sheet.name, f"缺少“{shown[key]}”这一列。", f"The column “{shown[key]}” is missing.")
        for text, column in (*heading.doubled, *_doubled(heading.others)):
            place = f"{sheet.name}!{cell_ref(heading.row, column)}"
            self.wrong(place, f"“{text}”这一列出现了两次。", f"The column “{text}” stands there twice.")
        return (sheet, heading) if all(key in heading.columns for key in required) else None

    def _rows(self, sheet: Sheet, heading: Heading) -> Iterator[_Row]:
        """The rows below the heading that hold anything; vertical merges count for each row they cover."""
        for top, left, bottom, _ in sheet.merges:
            anchor = sheet.cell(top, left)
            if top > heading.row and anchor is not None:
                for covered in range(top + 1, bottom + 1):
                    sheet.rows.setdefault(covered, {}).setdefault(left, anchor)
        known = sorted(heading.columns.values())
        for number, cells in sheet.in_order():
            if number <= heading.row:
                continue
            row = _Row(sheet, heading, number)
            if any(
                tidy(cells[column].value) is not None or cells[column].formula for column in known if column in cells
            ):
                self._faulty_cells(row)
                yield row

    def _faulty_cells(self, row: _Row) -> None:
        for column in (*row.heading.columns.values(), *row.heading.others):
            cell = row.cells.get(column)
            if cell is None or not _is_faulty(cell):
                continue
            place = f"{row.sheet}!{cell.ref}"
            if cell.kind is CellKind.ERROR:
                self.wrong(place, f"公式出错：{cell.value}。", f"The formula gives an error: {cell.value}.")
            else:
                self.wrong(
                    place,
                    "公式没有算出结果，请打开文件保存一次，或改成数值。",
                    "The formula has no result; open and save the file once, or type the value.",
                )

    def _departments(self, book: Book) -> Iterator[Department]:
        table = self._table(book, DEPARTMENT_SHEET, DEPARTMENT_HEADINGS, ("code", "name"), 2)
        if table is None:
            return
        taken: dict[str, tuple[str, str]] = {}
        count = 0
        for row in self._rows(*table):
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

    def _goal(self, row: _Row, plan: Plan, places: dict[str, str]) -> Goal | None:
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
        return Goal(goal_id, bare_name(name), codes, cells, due, frequency or Frequency.MONTH, name.startswith("★"))

    def _cells(self, row: _Row) -> Iterator[tuple[str, Scalar]]:
        for key in row.heading.columns:
            value = row.value(key)
            if value is not None:
                yield key, value
        for column, heading in row.heading.others.items():
            cell = row.cells.get(column)
            value = None if cell is None else tidy(cell.value)
            if value is not None:
                yield match_key(heading), value

    def _codes(self, row: _Row, plan: Plan) -> Iterator[str]:
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
        from difflib import get_close_matches

        known = [text for d in plan.departments for text in (d.name, d.code, *d.aliases)]
        close = get_close_matches(name, known, n=1, cutoff=0.5)
        if close:
            return self.say(f"，是不是“{close[0]}”？", f"; did you mean “{close[0]}”?")
        return self.say("。请补到部门表里，或改正这里。", ". Add it there, or correct it here.")
