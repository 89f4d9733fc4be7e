"""What a reader yields, whatever the format: a book of sheets of cells, or a verdict that there is none to be had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kpi_xlsx.limits import Limits
from kpi_xlsx.model import Cell

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384
HELD = 3
"""As how many blank cells one counts that holds something."""

SAVE_AS = (
    "请在 Excel 或 WPS 里打开，用“另存为”存成 Excel 工作簿（*.xlsx）再报送；只改文件名不行。",
    "Open it in Excel or WPS, choose Save as, Excel workbook (*.xlsx), and send that; renaming is not enough.",
)
"""What helps with a table in another format."""


class Unreadable(Exception):  # noqa: N818  (a verdict on a file, named as the rules name it)
    """A file that cannot be read: the rule's code, the reason in both languages, and the remedy for another format."""

    def __init__(self, code: str, zh: str, en: str, remedy: tuple[str, str] = SAVE_AS) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en
        self.remedy = remedy


@dataclass(slots=True)
class Sheet:
    """One worksheet: its cells that hold something, by row and column counted from 0."""

    name: str
    hidden: bool = False
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column."""

    def cell(self, row: int, column: int) -> Cell | None:
        return self.rows.get(row, {}).get(column)

    def in_order(self) -> Iterator[tuple[int, dict[int, Cell]]]:
        """Rows from the top, whatever the order in the file."""
        yield from sorted(self.rows.items())


@dataclass(frozen=True, slots=True)
class Extras:
    """What a workbook carries beside its cells; it stays in the original, and a person must know of it.

    Remarks that the tool itself put into a feedback copy (`OWN_REMARK`) do not count.
    """

    comments: int = 0
    threads: int = 0
    """Threaded comments, a conversation counted once."""
    pictures: int = 0
    """Pictures over the cells, and those within one (WPS)."""
    text_boxes: tuple[str, ...] = ()
    """The words of each text box."""
    links: tuple[str, ...] = ()
    """The other workbooks that formulas refer to."""


BOXES = 50
BOX_LENGTH = 500
LINKS = 50
"""How much of a workbook's text boxes and links is kept: a person needs to know of them, not to have them."""
OWN_REMARK = ("【审核意见】", "[Finding]")
"""How a remark begins that the tool itself put into a cell of a feedback copy."""


@dataclass(slots=True)
class Book:
    """A workbook: its worksheets in order, its custom properties, whether it carries macros, and what else."""

    sheets: list[Sheet]
    properties: dict[str, str] = field(default_factory=dict)
    macros: bool = False
    extras: Extras = Extras()


def damaged(zh: str, en: str) -> Unreadable:
    return Unreadable("F101", zh, en)


def over(zh: str, en: str) -> Unreadable:
    return Unreadable("F104", zh, en)


class Allowance:
    """What may still be read of a workbook, all its sheets together."""

    def __init__(self, limits: Limits) -> None:
        self.cells = limits.cells
        self.text = limits.text

    def take_cells(self, count: int = 1) -> None:
        self.cells -= count
        if self.cells < 0:
            raise over("单元格太多", "it has too many cells")

    def take_text(self, length: int) -> None:
        self.text -= length
        if self.text < 0:
            raise over("文字太多", "it holds too much text")
