"""Units behind a number or in a column's heading: a closed list; a word that is not on it is never dropped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from kpi_xlsx.model import match_key
from kpi_xlsx.reading import narrow
from kpi_xlsx.template import Column

SCALES: Mapping[str, Decimal] = {
    word: Decimal(10) ** power
    for power, words in {
        12: "万亿 trillion",
        11: "千亿",
        10: "百亿",
        9: "十亿 billion bn",
        8: "亿 億",
        7: "千万 千萬",
        6: "百万 百萬 million mn",
        5: "十万 十萬",
        4: "万 萬",
        3: "千 thousand",
        2: "百",
    }.items()
    for word in words.split()
}
"""Words that multiply the number before them."""

KINDS: Mapping[str, Mapping[str, str]] = {
    "money": {"1": "元 圆 元整 元人民币 人民币 人民币元 ¥ rmb cny yuan"},
    "usd": {"1": "美元 $ us$ usd dollars"},
    "gbp": {"1": "英镑 £ gbp pounds"},
    "eur": {"1": "欧元 € eur euro euros"},
    "percent": {"1": "% percent percents percentage pct", "0.1": "‰ permille"},
    "point": {"1": "百分点 个百分点 percentagepoint percentagepoints pp"},
    "length": {
        "1": "米 m metre metres meter meters",
        "1000": "公里 千米 km kilometre kilometres kilometer kilometers",
        "0.01": "厘米 cm",
        "0.001": "毫米 mm",
    },
    "area": {
        "1": "平方米 平米 ㎡ m² m2 sqm squaremetre squaremetres squaremeter squaremeters",
        "10000": "公顷 ha hectare hectares",
        "1000000": "平方公里 平方千米 ㎢ km² km2 sqkm squarekilometre squarekilometres",
    },
    "mu": {"1": "亩 mu"},
    "volume": {"1": "立方米 立方 m³ m3 cubicmetre cubicmetres", "0.001": "升 litre litres liter liters"},
    "mass": {"1": "公斤 千克 kg kilogram kilograms", "1000": "吨 t tonne tonnes", "0.001": "克 g", "0.5": "斤"},
    "power": {"1": "瓦 w", "1000": "千瓦 kw", "1000000": "兆瓦 mw"},
    "energy": {"1": "千瓦时 kwh", "1000": "兆瓦时 mwh"},
    "people": {"1": "人 名 位 person persons people"},
    "visits": {"1": "人次 visit visits"},
    "households": {"1": "户 household households"},
    "days": {"1": "天 day days"},
    "months": {"1": "个月"},
    "hours": {"1": "小时 hour hours"},
    "marks": {"1": "分"},
    "times": {"1": "倍"},
    "count": {
        "1": "个 家 项 条 件 次 所 座 台 辆 套 棵 株 处 篇 份 期 场 批 宗 起 间 栋 幢 艘 架 只 头 口 盏 本 册 "
        "部 支 组 队 届 例 单 笔 种 类 张 枚 颗 根 片 item items piece pieces case cases project projects unit units"
    },
}
"""Words of each kind of unit by their size; sizes of one kind are converted, kinds never are."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What one counts in: 万元 is money by ten thousand, 公里 a length of 1000; an unknown one has its word only."""

    kind: str = ""
    size: Decimal = Decimal(1)
    scale: Decimal = Decimal(1)
    word: str = ""
    own_words: tuple[str, ...] = ()
    """Of a heading's unit that is not on the list, but made of such (万元/亩, 万吨标准煤): only these may be used."""


_UNITS = {
    match_key(word): Unit(kind, Decimal(size), word=word)
    for kind, sizes in KINDS.items()
    for size, words in sizes.items()
    for word in words.split()
}
MONEY = frozenset(["money", "usd", "gbp", "eur"])
CURRENCIES = tuple(sorted((word for word, unit in _UNITS.items() if unit.kind in MONEY), key=len, reverse=True))
"""Names of money, which may also stand before the number; longer ones first."""


def find_unit(text: str) -> Unit | None:
    """The unit of this name: 公里, km, percent."""
    return _UNITS.get(match_key(text))


_BRACKETS = re.compile(r"[(（\[【]([^()（）\[\]【】]+)[)）\]】]")
_LABEL = re.compile(r"(?:计量)?单位[:：]?|unit:?|in(?= )", re.IGNORECASE)
_SCALED = re.compile(
    rf"(?P<before>{'|'.join(map(re.escape, CURRENCIES))})?(?P<number>10+|100+(?:000)*|'000s?)?"
    rf"(?P<scale>{'|'.join(sorted(SCALES, key=len, reverse=True))})?s?(?P<unit>.*)",
    re.DOTALL,
)


@lru_cache(maxsize=1024)
def _unit_of(header: str, group: str) -> Unit | None:
    for heading in (header, group):
        for text in reversed(_BRACKETS.findall(heading)):
            parts = (text, *re.split("[，,；;、]", text))
            unit = next(filter(None, (_parse(_LABEL.sub("", part)) for part in parts)), None)
            if unit is not None:
                return unit
        if match_key(_BRACKETS.sub("", heading)).endswith("%"):
            return _UNITS["%"]
    words = [text for heading in (header, group) for text in _BRACKETS.findall(heading)]
    return Unit(word=words[0].strip(), own_words=_own_words(words[0])) if words else None


_COMPOUND = re.compile(r"(?:[十百千]?[万萬亿億]|[百千]万|吨|千瓦)")


def _own_words(word: str) -> tuple[str, ...]:
    """What may stand behind a number below a unit such as 万元/亩: the whole, or one side of it as it is."""
    whole = narrow(word).casefold()
    sides = [side.strip() for side in re.split(r"/|\bper\b|(?<=[元吨人])每", whole)]
    if len(sides) > 1 and any(_parse(side) for side in sides):
        return (whole, *sides)
    return (whole,) if _COMPOUND.match(whole) else ()


def unit_of(column: Column) -> Unit | None:
    """The unit that a column's heading names in brackets, 实际值（万元） or Spent (£ million); else its group's."""
    return _unit_of(column.header, column.group)


def _parse(text: str) -> Unit | None:
    """A unit with its multiplier: 万元, 10,000 yuan, £m, '000."""
    key = match_key(text).replace(",", "")
    if key in _UNITS:
        return Unit(_UNITS[key].kind, _UNITS[key].size, word=text.strip())
    match = _SCALED.fullmatch(key)
    assert match is not None
    rest, before = match["unit"], match["before"] or ""
    scale = SCALES.get(match["scale"] or "", Decimal(1))
    if before and rest in ("m", "k"):
        rest, scale = "", scale * {"m": 1_000_000, "k": 1_000}[rest]
    if match["number"]:
        scale *= 1000 if "'" in match["number"] else Decimal(match["number"])
    unit = _UNITS.get(rest or before, Unit())
    if (rest and (before or not unit.kind)) or (scale == 1 and not unit.kind):
        return None
    if (match["number"] or "").isdigit() and unit.kind not in MONEY:
        return None  # 学校（10所） names a target, not a unit
    return Unit(unit.kind, unit.size, scale, text.strip())
