"""Rules applied: a goal's score with every line of its calculation, and a department's from its goals; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpi_xlsx.model import Language
from kpi_xlsx.score_book import Rule, ScoreBook
from kpi_xlsx.score_kinds import Line
from kpi_xlsx.score_measures import Cells, Value, cannot, lacking, not_applicable, rounded
from kpi_xlsx.score_sums import Share, Veto, WeightedSum


@dataclass(frozen=True, slots=True)
class Figure:
    """What an input is in one row: a figure or None, in words where it is from or why it is missing."""

    value: Decimal | None
    words: str
    place: tuple[str, str, str] | None = None
    """Department, goal id and column of the master's cell, if it is from there."""


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a rule as it was calculated."""

    line: Line
    value: Value
    words: str


@dataclass(frozen=True)
class Score:
    """What a rule makes of its inputs."""

    rule: Rule
    inputs: Mapping[str, Figure]
    steps: tuple[Step, ...]
    value: Value
    """Rounded; or why there is none."""
    reasons: tuple[str, ...] = ()
    """Each input that is missing, with why, where there is no score."""


def evaluate(rule: Rule, inputs: Mapping[str, Figure], language: Language, decimals: int = 2) -> Score:
    """Calculate a rule. A missing input is never a zero: what needs it cannot be scored."""
    known: dict[str, Value] = {}
    for name, figure in inputs.items():
        known[name] = lacking(name, language) if figure.value is None else figure.value
    steps = []
    for line in rule.lines:
        known[line.name] = line.value(known, language)
        steps.append(Step(line, known[line.name], line.steps(known, language)))
    value = known[rule.result.name]
    if isinstance(value, Decimal):
        return Score(rule, inputs, tuple(steps), rounded(value, decimals))
    used = {name for line in rule.lines for name in line.names}
    missing = {name: one for name, one in inputs.items() if one.value is None and name in used}
    if value in [lacking(name, language) for name in missing]:
        colon = language.say("：", ": ")
        return Score(
            rule, inputs, tuple(steps), value, tuple(f"“{name}”{colon}{one.words}" for name, one in missing.items())
        )
    return Score(rule, inputs, tuple(steps), value, () if value == not_applicable(language) else (value,))


def formulas(rule: Rule, inputs: Cells, at: Mapping[str, str], language: Language) -> Iterator[tuple[str, str]]:
    """Each line's name and formula, given the cells of inputs and of lines."""
    cells = {**inputs, **at}
    for line in rule.lines:
        yield line.name, f"={line.formula(cells, language)}"


# --- a department -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GoalScore:
    """A goal of a department: its weight and its score; no rule, no score."""

    department: str
    goal: str
    """Its id."""
    name: str
    weight: Decimal | None
    score: Score | None

    @property
    def counts(self) -> bool:
        """Whether it takes part in the department's score."""
        return self.weight is not None and self.score is not None


@dataclass(frozen=True, slots=True)
class CreditScore:
    """What the rows of one kind in the register come to for a department."""

    kind: str
    points: Decimal
    words: str


@dataclass(frozen=True)
class DepartmentScore:
    """A department's goals, bonuses and vetoes, and what they come to."""

    department: str
    name: str
    group: str
    goals: tuple[GoalScore, ...]
    credits: tuple[CreditScore, ...]
    credit: Decimal
    """All bonuses and deductions, held within their limits."""
    adopted_vetoes: tuple[tuple[str, str], ...]
    """Those of the register: the best grade that is still possible, and why."""
    total: Value
    book: ScoreBook
    rank: int | None = None
    tied: bool = False

    @property
    def counting(self) -> tuple[GoalScore, ...]:
        return tuple(one for one in self.goals if one.counts)

    @property
    def rule_vetoes(self) -> Iterator[tuple[str, Veto, Value]]:
        """The vetoes in the rules of its goals: the goal's id, the line, and 1, 0 or why nobody can tell."""
        for goal in self.goals:
            for step in goal.score.steps if goal.score is not None else ():
                if isinstance(step.line, Veto):
                    yield goal.goal, step.line, step.value

    @property
    def vetoes(self) -> Iterator[tuple[str, str]]:
        """All that hold: the best grade that is still possible, and why."""
        yield from self.adopted_vetoes
        for goal, line, value in self.rule_vetoes:
            if value == 1:
                yield line.grade, f"{goal} {line.name}"

    @property
    def open_vetoes(self) -> tuple[str, ...]:
        """Those of which nobody can tell whether they hold."""
        return tuple(f"{goal} {line.name}" for goal, line, value in self.rule_vetoes if isinstance(value, str))

    def grade(self, language: Language) -> str:
        """The grade, no better than the vetoes let it be; blank without grades or a score."""
        if not self.book.grades or isinstance(self.total, str):
            return ""
        if self.open_vetoes:
            return language.say(*UNCLEAR)
        return grade_of(self.total, [grade for grade, _ in self.vetoes], self.book)


UNCLEAR = ("无法定等", "cannot tell")


def add_up(goals: Sequence[GoalScore], credit: Decimal, language: Language, decimals: int) -> Value:
    """A department's score: its goals by weight, out of their full marks, and what the register adds."""
    counting = [one for one in goals if one.counts]
    if not counting:
        return cannot("目标没有权重或评分办法", "no goal has both a weight and a rule", language)
    shares, known = [], dict[str, Value]()
    for one in counting:
        assert one.score is not None
        if isinstance(one.score.value, str) and one.score.value != not_applicable(language):
            return cannot(f"目标{one.goal}没有得分", f"goal {one.goal} has no score", language)
        shares.append(Share(one.goal, one.weight, one.score.rule.full))
        known[one.goal] = one.score.value
    total = WeightedSum(name="", shares=tuple(shares)).value(known, language)
    return total if isinstance(total, str) else rounded(total + credit, decimals)


def grade_of(total: Decimal, caps: Sequence[str], book: ScoreBook) -> str:
    """The grade of a score, no better than any of these. What reaches none of the grades has the last."""
    place = next((n for n, one in enumerate(book.grades, 1) if total >= one.begins), len(book.grades))
    return book.grades[max([place, *map(book.place_of, caps)]) - 1].name


def rank(scores: Sequence[DepartmentScore]) -> Mapping[str, tuple[int, bool]]:
    """Each department's place within its group, and whether it shares it; who has no score has no place."""
    found: dict[str, tuple[int, bool]] = {}
    for one in scores:
        others = [other.total for other in scores if other.group == one.group and isinstance(other.total, Decimal)]
        if isinstance(one.total, Decimal):
            ahead = sum(total > one.total for total in others)
            found[one.department] = 1 + ahead, others.count(one.total) > 1
    return found
