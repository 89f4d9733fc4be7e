"""What a cycle's scoring says: rules, where their figures come from, grades, kinds of bonuses; frozen, no file here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from kpi_xlsx.model import id_key, match_key
from kpi_xlsx.score_kinds import Line
from kpi_xlsx.score_sums import Veto

TARGET_FIELDS = ("total", "current", "last_year", "target", "completion")
EVERY_TARGET = -1
"""In a reference: all targets of the goal, of which only the completion can be taken together."""
REGISTER_WORDS = ("register", "加减分")
ASSESSOR_WORDS = ("assessor", "评分单位")
SCORE_WORDS = ("score", "得分")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where an input's figure comes from: a column of a goal's row, a target, the register of bonuses, the assessor."""

    goal: str = ""
    """The goal's key; empty: the goal that the rule is for."""
    column: str = ""
    target: int = 0
    field: str = ""
    credit: str = ""
    """A kind of bonus or deduction."""
    assessed: bool = False
    """The score that the goal's assessor gave."""


def parse_reference(text: str) -> Reference | None:
    """`actual`, `JR-11.actual`, `#2.total`, `JR-11#2.target`, `#*.completion`, `register:大好高`, `assessor:score`.

    None for anything else.
    """
    head, colon, credit = text.replace("：", ":").partition(":")
    if colon and head.strip() in ASSESSOR_WORDS:
        return Reference(assessed=True) if credit.strip() in SCORE_WORDS else None
    if colon and head.strip() in REGISTER_WORDS:
        return Reference(credit=credit.strip()) if credit.strip() else None
    goal, dot, field = text.strip().rpartition(".")
    goal, mark, number = goal.rpartition("#") if "#" in goal else (goal, "", "")
    if mark and number == "*":
        return Reference(id_key(goal), target=EVERY_TARGET, field=field) if field == "completion" else None
    if mark:
        known = field in TARGET_FIELDS and number.isascii() and number.isdecimal() and 1 <= len(number) <= 3
        return Reference(id_key(goal), target=int(number), field=field) if known and int(number) else None
    if not field.strip() or "#" in field or (dot and not goal.strip()):
        return None
    return Reference(id_key(goal), column=field.strip())


@dataclass(frozen=True, slots=True)
class Input:
    """A figure that a rule needs, by the name that its lines use."""

    name: str
    source: Reference


@dataclass(frozen=True, slots=True)
class Rule:
    """How a goal is scored: lines from top to bottom, of which the last (a veto is none) is the score."""

    name: str
    goals: tuple[str, ...]
    """Keys; none: every other goal that has a weight."""
    inputs: tuple[Input, ...]
    lines: tuple[Line, ...]
    full: Decimal = Decimal(100)
    """Full marks."""
    note: str = ""

    @property
    def result(self) -> Line:
        return next(line for line in reversed(self.lines) if not isinstance(line, Veto))

    @property
    def vetoes(self) -> tuple[Veto, ...]:
        return tuple(line for line in self.lines if isinstance(line, Veto))


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade, and the score that it begins at."""

    name: str
    begins: Decimal


@dataclass(frozen=True, slots=True)
class CreditKind:
    """A kind of rows in the register of bonuses and deductions."""

    name: str
    deduct: bool = False
    points: Decimal = Decimal(1)
    """For each one that was recognised."""
    at_most: Decimal | None = None
    """What all rows of this kind can come to for a department, as points."""
    grade: str = ""
    """A veto: no better grade than this, and no points."""


@dataclass(frozen=True)
class ScoreBook:
    """scores.toml."""

    rules: tuple[Rule, ...]
    grades: tuple[Grade, ...] = ()
    """The best first."""
    credits: tuple[CreditKind, ...] = ()
    most_bonus: Decimal | None = None
    """What all bonuses and deductions together can add to a department's score at the most."""
    most_deduction: Decimal | None = None
    """What they can take from it at the most."""
    ranking: bool = False
    supporters: bool = False
    """Whether departments that support a goal are scored for it, too."""
    decimals: int = 2

    @cached_property
    def kind_of(self) -> Mapping[str, CreditKind]:
        """The kinds of bonuses by name, as names are compared."""
        return {match_key(one.name): one for one in self.credits}

    @cached_property
    def used_by_rules(self) -> frozenset[str]:
        """The kinds that rules look at: they are not added to the department's score once more."""
        return frozenset(match_key(source.credit) for source in self.sources() if source.credit)

    def sources(self) -> Iterator[Reference]:
        for rule in self.rules:
            for one in rule.inputs:
                yield one.source

    def rule_of(self, goal: str, weight: Decimal | None) -> Rule | None:
        """The rule by which a goal (by its key) is scored."""
        named = next((rule for rule in self.rules if goal in rule.goals), None)
        if named is not None or weight is None:
            return named
        return next((rule for rule in self.rules if not rule.goals), None)

    def place_of(self, grade: str) -> int:
        """Which grade it is, from 1, the best."""
        return 1 + [one.name for one in self.grades].index(grade)
