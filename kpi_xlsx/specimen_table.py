"""Where the table of an existing form stands: heading rows of one level or more, columns, rows, and where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_xlsx.book import Sheet, over
from kpi_xlsx.model import clip, plain
from kpi_xlsx.sheet_looks import LOOKED_COLUMNS, LOOKED_ROWS, Area
from kpi_xlsx.specimen import Frame, Headed
from kpi_xlsx.specimen_meanings import find_meaning

_LOOKED_FOR = 30
"""Rows from the top in which headings may stand."""
_LEVELS = 3
_LONGEST = 60
"""Characters of a heading; what is longer is a sentence."""
_ENOUGH = 3
_LONGEST_READ = 500
_MOST_MERGED = 4 * LOOKED_ROWS * LOOKED_COLUMNS
"""Merged cells, one that lies in several areas counted for each."""
_LETTERS = "甲乙丙丁戊己庚辛"
_CJK_GAP = re.compile(r"(?<=[^\x00-\xff])\s+(?=[^\x00-\xff])")
NOTE = re.compile(
    r"^\s*(注|备注|说明|填表说明|填报说明|填表要求|填报要求|要求|notes?|guidance)\s*[：:\d一.、（(]", re.IGNORECASE
)
LABEL = re.compile(r"[^\s：:，。；]{2,16}(?:[（(][^）)]{1,10}[）)])?\s*[：:]")


def tidy_heading(text: str) -> str:
    """A heading on one line; what was spread out (备　注) or broken over lines is closed up."""
    return _CJK_GAP.sub("", " ".join(text.split()))


@dataclass(frozen=True)
class Grid:
    """A sheet's texts with merged cells told apart, as far down and to the right as a form may reach."""

    sheet: Sheet
    covering: Mapping[tuple[int, int], Area]
    """The merged area around a cell."""
    parted: frozenset[int]
    """The rows in which cells were merged across columns."""

    @classmethod
    def of(cls, sheet: Sheet) -> Grid:
        """Raises Unreadable if so many cells are merged that no person did it."""
        areas = [
            (top, left, min(bottom, LOOKED_ROWS), min(right, LOOKED_COLUMNS))
            for top, left, bottom, right in sheet.merges
            if top < LOOKED_ROWS and left < LOOKED_COLUMNS
        ]
        if sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in areas) > _MOST_MERGED:
            raise over("合并单元格太多", "it has too many merged cells")
        covering = {
            (row, column): area
            for area in areas
            for row in range(area[0], area[2] + 1)
            for column in range(area[1], area[3] + 1)
        }
        return cls(sheet, covering, frozenset(area[0] for area in areas if area[3] > area[1]))

    def area(self, row: int, column: int) -> Area:
        return self.covering.get((row, column), (row, column, row, column))

    def text(self, row: int, column: int) -> str:
        """What a cell shows, that of the merged cell around it if there is one."""
        top, left, _, _ = self.area(row, column)
        cell = self.sheet.cell(top, left)
        return "" if cell is None else plain(cell.value).strip()

    def own(self, row: int) -> Mapping[int, str]:
        """The texts that begin in a row."""
        cells = self.sheet.rows.get(row, {})
        texts = {at: plain(cells[at].value).strip() for at in sorted(cells) if at < LOOKED_COLUMNS}
        return {at: text for at, text in texts.items() if text}

    def is_wide(self, row: int, column: int, share: int) -> bool:
        _, left, _, right = self.area(row, column)
        return right - left + 1 >= share


def find_frame(sheet: Sheet) -> Frame | None:
    """The table of a sheet; None where no row looks like its headings."""
    grid = Grid.of(sheet)
    best = max(((_score(grid, row), -row) for row in range(_LOOKED_FOR)), default=(0, 0))
    if best[0] <= 0:
        return None
    top, bottom = _levels(grid, -best[1])
    columns = tuple(_columns(grid, top, bottom))
    return None if len(columns) < 2 else _with_rows(grid, top, bottom, columns)


def _score(grid: Grid, row: int) -> int:
    """How much a row looks like headings: several short texts, some of them known."""
    texts = [text for text in grid.own(row).values() if not _is_number(text)]
    short = [text for text in texts if len(text) <= _LONGEST and not re.search("[：:]$", text)]
    known = sum(find_meaning(text) is not None for text in short)
    if known == 0 or len(short) < (2 if known > 1 else _ENOUGH) or len(grid.own(row)) > 2 * len(short):
        return 0
    return 4 * known + len(short)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\d.,%\-/]+", text))


# --- levels of headings -----------------------------------------------------------------------------------------------


def _levels(grid: Grid, row: int) -> tuple[int, int]:
    top = bottom = row
    while bottom - row < _LEVELS - 1 and _goes_on_below(grid, bottom):
        bottom += 1
    while bottom - top < _LEVELS - 1 and top > 0 and _goes_on_above(grid, top):
        top -= 1
    return top, bottom


def _goes_on_below(grid: Grid, row: int) -> bool:
    upper, lower = grid.own(row), grid.own(row + 1)
    areas = {grid.area(row, column) for column in upper}
    if any(area[2] > row for area in areas):
        return True
    heads = [text for text in lower.values() if len(text) <= _LONGEST and not _is_number(text)]
    if len(heads) < 2 or len(heads) < len(lower):
        return False
    wide = [area for area in areas if area[3] > area[1]]
    if wide:
        return all(any(area[1] <= column <= area[3] for area in wide) for column in lower)
    # Nothing is merged: sub-headings stand below a blank as well as below a text, and not below the first heading.
    return bool(upper) and min(upper) not in lower and any(column not in upper for column in lower)


def _goes_on_above(grid: Grid, row: int) -> bool:
    above, own = grid.own(row - 1), grid.own(row)
    if any(grid.area(row, column)[0] < row for column in range(max(own, default=0) + 1)):
        return len(above) > 1
    texts = list(above.values())
    heads = len(texts) > 1 and not any(re.search(r"[：:]|\d{4}|^附[件表]", text) for text in texts)
    return heads and any(grid.is_wide(row - 1, column, 2) for column in above)


def _columns(grid: Grid, top: int, bottom: int) -> Iterator[Headed]:
    """The columns that have a heading; one that is merged across several is one column."""
    reach = [at for row in range(top, bottom + 1) for at in grid.own(row)]
    right = max((grid.area(row, at)[3] for row in range(top, bottom + 1) for at in grid.own(row)), default=0)
    before: tuple[Area, ...] = ()
    pending: Headed | None = None
    for column in range(min(reach), right + 1):
        path = _path(grid, top, bottom, column)
        if not path:
            continue
        if pending is not None and tuple(path) == before:
            pending = Headed(pending.left, column, pending.header, pending.group)
            continue
        if pending is not None:
            yield pending
        before = tuple(path)
        texts = [clip(tidy_heading(text[:_LONGEST_READ]), _LONGEST) for text in path.values()]
        pending = Headed(column, column, texts[-1], " / ".join(texts[:-1]))
    if pending is not None:
        yield pending


def _path(grid: Grid, top: int, bottom: int, column: int) -> dict[Area, str]:
    """The headings above a column from the top, each with the cell in which it stands."""
    found: dict[Area, str] = {}
    for row in range(top, bottom + 1):
        text, area = grid.text(row, column), grid.area(row, column)
        if not text and row < bottom and grid.text(bottom, column):
            area, text = _group_at_left(grid, row, bottom, column)
        if text:
            found[area] = text
    return found


def _group_at_left(grid: Grid, row: int, bottom: int, column: int) -> tuple[Area, str]:
    """The group that a column stands under where nothing is merged: the next text at the left with sub-headings."""
    if row not in grid.parted:
        for left in range(column - 1, -1, -1):
            if text := grid.text(row, left):
                return grid.area(row, left), text if grid.text(bottom, left) else ""
    return grid.area(row, column), ""


# --- rows -------------------------------------------------------------------------------------------------------------


def _with_rows(grid: Grid, top: int, bottom: int, columns: tuple[Headed, ...]) -> Frame:
    last = max(grid.sheet.rows, default=bottom)
    rows: list[int] = []
    bands: list[int] = []
    row = bottom + 1
    while row <= min(last, LOOKED_ROWS) and not _is_below(grid, row, columns):
        if _is_band(grid, row, columns):
            bands.append(row)
        elif not (row == bottom + 1 and _numbers_columns(grid, row)):
            rows.append(row)
        row += 1
    return Frame(top, bottom, columns, tuple(rows), tuple(bands), row)


def _is_below(grid: Grid, row: int, columns: tuple[Headed, ...]) -> bool:
    """Whether a row stands below the table: a note over its width, or labels to be signed."""
    texts = grid.own(row)
    if not texts:
        return False
    if NOTE.match(next(iter(texts.values()))) and len(texts) == 1:
        return True
    labels = [text for text in texts.values() if is_label(text)]
    return 2 * len(labels) >= len(texts) and len(texts) < max(2, len(columns))


def is_label(text: str) -> bool:
    """Whether a text is something to be filled in or signed: 审核人：, or several of these in one cell."""
    bare = LABEL.sub("", text) if not text.isascii() else re.sub(r"[A-Za-z][\w ()/.-]{1,40}:", "", text)
    return bare != text and len(bare.strip(" _　\t\n.…")) <= 12


def _is_band(grid: Grid, row: int, columns: tuple[Headed, ...]) -> bool:
    texts = grid.own(row)
    if len(texts) != 1 or len(columns) < 3:
        return False
    (at,) = texts
    return grid.is_wide(row, at, max(3, len(columns) // 2))


def _numbers_columns(grid: Grid, row: int) -> bool:
    """Whether a row only numbers the columns: 甲 乙 1 2 3, (1) (2) (3)."""
    texts = [re.sub(r"[()（）]", "", text) for text in grid.own(row).values()]
    numbers = [text for text in texts if text not in _LETTERS and not re.fullmatch("[A-Z]", text)]
    counted = [str(number) for number in range(1, len(numbers) + 1)]
    return len(texts) >= _ENOUGH and numbers == counted
