"""Which words of a text are new and which are gone: by characters in Chinese, by words and numbers elsewhere."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby


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
MOST_PAIRS = 100_000
"""So many pairs of equal pieces are looked at; texts that have more are compared in larger pieces."""


def changes(old: str, new: str) -> list[Piece]:
    """The pieces of both texts in reading order; what is gone stands before what took its place.

    Without those that are gone they make up the new text, without the new ones the old.
    """
    if old == new:
        return [(Change.SAME, new)] if new else []
    return [
        (change, "".join(text for _, text in pieces))
        for change, pieces in groupby(_ordered(_closed(_compared(old, new))), key=lambda piece: piece[0])
    ]


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
