"""A form in other formats, made without other programs: an old workbook (.xls) and an OpenDocument sheet (.ods)."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

import xlwt
from openpyxl import load_workbook

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = "".join(f' xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
_MIME = "application/vnd.oasis.opendocument.spreadsheet"

_Grid = Sequence[Sequence[object]]


def versions_of(form: Path) -> Iterator[tuple[str, bytes]]:
    """The form's values in both formats; looks, formulas and hidden rows are left out."""
    sheets = _values(form)
    yield f"{form.stem}.xls", _old(sheets)
    yield f"{form.stem}.ods", _open(sheets)


def _values(form: Path) -> dict[str, _Grid]:
    book = load_workbook(form, data_only=True)
    found: dict[str, _Grid] = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    book.close()
    return found


def _old(sheets: dict[str, _Grid]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    date = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value, *([date] if isinstance(value, dt.date) else []))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _open(sheets: dict[str, _Grid]) -> bytes:
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(map(_row, rows))}</table:table>'
        for name, rows in sheets.items()
    )
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), _MIME)
        info = zipfile.ZipInfo("content.xml")
        archive.writestr(info, f"<office:document-content{_SPACES}>{body}</office:document-content>")
    return stream.getvalue()


def _row(values: Sequence[object]) -> str:
    return f"<table:table-row>{''.join(map(_cell, values))}</table:table-row>"


def _cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"
