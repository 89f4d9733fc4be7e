"""What departments and programs do to a form without touching one answer, as changes that chain; and what is read after.

Every change keeps the layout up to date, so that a test knows where each cell went without asking what it tests.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import returns_kit as kit
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.datavalidation import DataValidationList
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xlsx.cycle import Cycle
from kpi_xlsx.form import HIDDEN_SHEET, write_form
from kpi_xlsx.model import Finding, Language, Scalar, Severity, cell_ref

Answers = dict[str, dict[str, Scalar | None]]
"""What was answered, by goal id and column key."""

DEPARTMENT = "A"
SPARE = ("新增1", "New 1")


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
    """Write department A's form filled as a careful person does it; returns what it says, of which no rule complains."""
    answers = _answers(cycle)
    filled = {goal: {key: value for key, value in row.items() if value is not None} for goal, row in answers.items()}
    write_form(path, cycle.context, cycle.settings, DEPARTMENT, filled)
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


def entries_of(path: Path, cycle: Cycle) -> Answers:
    """The answers of one file, by goal id and column key."""
    return read_outcome(path, cycle).answers


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
        self._move(lambda row, column: (row_of.get(row), column))
        sizes = {row_of[row]: (one.height, one.hidden) for row, one in self.sheet.row_dimensions.items() if row in row_of}
        self.sheet.row_dimensions.clear()
        for row, (height, hidden) in sizes.items():
            self.sheet.row_dimensions[row].height, self.sheet.row_dimensions[row].hidden = height, hidden
        self.layout.move(row_of=row_of)

    def move_columns(self, column_of: Mapping[int, int]) -> None:
        """Merged cells are taken apart, as office programs demand it."""
        self._take_apart()
        self._move(lambda row, column: (row, column_of.get(column)))
        self.layout.move(column_of=column_of)

    def _move(self, place: Callable[[int, int], tuple[int | None, int | None]]) -> None:
        merged = self._take_apart()
        cells = self.sheet._cells  # type: ignore[attr-defined]  # openpyxl moves cells so itself
        taken = list(cells.values())
        cells.clear()
        for cell in taken:
            row, column = place(cell.row, cell.column)
            if row is not None and column is not None:
                cell.row, cell.column = row, column
                cells[row, column] = cell
        for area in merged:
            ends = [place(area.min_row, area.min_col), place(area.max_row, area.max_col)]
            if all(end[0] is not None for end in ends):
                (top, left), (bottom, right) = ends
                self.sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)

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


Change = Callable[[Page], None]


@contextmanager
def opened(path: Path, layout: Layout, language: Language, dice: random.Random) -> Iterator[Page]:
    """A form open in openpyxl, saved at the end."""
    book = load_workbook(path)
    page = Page(book[layout.sheet], layout, language, dice)
    yield page
    layout.sheet = page.sheet.title
    page.book.save(path)
    page.book.close()


# --- changes by hand --------------------------------------------------------------------------------------------------


def unprotect(page: Page) -> None:
    page.sheet.protection.sheet = False


def sort_rows(page: Page) -> None:
    """What stands in the visible columns is sorted; the hidden marks of column A stay where they were."""
    _sort(page, 2)
    page.layout.marked = False


def sort_rows_and_marks(page: Page) -> None:
    _sort(page, 1)


def _sort(page: Page, left: int) -> None:
    """Sort by any column, up or down, as office programs do it: blank cells last either way."""
    sheet, body = page.sheet, page.layout.body
    by = page.random.choice(sorted(page.layout.columns.values()))
    falling = page.random.random() < 0.5

    def rank(row: int) -> tuple[bool, str]:
        return any(sheet.cell(row, column).value is not None for column in range(2, sheet.max_column + 1)), str(
            sheet.cell(row, by).value or ""
        )

    order = sorted(body, key=rank, reverse=falling)
    order.sort(key=lambda row: not rank(row)[0])
    row_of = dict(zip(order, body, strict=True))
    cells = sheet._cells  # type: ignore[attr-defined]
    taken = {place: cell for place, cell in cells.items() if place[0] in row_of and place[1] >= left}
    for place in taken:
        del cells[place]
    for (row, column), cell in taken.items():
        cell.row = row_of[row]
        cells[row_of[row], column] = cell
    page.layout.rows = {name: row_of[row] for name, row in page.layout.rows.items()}


def move_column(page: Page) -> None:
    """Cut a column with its key and insert it elsewhere."""
    last = page.sheet.max_column
    order = list(range(2, last + 1))
    moved = page.random.choice(sorted(page.layout.columns.values()))
    order.remove(moved)
    order.insert(page.random.randrange(len(order) + 1), moved)
    page.move_columns({1: 1, **{column: place for place, column in enumerate(order, 2)}})


def insert_blank_row(page: Page) -> None:
    """Anywhere: in the head, between heading and goals, among them, before the signatures."""
    page.insert_rows(page.random.randint(2, page.layout.body.stop + 1), page.random.randint(1, 3))


def insert_blank_column(page: Page) -> None:
    page.insert_column(page.random.randint(2, page.layout.right + 1))


def insert_own_column(page: Page) -> None:
    """A column of the department's own, with a heading that is none of ours, and words beside some goals."""
    layout, say = page.layout, page.language.say
    place = page.random.randint(2, layout.right + 1)
    page.insert_column(place)
    number = sum("own column" in note for note in page.notes) + 1
    page.notes.append("own column")
    page.put(layout.head, place, say(f"内部备注{number}", f"Our own note {number}"))
    for row in sorted(layout.rows.values()):
        if page.random.random() < 0.6:
            page.put(row, place, page.random.choice([say("张三经办", "Ann does this"), 12, dt.date(2018, 6, 3), "√"]))


def rename_sheet(page: Page) -> None:
    names = ("Sheet1", "附件1：填报表", "A & B's 'final' (2)", "１月－６月")
    page.sheet.title = page.random.choice([name for name in names if name not in page.book.sheetnames])


def move_sheet(page: Page) -> None:
    page.book.move_sheet(page.sheet, page.random.choice([1, 2]))


def add_sheets(page: Page) -> None:
    """Further sheets with other things in them, before and behind."""
    say = page.language.say
    before = page.book.create_sheet(say("封面", "Cover"), 0)
    before["B2"] = say("样例甲局 2018 年上半年进展情况", "Sample Bureau, first half of 2018")
    behind = page.book.create_sheet()
    for row in ((say("股室", "Section"), say("经办人", "Person"), say("电话", "Telephone")), ("1", "Ann", "555-0101")):
        behind.append(row)


def copy_alone(page: Page) -> None:
    """The sheet alone in a new workbook: hidden sheet and document properties are gone."""
    old, book = page.sheet, Workbook()
    new = book.worksheets[0]
    new.title = old.title
    for row in old.iter_rows():
        for cell in row:
            if isinstance(cell, Cell) and cell.value is not None:
                made = new.cell(cell.row, cell.column)
                made.value, made.number_format = cell.value, cell.number_format
                made.data_type = cell.data_type
    for area in old.merged_cells.ranges:
        new.merge_cells(area.coord)
    for number, line in old.row_dimensions.items():
        new.row_dimensions[number].hidden = line.hidden
    new.column_dimensions["A"].hidden = True
    page.book.close()
    page.sheet = new


def push_down(page: Page) -> None:
    """The text of a letter above everything."""
    say = page.language.say
    lines = (
        say("样例甲局关于报送 2018 年上半年进展情况的函", "Sample Bureau: our report on the first half of 2018"),
        say("政府办公室：", "To the office:"),
        say("现将 1—6 月目标完成情况、数据截至时间及说明报上，请审阅。", "Please find below goal, progress and status."),
        "",
        say("联系人：张三，电话 555-0101", "Contact: Ann, telephone 555-0101"),
    )
    count = page.random.randint(1, 12)
    page.insert_rows(1, count)
    for row in range(1, count + 1):
        if text := lines[(row - 1) % len(lines)]:
            page.put(row, page.random.choice([2, 2, 2, 5]), text)


def hide_rows(page: Page) -> None:
    for row in page.random.sample(sorted(page.layout.rows.values()), 2):
        page.sheet.row_dimensions[row].hidden = True


def hide_columns(page: Page) -> None:
    for column in page.random.sample(sorted(page.layout.columns.values()), 2):
        page.sheet.column_dimensions[get_column_letter(column)].hidden = True


def show_hidden(page: Page) -> None:
    for line in page.sheet.row_dimensions.values():
        line.hidden = False
    for column in page.sheet.column_dimensions.values():
        column.hidden = False
    for sheet in page.book.worksheets:
        sheet.sheet_state = "visible"


def filter_rows(page: Page) -> None:
    body, right = page.layout.body, get_column_letter(page.layout.right)
    page.sheet.auto_filter.ref = f"B{page.layout.head}:{right}{body.stop - 1}"
    page.sheet.row_dimensions[page.random.choice(body)].hidden = True


def dress_headings(page: Page) -> None:
    """Headings wrapped, spaced out, in full-width signs, with a star."""
    for column in page.layout.columns.values():
        cell = page.sheet.cell(page.layout.head, column)
        cell.value = page.random.choice([_wrap, _space, _widen, _star, str])(str(cell.value))


def _wrap(text: str) -> str:
    middle = len(text) // 2
    return f"{text[:middle]}\n{text[middle:]}"


def _space(text: str) -> str:
    return " " + "\u3000".join(text) + "  "


def _widen(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def _star(text: str) -> str:
    return f"*{text}"


def change_looks(page: Page) -> None:
    """Fonts, widths and how dates are shown."""
    for row in page.layout.rows.values():
        for column in page.layout.columns.values():
            cell = page.sheet.cell(row, column)
            cell.font = Font(name="KaiTi", size=page.random.choice([8, 16]), bold=True)
            if isinstance(cell.value, dt.date):
                cell.number_format = page.random.choice(["m/d/yyyy", 'yyyy"年"m"月"d"日"', "[$-804]d/mmm/yy", "yyyy.m.d"])
    for column in page.layout.columns.values():
        page.sheet.column_dimensions[get_column_letter(column)].width = page.random.choice([3, 30, 80])


def delete_validations(page: Page) -> None:
    page.sheet.data_validations = DataValidationList()


def delete_conditions(page: Page) -> None:
    page.sheet.conditional_formatting = ConditionalFormattingList()


def delete_hidden_sheet(page: Page) -> None:
    if HIDDEN_SHEET in page.book.sheetnames:
        del page.book[HIDDEN_SHEET]


def clear_marks(page: Page) -> None:
    """The hidden column is emptied: only the printed form id and the numbers of the goals are left."""
    for row in range(1, page.sheet.max_row + 1):
        page.sheet.cell(row, 1).value = None


def clear_keys(page: Page) -> None:
    for column in page.layout.columns.values():
        page.sheet.cell(page.layout.keys, column).value = None


def delete_instructions(page: Page) -> None:
    for sheet in page.book.worksheets:
        if sheet.sheet_state == "visible" and sheet is not page.sheet:
            page.book.remove(sheet)


def unmerge(page: Page) -> None:
    for area in list(page.sheet.merged_cells.ranges):
        page.sheet.unmerge_cells(area.coord)


def sign(page: Page) -> None:
    """Names behind the labels of the signature block."""
    for label in page.language.say(("填报人：", "联系电话："), ("Completed by:", "Telephone:")):
        for row in page.sheet.iter_rows(min_row=page.layout.body.stop):
            for cell in row:
                if cell.value == label:
                    cell.value = f"{label} 12"


HARMLESS: tuple[Change, ...] = (
    unprotect,
    sort_rows,
    sort_rows_and_marks,
    move_column,
    insert_blank_row,
    insert_blank_column,
    insert_own_column,
    rename_sheet,
    move_sheet,
    add_sheets,
    copy_alone,
    push_down,
    hide_rows,
    hide_columns,
    show_hidden,
    filter_rows,
    dress_headings,
    change_looks,
    delete_validations,
    delete_conditions,
    delete_hidden_sheet,
    clear_marks,
    clear_keys,
    delete_instructions,
    unmerge,
    sign,
)


def draw(dice: random.Random, most: int = 8, changes: Sequence[Change] = HARMLESS) -> list[Change]:
    """A chain of changes; any may come more than once."""
    return dice.choices(changes, k=dice.randint(1, most))


def name_of(chain: Sequence[Callable[..., object]]) -> str:
    return " → ".join(getattr(change, "__name__", str(change)) for change in chain)
