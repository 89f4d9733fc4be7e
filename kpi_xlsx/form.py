"""The form: the workbook that one department gets. Blank, prefilled and feedback copy are this one function."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from kpi_xlsx import identity as identities
from kpi_xlsx.context import Context
from kpi_xlsx.excel import (
    FONTS,
    Sheet,
    Workbook,
    fit_width,
    height_of,
    line_count,
    reference,
    write_groups,
)
from kpi_xlsx.files import safe_name
from kpi_xlsx.form_frame import protect_form, set_page, write_counter, write_head, write_notice, write_signature
from kpi_xlsx.form_remarks import LIST_SHEETS, Remarks, find_marks, mark, write_bar, write_comments, write_list
from kpi_xlsx.form_rules import HIDDEN_SHEET, add_conditions, add_validations, list_places, write_lists
from kpi_xlsx.instructions import write_instructions
from kpi_xlsx.layout import SHEETS, Layout, Line
from kpi_xlsx.model import CellType, Department, Frequency, Scalar, plain
from kpi_xlsx.past import NO_PAST, Past
from kpi_xlsx.selfcheck import (
    RowCheck,
    check_row,
    not_asked,
    not_begun,
    was_settled,
)
from kpi_xlsx.settings import Settings
from kpi_xlsx.template import LAST, Column, given

GIVEN, ENTRY, CLOSED = "F2F2F2", "FFFBE6", "EDEDED"
GIVEN_HEAD, ENTRY_HEAD = "E7E6E6", "FFE699"
SETTLED = "E9EFE6"
"""Of a row that an earlier cycle settled: its answers stand there, and nothing is asked."""
LINE, QUIET, BEFORE = "BFBFBF", "7F7F7F", "595959"
LAST_WIDTH, LEAST_LAST_WIDTH = 28, 14
"""Of a column of last answers: where they are texts, and the least where they are figures, dates or choices."""
TOLD_WIDTH = 30
"""Of the column in which a lead reads what its supporters say."""
ENTRY_LINES, FIGURE_LINES = 4, 2
"""How many lines of room a row has in which words are to be typed, or figures only."""

Answers = Mapping[str, Mapping[str, Scalar]]
"""What stands in the entry cells: by goal key (or spare id) and column key."""


def form_name(department: Department, stamp: str, tail: str = "") -> str:
    """CODE-NAME-201806.xlsx, without what file systems forbid; `tail` stands behind the stamp, whatever is cut."""
    stem = f"{department.code}-{department.name}"
    return safe_name(stem, f"-{stamp}{tail}.xlsx") if tail else safe_name(f"{stem}-{stamp}", ".xlsx")


def write_form(
    path: Path,
    context: Context,
    settings: Settings,
    code: str,
    answers: Answers | None = None,
    remarks: Remarks | None = None,
    signed: Mapping[str, str] | None = None,
    *,
    past: Past = NO_PAST,
    only: Collection[str] = (),
    notice: str = "",
    told: Mapping[str, str] | None = None,
) -> None:
    """Write one department's form, with answers already in it if there are any, and what is to be said of them.

    `signed`: what stands behind the labels below the table, by label. `past`: what earlier cycles had. `only`: the keys
    of the goals of a form that holds not all of the department's, of which `notice` tells in its head (it bears no
    remarks). `told`: what the supporters of these goals say, by goal key.
    """
    title = settings.full_title(context.plan.by_code[code].name, context.template.title)
    with Workbook(path, context.period.end, title=title) as book:
        above = remarks.above if remarks else int(bool(notice))
        layout = Layout(context, code, above, past, frozenset(only), answers or {}, told or {})
        for one in filter(None, (layout, layout.second)):
            _FormSheet(book, one, remarks, signed or {}, notice).write(settings)
        write_instructions(book.add_sheet(SHEETS[context.language][1]), layout, title)
        if remarks is not None and remarks.listed:
            write_list(book.add_sheet(LIST_SHEETS[context.language]), layout, remarks)
        _write_hidden(book, layout)
        payload = identities.to_payload(layout.identity, identities.PROPERTY_ROOM)
        book.set_property(identities.PROPERTY, payload)


def _write_hidden(book: Workbook, layout: Layout) -> None:
    """The very hidden sheet: the identity once more, and lists that are too long for a validation."""
    sheet = book.add_sheet(HIDDEN_SHEET)
    sheet.text(0, 0, identities.to_payload(layout.identity), {})
    for one in filter(None, (layout, layout.second)):
        write_lists(sheet, one)
    sheet.raw.very_hidden()


class _FormSheet:
    """Writes a sheet to fill in: head, table, signature; the same declaration gives cells, validations and marks.

    What concerns the whole form (bar of remarks, notice) stands on the first sheet only.
    """

    def __init__(
        self,
        book: Workbook,
        layout: Layout,
        remarks: Remarks | None,
        signed: Mapping[str, str],
        notice: str = "",
    ) -> None:
        self.notice = notice
        self.context = context = layout.context
        self.signed = signed
        self.table = context.template.main
        self.lists = list_places(layout)
        self.language = context.language
        self.say = context.language.say
        self.font = FONTS[context.language]
        self.remarks = remarks
        self.layout = layout
        self.marks = find_marks(self.layout, remarks) if remarks else {}
        self.at, self.lines = self.layout.at, self.layout.lines
        self.first, self.last, self.right = self.layout.first, self.layout.last, self.layout.right
        self.sheet: Sheet = book.add_sheet(self.layout.sheet, growing_from=self.first)

    @cached_property
    def widths(self) -> Mapping[str, tuple[float, float]]:
        """Width and font size by column, so that the longest given text fits into the tallest row."""
        found = {}
        for column in self.table.form_columns:
            texts = [self._text(column, line) for line in self.lines]
            found[column.key] = fit_width(texts, column.width)
        for key, texts_of in self.layout.lasts.items():
            column = self.table.by_key[key.removeprefix(LAST)]
            least = LAST_WIDTH if column.type is CellType.TEXT else max(column.width, LEAST_LAST_WIDTH)
            found[key] = fit_width(list(texts_of.values()), least)
        return found

    def _cells(self, row: int, columns: Iterable[Column]) -> str:
        """A row's cells of these columns, as a function takes them; other columns may stand between."""
        return ",".join(self.cell(row, column.key) for column in columns)

    def cell(self, row: int, key: str) -> str:
        return reference(row, self.at[key], fixed_column=True)

    # What stands in them.

    def _shown(self, column: Column, line: Line) -> Scalar | None:
        if column in self.table.entry or line.goal is None:
            if column.key == self.table.row_key:
                return line.id
            return self.layout.values(line).get(column.key) if column in self.layout.open_columns(line) else None
        return given(column, line.goal)

    def _text(self, column: Column, line: Line) -> str:
        return plain(self._shown(column, line))

    def write(self, settings: Settings) -> None:
        sheet = self.sheet
        sheet.raw.hide_gridlines(2)
        self._columns()
        widths = self._printed_widths()
        write_head(sheet, self.layout, settings, widths, self.remarks.version if self.remarks else 0)
        if self.remarks is not None:
            write_comments(sheet, self.layout, self.remarks)
        if self.layout.within is None:
            self._say_above(widths)
        self._key_row()
        self._headings()
        checks = [self._row(self.first + index, line) for index, line in enumerate(self.lines)]
        write_counter(sheet, self.layout, checks, unsettled=self.remarks is not None and self.remarks.unsettled)
        write_signature(sheet, self.layout, widths, self.signed)
        add_validations(sheet, self.layout)
        unclosed = any(not line.locked for line in self.lines)
        add_conditions(sheet, self.context, self.at, self.first, self.last, (GIVEN, LINE), open_=unclosed)
        protect_form(sheet, self.layout)
        frozen = self.remarks is None or self.remarks.freezes or self.layout.within is not None
        set_page(sheet, self.layout, settings, frozen=frozen)

    def _say_above(self, widths: Mapping[int, float]) -> None:
        """What is to be said of the whole form, above the table of the first sheet."""
        if self.remarks is not None:
            write_bar(self.sheet, self.layout, widths, self.remarks)
        elif self.notice:
            write_notice(self.sheet, self.layout, widths, self.notice)

    def _columns(self) -> None:
        sheet = self.sheet
        sheet.call("set_column", 0, 0, 3, None, {"hidden": True})
        for column in self.table.form_columns:
            place = self.at[column.key]
            sheet.call("set_column", place, place, self.widths[column.key][0])
        for key in self.layout.lasts:
            sheet.call("set_column", self.at[key], self.at[key], self.widths[key][0])
        if self.layout.shows_role:
            sheet.call("set_column", self.at["role"], self.at["role"], 7)
        if self.layout.shows_supporters:
            sheet.call("set_column", self.at["supporters"], self.at["supporters"], TOLD_WIDTH)
        sheet.call("set_column", self.at["check"], self.at["check"], 20)

    def _printed_widths(self) -> Mapping[int, float]:
        """The printed columns' widths, by number."""
        keys = sorted((place, key) for key, place in self.at.items() if place <= self.right)
        own = {"role": 7.0, "supporters": float(TOLD_WIDTH)}
        return {place: self.widths[key][0] if key in self.widths else own[key] for place, key in keys}

    def _key_row(self) -> None:
        hidden = {"num_format": ";;;", "locked": True}
        for key, place in self.at.items():
            self.sheet.text(self.layout.key_row, place, identities.MARK + key, hidden)
        self.sheet.call("set_row", self.layout.key_row, 3, None, {"hidden": True})

    def _headings(self) -> None:
        sheet = self.sheet
        for key, place in self.at.items():
            look = self._heading_look(key)
            below = {"top": 0} if self.table.grouped and not self._group(key) else {}
            sheet.text(self.layout.head_row, place, self._heading(key), {**look, **below})
        if self.table.grouped:
            keys = {place: key for key, place in self.at.items()}
            groups = {place: self._group(key) for place, key in keys.items()}
            write_groups(sheet, self.layout.head_row - 1, groups, lambda place: self._heading_look(keys[place]))
        lines = max(line_count(self._heading(key), self.widths[key][0]) for key in self.at if key in self.widths)
        sheet.call("set_row", self.layout.head_row, max(30, height_of(lines)))

    def _heading(self, key: str) -> str:
        if key in self.table.automatic:
            return self.say(*self.table.automatic[key])
        return self.table.by_key[key].heading_for(self.layout.parts)

    def _heading_look(self, key: str) -> dict[str, Any]:
        entry = key in self.table.by_key and self.table.by_key[key] in self.table.entry
        return {
            "font_name": self.font,
            "font_size": 10.5,
            "bold": True,
            "text_wrap": True,
            "align": "center",
            "valign": "vcenter",
            "border": 1,
            "border_color": LINE,
            "bg_color": ENTRY_HEAD if entry else GIVEN_HEAD,
            "locked": True,
        }

    def _group(self, key: str) -> str:
        key = key.removeprefix(LAST)  # last answers stand under the heading of those that they are beside
        return self.table.by_key[key].group if key in self.table.by_key else ""

    # One row.

    def _row(self, row: int, line: Line) -> str:
        sheet = self.sheet
        sheet.text(row, 0, identities.MARK + line.id, {"num_format": ";;;", "locked": True})
        sheet.call("set_row", row, self._height(line))
        for column in self.table.form_columns:
            entry = column in self.layout.open_columns(line)
            closed = not entry and column in self.table.entry
            look = self._entry_look(column, line) if entry or closed else self._given_look(column, line)
            if closed:
                look |= {"bg_color": CLOSED, "locked": True}
            severity = self.marks.get((row, self.at[column.key]))
            if severity is not None:
                look = {**mark(look, severity), "locked": not entry}  # open even in a row that asks nothing
            sheet.value(row, self.at[column.key], self._shown(column, line), look)
        if self.layout.shows_role:
            sheet.text(row, self.at["role"], line.role, self._given_look(None, line))
        for key, texts in self.layout.lasts.items():
            sheet.text(row, self.at[key], texts.get(line.key, ""), self._last_look(key, line))
        if self.layout.shows_supporters:
            look = {**self._given_look(None, line), "align": "left", "indent": 1, "quote_prefix": True}
            sheet.text(row, self.at["supporters"], self.layout.told.get(line.key, ""), look)
        return self._check(row, line)

    def _height(self, line: Line) -> float:
        words = any(column.type is CellType.TEXT for column in self.table.entry)
        needed = [(ENTRY_LINES if words else FIGURE_LINES) if not line.locked else 1]
        for key, texts in self.layout.lasts.items():
            needed.append(line_count(texts.get(line.key, ""), self.widths[key][0] * 10.5 / self.widths[key][1]))
        for column in self.table.form_columns:
            width, size = self.widths[column.key]
            needed.append(line_count(self._text(column, line), width * 10.5 / size))
        needed.append(line_count(self.layout.told.get(line.key, ""), TOLD_WIDTH))
        return height_of(max(needed))

    def _given_look(self, column: Column | None, line: Line) -> dict[str, Any]:
        wide = column is not None and column.width > 12
        look: dict[str, Any] = {
            "font_name": self.font,
            "font_size": self.widths[column.key][1] if column else 10.5,
            "text_wrap": True,
            "align": "left" if wide else "center",
            "valign": "vcenter",
            "border": 1,
            "border_color": LINE,
            "bg_color": self._fill(line, GIVEN),
            "locked": True,
        }
        value = None if column is None or line.goal is None else given(column, line.goal)
        if isinstance(value, str) or value is None:
            look["num_format"] = "@"
        elif not isinstance(value, int | float):
            look["num_format"] = "yyyy-mm-dd"
        if line.closed:
            look["font_color"] = QUIET
        if wide:
            look["indent"] = 1
        if column is not None and column.merge:
            look.update(top=0, bottom=int(line is self.lines[-1]))
        return look

    def _last_look(self, key: str, line: Line) -> dict[str, Any]:
        """Of a last answer: what was said before stands back behind what is to be said now."""
        text = self.table.by_key[key.removeprefix(LAST)].type is CellType.TEXT
        look = self._given_look(None, line)
        return look | {
            "font_size": self.widths[key][1],
            "font_color": QUIET if line.closed else BEFORE,
            "italic": True,
            "num_format": "@",
            "quote_prefix": True,
            **({"align": "left", "indent": 1} if text else {}),
        }

    def _fill(self, line: Line, fill: str) -> str:
        """The colour of a cell: rows that ask nothing are quiet."""
        return CLOSED if line.closed else SETTLED if line.settled is not None else fill

    def _entry_look(self, column: Column, line: Line) -> dict[str, Any]:
        number_formats = {CellType.DATE: "yyyy-mm-dd", CellType.MONTH: "yyyy-mm", CellType.NUMBER: "General"}
        wide = column.type is CellType.TEXT
        look: dict[str, Any] = {
            "font_name": self.font,
            "font_size": 10.5,
            "text_wrap": True,
            "align": "left" if wide else "center",
            "valign": "vcenter",
            "border": 1,
            "border_color": LINE,
            "bg_color": self._fill(line, ENTRY),
            "locked": line.locked,
            "num_format": number_formats.get(column.type, "@"),
        }
        shown = self._shown(column, line)
        if line.settled is not None:
            look["font_color"] = BEFORE
        if wide:
            look["indent"] = 1
            look["quote_prefix"] = isinstance(shown, str)
        elif isinstance(shown, str) and shown[:1] in "=+-@":
            look["quote_prefix"] = True
        return look

    def _check(self, row: int, line: Line) -> str:
        """Write the Check cell; returns what it shows."""
        look = {
            "font_name": self.font,
            "font_size": 9.5,
            "text_wrap": True,
            "valign": "vcenter",
            "font_color": QUIET,
            "locked": True,
            "indent": 1,
        }
        if line.locked:
            text = not_asked(self.language) if line.closed else was_settled(self.language)
            self.sheet.text(row, self.at["check"], text, look)
            return text
        check = self.check_of(row, line)
        self.sheet.formula(row, self.at["check"], check.formula, look, check.value)
        return check.value

    def check_of(self, row: int, line: Line) -> RowCheck:
        """What the Check column says of a row."""
        columns = self.layout.open_columns(line)
        any_answer = line.asked and self.table.any_answer
        begun = None if line.asked and not any_answer else self._cells(row, columns)
        blank = not_begun(self.language) if any_answer else ""
        asked = {one.required_when.column for one in columns if one.required_when is not None}
        givens = [column for column in self.table.given if column.key in asked]
        values = {column.key: self._shown(column, line) for column in (*columns, *givens)}
        nil = line.goal is not None and line.goal.frequency is Frequency.EXCEPTION
        place = partial(self.cell, row)
        return check_row(columns, values, place, self.lists, self.language, begun, line.part, nil=nil, blank=blank)
