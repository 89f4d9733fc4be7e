"""xlsxwriter, made strict: what it would drop with a return code or a warning is an error here, and text stays text.

The only module that imports xlsxwriter. Every workbook is written beside its target and moved into place when whole.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import tempfile
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Self

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError, XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from kpi_xlsx.files import landing, named_errors, put_in_place, temporary_beside
from kpi_xlsx.model import Language, Scalar, cell_ref

MAX_TEXT = 32_767
MAX_FORMULA = 8_192
MAX_HEIGHT = 409.5
COMMENT_WIDTH = 280
"""Of a comment's box, in pixels."""
Look = Mapping[str, Any]
"""xlsxwriter's format properties."""

FONTS = {Language.ZH: "宋体", Language.EN: "Calibri"}
HEADING_FONTS = {Language.ZH: "黑体", Language.EN: "Calibri"}

_ESCAPE = re.compile(r"_x[0-9A-Fa-f]{4}_")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class WriteError(Exception):
    """The library refused a cell or a setting: a defect of ours, never of the user's."""


def legible(text: str) -> str:
    """Text as XML (and UTF-8) can hold it; every sign that cannot stay becomes U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text)


def clean(text: str) -> str:
    """Text as XML can hold it and Excel a cell can hold it; every sign that cannot stay becomes U+FFFD."""
    text = legible(text)
    units = text.encode("utf-16-le")  # in which Excel counts: an emoji is two
    return text if len(units) <= 2 * MAX_TEXT else units[: 2 * MAX_TEXT - 2].decode("utf-16-le", "ignore") + "…"


class _Sheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """A worksheet whose data rows have a height to begin with, but grow as a person types.

    xlsxwriter marks every height as fixed (customHeight); rows from `growing_from` on go without the mark.
    """

    growing_from = 1 << 30

    def _xml_start_tag_unencoded(self, tag: str, attributes: list[tuple[str, Any]]) -> None:
        super()._xml_start_tag_unencoded(tag, self._unfixed(tag, attributes))

    def _xml_empty_tag_unencoded(self, tag: str, attributes: list[tuple[str, Any]]) -> None:
        super()._xml_empty_tag_unencoded(tag, self._unfixed(tag, attributes))

    def _unfixed(self, tag: str, attributes: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        fixed = tag != "row" or attributes[0][1] <= self.growing_from
        return [pair for pair in attributes if fixed or pair[0] != "customHeight"]

    def abandon(self) -> None:
        """Let go of the rows on disk, where the workbook was not finished."""
        if self.row_data_fh is not None and not self.row_data_fh.closed:
            with suppress(OSError):  # what is still to be written may find no room either
                self.row_data_fh.close()


class Workbook:
    """A workbook being written. Use as a context manager: on success it replaces the target, else nothing changes.

    `before` is called with the finished file just before it takes the target's place.
    """

    def __init__(
        self,
        path: Path,
        created: dt.date,
        *,
        streaming: bool = False,
        title: str = "",
        before: Callable[[Path], None] | None = None,
    ) -> None:
        self.path = path
        self.before = before
        self.temporary = temporary_beside(landing(path))
        self.body = io.BytesIO()  # the library would leave a file half-written, and complain in passing, on a full disk
        self.scratch = tempfile.TemporaryDirectory(prefix="kpi-xlsx-", ignore_cleanup_errors=True)
        options = {
            "tmpdir": self.scratch.name,
            "constant_memory": streaming,
            "in_memory": not streaming,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(self.body, options)
        moment = dt.datetime(created.year, created.month, created.day, tzinfo=dt.UTC).replace(tzinfo=None)
        self.book.set_properties({"title": clean(title), "created": moment})
        self.looks: dict[frozenset[tuple[str, Any]], Any] = {}
        self.plain = self.book.add_format()
        self.caught = warnings.catch_warnings()

    def __enter__(self) -> Self:
        # xlsxwriter warns where it drops something; here that is an error.
        self.caught.__enter__()
        warnings.simplefilter("error")
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, *rest: object) -> None:
        try:
            with self._named_errors():
                if problem is not None:
                    raise problem
                self.book.close()
                self.temporary.write_bytes(self.body.getbuffer())
            if self.before is not None:
                self.before(self.temporary)
            put_in_place(self.temporary, landing(self.path))
        finally:
            self.caught.__exit__(kind, problem, *rest)  # type: ignore[arg-type]
            self.temporary.unlink(missing_ok=True)
            for sheet in self.book.worksheets():
                sheet.abandon()
            self.scratch.cleanup()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        """What the system refuses is said of the workbook, not of a file beside it that nobody knows."""
        try:
            with named_errors(self.path, self.temporary):
                yield
        except FileCreateError as error:
            cause = error.args[0]
            raise OSError(cause.errno, cause.strerror, str(self.path)) from error

    def look(self, look: Look) -> Any:
        """The format of these properties; made once."""
        key = frozenset(look.items())
        if key not in self.looks:
            self.looks[key] = self.book.add_format(dict(look))
        return self.looks[key]

    def add_sheet(self, name: str, *, growing_from: int = 1 << 30) -> Sheet:
        """A new worksheet; rows from `growing_from` (counted from 0) on grow with their text."""
        sheet = self.book.add_worksheet(name, worksheet_class=_Sheet)
        sheet.growing_from = growing_from
        return Sheet(self, sheet)

    def set_property(self, name: str, value: str) -> None:
        """A custom document property; one over Excel's 255 characters is left out."""
        if len(value) <= 255:
            self.book.set_custom_property(name, clean(value))


class Sheet:
    """One worksheet; rows and columns count from 0. Every refusal of the library raises WriteError."""

    def __init__(self, owner: Workbook, sheet: Any) -> None:
        self.owner = owner
        self.raw = sheet

    def call(self, method: str, *arguments: Any, **options: Any) -> None:
        """Any method of xlsxwriter's worksheet; a nonzero result or a warning is an error."""
        try:
            result = getattr(self.raw, method)(*arguments, **options)
        except (UserWarning, XlsxWriterException, TypeError, OverflowError) as problem:
            raise WriteError(f"{method}: {problem}") from problem
        if isinstance(result, int) and result != 0:
            raise WriteError(f"{method}{arguments[:3]} gave {result}")

    def text(self, row: int, column: int, text: str, look: Look) -> None:
        """Text, always as text: never a formula, a link or markup."""
        text = clean(text)
        style = self.owner.look(look)
        if not text:
            self.call("write_blank", row, column, None, style)
        elif text.startswith("<r>") and text.endswith("</r>"):
            # xlsxwriter takes this for its own rich text and writes it unescaped: so it gets rich text of our making.
            markup = f'<r><t xml:space="preserve">{escape(text, quote=False)}</t></r>'
            if len(markup) <= MAX_TEXT // 2:
                self.call("write_string", row, column, markup, style)
            else:
                self.call("write_rich_string", row, column, self.owner.plain, "<", text[1:], style)
        else:
            self.call("write_string", row, column, text, style)

    def runs(self, row: int, column: int, parts: Sequence[tuple[str, Look]], look: Look) -> None:
        """Text of which each part has a look of its own; where that cannot be, all of it as the cell has it."""
        shown = [(text, part) for text, part in parts if text]
        whole = "".join(text for text, _ in shown)
        # What looks like an escape, xlsxwriter would escape twice in rich text that it streams.
        if len(shown) < 2 or whole != clean(whole) or _ESCAPE.search(whole):
            self.text(row, column, whole, {**look, **(shown[0][1] if len(shown) == 1 else {})})
            return
        tokens = [token for text, part in shown for token in (self.owner.look(part), text)]
        self.call("write_rich_string", row, column, *tokens, self.owner.look(look))

    def value(self, row: int, column: int, value: Scalar | None, look: Look) -> None:
        """A value as what it is: number, date, true or false, text, or a blank cell."""
        style = self.owner.look(look)
        if value is None:
            self.call("write_blank", row, column, None, style)
        elif isinstance(value, bool):
            self.call("write_boolean", row, column, value, style)
        elif isinstance(value, int | float):
            self.call("write_number", row, column, value, style)
        elif isinstance(value, dt.date):
            if value.year < 1900:
                self.text(row, column, value.isoformat(), look)
            else:
                self.call("write_datetime", row, column, value, style)
        else:
            self.text(row, column, value, look)

    def formula(self, row: int, column: int, formula: str, look: Look, value: str | float) -> None:
        """A formula with its true value, for programs that do not calculate (previews, Protected View)."""
        if len(formula) > MAX_FORMULA:
            raise WriteError(f"a formula of {len(formula)} characters at {cell_ref(row, column)}")
        self.call("write_formula", row, column, formula, self.owner.look(look), value)

    def link(self, row: int, column: int, target: str, shown: str, look: Look) -> None:
        """A link to a cell of the same workbook (`'Report'!H9`)."""
        self.call("write_url", row, column, f"internal:{target}", self.owner.look(look), shown)

    def comment(self, row: int, column: int, text: str, font: str) -> None:
        """A comment on a cell, in a box in which all of it can be read."""
        text = clean(text)
        height = min(400, 18 * line_count(text, COMMENT_WIDTH / 6.4) + 12)
        size = {"width": COMMENT_WIDTH, "height": height, "font_name": font, "font_size": 9}
        self.call("write_comment", row, column, text, size)

    def block(self, top: int, left: int, bottom: int, right: int, text: str, look: Look) -> None:
        """Text over several cells; merged, so never among rows that people sort or filter."""
        if (top, left) == (bottom, right):
            self.text(top, left, text, look)
            return
        self.call("merge_range", top, left, bottom, right, "", self.owner.look(look))
        self.text(top, left, text, look)

    def merge_written(self, top: int, left: int, bottom: int, right: int) -> None:
        """Make one cell of cells that are written already, as streaming demands; all but the first should be blank.

        The library's own way would write them once more, which in rows that have left memory is lost without a word.
        """
        self.raw.merge.append([top, left, bottom, right])

    def fill(self, row: int, first: int, last: int, look: Look) -> None:
        """Blank cells with a look."""
        for column in range(first, last + 1):
            self.call("write_blank", row, column, None, self.owner.look(look))

    def condition(self, top: int, left: int, bottom: int, right: int, formula: str, look: Look) -> None:
        """A conditional format by formula."""
        options = {"type": "formula", "criteria": formula, "format": self.owner.look(look)}
        self.call("conditional_format", top, left, bottom, right, options)


# --- how tall a row must be -------------------------------------------------------------------------------------------


_NARROW = 0.9


@lru_cache(maxsize=4096)  # the same labels, notes and words many times in a workbook
def text_width(text: str) -> float:
    """How wide a line is, in Excel's units: a CJK character counts two, a Latin one a little under one."""
    wide = 0 if text.isascii() else sum(unicodedata.east_asian_width(sign) in "WFA" for sign in text)
    return 2.0 * wide + 0.95 * (len(text) - wide)


def line_count(text: str, width: float) -> int:
    """How many lines a text takes in a column of this width."""
    room = max(width - 2, 1.0)
    return sum(max(1, math.ceil(text_width(line) / room), _wrapped(line, room + 1)) for line in text.split("\n"))


def _wrapped(line: str, room: float) -> int:
    """The lines of a text whose words stay whole where they can, in signs as narrow as they mostly are."""
    if text_width(line) <= room:
        return 1
    lines, used = 1, 0.0
    for word in line.split(" "):
        width = text_width(word) * _NARROW
        if used and used + width > room and width <= room:
            lines, used = lines + 1, 0.0
        used += width
        lines, used = lines + int(used // room), used % room
        used += _NARROW
    return lines


def height_of(lines: int, size: float = 10.5) -> float:
    """The height in points of so many lines, at most what Excel allows."""
    return min(MAX_HEIGHT, round(lines * size * 1.38 + 5, 1))


def fit_width(texts: list[str], width: float, size: float = 10.5) -> tuple[float, float]:
    """Width and font size at which the longest text fits into the tallest row: wider first, then smaller to 8 pt."""
    longest = max(texts, key=text_width, default="")
    while line_count(longest, width) * size * 1.38 + 5 > MAX_HEIGHT and width < 100:
        width += 4
    while line_count(longest, width * 10.5 / size) * size * 1.38 + 5 > MAX_HEIGHT and size > 8:
        size -= 0.5
    return width, size


def reference(row: int, column: int, *, fixed_row: bool = False, fixed_column: bool = False) -> str:
    """A cell's name for formulas, with its `$` signs."""
    name = cell_ref(row, column)
    letters, number = re.match(r"([A-Z]+)(\d+)", name).groups()  # type: ignore[union-attr]
    return f"{'$' * fixed_column}{letters}{'$' * fixed_row}{number}"


def looks_merged(sheet: Sheet, columns: Sequence[int], first: int, last: int, fill: str, line: str) -> None:
    """Make equal neighbours in these columns look like one cell, though every row keeps its own text.

    Real merged cells break sorting and filtering. A later column counts as equal only where the earlier ones are; a
    neighbour that is filtered out does not count, so that the first row in sight always shows its text. The cells'
    own look has no line above or below, but for the last row's.
    """
    # Left and right too: in LibreOffice a condition's lines take the place of all that the cell has.
    around = {
        f"{side}{what}": value for side in ("top", "left", "right") for what, value in (("", 1), ("_color", line))
    }
    same: list[str] = []
    for column in columns:
        here, above = reference(first, column, fixed_column=True), reference(first - 1, column, fixed_column=True)
        same.append(f"{here}={above}")
        equal = f'AND({",".join(same)},{here}<>"",SUBTOTAL(103,{above})=1)'
        sheet.condition(first, column, last, column, f"={equal}", {"font_color": fill})
        sheet.condition(first, column, last, column, f"=NOT({equal})", around)


def write_groups(sheet: Sheet, row: int, groups: Mapping[int, str], look_of: Callable[[int], Look]) -> None:
    """The first of two heading lines: neighbours of one group under one text, by column number.

    A column of no group looks like one tall cell with its heading below.
    """
    places = sorted(groups)
    while places:
        first = last = places.pop(0)
        while places and groups[first] and places[0] == last + 1 and groups[places[0]] == groups[first]:
            last = places.pop(0)
        look = look_of(first)
        sheet.block(row, first, row, last, groups[first], look if groups[first] else {**look, "bottom": 0})
