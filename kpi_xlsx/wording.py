"""Which words of a text are new and which are gone: by characters in Chinese, by words and numbers elsewhere."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby

from kpi_xlsx.model import Language, clip


class Change(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


Piece = tuple[Change, str]

_HAN = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W{_HAN}]"
_MARKS = r"\u0300-\u036f\u200d\ufe00-\ufe0f"
"""What belongs to the sign before it: accents, and what joins or selects the shapes of pictographs."""
_TOKEN = re.compile(
    rf"(?<![\w.,])[-+−](?=\d){_LETTER}+(?:[.,]\d+)*|{_LETTER}(?:{_LETTER}|[{_MARKS}]|[.,:'’-](?={_LETTER}))*"
    rf"|\s+|.[{_MARKS}]*",
    re.DOTALL,
)
_CLAUSE = re.compile(r"[^，。；：、！？,.;:!?\n]*[，。；：、！？,.;:!?\n]*", re.DOTALL)
AROUND, LONGEST = 24, 60
"""So much a message shows on either side of a change, a Chinese sign counted as two; and so many signs of a change."""
MOST_SHOWN = 3
"""So many changes of one text a message shows; the rest are counted."""
MOST_PAIRS = 100_000
"""So many pairs of equal pieces are looked at; texts that have more are compared in larger pieces."""


def find_changes(old: str, new: str) -> list[Piece]:
    """The pieces of both texts in reading order; what is gone stands before what took its place.

    Without those that are gone they make up the new text, without the new ones the old.
    """
    if old == new:
        return [(Change.SAME, new)] if new else []
    return [
        (change, "".join(text for _, text in pieces))
        for change, pieces in groupby(_ordered(_closed(_compared(old, new))), key=lambda piece: piece[0])
    ]


def show_change(old: str, new: str, language: Language) -> str:
    """What a message says of a change: old and new in quotation marks, of long texts only what differs."""
    before, after = (" ".join(text.split()) for text in (old, new))
    if before == after:
        note = language.say("（只有空格或换行不同）", " (only spaces or line breaks differ)") if old != new else ""
        return _quoted(clip(before, LONGEST), language) + note
    found = _excerpts(before, after)
    shown = [" → ".join(_quoted(text, language) for text in pair) for pair in found[:MOST_SHOWN]]
    more = len(found) - MOST_SHOWN
    if more > 0:
        shown.append(language.say(f"另有 {more} 处", f"{more} more"))
    return language.say("；", "; ").join(shown)


def _quoted(text: str, language: Language) -> str:
    return f"“{text}”" if text else language.say("空白", "blank")


def _excerpts(old: str, new: str) -> list[tuple[str, str]]:
    """Each change with a little of what stands around it, as it was and as it is; neighbours are one."""
    if not old or not new or max(_room(old), _room(new)) <= 2 * AROUND:
        return [(clip(old, LONGEST), clip(new, LONGEST))]
    found: list[tuple[str, str]] = []
    before, after = "", ""
    open_, pieces = False, find_changes(old, new)
    for place, (change, text) in enumerate(pieces):
        if change is not Change.SAME:
            before += text if change is Change.GONE else ""
            after += text if change is Change.NEW else ""
            open_ = True
            continue
        last = place == len(pieces) - 1
        if open_ and not last and _room(text) <= 2 * AROUND:
            before, after = before + text, after + text
            continue
        if open_:
            end = _beginning(text)
            found.append((_shortened(before) + end, _shortened(after) + end))
        before = after = "" if last else _ending(text)
        open_ = False
    return [*found, (_shortened(before), _shortened(after))] if open_ else found


def _beginning(text: str) -> str:
    """The first words of what follows a change."""
    shown = _first_words(_TOKEN.findall(text))
    return text if len(shown) == len(text) else shown.rstrip() + "…"


def _ending(text: str) -> str:
    """The last words of what comes before a change."""
    shown = _first_words([word[::-1] for word in reversed(_TOKEN.findall(text))])[::-1]
    return text if len(shown) == len(text) else "…" + shown.lstrip()


def _first_words(words: Iterable[str]) -> str:
    """As many whole words as there is room for, but at least one."""
    shown = ""
    for word in words:
        if shown and _room(shown) + _room(word) > AROUND:
            break
        shown += word
    return shown


def _room(text: str) -> int:
    return sum(2 if sign >= "\u2e80" else 1 for sign in text)


def _shortened(text: str) -> str:
    """A long change with its middle left out: both ends tell more than the beginning alone."""
    return text if len(text) <= 2 * LONGEST else f"{text[:LONGEST]}…{text[-LONGEST:]}"


def _compared(old: str, new: str) -> Iterator[Piece]:
    """Word by word; in texts of which that would take long, only within the clauses that differ."""
    clauses = _CLAUSE.findall(old), _CLAUSE.findall(new)
    if _quick(*_words(old, new)) or not _quick(*clauses):
        yield from _by_words(old, new)
        return
    for same, run in groupby(_matched(*clauses), key=lambda piece: piece[0] is Change.SAME):
        pieces = list(run)
        yield from pieces if same else _by_words(*(_side(pieces, side) for side in (Change.GONE, Change.NEW)))


def _by_words(old: str, new: str) -> Iterator[Piece]:
    """Word by word; what would take long is gone as a whole and new as a whole."""
    words = _words(old, new)
    yield from _matched(*words) if _quick(*words) else ((Change.GONE, old), (Change.NEW, new))


def _words(old: str, new: str) -> tuple[list[str], list[str]]:
    return _TOKEN.findall(old), _TOKEN.findall(new)


def _side(pieces: Sequence[Piece], side: Change) -> str:
    return "".join(text for change, text in pieces if change is side)


def _quick(before: Sequence[str], after: Sequence[str]) -> bool:
    counts = Counter(after)
    return sum(count * counts[piece] for piece, count in Counter(before).items()) <= MOST_PAIRS


def _matched(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield from ((Change.SAME, piece) for piece in after[new_from:new_to])
        else:
            yield from ((Change.GONE, piece) for piece in before[old_from:old_to])
            yield from ((Change.NEW, piece) for piece in after[new_from:new_to])


def _closed(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """A single sign that stayed between two changes reads worse than if all of it had changed."""
    runs = [(change, [text for _, text in run]) for change, run in groupby(pieces, key=lambda piece: piece[0])]
    for place, (change, texts) in enumerate(runs):
        if change is Change.SAME and 0 < place < len(runs) - 1 and len("".join(texts).strip()) <= 1:
            yield from ((Change.GONE, text) for text in texts)
            yield from ((Change.NEW, text) for text in texts)
        else:
            yield from ((change, text) for text in texts)


def _ordered(found: Iterator[Piece]) -> Iterator[Piece]:
    """Between two pieces that stayed, first all that is gone, then all that is new."""
    for same, run in groupby(found, key=lambda piece: piece[0] is Change.SAME):
        pieces = list(run)
        yield from pieces if same else sorted(pieces, key=lambda piece: piece[0] is Change.NEW)
