"""The reader of numbers: one figure in whatever spelling, signs and units in words; two figures or none are refused."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kpi_xlsx.model import Cell, CellKind, match_key
from kpi_xlsx.numerals import SIGNS, read_numeral
from kpi_xlsx.reading import REFERENCES, Reading, narrow, refused
from kpi_xlsx.template import Column
from kpi_xlsx.units import CURRENCIES, SCALES, Unit, find_unit, unit_of

LONGEST = 100
"""Characters beyond which a text is no number that a person typed."""


def read_number(column: Column, cell: Cell, text: str) -> Reading:
    """A finite number in the unit of the column's heading."""
    unit = unit_of(column)
    if cell.kind is CellKind.NUMBER and isinstance(cell.value, int | float):
        return _read_numeric(float(cell.value), cell.percent, unit)
    if cell.kind is CellKind.BOOL:
        return refused("tick")
    if cell.kind is CellKind.DATE:
        return refused("date")
    if cell.kind is not CellKind.TEXT:
        return refused("words")
    found = _read_text(text, unit, declining=bool(_DECLINE.search(f"{column.group} {column.header}".casefold())))
    return refused(found) if isinstance(found, str) else found


def _read_numeric(number: float, percent: bool, unit: Unit | None) -> Reading:
    if percent:
        if not _takes_percents(unit):
            return refused("unit")
        return _finite(clean_float(number * 100))
    return _doubted(_finite(number, converted=False), unit)


def _takes_percents(unit: Unit | None) -> bool:
    return unit is None or unit.kind == "percent" or not (unit.kind or unit.scale != 1 or unit.own_words)


def clean_float(number: float) -> float:
    """Without the dust of binary fractions: 6.800000000000001 is 6.8."""
    return float(f"{number:.12g}")


def _finite(number: float, *, converted: bool = True) -> Reading:
    """A number, if it is not beyond what a cell can hold."""
    return Reading(number + 0.0, converted=converted) if math.isfinite(number) else refused("size")


def _doubted(reading: Reading, unit: Unit | None) -> Reading:
    """In a column of percents a bare 0.068 may be a share that lost its format."""
    fraction = isinstance(reading.value, float) and 0 < abs(reading.value) < 1
    if unit is not None and unit.kind == "percent" and fraction:
        return Reading(reading.value, converted=reading.converted, why="fraction")
    return reading


# --- how a number may be written --------------------------------------------------------------------------------------

_AGAINST = "(?:同比|环比|[比较](?:上年|去年|上月|上期|上年同期|去年同期))?"
_DOWN = (
    "负增长 下降 减少 降低 下跌 下滑 回落 负 减 降 跌 "
    "decline-of declined-by declined decrease-of decreased-by decreased fall-of fell-by fell drop-of dropped-by "
    "reduction-of reduced-by down-by down minus negative"
)
_UP = (
    "正增长 增长 增加 上升 提高 提升 上涨 增 升 涨 "
    "increase-of increased-by increased growth-of grew-by grew rise-of rose-by rose up-by up plus"
)


def _direction(words: str) -> str:
    listed = sorted(words.split(), key=len, reverse=True)
    return "|".join(word.replace("-", r"\s+") + (r"(?![a-z])" if word.isascii() else "") for word in listed)


_WORDS = re.compile(rf"{_AGAINST}\s*(?:(?P<down>{_direction(_DOWN)})|(?P<up>{_direction(_UP)}))了?\s*")
_DECLINE = re.compile(
    r"(?<![增升涨])[减降跌]|压缩|缩减|节[约省支能电水]"
    r"|decline|decrease|reduction|reduced|\bdrop\b|\bfall\b|\bsaved\b|\bsavings?\b|\bcuts?\b"
)
_ARTICLE = re.compile(r"an?\s+")
_SIGN = re.compile(r"\s*([+-]|–(?=\d))\s*")
_CURRENCY = re.compile(rf"(?:{'|'.join(map(re.escape, CURRENCIES))})\s*")
_GROUPING_SPACE = re.compile(r"(?<=\d)[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))")
_PLAIN = r"(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:['’]\d{3})+|\d+)(?:\.\d+)?"
_SCALE = "|".join(sorted((word for word in SCALES if word not in ("千", "百")), key=len, reverse=True))
# 千 before 米, 克, 瓦 belongs to the unit, 百 before 分 to the 百分点.
_SCALE += r"|千(?![米克瓦])|百(?!分)"
_ARABIC = re.compile(rf"({_PLAIN})(?:\s*({_SCALE}))?", re.ASCII)
_MULTIPLYING = {"k": "thousand", "m": "million", "b": "billion"}
_LETTERS = {"k": "", "m": "length", "b": "", "w": "power"}
"""Letters right behind a number that multiply it for some, and are a unit to others, by the kind of that unit."""
_FOUR_PLACES = re.compile(r"[1-9]\d{3}", re.ASCII)
_CHINESE = re.compile(rf"(?:(?!千[米克瓦])[{SIGNS}])+(?:点[{SIGNS}]+)?")
_WHOLE_PERCENT = re.compile(r"百分之(?:百|100)")
_DIGITS = re.compile(r"[+-]?\d+(?:\.\d+)?%?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Figure:
    """A number as written, what it was multiplied by, and what follows it."""

    number: Decimal
    least: Decimal | None
    """The smallest multiplier in words; None if it is written in full."""
    rest: str


def _read_text(text: str, unit: Unit | None, declining: bool) -> Reading | str:
    """A number, or the reason why there is none."""
    typed = narrow(_GROUPING_SPACE.sub(",", text)).casefold().removesuffix("。")
    if _DIGITS.fullmatch(typed) and (_takes_percents(unit) or not typed.endswith("%")):
        return _plain(typed, unit)
    if len(typed) > LONGEST:
        return "words"
    if match_key(text) in REFERENCES:
        return "reference"
    negative, rest, clear = _sign(typed, declining)
    if not clear:
        return "sign"
    money = _CURRENCY.match(rest)
    rest = rest[money.end() :] if money else rest
    if money and (sign := _SIGN.match(rest)):  # ¥-100
        if negative is not None:
            return "sign"
        negative, rest = sign[1] != "+", rest[sign.end() :]
    own = _before_own_word(rest, unit)
    if own is not None:
        return _finite(float(-own if negative else own))
    figure, percent = _figure(rest)
    if figure is None:
        return _why(typed)
    trailing = figure.rest.strip()
    if figure.rest == "-" and negative is None:
        negative, trailing = True, ""
    number = _counted(figure, money[0].strip() if money else "", "%" if percent else "", trailing, unit)
    if isinstance(number, str):
        return _why(typed) if number == "words" else number
    reading = _finite(float(-number if negative else number))
    return reading if percent or trailing else _doubted(reading, unit)


def _before_own_word(text: str, unit: Unit | None) -> Decimal | None:
    """The number before a word of a heading that is measured in no known unit: 1.2 万吨标准煤 below 万吨标准煤."""
    for word in unit.own_words if unit else ():
        head = re.fullmatch(_PLAIN, text.removesuffix(word).rstrip(), re.ASCII) if text.endswith(word) else None
        if head:
            return _decimal(head[0])
    return None


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.translate({ord(sign): None for sign in ",'’"}))


def _counted(figure: _Figure, money: str, percent: str, trailing: str, unit: Unit | None) -> Decimal | str:
    """The number in the column's unit, by the words before and behind it, or the reason why there is none."""
    own = unit is not None and match_key(unit.word) == match_key(money + trailing)
    if own and trailing and not percent and figure.least is None and not _INEXACT.search(f"1{trailing}"):
        return figure.number  # the heading's own word: £3m below £m, 3 MWh/a below MWh/a
    if trailing in _MULTIPLYING and money and figure.least is None:  # £5m
        scale = SCALES[_MULTIPLYING[trailing]]
        figure, trailing = _Figure(figure.number * scale, scale, ""), ""
    elif trailing in _LETTERS and not figure.rest.startswith(" ") and _LETTERS[trailing] != (unit and unit.kind):
        return "letter"
    named = [find_unit(word) for word in (money, percent, trailing) if word]
    if None in named:
        return "words"
    if len({one.kind for one in named if one}) > 1 or (percent and trailing):
        return "unit"
    return _in_unit(figure, named[-1] if named else None, unit)


def _plain(typed: str, unit: Unit | None) -> Reading:
    reading = _finite(float(typed.rstrip("%")))
    return reading if typed.endswith("%") else _doubted(reading, unit)


def _sign(typed: str, declining: bool) -> tuple[bool | None, str, bool]:
    """Whether a number is negative (None: nothing said), what is left, and whether its signs agree.

    Under a heading that itself speaks of a decline, 减少 3 may be a decline or its opposite.
    """
    bracketed = typed.startswith("(") and typed.endswith(")")
    rest = typed[1:-1].strip() if bracketed else typed.removeprefix("'").removeprefix("’")
    article = _ARTICLE.match(rest)
    words = _WORDS.match(rest, article.end() if article else 0)
    rest = rest[words.end() :] if words else rest
    sign = _SIGN.match(rest)
    rest = rest[sign.end() :] if sign else rest
    said = bracketed + (words is not None) + (sign is not None)
    growth = words is not None and words["up"] is not None and not bracketed  # 增长-5% is how a fall is put as well
    clear = (said < 2 or growth) and not (declining and words)
    negative = bracketed or (words is not None and words["down"] is not None) or (sign is not None and sign[1] != "+")
    return negative if said else None, rest, clear


def _figure(text: str) -> tuple[_Figure | None, bool]:
    """The number at the head of a text, and whether 百分之 stands before it."""
    if _WHOLE_PERCENT.fullmatch(text):
        return _Figure(Decimal(100), None, ""), True
    percent = text.startswith("百分之")
    rest = text.removeprefix("百分之").lstrip()
    found = _read_arabic(rest) or _read_chinese(rest)
    return (None, False) if found is None or (percent and found.least is not None) else (found, percent)


def _read_arabic(text: str) -> _Figure | None:
    """1,234.5 or 1.2万 or 1亿2000万: each part smaller than the multiplier before it, only the last with decimals."""
    parts = list(_parts(text))
    if not parts:
        return None
    total, above, least = Decimal(0), None, None
    for place, (number, scale, _) in enumerate(parts):
        last = place == len(parts) - 1
        if (above is not None and number * scale >= above) or not (last or number == number.to_integral_value()):
            return None
        total, above = total + number * scale, scale
        least = None if scale == 1 and place == 0 else scale
    return _Figure(total, least, text[parts[-1][2] :])


def _parts(text: str) -> Iterator[tuple[Decimal, Decimal, int]]:
    """Number, multiplier and end of each part. A bare end counts only if it fills all places: 3万5000, not 3万5."""
    place, above = 0, None
    while match := _ARABIC.match(text, place):
        scale = SCALES[match[2]] if match[2] else Decimal(1)
        if above is not None and match[2] is None and not (above == 10_000 and _FOUR_PLACES.fullmatch(match[0])):
            return
        if above is not None and scale >= above:
            return
        yield _decimal(match[1]), scale, match.end()
        if match[2] is None:
            return
        place, above = match.end(), scale


def _read_chinese(text: str) -> _Figure | None:
    match = _CHINESE.match(text)
    if match is None:
        return None
    whole, scale = match[0], Decimal(1)
    if "点" in whole and whole[-1] in SCALES:  # 三点五万
        whole, scale = whole[:-1], SCALES[whole[-1]]
    number = read_numeral(whole)
    if number is None or text.startswith("千", match.end()):  # 三千米: 3000 米 or 3 千米
        return None
    number *= scale
    # Below ten thousand the characters are but other digits; 万 and 亿 are multipliers, as behind digits.
    scaled = [sign for sign in match[0] if sign in "万萬亿億"]
    last = match[0][-1]
    least = SCALES[last] if scaled and last in scaled else Decimal(1) if scaled else None
    return _Figure(number, least, text[match.end() :])


def _in_unit(figure: _Figure, named: Unit | None, unit: Unit | None) -> Decimal | str:
    """The number in the column's unit, or the reason why it cannot be.

    A number without a unit takes the column's: 2000 below 万元 is 2000, and 2000万 is 2000 as well, for 万 is a part of
    the unit. A smaller multiplier (2千 below 万元) may be either, and is refused.
    """
    if unit is not None and unit.own_words:  # 5000元 below 万元/亩, 1.2万 below 万吨标准煤
        return "unit" if named else figure.number if figure.least is None else "scale"
    if unit is None or not (unit.kind or unit.scale != 1):
        return figure.number if named is None or named.kind != "percent" or named.size == 1 else "unit"
    if named is None:
        if figure.least is None or unit.scale == 1:
            return figure.number
        return figure.number / unit.scale if figure.least >= unit.scale else "scale"
    if named.kind != unit.kind and (unit.kind or named.kind in ("percent", "point")):
        return "unit"
    own = unit.scale * (unit.size if unit.kind else 1)
    return figure.number * (named.size if unit.kind else 1) / own


# --- why there is no number -------------------------------------------------------------------------------------------

_N = rf"(?:\d[\d,.]*+|[{SIGNS}]++)"
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}(?!\d)|\d{4}[-/]\d{1,2}(?!\d)|\d{4}年|\d{1,2}月|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    r"|\d{1,2}:\d{2}|[上下]半年|季度"
)
_BEFORE = (
    "约|近|超过?|逾|不少于|不低于|不超过|不到|不足|至少|最多|至多|高于|低于|大于|小于|多于|少于|突破|达到?近|上|数|几"
)
_AFTER = r"[^\W\d]{0,3}(?:以上|以下|以内|左右|上下)|余|多|来|几|\+(?!\s*\d)"
_ENGLISH = (
    "about|approx\\w*|around|roughly|circa|ca|nearly|almost|over|more|less|under|below|above|least|most|up to|some"
)
_INEXACT = re.compile(
    rf"(?:{_BEFORE})\s*[-+]?(?:{_N}|十|百|千|万)|{_N}\s*(?:{_AFTER})|[几数][十百千万亿]|十几"
    rf"|[<>≥≤≈~±≧≦∼～约]|一半|大半|过半|^[一二三四五六七八九两][二三四五六七八九][十百千万]?$|\b(?:{_ENGLISH})\b"
)
_RANGE = re.compile(rf"{_N}\s*[^\W\d]{{0,2}}%?\s*(?:[-–—―─~～∼至到]+|\bto\b)\s*{_N}")
_COMMA = re.compile(r"[+-]?[\d.]*,?\d[\d.]*(?:,\d+)+(?:\.\d+)?|,\d+")
_TWO = re.compile(rf"{_N}\D+{_N}")
_EXPONENT = re.compile(r"[+-]?[\d.]+e[+-]?\d+")
_TICKS = frozenset(["√", "✓", "✔", "☑", "×", "✗", "✘", "是", "否", "对", "有", "y", "n", "yes", "no", "true", "false"])


def _why(typed: str) -> str:
    """The reason that helps most."""
    if typed in _TICKS:
        return "tick"
    if _DATE.search(typed):
        return "date"
    if _RANGE.search(typed):
        return "range"
    if _INEXACT.search(typed):
        return "inexact"
    if _COMMA.fullmatch(typed):
        return "comma"
    if _EXPONENT.fullmatch(typed):
        return "exponent"
    if _TWO.search(typed):
        return "several"
    return "words"
