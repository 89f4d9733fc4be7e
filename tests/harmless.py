"""What departments do to a form without touching one answer, as changes that chain."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidationList
from pages import Page

from kpi_xlsx.form_rules import HIDDEN_SHEET
from kpi_xlsx.model import Scalar

Change = Callable[[Page], None]


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
    page.relocate(lambda row, column: (row_of[row] if row in row_of and column >= left else row, column))
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
    words: list[Scalar] = [say("张三经办", "Ann does this"), 12, dt.date(2018, 6, 3), "√"]
    for row in sorted(layout.rows.values()):
        if page.random.random() < 0.6:
            page.put(row, place, page.random.choice(words))


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
        say(
            "现将 1—6 月目标完成情况、数据截至时间及说明报上，请审阅。", "Please find below goal, progress and status."
        ),
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
    ways: tuple[Callable[[str], str], ...] = (_wrap, _space, _widen, _star, str)
    for column in page.layout.columns.values():
        cell = page.sheet.cell(page.layout.head, column)
        cell.value = page.random.choice(ways)(str(cell.value))


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
                cell.number_format = page.random.choice(
                    ["m/d/yyyy", 'yyyy"年"m"月"d"日"', "[$-804]d/mmm/yy", "yyyy.m.d"]
                )
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
    for label in (page.language.say("填报人：", "Completed by:"), page.language.say("联系电话：", "Telephone:")):
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


def name_of(chain: Sequence[Callable[..., object]], *more: object) -> str:
    return " → ".join([change.__name__ for change in chain] + [str(one) for one in more])
