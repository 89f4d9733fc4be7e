"""The kinds of lines that look at other lines: sums by weight, floors and caps, what does not apply, and vetoes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import ClassVar

from kpi_xlsx.model import Language
from kpi_xlsx.score_kinds import Line, OfOneFigure
from kpi_xlsx.score_measures import (
    PLACES,
    Bound,
    Cells,
    Known,
    Value,
    certain,
    exact,
    not_applicable,
    passed_on,
    quoted,
    show,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(OfOneFigure):
    """A line above, held within a limit: a floor under it or a cap on it."""

    limit: Decimal
    function: ClassVar[str] = ""

    def result(self, figure: Decimal) -> Decimal:
        return max(figure, self.limit) if self.function == "MAX" else min(figure, self.limit)

    def expression(self, cells: Cells, language: Language) -> str:
        return self.measure.formula(cells, language, lambda figure: f"{self.function}({figure},{self.limit:f})")

    def told(self, known: Known, language: Language) -> str:
        value = show(certain(self.value(known, language)))
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

    function: ClassVar[str] = "MAX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap(Limit):
    """Not more points than this."""

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
        text, result = " + ".join(texts), show(certain(self.value(known, language)))
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
class Veto(OfOneFigure):
    """1 where a figure lies beyond a limit, else 0: no points, but no better grade than `grade`."""

    bound: Bound
    grade: str

    def result(self, figure: Decimal) -> Decimal:
        return Decimal(self.bound.holds(figure))

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
