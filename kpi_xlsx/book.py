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
_REMEDIES = {
    "F101": (
        "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新报送；如果那里也打不开，请用填报表重新填写。",
        "Open it in Excel or WPS, save it as .xlsx and send that; if it does not open there, fill in a fresh form.",
    ),
    "F103": (
        "请用密码打开，在“文件—信息—保护工作簿”里去掉密码（WPS 在“文件—文档加密”里），保存后重新报送。",
        "Open it with the password, remove it under File, Info, Protect workbook, save, and send it again.",
    ),
    "F104": (
        "请把填报内容抄到一份新的填报表里，不带图片和其他工作表，再行报送。",
        "Copy the answers into a fresh form, without pictures and other sheets, and send that.",
    ),
    "F106": (
        "请用可靠的解压软件打开压缩包，看清这个文件，把该报送的放进 inbox/，再移走压缩包。",
        "Unpack the archive with a program you trust, look at the file, put what belongs here into inbox/ "
        "and take the archive out.",
    ),
}
"""What helps, by rule, where a case has no remedy of its own."""
UNPACK = (
    "请解压后，只把该报送的文件放进 inbox/，再移走压缩包。",
    "Unpack it, put only the files that belong here into inbox/, and take the archive out.",
)
"""What helps with an archive that is not opened."""
NO_PASSWORD = (
    "请单位去掉压缩密码后重新报送；知道密码的，可以用 --password-file 给出。",
    "Ask for it to be sent without a password; one that you know can be named with --password-file.",
)
"""What helps with an archive that is locked."""
PACK_AGAIN = (
    "请单位重新压缩后再报，或者直接报送里面的文件。",
    "Ask for it to be packed and sent again, or for the files themselves.",
)
"""What helps with an archive that is damaged."""


class Unreadable(Exception):  # noqa: N818  (a verdict on a file, named as the rules name it)
    """A file that cannot be read: the rule's code, and in both languages the reason and what to do."""

    def __init__(self, code: str, zh: str, en: str, remedy: tuple[str, str] | None = None) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en
        self.remedy = remedy or _REMEDIES.get(code, SAVE_AS)
        self.momentary = code == "F103"
        """With another password, or more memory, it might be read."""


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
    momentary: bool = False
    """A password opened it."""


def damaged(zh: str, en: str, remedy: tuple[str, str] | None = None) -> Unreadable:
    return Unreadable("F101", zh, en, remedy)


def over(zh: str, en: str, remedy: tuple[str, str] | None = None) -> Unreadable:
    return Unreadable("F104", zh, en, remedy)


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
