"""What stands in a returned table and belongs to no goal or column: kept, listed, and never taken for an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpi_xlsx import identity as identities
from kpi_xlsx.context import Context
from kpi_xlsx.model import Leftover, Note, clip, comparable, id_key
from kpi_xlsx.tables import Columns, is_signature
from kpi_xlsx.template import AUTOMATIC
from kpi_xlsx.values import show

LONGEST = 2000
"""Characters of one leftover that are kept; the whole stays in the original."""
MOST_TEXT = 100_000
"""Characters of all leftovers of a form that are kept: a run holds those of every return."""


def find_leftovers(columns: Columns, chosen: Mapping[int, str]) -> Iterator[Leftover]:
    """Rows of no goal, doubled rows, further columns and strays; `chosen`: the rows that were read, by goal."""
    context, table, found = columns.context, columns.table, columns.found
    read = {place: key for key, place in columns.at.items()}
    given = {column.key for column in table.given}
    room = MOST_TEXT
    for row, cells in found.rows():
        if row not in chosen and is_signature(cells, context):
            continue
        own = columns.cell(cells, table.row_key)
        name = chosen.get(row) or (show(own) if own else "")
        for place, cell in sorted(cells.items()):
            if read.get(place) in AUTOMATIC or (row in chosen and place in read):
                continue
            text = show(cell)
            if not text or _is_mark(text, context):
                continue
            if read.get(place) in given and comparable(text) in context.given_texts:
                continue
            label = " · ".join(filter(None, (name, columns.heading(place))))
            room -= len(text[:LONGEST])
            if room < 0:
                return
            yield Leftover(cell.ref, label, text[:LONGEST])


def note_strays(columns: Columns, chosen: Mapping[int, str]) -> Iterator[Note]:
    """Cells beside the rows of goals that hold something under no heading."""
    found, say = columns.found, columns.context.language.say
    headed = found.headings.keys() | found.keys.keys()
    stray = [
        (cell.ref, text)
        for row, cells in found.rows()
        if row in chosen
        for place, cell in sorted(cells.items())
        if place not in headed and (text := show(cell)) and not text.startswith((identities.MARK, identities.PAYLOAD))
    ]
    if stray:
        shown = say("、", ", ").join(ref for ref, _ in stray[:5]) + ("…" if len(stray) > 5 else "")
        words = {"count": str(len(stray)), "cells": shown, "what": clip(stray[0][1])}
        yield Note("S113", words, cell=stray[0][0])


def _is_mark(text: str, context: Context) -> bool:
    """Whether a text is one of the form's own hidden marks."""
    if text[:1] != identities.MARK:
        return text.startswith(identities.PAYLOAD)
    return id_key(text[1:]) in context.plan.by_key or text[1:] in context.spare_ids()
