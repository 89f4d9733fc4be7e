"""What a sheet of the register is made of: columns with their headings, and what may be typed below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from kpi_xlsx.book import Book, Sheet
from kpi_xlsx.headings import Heading, both_languages, find_loose_heading, find_sheets
from kpi_xlsx.model import Language


class Content(StrEnum):
    """What a column of the register holds."""

    TEXT = "text"
    DATE = "date"
    TIME = "time"
    UNTIL = "until"
    """A day or a time, kept as it was typed: as a time, a day would be shown to end when it begins."""
    VALUE = "value"
    """What a cell of the master holds: text, number or date."""


class Offer(StrEnum):
    """Lists of the cycle that a column offers to choose from."""

    DEPARTMENTS = "departments"
    GOALS = "goals"
    COLUMNS = "columns"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a sheet of the register: its headings, and what to type below."""

    key: str
    names: tuple[str, str]
    width: float
    note: tuple[str, str]
    """At most 255 characters: a spreadsheet shows no more beside a cell."""
    synonyms: tuple[str, ...] = ()
    content: Content = Content.TEXT
    offer: Offer | None = None
    words: tuple[tuple[str, str], ...] = ()
    """What may be chosen, in both languages."""
    free: bool = False
    """Whether other words than those offered are as good."""
    needed: bool = False
    """Without this column nothing on the sheet can be used."""
    decides: bool = False
    """Without this column the others may mean something else."""
    weighs: bool = False
    """Where cells have lost their heading and it may have been this one, nothing on the sheet can be used."""
    ahead: bool = False
    """People fill it in before there is anything to decide: a row of only such cells says nothing yet."""

    def name(self, language: Language) -> str:
        return language.say(*self.names)


@dataclass(frozen=True)
class RegisterSheet:
    """One sheet of the register."""

    key: str
    names: tuple[str, str]
    note: tuple[str, str]
    fields: tuple[Field, ...]
    synonyms: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, Field]:
        return {field.key: field for field in self.fields}

    @cached_property
    def headings(self) -> Mapping[str, str]:
        """Every heading, as it is compared, to the key of its column."""
        return both_languages({field.key: (*field.names, *field.synonyms) for field in self.fields})

    @cached_property
    def own_headings(self) -> frozenset[str]:
        """Those that the tool itself writes, and the columns' keys."""
        return frozenset(both_languages({field.key: field.names for field in self.fields}))

    def name(self, language: Language) -> str:
        return language.say(*self.names)

    def resembles(self, sheet: Sheet) -> bool:
        """Whether a sheet has this one's headings, all but one, and something below them."""
        heading = find_loose_heading(sheet, self.headings, self.own_headings, self.fields[0].key)
        if heading is None or len(heading.columns) < max(3, len(self.fields) - 1):
            return False
        needed = {field.key for field in self.fields if field.needed}
        return needed <= heading.columns.keys() and any(row > heading.row for row in sheet.rows)

    def find(self, book: Book) -> Iterator[tuple[Sheet, Heading | None]]:
        """The sheets of this name, each with its heading row; None where there is none among its first ten rows."""
        for sheet in find_sheets(book, *self.names, *self.synonyms):
            yield sheet, find_loose_heading(sheet, self.headings, self.own_headings, self.fields[0].key)
