"""The figures that scores are made of: in Python as decimals, in Excel as formulas that say the same; no file here.

A value is a figure, or the words that stand in its place; a formula passes such words on as Python does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum

from kpi_xlsx.model import Language

Value = Decimal | str
"""A figure, or the words that stand in its place: not applicable, or why it cannot be told."""
Known = Mapping[str, Value]
"""What is known so far, by name."""
Cells = Mapping[str, str]
"""Where each name stands, as formulas write it."""
PLACES = 9
"""So many decimals every line of a calculation keeps, in Excel as here: no dust of binary fractions decides an edge."""
_GRAIN = Decimal(1).scaleb(-PLACES)
_ROOM = Context(prec=60)
NOT_APPLICABLE_WORDS = ("不适用", "not applicable")


def exact(number: Decimal) -> Decimal:
    """As ROUND(…, 9) has it: half away from zero."""
    with localcontext(_ROOM):
        return number.quantize(_GRAIN, ROUND_HALF_UP)


def rounded(number: Decimal, places: int) -> Decimal:
    """To so many decimals, half away from zero."""
    with localcontext(_ROOM):
        return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def divided(top: Decimal, bottom: Decimal) -> Decimal:
    """A quotient, exact to the places that are kept."""
    with localcontext(_ROOM):
        return exact(top / bottom)


def show(number: Decimal) -> str:
    """A figure as a sentence has it: at most four decimals, no empty ones."""
    text = f"{rounded(number, 4):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def certain(value: Value) -> Decimal:
    """A value that is known to be a figure."""
    assert isinstance(value, Decimal), value
    return value


def not_applicable(language: Language) -> str:
    return language.say(*NOT_APPLICABLE_WORDS)


def cannot(zh: str, en: str, language: Language) -> str:
    """Why there is no score: never a zero."""
    return language.say(f"无法评分：{zh}", f"cannot score: {en}")


def lacking(name: str, language: Language) -> str:
    """What stands in place of a figure that nobody has reported."""
    return cannot(f"缺“{name}”", f"“{name}” is missing", language)


def quoted(text: str) -> str:
    """Text within a formula."""
    return '"' + text.replace('"', '""') + '"'


def passed_on(name: str, cells: Cells, language: Language) -> str:
    """The words of a cell without a figure; a cell that somebody emptied has none of its own."""
    return f'IF({cells[name]}="",{quoted(lacking(name, language))},{cells[name]})'


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that a rule looks at: an input or an earlier line, as it is or in percent of another."""

    input: str
    of: str | Decimal | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.input, self.of) if isinstance(self.of, str) else (self.input,)

    @property
    def unit(self) -> str:
        return "" if self.of is None else "%"

    def read(self, known: Known, language: Language) -> Value:
        top = known[self.input]
        bottom = known[self.of] if isinstance(self.of, str) else self.of
        if isinstance(top, str) or bottom is None:
            return top
        if isinstance(bottom, str):
            return bottom
        return divided(top * 100, bottom) if bottom > 0 else self._no_divisor(language)

    def formula(self, cells: Cells, language: Language, then: Callable[[str], str]) -> str:
        """What `then` makes of the figure, or the words that stand in its place."""
        cell = cells[self.input]
        if self.of is None:
            inner = then(cell)
        elif isinstance(self.of, Decimal):
            inner = then(f"ROUND({cell}/{self.of:f}*100,{PLACES})")
        else:
            divisor = cells[self.of]
            inner = then(f"ROUND({cell}/{divisor}*100,{PLACES})")
            inner = f"IF({divisor}>0,{inner},{quoted(self._no_divisor(language))})"
            inner = f"IF(ISNUMBER({divisor}),{inner},{passed_on(self.of, cells, language)})"
        return f"IF(ISNUMBER({cell}),{inner},{passed_on(self.input, cells, language)})"

    def _no_divisor(self, language: Language) -> str:
        return cannot(f"“{self.of}”不大于零，不能作除数", f"“{self.of}” is not above zero", language)

    def told(self, known: Known, language: Language) -> str:
        """The figure with where it comes from: 引进个数 4 ÷ 任务数 10 = 40%."""
        value, top = self.read(known, language), known[self.input]
        assert isinstance(value, Decimal)
        assert isinstance(top, Decimal)
        if self.of is None:
            return language.say(f"“{self.input}”是 {show(value)}", f"“{self.input}” is {show(value)}")
        bottom = known[self.of] if isinstance(self.of, str) else self.of
        name = language.say(f"“{self.of}”", f"“{self.of}” ") if isinstance(self.of, str) else ""
        assert isinstance(bottom, Decimal)
        begin = language.say(f"“{self.input}” {show(top)}", f"“{self.input}” {show(top)}")
        return f"{begin} ÷ {name}{show(bottom)} = {show(value)}%"

    def named(self, language: Language) -> str:
        """What is looked at, without figures."""
        if self.of is None:
            return f"“{self.input}”"
        of = show(self.of) if isinstance(self.of, Decimal) else f"“{self.of}”"
        return language.say(f"“{self.input}”占{of}的百分比", f"“{self.input}” in percent of {of}")


class Side(StrEnum):
    """On which side of a limit a figure must be."""

    AT_LEAST = "at_least"
    ABOVE = "above"
    AT_MOST = "at_most"
    BELOW = "below"


SIDE_WORDS: Mapping[Side, tuple[str, str]] = {
    Side.AT_LEAST: ("不低于", "at least"),
    Side.ABOVE: ("高于", "above"),
    Side.AT_MOST: ("不高于", "at most"),
    Side.BELOW: ("低于", "below"),
}
_SIGNS = {Side.AT_LEAST: ">=", Side.ABOVE: ">", Side.AT_MOST: "<=", Side.BELOW: "<"}


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit and the side of it that is meant."""

    side: Side
    limit: Decimal

    def holds(self, figure: Decimal) -> bool:
        return {
            Side.AT_LEAST: figure >= self.limit,
            Side.ABOVE: figure > self.limit,
            Side.AT_MOST: figure <= self.limit,
            Side.BELOW: figure < self.limit,
        }[self.side]

    def test(self, expression: str) -> str:
        """The same as a formula's test."""
        return f"{expression}{_SIGNS[self.side]}{self.limit:f}"

    def told(self, unit: str, language: Language) -> str:
        return language.say(f"{SIDE_WORDS[self.side][0]} {show(self.limit)}{unit}", self._english(unit))

    def _english(self, unit: str) -> str:
        return f"{SIDE_WORDS[self.side][1]} {show(self.limit)}{unit}"


class Otherwise(StrEnum):
    """What a line is where its condition does not hold, if no figure."""

    CANNOT_SCORE = "cannot_score"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Condition:
    """A line is calculated only if this holds; else it is the figure or the words given."""

    measure: Measure
    bound: Bound
    otherwise: Decimal | Otherwise = Decimal(0)
    reason: str = ""

    def instead(self, language: Language) -> Value:
        """What the line is where the condition does not hold."""
        if isinstance(self.otherwise, Decimal):
            return self.otherwise
        if self.otherwise is Otherwise.NOT_APPLICABLE:
            return not_applicable(language)
        bare = (
            f"“{self.measure.input}”没有{self._bound(Language.ZH)}",
            (f"“{self.measure.input}” is not {self._bound(Language.EN)}"),
        )
        return cannot(self.reason or bare[0], self.reason or bare[1], language)

    def _bound(self, language: Language) -> str:
        return self.bound.told(self.measure.unit, language)

    def formula(self, cells: Cells, language: Language, inner: str) -> str:
        instead = self.instead(language)
        words = f"{instead:f}" if isinstance(instead, Decimal) else quoted(instead)
        return self.measure.formula(cells, language, lambda figure: f"IF({self.bound.test(figure)},{inner},{words})")

    def told(self, known: Known, language: Language) -> str:
        """Why the line was not calculated."""
        figure, bound = self.measure.told(known, language), self._bound(language)
        return language.say(f"{figure}，不满足“{bound}”", f"{figure}, which is not {bound}")

    def words(self, language: Language) -> str:
        """The condition in words, with what holds otherwise."""
        instead = self.instead(language)
        other = language.say("记 {} 分", "{} points").format(show(instead)) if isinstance(instead, Decimal) else instead
        named, bound = self.measure.named(language), self._bound(language)
        return language.say(f"{named}{bound}才计算，否则{other}", f"only if {named} is {bound}, else {other}")
