"""A line of a scoring rule, and the kinds that give points for a figure: as decimals, as a formula, and in words.

A line looks only at inputs and at lines above it, so that a calculation is read from top to bottom as in a sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from kpi_xlsx.model import Language
from kpi_xlsx.score_measures import (
    PLACES,
    Bound,
    Cells,
    Condition,
    Known,
    Measure,
    Side,
    Value,
    certain,
    divided,
    exact,
    show,
)


class Counting(StrEnum):
    """How a shortfall is counted: only whole steps, each step that has begun, or in proportion."""

    WHOLE = "whole"
    BEGUN = "begun"
    PROPORTIONAL = "proportional"


COUNTING_WORDS = {
    Counting.WHOLE: ("不满一档不计", "whole steps only"),
    Counting.BEGUN: ("不满一档按一档", "each step that has begun"),
    Counting.PROPORTIONAL: ("按比例", "in proportion"),
}


def count_steps(amount: Decimal, per: Decimal, counting: Counting) -> Decimal:
    """How many steps there are in an amount that is not below zero."""
    steps = divided(amount, per)
    if counting is Counting.PROPORTIONAL:
        return steps
    return steps.to_integral_value(ROUND_FLOOR if counting is Counting.WHOLE else ROUND_CEILING)


def _steps_formula(amount: str, per: Decimal, counting: Counting) -> str:
    steps = f"ROUND(MAX(0,{amount})/{per:f},{PLACES})"
    if counting is Counting.PROPORTIONAL:
        return steps
    return f"INT({steps})" if counting is Counting.WHOLE else f"ROUNDUP({steps},0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a rule."""

    name: str
    when: tuple[Condition, ...] = ()

    # What each kind says of itself.

    @property
    def looks_at(self) -> tuple[str, ...]:
        """The names of what the line itself is calculated from."""
        raise NotImplementedError

    def compute(self, known: Known, language: Language) -> Value:
        raise NotImplementedError

    def expression(self, cells: Cells, language: Language) -> str:
        raise NotImplementedError

    def told(self, known: Known, language: Language) -> str:
        """How the figure came about, with the figures."""
        raise NotImplementedError

    def rule(self, language: Language) -> str:
        """The line in words, without figures of anybody."""
        raise NotImplementedError

    # What all kinds have in common.

    @property
    def names(self) -> tuple[str, ...]:
        return (*(name for one in self.when for name in one.measure.names), *self.looks_at)

    def value(self, known: Known, language: Language) -> Value:
        for one in self.when:
            figure = one.measure.read(known, language)
            if isinstance(figure, str):
                return figure
            if not one.bound.holds(figure):
                return one.instead(language)
        return self.compute(known, language)

    def formula(self, cells: Cells, language: Language) -> str:
        """The same as a formula, without its equals sign."""
        inner = self.expression(cells, language)
        for one in reversed(self.when):
            inner = one.formula(cells, language, inner)
        return inner

    def steps(self, known: Known, language: Language) -> str:
        """One sentence with the figures; why there is none, if there is none."""
        for one in self.when:
            figure = one.measure.read(known, language)
            if isinstance(figure, Decimal) and not one.bound.holds(figure):
                instead = one.instead(language)
                shown = language.say(f"{show(instead)} 分", show(instead)) if isinstance(instead, Decimal) else instead
                return f"{one.told(known, language)}{language.say('，', ': ')}{shown}"
        value = self.value(known, language)
        return value if isinstance(value, str) else self.told(known, language)

    def words(self, language: Language) -> str:
        """The line in words, with its conditions."""
        return language.say("；", "; ").join([*(one.words(language) for one in self.when), self.rule(language)])


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOneFigure(Line):
    """A line that is calculated from one figure."""

    measure: Measure

    @property
    def looks_at(self) -> tuple[str, ...]:
        return self.measure.names

    def compute(self, known: Known, language: Language) -> Value:
        figure = self.measure.read(known, language)
        return figure if isinstance(figure, str) else self.result(figure)

    def result(self, figure: Decimal) -> Decimal:
        """What a figure comes to."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportional(OfOneFigure):
    """So many points of 100 percent, in proportion; from `full_from` on, all of them."""

    points: Decimal
    full_from: Decimal | None = None
    beyond: bool = False
    """Whether there may be more than all points, or fewer than none."""

    def result(self, figure: Decimal) -> Decimal:
        if self.full_from is not None and figure >= self.full_from:
            return self.points
        share = divided(self.points * figure, Decimal(100))
        return share if self.beyond else max(Decimal(0), min(self.points, share))

    def expression(self, cells: Cells, language: Language) -> str:
        def share(figure: str) -> str:
            text = f"{self.points:f}*{figure}/100"
            text = text if self.beyond else f"MAX(0,MIN({self.points:f},{text}))"
            text = f"ROUND({text},{PLACES})"
            return text if self.full_from is None else f"IF({figure}>={self.full_from:f},{self.points:f},{text})"

        return self.measure.formula(cells, language, share)

    def told(self, known: Known, language: Language) -> str:
        figure, value = self.measure.told(known, language), show(certain(self.value(known, language)))
        points = show(self.points)
        return language.say(f"{figure}，{points} 分按比例得 {value} 分", f"{figure}: {value} of {points} points")

    def rule(self, language: Language) -> str:
        named, points, full = self.measure.named(language), show(self.points), self.full_from
        zh, en = f"{named}到 100 得 {points} 分，不足的按比例", f"{points} points for 100 of {named}, in proportion"
        if full is not None:
            zh, en = f"{zh}；{show(full)} 起得满分", f"{en}; all of them from {show(full)}"
        return language.say(zh, en) + (language.say("；可以超过", "; more is possible") if self.beyond else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps(OfOneFigure):
    """Points by steps: those of the highest step that is reached."""

    steps_down: tuple[tuple[Decimal, Decimal], ...]
    """From where on, and the points; the highest first."""
    lowest: Decimal = Decimal(0)
    """The points of what reaches none."""

    def result(self, figure: Decimal) -> Decimal:
        return next((points for begin, points in self.steps_down if figure >= begin), self.lowest)

    def expression(self, cells: Cells, language: Language) -> str:
        def chain(figure: str) -> str:
            text = f"{self.lowest:f}"
            for begin, points in reversed(self.steps_down):
                text = f"IF({figure}>={begin:f},{points:f},{text})"
            return text

        return self.measure.formula(cells, language, chain)

    def told(self, known: Known, language: Language) -> str:
        figure, value = self.measure.told(known, language), show(certain(self.value(known, language)))
        return language.say(f"{figure}，按档得 {value} 分", f"{figure}: {value} points by steps")

    def rule(self, language: Language) -> str:
        parts = [
            language.say(f"{show(begin)} 起 {show(points)} 分", f"{show(points)} points from {show(begin)}")
            for begin, points in self.steps_down
        ]
        parts.append(language.say(f"以下 {show(self.lowest)} 分", f"{show(self.lowest)} below"))
        return self.measure.named(language) + language.say("：", ": ") + language.say("，", ", ").join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductPer(OfOneFigure):
    """So many points, less some for each step that a figure lies beyond a limit."""

    bound: Bound
    """BELOW or ABOVE the limit points are lost."""
    per: Decimal
    deduct: Decimal
    points: Decimal = Decimal(0)
    counting: Counting = Counting.WHOLE

    def _beyond(self, figure: Decimal) -> Decimal:
        limit = self.bound.limit
        return max(Decimal(0), limit - figure if self.bound.side is Side.BELOW else figure - limit)

    def result(self, figure: Decimal) -> Decimal:
        return exact(self.points - self.deduct * count_steps(self._beyond(figure), self.per, self.counting))

    def expression(self, cells: Cells, language: Language) -> str:
        def less(figure: str) -> str:
            limit = f"{self.bound.limit:f}"
            amount = f"{limit}-{figure}" if self.bound.side is Side.BELOW else f"{figure}-{limit}"
            steps = _steps_formula(amount, self.per, self.counting)
            return f"ROUND({self.points:f}-{self.deduct:f}*{steps},{PLACES})"

        return self.measure.formula(cells, language, less)

    def told(self, known: Known, language: Language) -> str:
        figure = self.measure.told(known, language)
        beyond = self._beyond(certain(self.measure.read(known, language)))
        bound, value = self.bound.told(self.measure.unit, language), show(certain(self.value(known, language)))
        if not beyond:
            return language.say(f"{figure}，不{bound}，不扣，{value} 分", f"{figure}, not {bound}: {value} points")
        steps = count_steps(beyond, self.per, self.counting)
        how = language.say(*COUNTING_WORDS[self.counting])
        lost, count = show(self.deduct), show(steps)
        begin, value = (f"{show(self.points)} − " if self.points else "−"), value.replace("-", "−")
        return language.say(
            f"{figure}，{bound}，差 {show(beyond)}，每 {show(self.per)} 扣 {lost} 分（{how}，{count} 档）："
            f"{begin}{lost} × {count} = {value} 分",
            f"{figure}, {bound} by {show(beyond)}; {lost} off per {show(self.per)} ({how}: {count}): "
            f"{begin}{lost} × {count} = {value} points",
        )

    def rule(self, language: Language) -> str:
        named, bound = self.measure.named(language), self.bound.told(self.measure.unit, language)
        per, lost, how = show(self.per), show(self.deduct), language.say(*COUNTING_WORDS[self.counting])
        points = language.say(f"{show(self.points)} 分起，", f"{show(self.points)} points; ") if self.points else ""
        return points + language.say(
            f"{named}{bound}的，每差 {per} 扣 {lost} 分（{how}）", f"{named} {bound}: {lost} off per {per} ({how})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BonusPer(OfOneFigure):
    """So many points for each whole step of a figure."""

    points: Decimal
    per: Decimal = Decimal(1)

    def result(self, figure: Decimal) -> Decimal:
        return exact(self.points * count_steps(max(Decimal(0), figure), self.per, Counting.WHOLE))

    def expression(self, cells: Cells, language: Language) -> str:
        return self.measure.formula(
            cells,
            language,
            lambda figure: f"ROUND({self.points:f}*{_steps_formula(figure, self.per, Counting.WHOLE)},{PLACES})",
        )

    def told(self, known: Known, language: Language) -> str:
        figure, value = self.measure.told(known, language), show(certain(self.value(known, language)))
        per, points = show(self.per), show(self.points)
        return language.say(
            f"{figure}，每 {per} 加 {points} 分，加 {value} 分", f"{figure}; {points} per {per}: {value} points"
        )

    def rule(self, language: Language) -> str:
        named, per, points = self.measure.named(language), show(self.per), show(self.points)
        return language.say(f"{named}每 {per} 加 {points} 分", f"{points} points for each {per} of {named}")
