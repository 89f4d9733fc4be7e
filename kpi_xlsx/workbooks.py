"""Bytes of any kind of workbook to cells: hands them to the reader of their format, unlocked if need be."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

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
        with _of_the_moment():
            inner = unlock(body, context.passwords)
            kind = kind_of(name, inner, context)
            if kind not in (Kind.WORKBOOK, Kind.OLD_BOOK):
                words = "解开密码后不是能读的工作簿", "what the password opens is no workbook to be read"
                raise Unreadable("F103", *words)
            return replace(read_workbook(name, inner, kind, context), momentary=True)
    if kind is Kind.OLD_BOOK:
        try:
            return read_old_book(body, context.limits)
        except Unreadable as trouble:
            if trouble.code != "F103":
                raise
        with _of_the_moment():
            return replace(read_old_book(unlock(body, context.passwords), context.limits), momentary=True)
    if kind is Kind.OPEN_DOCUMENT:
        return read_open_document(io.BytesIO(body), context.limits)
    return read_book(io.BytesIO(body), context.limits)


@contextmanager
def _of_the_moment() -> Iterator[None]:
    """What is found here is found with these passwords; with others it might be another thing."""
    try:
        yield
    except Unreadable as trouble:
        trouble.momentary = True
        raise
