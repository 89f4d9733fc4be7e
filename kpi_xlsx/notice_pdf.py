"""A notice as a PDF with a text layer: ruled tables page by page and the lines around them; scans are refused.

The library parses in Python alone. What a PDF packs may unpack to anything, so that is looked at before it is opened.
"""

from __future__ import annotations

import base64
import io
import logging
import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kpi_xlsx.book import Unreadable, damaged, over
from kpi_xlsx.limits import Limits
from kpi_xlsx.notice import Line, Notice, Place, joined, tidy

if TYPE_CHECKING:
    from pdfplumber.page import Page

PAGES = 200
_FILE_BYTES = 40 * 2**20
_UNPACKED = 64 * 2**20
_LAYERS = 4
"""How often data may be packed within packed data."""
_SIGNS = 20_000
"""Signs on one page: a page of small print has 5,000."""
_STROKES = 20_000
"""Lines and curves on one page: more are a drawing, in which nobody looks for a table."""
_CROSSINGS = 5_000
"""Places at which the lines of a page may cross: finding its tables costs the more the more there are."""
_ALL_CROSSINGS = 100_000
_NO_TEXT = (
    "里面没有文字，多半是扫描件。请先用文字识别（OCR）软件转成 Word 或 Excel，核对后再导入；也可以向发文单位要电子版",
    "there is no text in it; it may be a scan. Have an OCR program turn it into Word or Excel, check that and import "
    "it, or ask whoever published it for the file",
)


def read_pdf(body: bytes, limits: Limits) -> Notice:
    """The lines of a PDF. Raises Unreadable, and nothing else, for whatever the bytes are."""
    if len(body) > min(_FILE_BYTES, limits.file_bytes):
        raise over("PDF 文件太大", "the PDF is too big")
    _demand_bounded(body, limits)
    import pdfplumber

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it tells of every oddity of a file that it gets over
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pdfplumber.open(io.BytesIO(body)) as document:
                return _notice(document.pages)
    except Unreadable:
        raise
    except Exception as problem:  # the library has no error of its own for most of what can be wrong
        if "password" in type(problem).__name__.casefold() or "password" in repr(problem).casefold():
            words = "PDF 加了密码。请去掉密码另存一份", "the PDF is locked. Save a copy without the password"
            raise Unreadable("F103", *words) from problem
        raise damaged("PDF 已损坏，读不出来", "the PDF is damaged and cannot be read") from problem


def _demand_bounded(body: bytes, limits: Limits) -> None:
    """Refuse packed data that unpacks to too much, before the library unpacks it whole."""
    left = _UNPACKED
    for found in re.finditer(rb"stream\r?\n", body):
        end = body.find(b"endstream", found.end())
        head = body[max(body.rfind(b"obj", 0, found.start()), found.start() - 2000) : found.start()]
        head = re.sub(rb"#([0-9A-Fa-f]{2})", lambda sign: bytes([int(sign[1], 16)]), head)  # names may be spelt so
        picture = b"/Image" in head  # nobody unpacks it here, and a page may hold a big one
        most = limits.part_bytes if picture else left
        size = _unpacked(body[found.end() : end if end > 0 else None], head, most)
        left -= 0 if picture else size
        if size > most:
            raise over("PDF 展开后太大", "the PDF unpacks to too much")


def _unpacked(data: bytes, head: bytes, most: int) -> int:
    """How much a stream unpacks to, through as many layers as it has; of rare methods the most that it could be."""
    if b"LZW" in head or b"RunLength" in head or b"/RL" in head:
        return len(data) * 128
    if b"ASCII85" in head or b"/A85" in head:  # bytes spelt in letters, with what is packed inside
        with suppress(ValueError):
            data = base64.a85decode(data.strip().removesuffix(b"~>"), ignorechars=b" \t\r\n\v\f\0")
    total = 0
    for _ in range(_LAYERS):
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(data, max(most - total, 0) + 1)
        except zlib.error:
            break
        total += len(data)
        if total > most or not data:
            break
    return total


def _notice(pages: Sequence[Page]) -> Notice:
    if len(pages) > PAGES:
        raise over(
            f"PDF 有 {len(pages)} 页，最多 {PAGES} 页", f"the PDF has {len(pages)} pages, and {PAGES} is the most"
        )
    lines: list[Line] = []
    signs, left = 0, _ALL_CROSSINGS
    for number, page in enumerate(pages, 1):
        if len(page.chars) > _SIGNS or len(page.lines) + len(page.rects) + len(page.curves) > _STROKES:
            raise over(f"第 {number} 页内容太多", f"page {number} holds too much")
        crossings = _crossings(page)
        left -= crossings
        if crossings > _CROSSINGS or left < 0:
            raise over(f"第 {number} 页线条太多", f"page {number} has too many lines drawn on it")
        signs += sum(not str(one.get("text", "")).isspace() for one in page.chars)
        lines.extend(_page(page, number))
        page.close()  # lets go of what it holds
    if signs < 10:
        raise damaged(*_NO_TEXT)
    return Notice(tuple(lines))


def _crossings(page: Page) -> int:
    """In how many places the lines of a page may cross, lines closer than a table's count as one."""
    ups = {round(float(edge["x0"]) / 3) for edge in page.edges if edge["orientation"] == "v"}
    flats = {round(float(edge["top"]) / 3) for edge in page.edges if edge["orientation"] == "h"}
    return len(ups) * len(flats)


def _page(page: Page, number: int) -> Iterator[Line]:
    """A page from the top: lines of text, and the rows of its tables where they stand."""
    tables = sorted(page.find_tables(), key=lambda table: table.bbox[1])
    top = 0.0
    for count, table in enumerate(tables, 1):
        yield from _text(page, top, table.bbox[1], number)
        for row, cells in enumerate(table.extract(x_tolerance=2, y_tolerance=3), 1):
            texts = tuple(_unwrapped(cell or "") for cell in cells)
            if any(texts):
                words = (f"第 {number} 页 表 {count} 第 {row} 行", f"page {number}, table {count}, row {row}")
                yield Line(words, texts, number * 100 + count)
        yield from _text(page, table.bbox[1], table.bbox[3], number, (table.bbox[0], table.bbox[2]))
        top = table.bbox[3]
    yield from _text(page, top, float(page.height), number)


def _text(
    page: Page, top: float, bottom: float, number: int, beside: tuple[float, float] | None = None
) -> Iterator[Line]:
    """Lines between two heights; words far apart are cells, for tables that have no lines.

    `beside`: only what stands left or right of a table: cells that a page break left without a frame.
    """
    if bottom - top < 2:
        return
    words: list[dict[str, Any]] = page.extract_words(x_tolerance=2, y_tolerance=3, keep_blank_chars=False)
    inside = [word for word in words if top <= (word["top"] + word["bottom"]) / 2 < bottom]
    if beside is not None:
        inside = [word for word in inside if not beside[0] <= (word["x0"] + word["x1"]) / 2 <= beside[1]]
    for at, row in enumerate(_rows(inside), 1):
        cells: list[str] = []
        right: float | None = None
        for word in row:
            if right is None or word["x0"] - right > 2.2 * (word["bottom"] - word["top"]):
                cells.append(word["text"])
            else:
                cells[-1] = joined(cells[-1], word["text"])
            right = word["x1"]
        place: Place = (f"第 {number} 页 第 {at} 行", f"page {number}, line {at}")
        yield Line(place, tuple(map(tidy, cells)), int(len(cells) > 1))


def _rows(words: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Words of one height, from left to right."""
    row: list[dict[str, Any]] = []
    for word in sorted(words, key=lambda one: (one["top"], one["x0"])):
        if row and word["top"] - row[0]["top"] > (row[0]["bottom"] - row[0]["top"]) / 2:
            yield sorted(row, key=lambda one: float(one["x0"]))
            row = []
        row.append(word)
    if row:
        yield sorted(row, key=lambda one: float(one["x0"]))


def _unwrapped(text: str) -> str:
    """A cell's lines as one text: in a PDF every line that is full ends in a break."""
    whole = ""
    for part in text.split("\n"):
        whole = joined(whole, tidy(part))
    return whole
