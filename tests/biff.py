"""Old workbooks by hand: records, streams and containers, whole or with lies in them."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence

import xlwt
from xlwt.CompoundDoc import XlsDoc

BOF, EOF, CONTINUE = 0x809, 0x0A, 0x3C
BOUNDSHEET, SST, LABELSST, NUMBER, DIMENSIONS, FILEPASS, HLINK = 0x85, 0xFC, 0xFD, 0x203, 0x200, 0x2F, 0x1B8
OBJ, TXO, NOTE, SUPBOOK, NAME, MERGED = 0x5D, 0x1B6, 0x1C, 0x1AE, 0x18, 0xE5
DIRECTORY_ENTRY = 128


def record(number: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def beginning(kind: int) -> bytes:
    """BOF of the globals (5) or of a worksheet (0x10)."""
    return record(BOF, struct.pack("<HHHHII", 0x600, kind, 0x0DBB, 0x07CC, 0, 6))


def strings(*texts: str, count: int | None = None) -> bytes:
    """The content of a table of shared strings."""
    body = b"".join(struct.pack("<HB", len(text), 1) + text.encode("utf-16-le") for text in texts)
    return struct.pack("<ii", len(texts), len(texts) if count is None else count) + body


def label(row: int, column: int, index: int) -> bytes:
    return record(LABELSST, struct.pack("<HHHi", row, column, 0, index))


def number(row: int, column: int, value: float) -> bytes:
    return record(NUMBER, struct.pack("<HHHd", row, column, 0, value))


def stream(*sheets: bytes, table: bytes = b"", more: bytes = b"") -> bytes:
    """A stream of a workbook: globals with these shared strings, then sheets named S0, S1 and so on."""
    extra = (record(SST, table) if table else b"") + more
    bound = sum(len(record(BOUNDSHEET, bytes(8) + f"S{at}".encode())) for at in range(len(sheets)))
    position = len(beginning(5)) + bound + len(extra) + len(record(EOF))
    made, bodies = beginning(5), b""
    for at, sheet in enumerate(sheets):
        name = f"S{at}".encode()
        made += record(BOUNDSHEET, struct.pack("<IBBBB", position + len(bodies), 0, 0, len(name), 0) + name)
        bodies += beginning(0x10) + sheet + record(EOF)
    return made + extra + record(EOF) + bodies


def container(content: bytes, *others: str) -> bytes:
    """An old workbook around a stream; `others` are up to two empty storages beside it."""
    file = io.BytesIO()
    XlsDoc().save(file, content)
    body = bytearray(file.getvalue())
    place = body.find("Workbook".encode("utf-16-le"))
    for at, name in enumerate(others, 1):
        spot = place + DIRECTORY_ENTRY * at
        body[spot : spot + DIRECTORY_ENTRY] = _entry(name)
        struct.pack_into("<i", body, spot - DIRECTORY_ENTRY + 72, 1 + at)  # the right neighbour of the one before
    return bytes(body)


def _entry(name: str) -> bytes:
    coded = name.encode("utf-16-le")
    head = coded.ljust(64, b"\0") + struct.pack("<HBBiii", len(coded) + 2, 1, 1, -1, -1, -1)
    return head + bytes(36) + struct.pack("<iII", -2, 0, 0)


def renamed(body: bytes, name: str) -> bytes:
    """The container with its stream under another name."""
    place = body.find("Workbook".encode("utf-16-le"))
    coded = name.encode("utf-16-le")
    return body[:place] + coded.ljust(64, b"\0") + struct.pack("<H", len(coded) + 2) + body[place + 66 :]


def written(make: Callable[[xlwt.Workbook], None]) -> bytes:
    """What xlwt makes of it."""
    book = xlwt.Workbook(encoding="utf-8")
    make(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def drawn(kind: int, number: int, text: str = "") -> bytes:
    """An object of a drawing, with its words: 6 a text box, 8 a picture, 25 the box of a comment."""
    made = record(OBJ, struct.pack("<HHHHH", 0x15, 18, kind, number, 0) + bytes(12) + bytes(4))
    if text:
        coded = text.encode("utf-16-le")
        made += record(TXO, struct.pack("<HH6xHHI", 0, 0, len(text), 16, 0))
        made += record(CONTINUE, b"\1" + coded) + record(CONTINUE, bytes(16))
    return made


def properties(pairs: Sequence[tuple[str, str]], page: int = 65001, kind: int = 0x1E) -> bytes:
    """A stream of document properties that holds these custom ones."""
    encoding = {65001: "utf-8", 1200: "utf-16-le", 936: "gb18030"}[page]
    wide = page == 1200
    names = struct.pack("<I", len(pairs))
    for key, (name, _) in enumerate(pairs, 2):
        coded = f"{name}\0".encode(encoding)
        names += struct.pack("<II", key, len(coded) // 2 if wide else len(coded)) + coded
        names += bytes(-len(coded) % 4 if wide else 0)
    values = [struct.pack("<HHHH", 2, 0, page, 0), names]
    for _, value in pairs:
        coded = f"{value}\0".encode("utf-16-le" if kind == 0x1F else encoding)
        values.append(struct.pack("<II", kind, len(coded) // 2 if kind == 0x1F else len(coded)) + coded)
    keys = [1, 0, *range(2, 2 + len(pairs))]
    offset, table, body = 8 + 8 * len(keys), b"", b""
    for key, content in zip(keys, values, strict=True):
        table += struct.pack("<II", key, offset + len(body))
        body += content
    section = struct.pack("<II", offset + len(body), len(keys)) + table + body
    user = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")
    return struct.pack("<HHI16xI", 0xFFFE, 0, 0, 1) + user + struct.pack("<I", 48) + section
