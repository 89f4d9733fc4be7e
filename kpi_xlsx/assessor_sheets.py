"""The sheets of a workbook that hold assessors' forms, set apart from those of departments; no form is read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kpi_xlsx import identity as identities
from kpi_xlsx.assessors import OWN_KEYS
from kpi_xlsx.book import Book, Sheet
from kpi_xlsx.context import Context
from kpi_xlsx.model import Note, Return
from kpi_xlsx.tables import Found, find_tables, match_heading
from kpi_xlsx.template import Table

ENOUGH = 3
"""So many columns that only an assessor's form has make a sheet one; others have a name and a target, too."""


def split_book(book: Book, context: Context) -> Iterator[tuple[Book, Context]]:
    """The parts of a workbook, each with what its forms are read against; most workbooks are one part."""
    assessing = context.assessing
    names = set() if assessing is None else {one.name for one in book.sheets if _is_assessors(one, context, assessing)}
    if assessing is None or not names:
        yield book, context
    elif not any(_has_form(sheet, context) for sheet in book.sheets if sheet.name not in names):
        yield book, assessing
    else:
        names.update(one.name for one in book.sheets if _names_assessor(one, assessing))
        for own in (context, assessing):
            sheets = [sheet for sheet in book.sheets if (sheet.name in names) is own.of_assessors]
            properties = {
                key: text
                for key, text in book.properties.items()
                if own.of_assessors is _is_of_assessor(text, assessing)
            }
            yield replace(book, sheets=sheets, properties=properties), own


def _is_assessors(sheet: Sheet, context: Context, assessing: Context) -> bool:
    table = assessing.template.main
    theirs = [_columns_of(found, table) for found in find_tables(sheet, table)]
    if not any(len(keys & OWN_KEYS) >= ENOUGH for keys in theirs):
        return False
    main = context.template.main
    ours = (_columns_of(found, main) for found in find_tables(sheet, main))
    return max(map(len, theirs)) > max(map(len, ours), default=0)


def _columns_of(found: Found, table: Table) -> set[str]:
    """The columns of a table that stand on a sheet, by hidden key or heading."""
    return {*found.keys.values(), *filter(None, (match_heading(text, table) for text in found.headings.values()))}


def _has_form(sheet: Sheet, context: Context) -> bool:
    return bool(find_tables(sheet, context.template.main))


def _names_assessor(sheet: Sheet, assessing: Context) -> bool:
    """Whether a sheet says, as the hidden one does, that the workbook is an assessor's form."""
    texts = (cell.value for _, cells in sheet.in_order() for cell in cells.values() if isinstance(cell.value, str))
    return len(sheet.rows) <= 1000 and any(_is_of_assessor(text, assessing) for text in texts)


def _is_of_assessor(text: str, assessing: Context) -> bool:
    own = identities.from_payload(text)
    return own is not None and own.template.partition("@")[0] == assessing.template.name


def as_sent(returns: Iterable[Return], own: Context) -> Iterator[Return]:
    """Returns as they are filed: those of assessors under no department, and what is not of this period with a name."""
    for ret in returns:
        if own.of_assessors:
            notes = tuple(_naming(note, ret, own) for note in ret.notes)
            ret = replace(ret, assessor=ret.department or "?", department=None, notes=notes)
        yield ret


def _naming(note: Note, ret: Return, own: Context) -> Note:
    known = own.plan.by_code.get(ret.department or "")
    if note.code != "I102" or known is None:
        return note
    found = note.words["found"]
    return replace(
        note,
        words={"found": own.language.say(f"{found}，评分单位：{known.name}", f"{found}, assessor: {known.name}")},
    )
