"""Bytes of any kind of workbook to cells: hands them to the reader of their format, unlocked if need be."""

from __future__ import annotations

import io

from kpi_xlsx.book import Book, Unreadable
from kpi_xlsx.context import Context
from kpi_xlsx.kinds import Kind, kind_of
from kpi_xlsx.old_books import read_old_book
from kpi_xlsx.open_document import read_open_document
from kpi_xlsx.passwords import unlock
from kpi_xlsx.sheets import read_book


def read_workbook(name: str, body: bytes, kind: Kind, context: Context) -> Book:
    """Every worksheet of a workbook. Raises Unreadable, and nothing else, for whatever the bytes are."""
    if kind is Kind.LOCKED:
        inner = unlock(body, context.passwords)
        kind = kind_of(name, inner, context)
        if kind not in (Kind.WORKBOOK, Kind.OLD_BOOK):
            raise Unreadable("F103", "解开密码后不是能读的工作簿", "what the password opens is no workbook to be read")
        return read_workbook(name, inner, kind, context)
    if kind is Kind.OLD_BOOK:
        try:
            return read_old_book(body, context.limits)
        except Unreadable as trouble:
            if trouble.code != "F103":
                raise
            return read_old_book(unlock(body, context.passwords), context.limits)
    if kind is Kind.OPEN_DOCUMENT:
        return read_open_document(io.BytesIO(body), context.limits)
    return read_book(io.BytesIO(body), context.limits)
