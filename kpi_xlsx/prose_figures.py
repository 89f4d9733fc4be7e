"""What prose says: figures with unit and direction, spans of months, numbered parts. No verdict rests on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kpi_xlsx.reading import narrow
from kpi_xlsx.targets import scale_of
from kpi_xlsx.units import SCALES

_FALL = (
    "负增长|下降|减少|降低|下跌|下滑|回落|(?<![增上])降|fell|fall(?:en|s)?|declin(?:ed?|es|ing)"
    "|decreas(?:ed?|es|ing)|drop(?:s|ped)?|down"
)
_RISE = "正增长|增长|增加|上升|提高|提升|上涨|rose|risen?|grew|grow(?:n|s|th)?|increas(?:ed?|es|ing)|up"
_BETWEEN = r"(?:了|by|of|about|约|达|到|\s){0,6}"
_SCALE = "|".join(sorted((word for word in SCALES if len(word) <= 2 and not word.isascii()), key=len, reverse=True))
_FIGURE = re.compile(
    rf"(?:(?P<fall>{_FALL})|(?P<rise>{_RISE}))?{_BETWEEN}(?<![\d.])(?P<number>-?\d[\d,]*(?:\.\d+)?)\s?(?P<scale>{_SCALE})?",
    re.IGNORECASE | re.ASCII,
)
MOST_TEXT = 20_000
"""Characters of a text that are looked at; a cell holds no more that a person wrote."""
_SPACES = re.compile(r"\s+")


def _plain(text: str) -> str:
    """A text as it is searched: in half-width signs, and with single spaces, so that no pattern can run away."""
    return _SPACES.sub(" ", narrow(text[:MOST_TEXT]))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in prose, in the unit that was asked for, with the sign that its words give it."""

    number: Decimal
    falls: bool
    """Whether a word before it says that it went down."""
    directed: bool
    """Whether any word before it says where it went."""


def find_figures(text: str, unit: str) -> Iterator[Figure]:
    """The numbers of a text that stand in this unit; 亿 and 万 are converted. None for a target without a unit."""
    size, word = scale_of(unit)
    if not word:
        return
    plain = _plain(text)
    for found in _FIGURE.finditer(plain):
        behind = plain[found.end() :].lstrip().casefold()
        if not behind.startswith(word.casefold()) or (word == "%" and behind[1:2] == "点"):
            continue
        try:
            number = Decimal(found["number"].replace(",", ""))
        except InvalidOperation:
            continue
        number = number * SCALES.get(found["scale"] or "", Decimal(1)) / size
        directed = bool(found["fall"] or found["rise"])
        yield Figure(-number if found["fall"] else number, bool(found["fall"]), directed)


_ENGLISH = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_ENGLISH.split(), 1)}
_NAMES = "|".join(_MONTHS)
_SPANS = (
    re.compile(r"(?<![\d.])(?P<first>\d{1,2})\s?月?\s?[-—–~至到]\s?(?P<last>\d{1,2})\s?月", re.ASCII),
    re.compile(rf"\b(?P<first>{_NAMES})[a-z]*\.?\s?(?:-|–|to|through|until)\s?(?P<last>{_NAMES})[a-z]*", re.IGNORECASE),
)
_UNTIL = (
    re.compile(r"截[至止]到?\s?(?:\d{4}\s?年)?\s?(?P<last>\d{1,2})\s?月", re.ASCII),
    re.compile(rf"\b(?:as of|as at|to the end of|up to)\s(?:end\s|\d{1, 2}\s)?(?P<last>{_NAMES})[a-z]*", re.IGNORECASE),
)


def find_last_months(text: str, first: int) -> Iterator[int]:
    """The months (1-12) up to which a text says that figures count: 1-5月, 截至5月末; spans from month `first`."""
    plain = _plain(text)
    for pattern in _SPANS:
        for found in pattern.finditer(plain):
            if _month(found["first"]) == first:
                yield _month(found["last"])
    for pattern in _UNTIL:
        for found in pattern.finditer(plain):
            yield _month(found["last"])


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS[text[:3].casefold()]


_NUMBERED = re.compile(r"(?:(?<=^)|(?<=[。；;.\n）)：:])|(?<=\s))\s?(?P<number>\d{1,2})\s?[.、．)）](?!\d)")
_WORDS = re.compile(r"[\u3400-\u9fff]{2,}|[a-z]{4,}", re.IGNORECASE)
_SAID_ANYWHERE = (
    "开展 完成 推进 建设 工作 进行 实施 加强 做好 组织 建立 加快 完善 继续 相关 有关 情况 全市 本市 等的 "
    "with from this that have been will"
)
_COMMON = frozenset(_SAID_ANYWHERE.split())
ENOUGH = 0.2
"""So much of a part's own words in a text means that it speaks of it."""
STEM = 5
"""So many letters of a Latin word are compared: refurbish and refurbished are one."""
_QUOTED = re.compile(r"[“《「]([^”》」]{2,40})[”》」]")


def find_parts(text: str) -> list[str]:
    """The numbered parts of a requirement, 1. … 2. …, outside brackets; fewer than two in their order are none."""
    text = _SPACES.sub(" ", text[:MOST_TEXT])
    outside = _outside_brackets(text)
    wanted, chosen = 1, []
    for mark in _NUMBERED.finditer(text):
        if int(mark["number"]) == wanted and outside[mark.start("number")]:
            chosen.append(mark)
            wanted += 1
    if len(chosen) < 2:
        return []
    ends = [*(mark.start() for mark in chosen[1:]), len(text)]
    return [text[mark.end() : end].strip() for mark, end in zip(chosen, ends, strict=True)]


def _outside_brackets(text: str) -> list[bool]:
    """For each character whether it stands in no brackets; a scoring rule in brackets has numbers of its own."""
    depth, found = 0, []
    for sign in text:
        depth += sign in "（("
        found.append(depth == 0)
        depth = max(0, depth - (sign in "）)"))
    return found


def find_unmentioned(requirement: str, name: str, text: str) -> Iterator[str]:
    """The numbered parts of a requirement of which a text says nothing, by the words that are a part's own.

    What several parts have in common, or the goal's `name`, tells nothing; a printed number proves nothing. A term in
    quotation marks that stands in the text, too, settles it.
    """
    parts = find_parts(requirement)
    words = [set(_pairs(part)) for part in parts]
    times = Counter(word for one in words for word in one)
    said, common = set(_pairs(text)), set(_pairs(name))
    plain = narrow(text)
    for part, all_words in zip(parts, words, strict=True):
        own = {word for word in all_words if times[word] == 1} - common
        quoted = any(narrow(term) in plain for term in _QUOTED.findall(part))
        if own and not quoted and len(own & said) < ENOUGH * len(own):
            yield part


def _pairs(text: str) -> Iterator[str]:
    """Words of Latin letters, and pairs of Chinese characters, that mean something."""
    for found in _WORDS.finditer(narrow(text).casefold()):
        word = found[0]
        pieces = [word[:STEM]] if word.isascii() else [word[at : at + 2] for at in range(len(word) - 1)]
        yield from (piece for piece in pieces if piece not in _COMMON)
