"""A form that came back filled: what it says, where its cells stand by now, and what is read from it.

Whoever changes it keeps the layout up to date, so that a test knows where each cell went without asking what it tests.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import returns_kit as kit
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import write_form
from kpi_xlsx.model import Finding, Language, Scalar, Severity, cell_ref

Answers = dict[str, dict[str, Scalar | None]]
"""What was answered, by goal id and column key."""

DEPARTMENT = "A"
SPARE = ("新增1", "New 1")
NAMESAKES = ("4.1", "4.10")
"""Goals of the same name."""


# --- a filled form ----------------------------------------------------------------------------------------------------


def make_round(folder: Path, language: Language) -> Cycle:
    """A cycle whose department A has goals of every kind: completed, behind, pending, not due, with look-alike ids."""
    kit.make_cycle(folder, language, plan=_goals(language))
    design = folder / kit.DESIGN
    design.write_text(design.read_text("utf-8").replace("\n[", "\nspare_rows = 2\n\n[", 1), "utf-8")
    return Cycle.load(folder, language)


def _goals(language: Language) -> list[kit.PlanRow]:
    say = language.say
    rows = (
        ("1", "道路", "Roads", "建成通车 12 公里道路（含桥）", "Open 12 km of road (with bridges)", 6, ""),
        ("2", "学校", "Schools", "改造 15 所学校", "Refurbish 15 schools", 6, "month"),
        ("3", "树木", "Trees", "植树 300 棵", "Plant 300 trees", 12, ""),
        ("4.1", "水质", "Water", "国考断面水质达标", "Rivers up to standard", 12, ""),
        ("4.10", "水质", "Water", "饮用水源水质达标", "Drinking water up to standard", 12, ""),
        ("甲-5", "★投资", "★Investment", "固定资产投资增长 6.8%", "Investment grows by 6.8%", 12, "quarter"),
        ("6", "公园", "Parks", "建成口袋公园 4 个；\n其中城区 2 个", "Open 4 parks;\n2 of them in town", 12, ""),
        ("7", "年报", "Yearbook", "编印年鉴", "Print the yearbook", 12, "year"),
        ("8", "桥梁", "Bridges", "新建桥梁 2 座", "Build 2 bridges", 11, "exception"),
        ("9", "医院", "Hospitals", "新增床位 200 张", "Add 200 beds", 12, ""),
    )
    own: list[kit.PlanRow] = [
        {
            "id": number,
            "department": DEPARTMENT if number != "3" else "A;B",
            "category": say("城市建设", "Town") if due == 6 else say("民生", "People"),
            "name": say(zh_name, en_name),
            "requirement": say(zh_words, en_words),
            "due_month": due,
            "frequency": frequency,
        }
        for number, zh_name, en_name, zh_words, en_words, due, frequency in rows
    ]
    return [*own, {"id": "10", "department": "B", "name": "Light", "requirement": "Light the park", "due_month": 12}]


def fill(cycle: Cycle, path: Path) -> Answers:
    """Write department A's form filled as a careful person does it; returns what it says. No rule complains of it."""
    answers = _answers(cycle)
    filled = {goal: {key: value for key, value in row.items() if value is not None} for goal, row in answers.items()}
    write_form(path, cycle.context, cycle.settings, DEPARTMENT, filled, signed=kit.signed(cycle))
    return answers


def _answers(cycle: Cycle) -> Answers:
    say = cycle.context.language.say
    completed, on_track, behind, _, not_started, pending, change = cycle.context.template.main.by_key["status"].choices
    june, may = dt.date(2018, 6, 1), dt.date(2018, 5, 1)
    words = say("全长 12.3 公里已于 6 月 15 日建成通车。", "All 12.3 km have been open to traffic since 15 June.")
    lines = say("一是栽植 150 棵；\n二是成活率 98%；\n三是资金到位。", "- 150 trees planted;\n- 98% live;\n- paid for.")
    reason = say("征地未完成，预计 9 月底前开工。", "Land is not yet bought; work begins by the end of September.")
    plain = say("各项工作按计划推进，已完成一半。", "Work goes on as planned; half of it is done.")
    return {
        "1": {
            "progress": words,
            "status": completed,
            "actual": 12.3,
            "data_as_of": june,
            "completed_on": dt.date(2018, 6, 15),
            "share": 100.0,
        },
        "2": {
            "progress": plain,
            "status": completed,
            "actual": 15.0,
            "completed_on": dt.date(2018, 5, 4),
            "evidence": say("样府〔2018〕12号", "Doc. 2018/12"),
            "code": "0012",
        },
        "3": {"progress": lines, "status": on_track, "actual": 150.0, "data_as_of": may, "share": 50.0},
        "4.1": {"progress": plain, "status": behind, "actual": -0.25, "explanation": reason, "code": "4.10"},
        "4.10": {"status": pending, "explanation": say("统计部门 7 月 20 日发布。", "Published on 20 July.")},
        "甲-5": {"progress": plain, "status": on_track, "actual": 6.8, "data_as_of": june, "share": 0.068},
        "6": {"progress": plain, "status": not_started, "actual": 0.0, "code": "1-2", "evidence": say("无", "none")},
        "7": {},
        "8": {},
        "9": {"progress": plain, "status": change, "actual": 1234567.89, "explanation": reason, "code": "2018.6"},
        say(*SPARE): {"name": say("夜市", "Market"), "progress": plain, "status": on_track, "actual": 3.0},
    }


@dataclass(frozen=True)
class Filled:
    """A form as it came back from a careful department, and what it says."""

    cycle: Cycle
    body: bytes
    answers: Answers
    layout: Layout

    @property
    def language(self) -> Language:
        return self.cycle.context.language


def lend_filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The body of the session fixture `filled`, one for each language."""
    folder = tmp_path_factory.mktemp(f"filled-{request.param}")
    cycle = make_round(folder / "2018-06", request.param)
    answers = fill(cycle, folder / "form.xlsx")
    return Filled(cycle, (folder / "form.xlsx").read_bytes(), answers, Layout.of(folder / "form.xlsx"))


# --- what is read -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """A return as `validate` sees it: the answers, and what it complains of beyond mere information."""

    answers: Answers
    findings: tuple[Finding, ...]

    @property
    def complaints(self) -> list[Finding]:
        return [one for one in self.findings if one.severity is not Severity.INFO]


def read_outcome(path: Path, cycle: Cycle) -> Outcome:
    """Judge one file; an answer that cannot be read stands there as its fault and its text."""
    report = cycle.validate(path)
    answers: Answers = {row.id: {} for row in report.entries if row.department == DEPARTMENT}
    for row in report.entries:
        if row.department == DEPARTMENT and row.entry is not None:
            for key, answer in row.entry.answers.items():
                answers[row.id][key] = answer.value if answer.fault is None else f"{answer.fault}: {answer.raw}"
    return Outcome(answers, tuple(report.findings))


# --- a form in other hands --------------------------------------------------------------------------------------------


@dataclass
class Layout:
    """Where a form's cells stand by now, counted from 1: rows by goal id (or another name), columns by key."""

    sheet: str
    rows: dict[str, int]
    columns: dict[str, int]
    keys: int
    head: int
    marked: bool = True
    """Whether each row still carries its own hidden mark."""

    @classmethod
    def of(cls, path: Path) -> Layout:
        """The layout of a form that nobody has touched."""
        book = load_workbook(path)
        sheet = book.worksheets[0]
        marks = kit.Marks.of(sheet)
        (keys,) = {row for row in range(1, marks.head) if sheet.cell(row, marks.columns["id"]).value == "#id"}
        rows = {str(sheet.cell(row, marks.columns["id"]).value): row for row in marks.rows.values()}
        book.close()
        return cls(sheet.title, rows, dict(marks.columns), keys, marks.head)

    def address(self, row: str, column: str) -> str:
        return cell_ref(self.rows[row] - 1, self.columns[column] - 1)

    @property
    def body(self) -> range:
        """The rows of the table, blank ones between them included."""
        return range(min(self.rows.values()), max(self.rows.values()) + 1)

    @property
    def right(self) -> int:
        return max(self.columns.values())

    def move(self, row_of: Mapping[int, int] | None = None, column_of: Mapping[int, int] | None = None) -> None:
        """Follow rows and columns to where they went; those that went nowhere are forgotten."""
        if row_of is not None:
            self.rows = {name: row_of[row] for name, row in self.rows.items() if row in row_of}
            self.keys, self.head = row_of[self.keys], row_of[self.head]
        if column_of is not None:
            self.columns = {key: column_of[column] for key, column in self.columns.items() if column in column_of}


def shifted(count: int, start: int, by: int) -> dict[int, int]:
    """Where `count` lines go when some are inserted before `start`, or (by < 0) deleted from there on."""
    gone = range(start, start - by)
    return {line: line + by if line >= start else line for line in range(1, count + 1) if line not in gone}


@dataclass
class Page:
    """The fill sheet of a form, open in openpyxl."""

    sheet: Worksheet
    layout: Layout
    language: Language
    random: random.Random
    notes: list[str] = field(default_factory=list)

    @property
    def book(self) -> Workbook:
        assert self.sheet.parent is not None
        return self.sheet.parent

    def cell(self, row: str, column: str) -> Cell:
        found = self.sheet.cell(self.layout.rows[row], self.layout.columns[column])
        assert isinstance(found, Cell)
        return found

    def put(self, row: int, column: int, value: Scalar) -> None:
        self.sheet.cell(row, column).value = value

    def move_rows(self, row_of: Mapping[int, int]) -> None:
        merged = self._take_apart()
        self.relocate(lambda row, column: (row_of[row], column) if row in row_of else None)
        for area in merged:
            if area.min_row in row_of and area.min_row == area.max_row:
                area.shift(row_shift=row_of[area.min_row] - area.min_row)
                self.sheet.merge_cells(area.coord)
        sizes = {
            row_of[row]: (one.height, one.hidden) for row, one in self.sheet.row_dimensions.items() if row in row_of
        }
        self.sheet.row_dimensions.clear()
        for row, (height, hidden) in sizes.items():
            self.sheet.row_dimensions[row].height, self.sheet.row_dimensions[row].hidden = height, hidden
        self.layout.move(row_of=row_of)

    def move_columns(self, column_of: Mapping[int, int]) -> None:
        """Merged cells are taken apart, as office programs demand it."""
        self._take_apart()
        self.relocate(lambda row, column: (row, column_of[column]) if column in column_of else None)
        self.layout.move(column_of=column_of)

    def relocate(self, place_of: Callable[[int, int], tuple[int, int] | None]) -> None:
        """Put each cell at its new place, as openpyxl itself moves cells; those without one are gone."""
        cells = self.sheet._cells
        taken = list(cells.values())
        cells.clear()
        for cell in taken:
            assert cell.row is not None
            assert cell.column is not None
            if place := place_of(cell.row, cell.column):
                cell.row, cell.column = place
                cells[place] = cell

    def _take_apart(self) -> list[CellRange]:
        areas = [CellRange(one.coord) for one in self.sheet.merged_cells.ranges]
        for area in areas:
            self.sheet.unmerge_cells(area.coord)
        return areas

    def insert_rows(self, start: int, count: int = 1) -> None:
        self.move_rows(shifted(self.sheet.max_row, start, count))

    def delete_row(self, row: int) -> None:
        self.move_rows(shifted(self.sheet.max_row, row, -1))

    def insert_column(self, start: int) -> None:
        self.move_columns(shifted(self.sheet.max_column, start, 1))

    def delete_column(self, column: int) -> None:
        self.move_columns(shifted(self.sheet.max_column, column, -1))


@contextmanager
def opened(path: Path, layout: Layout, language: Language, dice: random.Random) -> Iterator[Page]:
    """A form open in openpyxl, saved at the end."""
    book = load_workbook(path)
    page = Page(book[layout.sheet], layout, language, dice)
    yield page
    layout.sheet = page.sheet.title
    page.book.save(path)
    page.book.close()
