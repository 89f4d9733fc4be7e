"""register.xlsx, the office's decisions: so far its sheet of receipts (file, received, way, by) is read."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from kpi_xlsx.book import Sheet, Unreadable
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Decisions
from kpi_xlsx.headings import both_languages, find_heading, find_sheet
from kpi_xlsx.model import Basis, Cell, Language, Scalar, cell_ref, plain
from kpi_xlsx.receipts import Receipt, Receipts, file_key
from kpi_xlsx.sheets import read_book

RECEIPTS = ("receipts", "收件")
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "file": ("文件",),
    "received": ("收到时间", "收件时间"),
    "way": ("方式",),
    "by": ("经手人",),
}


def load_decisions(path: Path, context: Context, zone: dt.tzinfo) -> Decisions:
    """Read the register; one that is missing or lacks a sheet holds no decisions of that kind."""
    if not path.is_file():
        return Decisions()
    language = context.language
    try:
        sheet = find_sheet(read_book(path), *RECEIPTS)
    except Unreadable as trouble:
        words = language.say(
            f"打不开：{trouble.zh}。收件时间没有用上。", f"cannot be opened: {trouble.en}. Its receipts were not used."
        )
        return Decisions(remarks=(f"{path.name}: {words}",))
    heading = None if sheet is None else find_heading(sheet, both_languages(HEADINGS), 2)
    if sheet is None or heading is None or not {"file", "received"} <= heading.columns.keys():
        return Decisions()
    found: dict[str, Receipt] = {}
    remarks = []
    for row, cells in sheet.in_order():
        if row <= heading.row:
            continue
        values = {key: _value(cells.get(column)) for key, column in heading.columns.items()}
        name = plain(values.get("file")).strip()
        moment = parse_moment(values.get("received"), zone)
        if name and moment:
            way, by = (plain(values.get(key)).strip() for key in ("way", "by"))
            found[file_key(name)] = Receipt(moment, Basis.REGISTERED, way, by)
        elif name or values.get("received") is not None:
            remarks.append(
                _remark(path, sheet, cell_ref(row, heading.columns["received" if name else "file"]), language)
            )
    return Decisions(Receipts(found), remarks=tuple(remarks))


def _value(cell: Cell | None) -> Scalar | None:
    return None if cell is None else cell.value


def _remark(path: Path, sheet: Sheet, place: str, language: Language) -> str:
    words = language.say(
        "这一行没有用上。文件名和收到时间都要有，时间写成 2018-07-05 17:20。",
        "This row was not used. It needs a file and a time, written as 2018-07-05 17:20.",
    )
    return f"{path.name}: {sheet.name}!{place}: {words}"


_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2}))?[分秒]?)?"
)
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}$|Z$")


def parse_moment(value: Scalar | None, zone: dt.tzinfo) -> dt.datetime | None:
    """A receipt time: a date cell or text; without an offset it is in the cycle's. A bare date is its first minute."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=zone)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), zone)
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFKC", value).strip()
    try:
        if _OFFSET.search(text):
            return dt.datetime.fromisoformat(text)
        match = _MOMENT.fullmatch(text)
        return dt.datetime(*(int(part or 0) for part in match.groups()), tzinfo=zone) if match else None  # type: ignore[misc, arg-type]
    except ValueError:
        return None
