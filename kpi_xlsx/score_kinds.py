"""The closed list of kinds of lines that a scoring rule is made of: each as decimals, as a formula, and in words.

A line looks only at inputs and at lines above it, so that a calculation is read from top to bottom as in a sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum
from typing import ClassVar

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
    divided,
    exact,
    not_applicable,
    passed_on,
    quoted,
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

    KIND: ClassVar[str] = ""
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
class Proportional(Line):
    """So many points of 100 percent, in proportion; from `full_from` on, all of them."""

    KIND: ClassVar[str] = "proportional"
    measure: Measure
    points: Decimal
    full_from: Decimal | None = None
    beyond: bool = False
    """Whether there may be more than all points, or fewer than none."""

    @property
    def looks_at(self) -> tuple[str, ...]:
        return self.measure.names

    def compute(self, known: Known, language: Language) -> Value:
        figure = self.measure.read(known, language)
        if isinstance(figure, str):
            return figure
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
        figure, value = self.measure.told(known, language), show(_figure(self.value(known, language)))
        points = show(self.points)
        return language.say(f"{figure}，{points} 分按比例得 {value} 分", f"{figure}: {value} of {points} points")

    def rule(self, language: Language) -> str:
        named, points, full = self.measure.named(language), show(self.points), self.full_from
        zh, en = f"{named}到 100 得 {points} 分，不足的按比例", f"{points} points for 100 of {named}, in proportion"
        if full is not None:
            zh, en = f"{zh}；{show(full)} 起得满分", f"{en}; all of them from {show(full)}"
        return language.say(zh, en) + (language.say("；可以超过", "; more is possible") if self.beyond else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps(Line):
    """Points by steps: those of the highest step that is reached."""

    KIND: ClassVar[str] = "steps"
    measure: Measure
    steps_down: tuple[tuple[Decimal, Decimal], ...]
    """From where on, and the points; the highest first."""
    lowest: Decimal = Decimal(0)
    """The points of what reaches none."""

    @property
    def looks_at(self) -> tuple[str, ...]:
        return self.measure.names

    def compute(self, known: Known, language: Language) -> Value:
        figure = self.measure.read(known, language)
        if isinstance(figure, str):
            return figure
        return next((points for begin, points in self.steps_down if figure >= begin), self.lowest)

    def expression(self, cells: Cells, language: Language) -> str:
        def chain(figure: str) -> str:
            text = f"{self.lowest:f}"
            for begin, points in reversed(self.steps_down):
                text = f"IF({figure}>={begin:f},{points:f},{text})"
            return text

        return self.measure.formula(cells, language, chain)

    def told(self, known: Known, language: Language) -> str:
        figure, value = self.measure.told(known, language), show(_figure(self.value(known, language)))
        return language.say(f"{figure}，按档得 {value} 分", f"{figure}: {value} points by steps")

    def rule(self, language: Language) -> str:
        parts = [
            language.say(f"{show(begin)} 起 {show(points)} 分", f"{show(points)} points from {show(begin)}")
            for begin, points in self.steps_down
        ]
        parts.append(language.say(f"以下 {show(self.lowest)} 分", f"{show(self.lowest)} below"))
        return self.measure.named(language) + language.say("：", ": ") + language.say("，", ", ").join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductPer(Line):
    """So many points, less some for each step that a figure lies beyond a limit."""

    KIND: ClassVar[str] = "deduct_per"
    measure: Measure
    bound: Bound
    """BELOW or ABOVE the limit points are lost."""
    per: Decimal
    deduct: Decimal
    points: Decimal = Decimal(0)
    counting: Counting = Counting.WHOLE

    @property
    def looks_at(self) -> tuple[str, ...]:
        return self.measure.names

    def _beyond(self, figure: Decimal) -> Decimal:
        limit = self.bound.limit
        return max(Decimal(0), limit - figure if self.bound.side is Side.BELOW else figure - limit)

    def compute(self, known: Known, language: Language) -> Value:
        figure = self.measure.read(known, language)
        if isinstance(figure, str):
            return figure
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
        beyond = self._beyond(_figure(self.measure.read(known, language)))
        bound, value = self.bound.told(self.measure.unit, language), show(_figure(self.value(known, language)))
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
class BonusPer(Line):
    """So many points for each whole step of a figure."""

    KIND: ClassVar[str] = "bonus_per"
    measure: Measure
    points: Decimal
    per: Decimal = Decimal(1)

    @property
    def looks_at(self) -> tuple[str, ...]:
        return self.measure.names

    def compute(self, known: Known, language: Language) -> Value:
        figure = self.measure.read(known, language)
        if isinstance(figure, str):
            return figure
        return exact(self.points * count_steps(max(Decimal(0), figure), self.per, Counting.WHOLE))

    def expression(self, cells: Cells, language: Language) -> str:
        return self.measure.formula(
            cells,
            language,
            lambda figure: f"ROUND({self.points:f}*{_steps_formula(figure, self.per, Counting.WHOLE)},{PLACES})",
        )

    def told(self, known: Known, language: Language) -> str:
        figure, value = self.measure.told(known, language), show(_figure(self.value(known, language)))
        per, points = show(self.per), show(self.points)
        return language.say(
            f"{figure}，每 {per} 加 {points} 分，加 {value} 分", f"{figure}; {points} per {per}: {value} points"
        )

    def rule(self, language: Language) -> str:
        named, per, points = self.measure.named(language), show(self.per), show(self.points)
        return language.say(f"{named}每 {per} 加 {points} 分", f"{points} points for each {per} of {named}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Line):
    """A line above, held within a limit: a floor under it or a cap on it."""

    measure: Measure
    limit: Decimal
    function: ClassVar[str] = ""

    @property
    def looks_at(self) -> tuple[str, ...]:
        return self.measure.names

    def compute(self, known: Known, language: Language) -> Value:
        figure = self.measure.read(known, language)
        if isinstance(figure, str):
            return figure
        return max(figure, self.limit) if self.function == "MAX" else min(figure, self.limit)

    def expression(self, cells: Cells, language: Language) -> str:
        return self.measure.formula(cells, language, lambda figure: f"{self.function}({figure},{self.limit:f})")

    def told(self, known: Known, language: Language) -> str:
        value = show(_figure(self.value(known, language)))
        return f"{self.measure.told(known, language)}{language.say('，', '; ')}{self._bound(language)}" + language.say(
            f"，得 {value} 分", f": {value} points"
        )

    def _bound(self, language: Language) -> str:
        limit = show(self.limit)
        if self.function == "MAX":
            return language.say(f"最低 {limit} 分", f"at least {limit}")
        return language.say(f"最高 {limit} 分", f"at most {limit}")

    def rule(self, language: Language) -> str:
        return self.measure.named(language) + language.say("，", ", ") + self._bound(language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor(Limit):
    """Not fewer points than this."""

    KIND: ClassVar[str] = "floor"
    function: ClassVar[str] = "MAX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap(Limit):
    """Not more points than this."""

    KIND: ClassVar[str] = "cap"
    function: ClassVar[str] = "MIN"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a sum: of a line that is marked out of `full`, `weight` count; without a weight it is just added."""

    name: str
    weight: Decimal | None = None
    full: Decimal = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedSum(Line):
    """Lines above by weight; what does not apply hands its weight on. Lines without a weight are added as they are."""

    KIND: ClassVar[str] = "weighted_sum"
    shares: tuple[Share, ...]

    @property
    def looks_at(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.shares)

    def _applying(self, known: Known) -> list[tuple[Share, Decimal]]:
        return [(one, value) for one in self.shares if isinstance(value := known[one.name], Decimal)]

    def compute(self, known: Known, language: Language) -> Value:
        absent = not_applicable(language)
        for one in self.shares:
            value = known[one.name]
            if isinstance(value, str) and value != absent:
                return value
        here = self._applying(known)
        weighs = [(one.weight, one.full, value) for one, value in here if one.weight is not None]
        whole = sum((one.weight for one in self.shares if one.weight is not None), Decimal(0))
        if not here or (whole and not weighs):
            return absent
        with localcontext(prec=60):
            sums = sum((value * weight / full for weight, full, value in weighs), Decimal(0))
            if weighs:
                sums = whole * sums / sum((weight for weight, _, _ in weighs), Decimal(0))
        return exact(sums + sum((value for one, value in here if one.weight is None), Decimal(0)))

    def expression(self, cells: Cells, language: Language) -> str:
        absent = quoted(not_applicable(language))
        here = {one.name: f"ISNUMBER({cells[one.name]})" for one in self.shares}
        weighs = [one for one in self.shares if one.weight is not None]
        terms = []
        if weighs:
            sums = "+".join(f"IF({here[one.name]},{cells[one.name]}*{one.weight:f}/{one.full:f},0)" for one in weighs)
            left = "+".join(f"IF({here[one.name]},{one.weight:f},0)" for one in weighs)
            whole = sum((one.weight for one in weighs if one.weight is not None), Decimal(0))
            terms.append(f"{whole:f}*({sums})/({left})")
        terms += [f"IF({here[one.name]},{cells[one.name]},0)" for one in self.shares if one.weight is None]
        some = ",".join(here[one.name] for one in weighs or self.shares)
        inner = f"IF(OR({some}),ROUND({'+'.join(terms)},{PLACES}),{absent})"
        for one in reversed(self.shares):
            wrong = f"NOT(OR({here[one.name]},{cells[one.name]}={absent}))"
            inner = f"IF({wrong},{passed_on(one.name, cells, language)},{inner})"
        return inner

    def told(self, known: Known, language: Language) -> str:
        texts = []
        for one, value in self._applying(known):
            if one.weight is None or one.weight == one.full:
                texts.append(f"“{one.name}” {show(value)}")
            else:
                texts.append(f"“{one.name}” {show(value)} × {show(one.weight)} ÷ {show(one.full)}")
        text, result = " + ".join(texts), show(_figure(self.value(known, language)))
        off = [one for one in self.shares if one.weight is not None and isinstance(known[one.name], str)]
        if off:
            names = language.say("、", ", ").join(f"“{one.name}”" for one in off)
            whole = sum((one.weight for one in self.shares if one.weight is not None), Decimal(0))
            left = whole - sum((one.weight for one in off if one.weight is not None), Decimal(0))
            text += language.say(
                f"（{names}不适用，有权重的折算：× {show(whole)} ÷ {show(left)}）",
                f" ({names} not applicable; those with a weight × {show(whole)} ÷ {show(left)})",
            )
        return f"{text} = {result}" + language.say(" 分", " points")

    def rule(self, language: Language) -> str:
        if all(one.weight is None for one in self.shares):
            listed = language.say("、", ", ").join(f"“{one.name}”" for one in self.shares)
            return language.say(f"{listed}相加", f"the sum of {listed}")
        parts = []
        for one in self.shares:
            if one.weight is None:
                parts.append(language.say(f"另加“{one.name}”", f"“{one.name}” added"))
            else:
                parts.append(language.say(f"“{one.name}”占 {show(one.weight)}", f"“{one.name}” counts {one.weight:f}"))
        end = language.say("不适用的，权重由其余的分担", "the weight of what is not applicable goes to the others")
        return language.say("，", ", ").join(parts) + language.say("；", "; ") + end


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable(Line):
    """A part that does not apply this year."""

    KIND: ClassVar[str] = "not_applicable"
    reason: str = ""

    @property
    def looks_at(self) -> tuple[str, ...]:
        return ()

    def compute(self, known: Known, language: Language) -> Value:  # noqa: ARG002  (as every kind is asked)
        return not_applicable(language)

    def expression(self, cells: Cells, language: Language) -> str:  # noqa: ARG002
        return quoted(not_applicable(language))

    def steps(self, known: Known, language: Language) -> str:  # noqa: ARG002
        return self.rule(language)

    def rule(self, language: Language) -> str:
        return not_applicable(language) + (language.say("：", ": ") + self.reason if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto(Line):
    """1 where a figure lies beyond a limit, else 0: no points, but no better grade than `grade`."""

    KIND: ClassVar[str] = "veto"
    measure: Measure
    bound: Bound
    grade: str

    @property
    def looks_at(self) -> tuple[str, ...]:
        return self.measure.names

    def compute(self, known: Known, language: Language) -> Value:
        figure = self.measure.read(known, language)
        return figure if isinstance(figure, str) else Decimal(self.bound.holds(figure))

    def expression(self, cells: Cells, language: Language) -> str:
        return self.measure.formula(cells, language, lambda figure: f"IF({self.bound.test(figure)},1,0)")

    def told(self, known: Known, language: Language) -> str:
        figure, bound = self.measure.told(known, language), self.bound.told(self.measure.unit, language)
        if self.value(known, language):
            return language.say(f"{figure}，{bound}：最高“{self.grade}”", f"{figure}, {bound}: at best “{self.grade}”")
        return language.say(f"{figure}，没有触发", f"{figure}: no veto")

    def rule(self, language: Language) -> str:
        named, bound = self.measure.named(language), self.bound.told(self.measure.unit, language)
        return language.say(
            f"{named}{bound}的，等次最高“{self.grade}”", f"at best “{self.grade}” if {named} is {bound}"
        )


def _figure(value: Value) -> Decimal:
    assert isinstance(value, Decimal), value
    return value
