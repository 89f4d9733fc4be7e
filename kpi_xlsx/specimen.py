"""The nouns of an office's existing form: its headed columns, its rows, what stands round the table, and doubts."""

from __future__ import annotations

from dataclasses import dataclass, field

from kpi_xlsx.book import Book, Sheet
from kpi_xlsx.sheet_looks import SheetLook


@dataclass(frozen=True, slots=True)
class Headed:
    """A column of the form: where it begins and ends, and the words above it."""

    left: int
    right: int
    header: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the table stands: its heading rows, its columns, and the rows that hold or are to hold answers."""

    top: int
    bottom: int
    columns: tuple[Headed, ...]
    rows: tuple[int, ...]
    """The rows of the table, without lines that only part it."""
    bands: tuple[int, ...]
    """Lines that part the table: one text over its width."""
    end: int
    """The row below the table."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a person has to confirm: where in the definition it belongs, and what to look at."""

    place: str
    """The key of a column, a key of the top level, or empty."""
    words: str


@dataclass(frozen=True, slots=True)
class Specimen:
    """An existing form as it was read: the workbook, the sheet that was chosen and how it looks."""

    book: Book
    sheet: Sheet
    frame: Frame
    look: SheetLook = field(default_factory=SheetLook)
