"""An office's existing form, from its file to a Specimen: one sheet of it is chosen, and refused with reasons."""

from __future__ import annotations

import io
from pathlib import Path

from kpi_xlsx.book import Book, Sheet, Unreadable
from kpi_xlsx.context import Context
from kpi_xlsx.intake import load
from kpi_xlsx.kinds import Kind, kind_of
from kpi_xlsx.model import CycleError, Language, Mistake, clip, match_key
from kpi_xlsx.old_books import read_old_widths
from kpi_xlsx.sheet_looks import SheetLook, read_look
from kpi_xlsx.specimen import Frame, Specimen
from kpi_xlsx.specimen_table import find_frame
from kpi_xlsx.workbooks import read_workbook

MOST_COLUMNS = 60
"""Of a form that a person fills in."""
_BOOKS = (Kind.WORKBOOK, Kind.OLD_BOOK, Kind.OPEN_DOCUMENT, Kind.LOCKED)


def read_specimen(source: Path, sheet: str, context: Context, language: Language) -> tuple[Specimen, Kind]:
    """Read an existing form. Raises CycleError where it is no workbook, or has no table to be found.

    `sheet` names the one that is meant, if there are several; empty: the only one with a table.
    """
    try:
        body, _ = load(source.resolve(), context.limits)
        kind = kind_of(source.name, body, context)
        if kind not in _BOOKS:
            raise Unreadable("F102", "不是工作簿", "it is no workbook")
        book = read_workbook(source.name, body, kind, context)
        chosen, frame = _choose(source, book, sheet, language)
        look = _look(body, kind, chosen.name, context)
    except Unreadable as trouble:
        remedy = language.say(*(_UNLOCK if trouble.code == "F103" else _SAVE_AS))
        words = language.say(f"打不开：{trouble.zh}。{remedy}", f"It cannot be opened: {trouble.en}. {remedy}")
        raise CycleError([Mistake(source.name, "", words)]) from trouble
    return Specimen(book, chosen, frame, look), kind


def _look(body: bytes, kind: Kind, sheet: str, context: Context) -> SheetLook:
    """How the sheet looks, as far as its format is read for that."""
    if kind is Kind.WORKBOOK:
        return read_look(io.BytesIO(body), sheet, context.limits)
    return SheetLook(read_old_widths(body, sheet, context.limits)) if kind is Kind.OLD_BOOK else SheetLook()


_SAVE_AS = (
    "请在 Excel 或 WPS 里打开，另存为 .xlsx 再导入。",
    "Open it in Excel or WPS, save it as .xlsx, and import that.",
)
_UNLOCK = (
    "请在 Excel 或 WPS 里用密码打开，去掉密码，另存一份再导入。",
    "Open it with the password, remove the password, save a copy, and import that.",
)


def _choose(source: Path, book: Book, wanted: str, language: Language) -> tuple[Sheet, Frame]:
    """The sheet that is named, else the only one in sight with a table."""
    say = language.say
    shown = [sheet for sheet in book.sheets if not sheet.hidden]
    listed = say("、", ", ").join(clip(sheet.name, 31) for sheet in shown[:20]) or "—"
    if wanted:
        named = next((sheet for sheet in book.sheets if match_key(sheet.name) == match_key(wanted)), None)
        if named is None:
            words = say(
                f"没有“{wanted}”这个工作表。里面有：{listed}。", f"It has no sheet “{wanted}”. Its sheets: {listed}."
            )
            raise CycleError([Mistake(source.name, "--sheet", words)])
        shown = [named]
    found = [(sheet, frame) for sheet in shown if (frame := find_frame(sheet)) is not None]
    if len(found) > 1:
        names = say("、", ", ").join(clip(sheet.name, 31) for sheet, _ in found[:20])
        words = say(
            f"有几个工作表都像填报表：{names}。用 --sheet 指明是哪一个。",
            f"Several sheets look like forms: {names}. Name the one that is meant by --sheet.",
        )
        raise CycleError([Mistake(source.name, "", words)])
    if not found:
        words = say(
            f"没有找到表头（看了：{listed}）。表头要在前 30 行里，有常见的列名，如 序号、目标名称、进展情况。",
            f"No headings were found (looked at: {listed}). They should stand within the first 30 rows, and some "
            "of them be usual ones, such as No., Goal, Deadline, Progress.",
        )
        raise CycleError([Mistake(source.name, "", words)])
    ((sheet, frame),) = found
    if len(frame.columns) > MOST_COLUMNS:
        words = say(
            f"列名超过了 {MOST_COLUMNS} 个。请删掉多余的列，另存一份再导入。",
            f"It has more than {MOST_COLUMNS} headings. Take out those not needed, save a copy, and import that.",
        )
        raise CycleError([Mistake(source.name, sheet.name, words)])
    return sheet, frame
