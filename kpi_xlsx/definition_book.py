"""A proposed definition written as a sheet: a row for each column, the settings, and what to confirm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kpi_xlsx.column_definition import COLUMN_KEYS
from kpi_xlsx.definition_words import COLUMN_SHEET, FALSE, SETTINGS_SHEET, TRUE, list_words, show_name, show_word
from kpi_xlsx.drafts import CONFIRM, Draft
from kpi_xlsx.excel import FONTS, Look, Sheet, Workbook, height_of, line_count
from kpi_xlsx.model import Language

_WIDTHS: Mapping[str, float] = {"key": 16, "header": 20, "group": 14, "choices": 22, "help": 32, "means": 16}
_WIDTH, _CONFIRM_WIDTH = 11, 60
_ALWAYS = ("key", "header", "group", "width", "source", "type", "required", "choices", "help", "print")
"""Columns of the sheet that stand there even if nothing is in them, for what a person may want to add."""
_LISTED_ROWS = 100


def write_definition(path: Path, draft: Draft) -> None:
    """Write the workbook; it is read back by the reader of definitions as the same keys and values."""
    language = draft.language
    with Workbook(path, dt.date(2018, 1, 1)) as book:
        _write_columns(book.add_sheet(language.say(COLUMN_SHEET[0], COLUMN_SHEET[1])), draft)
        _write_settings(book.add_sheet(language.say(SETTINGS_SHEET[0], SETTINGS_SHEET[1])), draft)


def _looks(language: Language) -> tuple[Look, Look]:
    base = {"font_name": FONTS[language], "font_size": 10.5, "text_wrap": True, "valign": "vcenter"}
    base |= {"border": 1, "border_color": "BFBFBF"}
    return {**base, "bold": True, "align": "center", "bg_color": "D9E1F2"}, base


def _write_columns(sheet: Sheet, draft: Draft) -> None:
    language, columns = draft.language, draft.data["columns"]
    head, base = _looks(language)
    used = {key for column in columns for key in column}
    keys = [key for key in COLUMN_KEYS if key in _ALWAYS or key in used]
    doubts = {column["key"]: "\n".join(draft.doubts_of(column["key"])) for column in columns}
    sheet.call("set_row", 0, 26)
    for place, key in enumerate(keys):
        sheet.call("set_column", place, place, _WIDTHS.get(key, _WIDTH))
        sheet.text(0, place, show_name(key, language), head)
        words = [language.say(*pair) for pair in (TRUE, FALSE)] if _is_truth(key) else list_words(key, language)
        if words:
            options = {"validate": "list", "source": words, "error_type": "information"}
            sheet.call("data_validation", 1, place, len(columns) + _LISTED_ROWS, place, options)
    sheet.call("set_column", len(keys), len(keys), _CONFIRM_WIDTH)
    sheet.text(0, len(keys), CONFIRM[language], head)
    for row, column in enumerate(columns, 1):
        texts = {key: _show(key, column.get(key), language) for key in keys}
        widths = [(text, _WIDTHS.get(key, _WIDTH)) for key, text in texts.items() if isinstance(text, str)]
        lines = max(line_count(text, width) for text, width in [*widths, (doubts[column["key"]], _CONFIRM_WIDTH)])
        sheet.call("set_row", row, height_of(lines))
        for place, key in enumerate(keys):
            sheet.value(row, place, texts[key], _with_format(base, texts[key]))
        sheet.text(row, len(keys), doubts[column["key"]], {**base, "font_color": "C00000"})
    sheet.raw.freeze_panes(1, 2)
    _page(sheet)


def _is_truth(key: str) -> bool:
    return bool in COLUMN_KEYS[key]


def _with_format(base: Look, value: Any) -> Look:
    if isinstance(value, dt.date):
        return {**base, "num_format": "yyyy-mm-dd"}
    return {**base, "num_format": "@"} if isinstance(value, str) else base


def _show(key: str, value: Any, language: Language) -> Any:
    """A value as it stands in a cell."""
    if isinstance(value, bool):
        return language.say(*(TRUE if value else FALSE))
    if isinstance(value, list):
        return "\n".join(show_word(key, str(item), language) for item in value)
    return show_word(key, value, language) if isinstance(value, str) else value


def _write_settings(sheet: Sheet, draft: Draft) -> None:
    language = draft.language
    head, base = _looks(language)
    for place, (width, words) in enumerate(
        ((18, language.say("项目", "Item")), (60, language.say("内容", "Value")), (_CONFIRM_WIDTH, CONFIRM[language]))
    ):
        sheet.call("set_column", place, place, width)
        sheet.text(0, place, words, head)
    for row, (key, value, doubts) in enumerate(_settings(draft), 1):
        shown = _show(key, value, language)
        lines = max(line_count(str(shown), 60), line_count(doubts, _CONFIRM_WIDTH))
        sheet.call("set_row", row, height_of(lines))
        sheet.text(row, 0, show_name(key, language) if key else "", base)
        sheet.value(row, 1, shown, _with_format(base, shown))
        sheet.text(row, 2, doubts, {**base, "font_color": "C00000"})
    sheet.raw.freeze_panes(1, 0)
    _page(sheet)


def _settings(draft: Draft) -> Iterator[tuple[str, Any, str]]:
    """Name, value and remark of each row; a list takes a row for each of its items."""
    for key, value in draft.data.items():
        doubts = "\n".join(draft.doubts_of(key))
        if key == "columns":
            continue
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", item, "") for inner, item in value.items())
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from ((key, item, doubts if number == 0 else "") for number, item in enumerate(value))
        else:
            yield key, value, doubts
    rest = draft.other_doubts()
    if rest:
        yield "", None, "\n".join(rest)


def _page(sheet: Sheet) -> None:
    sheet.raw.set_landscape()
    sheet.raw.set_paper(9)
    sheet.raw.fit_to_pages(1, 0)
    sheet.raw.repeat_rows(0)
