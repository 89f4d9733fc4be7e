"""What a person must know of a return beside its answers: hidden places with answers, remarks, pictures, links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpi_xlsx.book import Book, Extras
from kpi_xlsx.model import Entry, Language, Note, cell_ref, clip
from kpi_xlsx.tables import Columns

_NAMED = 8
"""So many rows, boxes or files are named in one message, no more."""
_QUOTED = 3


def note_extras(book: Book, language: Language) -> Iterator[Note]:
    """What the workbook carries beside its cells, and which other workbooks it refers to."""
    what = list(_carried(book.extras, language))
    if what:
        yield Note("S110", {"what": _and(what, language)})
    if book.extras.links:
        unnamed = language.say("（文件名不详）", "(name unknown)")
        yield Note("S111", {"links": _some([link or unnamed for link in book.extras.links], language)})


def _carried(extras: Extras, language: Language) -> Iterator[str]:
    comments, boxes = extras.comments + extras.threads, len(extras.text_boxes)
    if comments:
        yield language.say(f"{comments} 条批注", f"{comments} comment{'s' * (comments > 1)}")
    if extras.pictures:
        yield language.say(f"{extras.pictures} 张图片", f"{extras.pictures} picture{'s' * (extras.pictures > 1)}")
    if boxes:
        words = [f"“{clip(text)}”" for text in extras.text_boxes]
        quoted = _some(words, language, _QUOTED)
        yield language.say(f"{boxes} 个文本框（{quoted}）", f"{boxes} text box{'es' * (boxes > 1)} ({quoted})")


def note_hidden(entries: Sequence[Entry], columns: Columns) -> Iterator[Note]:
    """The rows and columns that cannot be seen, but hold answers; or the whole sheet."""
    sheet, at, language = columns.found.sheet, columns.at, columns.context.language
    answered = {entry.row - 1: entry.answers for entry in entries if entry.answered}
    rows = sorted(sheet.hidden_rows & answered.keys())
    unseen = {column.key: column for column in columns.table.form_columns if at.get(column.key) in sheet.hidden_columns}
    held = {key for answers in answered.values() for key in answers if key in unseen}
    where = []
    if sheet.hidden and answered:
        where.append(language.say(f"整张工作表“{sheet.name}”", f"the whole sheet “{sheet.name}”"))
    if rows:
        numbers = _some(_spans(rows), language)
        where.append(language.say(f"第 {numbers} 行", f"row{'s' * (len(rows) > 1)} {numbers}"))
    if held:
        names = _some([f"“{clip(column.header)}”" for key, column in unseen.items() if key in held], language)
        where.append(language.say(f"{names}列", f"column{'s' * (len(held) > 1)} {names}"))
    if where:
        places = ((row, at[key]) for row, answers in answered.items() for key in answers)
        first = min(place for place in places if sheet.hidden or place[0] in rows or place[1] in sheet.hidden_columns)
        yield Note("S109", {"where": _and(where, language)}, cell=cell_ref(*first))


def _spans(rows: Sequence[int]) -> list[str]:
    """Row numbers as a person counts them, neighbours drawn together: 6–9, 12."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return [str(first + 1) if first == last else f"{first + 1}–{last + 1}" for first, last in spans]


def _some(names: Sequence[str], language: Language, most: int = _NAMED) -> str:
    """A list of names, the first few."""
    return language.say("、", ", ").join(names[:most]) + "…" * (len(names) > most)


def _and(parts: Sequence[str], language: Language) -> str:
    """Parts of a sentence, with a word before the last."""
    *others, last = parts
    link = language.say("和 " if last[0].isdigit() else "和", " and ")
    return language.say("、", ", ").join(others) + link + last if others else last
