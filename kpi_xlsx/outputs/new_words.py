"""Which words of a text are new against what stood there before: by character in Chinese, by word in other scripts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby

MOST_PAIRS = 100_000
"""With more pairs of equal tokens two texts are only compared from their ends: the rest would take too long."""
MOST_PIECES = 80
"""More pieces than this nobody reads as a change: the text is another one."""
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*[%％]?|[^\W\d_\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]+|\s+|.", re.DOTALL)
"""A figure whole, so that 6.8 of 6.3 is not only an 8; a word whole; else a single character."""


def new_words(before: str, now: str) -> list[tuple[str, bool]]:
    """The text `now` in pieces, each with whether it is new."""
    if not before:
        return [(now, True)] if now else []
    old, new = _TOKEN.findall(before), _TOKEN.findall(now)
    pieces = [("".join(text for text, _ in group), fresh) for fresh, group in groupby(_marked(old, new), _is_new)]
    return pieces if len(pieces) <= MOST_PIECES else [(now, True)]


def _is_new(token: tuple[str, bool]) -> bool:
    return token[1]


def _marked(old: list[str], new: list[str]) -> Iterator[tuple[str, bool]]:
    """Each token of the new text, with whether it is new."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    yield from ((token, False) for token in new[:start])
    again = Counter(inner_new)
    if sum(again[token] for token in inner_old) > MOST_PAIRS:
        yield from ((token, True) for token in inner_new)
    else:
        for kind, _, _, first, last in SequenceMatcher(None, inner_old, inner_new, autojunk=False).get_opcodes():
            yield from ((token, kind != "equal") for token in inner_new[first:last])
    yield from ((token, False) for token in new[len(new) - end :])
