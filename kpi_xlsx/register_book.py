"""register.xlsx, made new: eight sheets with headings, words on what to type, and lists to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kpi_xlsx.checks import CHECKS
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import AMENDMENT_KINDS, AMENDMENT_STATES, Amendment
from kpi_xlsx.excel import FONTS, HEADING_FONTS, Look, Sheet, Workbook, height_of, line_count, reference
from kpi_xlsx.model import Scalar, Severity, plain
from kpi_xlsx.register_fields import Content, Field, Offer, RegisterSheet
from kpi_xlsx.register_sheets import SHEETS, column_labels
from kpi_xlsx.register_words import FOUND_IN_MASTER, LIKELY_ACCIDENT
from kpi_xlsx.settings import Settings
from kpi_xlsx.template import Column
from kpi_xlsx.values import show_value

LISTS = "_lists"
"""The hidden sheet with what is offered to choose from."""
HEAD_ROW = 2
FORMATS = {
    Content.TEXT: "@",
    Content.VALUE: "@",
    Content.DATE: "yyyy-mm-dd",
    Content.TIME: "yyyy-mm-dd hh:mm",
    Content.UNTIL: "@",
}
ROWS_OFFERED = 2000
"""So many rows below the headings have their lists and hints."""
LINE, HEAD, QUIET = "BFBFBF", "D9E1F2", "595959"

RegisterRows = Sequence[Mapping[str, Scalar | None]]
"""Rows of a sheet, by key of its columns."""


def make_register(
    path: Path,
    context: Context,
    settings: Settings,
    rows: Mapping[str, RegisterRows] | None = None,
    *,
    kinds: Iterable[RegisterSheet] = SHEETS,
    before: Callable[[Path], None] | None = None,
    streaming: bool = False,
) -> None:
    """Write a new register, with these rows by sheet key. `before` gets the finished file before it takes its place."""
    title = settings.full_title("", context.template.title)
    with Workbook(path, context.period.end, streaming=streaming, title=title, before=before) as book:
        for kind in kinds:
            sheet = book.add_sheet(kind.name(context.language), growing_from=HEAD_ROW + 1)
            _RegisterPage(sheet, kind, context, title, settings.marking).write((rows or {}).get(kind.key, ()))
        _write_lists(book, context)


def amendment_rows(proposals: Iterable[Amendment], context: Context) -> RegisterRows:
    """Amendments as they are written down, in the words that the reader takes."""
    language, table = context.language, context.template.main
    labels = column_labels(table)
    found = []
    for one in proposals:
        column = table.by_key[one.column]
        found.append(
            {
                "department": context.plan.by_code[one.department].name,
                "goal": context.row_id(one.goal),
                "column": labels[one.column],
                "from": _written(column, one.old),
                "to": _written(column, one.new),
                "kind": language.say(*AMENDMENT_KINDS[one.kind]) if one.kind else None,
                "reason": one.reason,
                "authority": one.authority,
                "approved_by": one.approved_by,
                "consent": one.consent,
                "state": language.say(*AMENDMENT_STATES[one.state]),
                "found": language.say(*(LIKELY_ACCIDENT if one.doubtful else FOUND_IN_MASTER)),
            }
        )
    return found


def _written(column: Column, value: Scalar | None) -> Scalar | None:
    """A value for the columns from and to: a date as text, which is a date whatever the format of its cell."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if value is None or number else show_value(column, value)


class _RegisterPage:
    """One sheet being written."""

    def __init__(self, sheet: Sheet, kind: RegisterSheet, context: Context, title: str, marking: str) -> None:
        self.sheet = sheet
        self.kind = kind
        self.context = context
        self.language = context.language
        self.title = f"{kind.name(context.language)}　{title}"
        self.marking = marking
        self.base = {"font_name": FONTS[context.language], "font_size": 10.5, "valign": "vcenter"}
        self.last = len(kind.fields) - 1

    def write(self, rows: RegisterRows) -> None:
        for place, field in enumerate(self.kind.fields):
            self.sheet.call("set_column", place, place, field.width, self.sheet.owner.look(self._look(field)))
        self._head()
        for number, row in enumerate(rows, HEAD_ROW + 1):
            self._row(number, row)
        for place, field in enumerate(self.kind.fields):
            self._offer(place, field)
        self._finish(len(rows))

    def _look(self, field: Field) -> Look:
        look = {**self.base, "text_wrap": True, "border": 1, "border_color": LINE, "num_format": FORMATS[field.content]}
        narrow = field.width < 20
        return look | ({"align": "center"} if narrow else {"align": "left", "indent": 1})

    def _head(self) -> None:
        sheet, width = self.sheet, sum(field.width for field in self.kind.fields)
        blank = {**self.base, "border": 0}
        big = {**blank, "font_name": HEADING_FONTS[self.language], "font_size": 16, "bold": True}
        sheet.call("set_row", 0, 32)
        sheet.text(0, 0, self.title, big)  # not merged: it may be longer than the table is wide
        sheet.fill(0, 1, self.last, blank)
        note = self.language.say(*self.kind.note)
        sheet.call("set_row", 1, height_of(line_count(note, width), 10) + 4)
        # White, since LibreOffice else draws the column's own line at the end of a merged block.
        quiet = {**blank, "font_size": 10, "font_color": QUIET, "text_wrap": True, "right": 1, "right_color": "FFFFFF"}
        sheet.block(1, 0, 1, self.last, note, quiet)
        sheet.call("set_row", HEAD_ROW, 30)
        head = {**self.base, "bold": True, "text_wrap": True, "align": "center", "bg_color": HEAD, "border": 1}
        for place, field in enumerate(self.kind.fields):
            sheet.text(HEAD_ROW, place, field.name(self.language), {**head, "border_color": LINE})

    def _row(self, number: int, row: Mapping[str, Scalar | None]) -> None:
        lines = [line_count(plain(row.get(field.key)), field.width) for field in self.kind.fields]
        self.sheet.call("set_row", number, height_of(max(lines)))
        for place, field in enumerate(self.kind.fields):
            value, look = row.get(field.key), dict(self._look(field))
            if isinstance(value, str):
                look |= {"num_format": "@", "quote_prefix": True}
            elif isinstance(value, int | float):
                look |= {"num_format": "General"}
            self.sheet.value(number, place, value, look)

    def _offer(self, place: int, field: Field) -> None:
        """The list that a column takes, with its hint. Dates have none: text will do."""
        say = self.language.say
        first, last = HEAD_ROW + 1, HEAD_ROW + ROWS_OFFERED
        rule: dict[str, Any] = {"validate": "any"}
        if field.offer is not None:
            rule = {"validate": "list", "source": f"={_name_of(field)}", "error_type": "warning"}
            rule["error_message"] = say("列表里没有，仍要这样写吗？", "This is not in the list. Keep it all the same?")
        elif field.words:
            rule = {"validate": "list", "source": [self.language.say(*words) for words in field.words]}
            rule["error_type"] = "information" if field.free else "stop"
            rule["error_message"] = say("请从列表里选一个。", "Please choose from the list.")
        note = self.language.say(*field.note)
        if note:
            rule |= {"input_title": field.name(self.language)[:32], "input_message": note[:255]}
        if rule != {"validate": "any"}:
            self.sheet.call("data_validation", first, place, last, place, rule)

    def _finish(self, count: int) -> None:
        sheet = self.sheet
        sheet.call("autofilter", HEAD_ROW, 0, HEAD_ROW + max(count, 1), self.last)
        sheet.raw.freeze_panes(HEAD_ROW + 1, 0)
        sheet.raw.hide_gridlines(2)
        sheet.raw.set_landscape()
        sheet.raw.set_paper(9)
        sheet.raw.fit_to_pages(1, 0)
        sheet.raw.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.raw.repeat_rows(HEAD_ROW)
        pages = self.language.say("第 &P 页　共 &N 页", "Page &P of &N")
        marking = self.marking.replace("&", "&&")
        sheet.call("set_footer", f"&L&9{marking}&R&9{pages}")


# --- lists to choose from ---------------------------------------------------------------------------------------------


def _name_of(field: Field) -> str:
    """The defined name of a list. A name, since a reference to another sheet some programs save where few look."""
    every = "_or_all" if field.offer is Offer.GOALS and field.free else ""
    return f"register_{field.offer}{every}"


def _lists(context: Context) -> Iterator[tuple[Offer, Sequence[str]]]:
    yield Offer.DEPARTMENTS, [department.name for department in context.plan.departments]
    yield Offer.GOALS, [context.language.say("全部", "all"), *(goal.id for goal in context.plan.goals)]
    second = () if context.targets is None else context.targets.template.main.entry
    yield Offer.COLUMNS, [*column_labels(context.template.main).values(), *(column.header for column in second)]
    yield Offer.CODES, [check.code for check in CHECKS if check.severity is not Severity.INFO]


def _write_lists(book: Workbook, context: Context) -> None:
    sheet = book.add_sheet(LISTS)
    lists = list(_lists(context))
    for row in range(max(len(texts) for _, texts in lists)):
        for place, (_, texts) in enumerate(lists):
            if row < len(texts):
                sheet.text(row, place, texts[row], {"num_format": "@"})
    for place, (offer, texts) in enumerate(lists):
        whole = _area(0, len(texts) - 1, place)
        if offer is Offer.GOALS:
            book.book.define_name(f"register_{offer}_or_all", whole)
            whole = _area(1, len(texts) - 1, place)
        book.book.define_name(f"register_{offer}", whole)
    sheet.raw.very_hidden()


def _area(first: int, last: int, column: int) -> str:
    top, end = (reference(row, column, fixed_row=True, fixed_column=True) for row in (first, last))
    return f"={LISTS}!{top}:{end}"
