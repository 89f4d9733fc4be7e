"""Targets of goals: what is to be reached, by which operator, in which unit and on which basis; no file here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from kpi_xlsx.model import Language, Scalar, id_key, match_key, plain
from kpi_xlsx.reading import narrow
from kpi_xlsx.units import SCALES


class Operator(StrEnum):
    """How an actual is compared with a target's value."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "="
    MORE = ">"
    LESS = "<"
    BETWEEN = ".."
    UP = "↑"
    DOWN = "↓"


class TargetBasis(StrEnum):
    """What kind of figure a target speaks of; only figures of one kind are compared."""

    FLOW = "flow"
    STOCK = "stock"
    GROWTH = "growth"
    RATIO = "ratio"
    RANK = "rank"
    DELIVERABLE = "deliverable"
    CONDITION = "condition"
    SCORE = "score"


BASIS_WORDS: Mapping[TargetBasis, tuple[str, str]] = {
    TargetBasis.FLOW: ("流量", "flow"),
    TargetBasis.STOCK: ("存量", "stock"),
    TargetBasis.GROWTH: ("增速", "growth"),
    TargetBasis.RATIO: ("比率", "ratio"),
    TargetBasis.RANK: ("位次", "rank"),
    TargetBasis.DELIVERABLE: ("交付", "deliverable"),
    TargetBasis.CONDITION: ("条件", "condition"),
    TargetBasis.SCORE: ("计分", "score"),
}
"""On screen, in Chinese and English."""
_FURTHER_WORDS: Mapping[TargetBasis, str] = {
    TargetBasis.FLOW: "新增 当期 当年 年内 增量",
    TargetBasis.STOCK: "余额 期末 时点 总量",
    TargetBasis.GROWTH: "增长率 增幅 同比",
    TargetBasis.RATIO: "比例 占比 百分比 rate share",
    TargetBasis.RANK: "排名 名次 ranking",
    TargetBasis.DELIVERABLE: "成果 任务 事项 milestone",
    TargetBasis.CONDITION: "底线",
    TargetBasis.SCORE: "得分 评分",
}
_BASES = {
    match_key(word): basis
    for basis, words in BASIS_WORDS.items()
    for word in (*words, *_FURTHER_WORDS[basis].split(), basis)
}
BY_STATUS = frozenset([TargetBasis.DELIVERABLE, TargetBasis.CONDITION])
"""Bases without a figure: whether they are reached is what the status says."""
DIRECT = frozenset([TargetBasis.STOCK, TargetBasis.GROWTH, TargetBasis.RATIO, TargetBasis.RANK, TargetBasis.SCORE])
"""Bases that are compared as they stand; only a flow grows with the year."""


def parse_basis(text: str) -> TargetBasis | None:
    """The basis that a word names; None if it names none."""
    return _BASES.get(match_key(text))


@dataclass(frozen=True, slots=True)
class Expression:
    """What a target says as a person wrote it, understood: `>=15`, `3..5`, `↓`."""

    operator: Operator
    low: Decimal | None = None
    """The value; of a range its lower end; None for a mere direction."""
    high: Decimal | None = None
    """The upper end of a range."""
    unit: str = ""
    """The unit that stands behind the figure, as it was written."""
    basis: TargetBasis | None = None
    """The kind of figure that the words themselves name: 增长 8% is a growth."""

    @property
    def lower_is_better(self) -> bool:
        return self.operator in (Operator.AT_MOST, Operator.LESS, Operator.DOWN)

    def __str__(self) -> str:
        if self.low is None:
            return str(self.operator)
        if self.operator is Operator.BETWEEN and self.high is not None:
            return f"{figure(self.low)}..{figure(self.high)}{self.unit}"
        return f"{self.operator}{figure(self.low)}{self.unit}"

    def holds(self, actual: Decimal) -> bool:
        """Whether a figure reaches the target. Raises ValueError for a mere direction, which needs another figure."""
        if self.low is None:
            raise ValueError("a direction is compared with an earlier figure")
        match self.operator:
            case Operator.AT_LEAST:
                return actual >= self.low
            case Operator.AT_MOST:
                return actual <= self.low
            case Operator.MORE:
                return actual > self.low
            case Operator.LESS:
                return actual < self.low
            case Operator.BETWEEN if self.high is not None:
                return self.low <= actual <= self.high
            case _:
                return actual == self.low


def figure(number: Decimal) -> str:
    """A figure as people write it: 15, 6.8, -12.49; never 1E+2."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_AT_LEAST = "不少于 不低于 不小于 至少 达到 达 力争 大于等于 >= ≥ ≧ atleast nolessthan notlessthan reach reaches"
_AT_MOST = (
    "不超过 不多于 不高于 不大于 至多 最多 控制在 小于等于 <= ≤ ≦ atmost nomorethan notmorethan notexceeding within"
)
_MORE, _LESS = "超过 大于 高于 多于 > morethan over above", "小于 低于 少于 < lessthan below under"
_EQUAL = "等于 = equals equalto exactly"
_UP = "增长 上升 提高 提升 增加 上涨 ↑ increase growth grow grows rise rises up"
_DOWN = "双下降 下降 减少 降低 压减 ↓ decrease decline fall falls reduce reduction down"
_POSITIVE, _NEGATIVE = "正增长 positivegrowth", "负增长 negativegrowth"
_LOOSE = {"以上": Operator.AT_LEAST, "及以上": Operator.AT_LEAST, "以内": Operator.AT_MOST, "以下": Operator.AT_MOST}
_LOOSE |= {"ormore": Operator.AT_LEAST, "orless": Operator.AT_MOST, "orhigher": Operator.AT_LEAST}


def _alternatives(words: str) -> str:
    return "|".join(map(re.escape, sorted(words.split(), key=len, reverse=True)))


_WORDS = [
    (re.compile(_alternatives(words)), operator)
    for words, operator in (
        (_AT_LEAST, Operator.AT_LEAST),
        (_AT_MOST, Operator.AT_MOST),
        (_MORE, Operator.MORE),
        (_LESS, Operator.LESS),
        (_EQUAL, Operator.EQUAL),
    )
]
_DIRECTION = re.compile(
    rf"(?P<positive>{_alternatives(_POSITIVE)})|(?P<negative>{_alternatives(_NEGATIVE)})"
    rf"|(?P<up>{_alternatives(_UP)})|(?P<down>{_alternatives(_DOWN)})"
)
_RATE = re.compile(r"(?:同比)?(?:增速|增幅|增长率|growthrate)(?:of|为)?")
_NUMBER = r"[+-]?\d[\d,]*(?:\.\d+)?"
_ONE = re.compile(rf"(?P<low>{_NUMBER})(?P<unit>\D*)", re.ASCII)
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})(?P<first>[^\d.~～至到—–-]*)(?:\.\.|…|~|～|至|到|—|–|-|to)(?P<high>{_NUMBER})(?P<unit>\D*)",
    re.ASCII,
)
LONGEST = 60
"""Characters beyond which a text is a sentence, from which nothing is taken."""


def parse_expression(value: Scalar | None, *, percent: bool = False) -> Expression | None:
    """What a target's cell says; None if that is not one plain target.

    A bare number is the least that is to be reached. `percent`: the cell shows its number as a percentage.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        number = _decimal(repr(value))
        scaled = number is not None and percent
        shown = number.scaleb(2) if scaled and number is not None else number
        return None if shown is None else Expression(Operator.AT_LEAST, shown.normalize(), unit="%" if percent else "")
    text = re.sub(r"\s+", "", narrow(plain(value)).casefold())
    return _parse(text) if 0 < len(text) <= LONGEST else None


def _parse(text: str) -> Expression | None:
    ranged = _RANGE.fullmatch(text)
    if ranged is not None:
        low, high = _decimal(ranged["low"]), _decimal(ranged["high"])
        if low is None or high is None or low > high:
            return None
        unit = ranged["unit"] or ranged["first"]
        return Expression(Operator.BETWEEN, low, high, unit) if _is_unit(unit) else None
    operator, basis, sign = Operator.AT_LEAST, None, 1
    named = False
    rate = _RATE.match(text)
    text = text[rate.end() :] if rate else text
    direction = _DIRECTION.match(text)
    if rate is not None:
        basis = TargetBasis.GROWTH
    elif direction is not None:
        text, basis = text[direction.end() :], TargetBasis.GROWTH
        if direction["positive"] or direction["negative"]:
            less = bool(direction["negative"])
            return None if text else Expression(Operator.LESS if less else Operator.MORE, Decimal(0), basis=basis)
        if not text:
            return Expression(Operator.DOWN if direction["down"] else Operator.UP)
        sign = -1 if direction["down"] else 1
    for pattern, one in _WORDS:
        found = pattern.match(text)
        if found is not None:
            operator, named, text = one, True, text[found.end() :]
            break
    one_number = _ONE.fullmatch(text)
    number = None if one_number is None else _decimal(one_number["low"])
    if one_number is None or number is None:
        return None
    unit = one_number["unit"]
    for word, loose in _LOOSE.items():
        if unit.endswith(word) and (not named or loose is operator):
            unit, operator = unit.removesuffix(word), loose
    if not _is_unit(unit) or (basis is not None and unit != "%"):
        return None  # 增长 8 家 is no growth rate, and 15 家左右 is no figure
    if sign < 0:  # to fall by at least 5% is a growth of -5% at most
        number = -number
        operator = _MIRRORED.get(operator, operator)
    return Expression(operator, number, unit=unit, basis=basis)


_MIRRORED = {
    Operator.AT_LEAST: Operator.AT_MOST,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.MORE: Operator.LESS,
    Operator.LESS: Operator.MORE,
}
_INEXACT = re.compile(r"左右|上下|余|多|约|几|大约|approx|about|\+")


def _is_unit(text: str) -> bool:
    """Whether what stands behind a figure may be its unit, and says no more."""
    return len(text) <= 12 and not _INEXACT.search(text) and not re.search(r"[，。；、,;:：()（）]", text)


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None


@dataclass(frozen=True, slots=True)
class Milestone:
    """How much of a target is to be reached by the end of a month, as a share of it (0.5 is half)."""

    month: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class Target:
    """A measurable part of a goal."""

    goal: str
    """The goal's id."""
    number: int
    """Which of the goal's targets it is, from 1."""
    name: str
    text: str
    """What stands in the plan's cell."""
    expression: Expression | None
    """None: nothing plain was written, or nothing that is a figure."""
    unit: str = ""
    basis: TargetBasis | None = None
    baseline: Decimal | None = None
    """The figure to compare a direction with: last year's, say."""
    milestones: tuple[Milestone, ...] = ()
    place: str = ""
    """Where it stands in the plan."""

    @property
    def id(self) -> str:
        return f"{self.goal}#{self.number}"

    @property
    def key(self) -> str:
        return id_key(self.id)

    @property
    def value(self) -> str:
        """What is to be reached as it was understood, without its unit: >=15; else as it was written."""
        return self.text if self.expression is None else str(replace(self.expression, unit=""))

    def shown(self, language: Language) -> str:
        """The target as it is shown back: >=15家（流量）."""
        words = self.text if self.expression is None else str(replace(self.expression, unit=self.unit))
        basis = "" if self.basis is None else language.say(*BASIS_WORDS[self.basis])
        return words + (language.say(f"（{basis}）", f" ({basis})") if basis else "")


def scale_of(unit: str) -> tuple[Decimal, str]:
    """The multiplier in a unit and what is left of it: 万元 is ten thousand and 元, 亿 is 10**8 and nothing."""
    text = re.sub(r"\s+", "", narrow(unit))
    for word in sorted(SCALES, key=len, reverse=True):
        if text.startswith(word) and not (word in ("千", "百") and text != word):
            return SCALES[word], text.removeprefix(word)
    return Decimal(1), text


def convert(number: Decimal, unit: str, wanted: str) -> Decimal | None:
    """A figure in another unit, where that is exact (万元 to 亿元); None where the units are of different things."""
    (size, rest), (other, other_rest) = scale_of(unit), scale_of(wanted)
    if match_key(rest) != match_key(other_rest):
        return None
    return number * size / other
