"""Where the figures of scores come from: rows of the master, the plan, the register; and what every department gets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kpi_xlsx.assessors import Assessed
from kpi_xlsx.context import Context
from kpi_xlsx.credits import Credits, settle
from kpi_xlsx.master_rows import MasterRows
from kpi_xlsx.model import CellType, Goal, Language, Role, Scalar, Source, match_key, plain
from kpi_xlsx.score_book import EVERY_TARGET, Reference, Rule, ScoreBook
from kpi_xlsx.score_targets import find_completion, find_figure
from kpi_xlsx.scoring import DepartmentScore, Figure, GoalScore, Score, add_up, evaluate, rank
from kpi_xlsx.told_figures import CellOf

LARGEST = Decimal(10) ** 12
"""Beyond it a spreadsheet no longer keeps the decimals that the lines of a rule do."""
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?%?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A row of the master as far as scores need it."""

    department: str
    goal: Goal
    leads: bool
    values: Mapping[str, Scalar | None]
    """By column key, as the master shows them."""
    cell: CellOf
    """What stands in its cells, as targets read them."""
    answered: bool
    assessed: Assessed | None = None
    """What an assessor settled."""


def figure_of(value: Scalar | None) -> Decimal | None:
    """A cell's figure as a decimal: 0.1 is 0.1, whatever its binary fraction is."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return Decimal(str(value))
    text = match_key(plain(value)).replace(",", "")
    return Decimal(text.removesuffix("%")) if _NUMBER.fullmatch(text) else None


@dataclass(frozen=True)
class Scorer:
    """Scores the rows of one cycle."""

    context: Context
    book: ScoreBook
    credits: Credits
    rows: Mapping[tuple[str, str], ScoredRow]
    """By department and goal key."""

    @property
    def language(self) -> Language:
        return self.context.language

    def departments(self) -> Sequence[DepartmentScore]:
        """The score of each department that has a goal with a rule or a row in the register, in the plan's order."""
        found = [one for one in map(self._department, (d.code for d in self.context.plan.departments)) if one]
        if not self.book.ranking:
            return found
        places = rank(found)
        return [
            replace(one, rank=places[one.department][0], tied=places[one.department][1])
            if one.department in places
            else one
            for one in found
        ]

    def _department(self, code: str) -> DepartmentScore | None:
        department = self.context.plan.by_code[code]
        goals = tuple(self._goals(code))
        if not any(one.score is not None for one in goals) and not self.credits.of(code):
            return None
        language, decimals = self.language, self.book.decimals
        gains = tuple(self.credits.points(code))
        credit = self.credits.total(gains)
        total = add_up(goals, credit, language, decimals)
        vetoes = tuple(self.credits.vetoes(code))
        return DepartmentScore(code, department.name, department.group, goals, gains, credit, vetoes, total, self.book)

    def _goals(self, code: str) -> Iterator[GoalScore]:
        for goal in self.context.plan.goals_of(code):
            row = self.rows.get((code, goal.key))
            if row is None or not (row.leads or self.book.supporters):
                continue
            weight = figure_of(goal.cells.get("weight"))
            weight = None if weight is not None and weight <= 0 else weight
            rule = self.book.rule_of(goal.key, weight)
            score = None if rule is None else self._score(rule, row)
            yield GoalScore(code, goal.id, goal.name, weight, score)

    def _score(self, rule: Rule, row: ScoredRow) -> Score:
        figures = {one.name: self._figure(one.source, row) for one in rule.inputs}
        return evaluate(rule, figures, self.language, self.book.decimals)

    # one figure

    def _figure(self, source: Reference, row: ScoredRow) -> Figure:
        if source.credit:
            return self._credit(source.credit, row)
        if source.assessed:
            return self._assessed(row)
        other = row if not source.goal else self.rows.get((row.department, source.goal))
        if other is None:
            return Figure(None, self.language.say(*self._no_row(source.goal)))
        found = self._target(source, other) if source.target else self._column(source.column, other)
        if found.value is not None and abs(found.value) >= LARGEST:
            return Figure(
                None, self.language.say("数字太大，请换个单位。", "The figure is too large; change its unit.")
            )
        return found

    def _no_row(self, key: str) -> tuple[str, str]:
        shown = self.context.row_id(key)
        return f"这个单位没有目标“{shown}”", f"this department has no goal “{shown}”"

    def _credit(self, kind: str, row: ScoredRow) -> Figure:
        """What the register recognises; nothing recognised is zero, since nobody else could say so."""
        total, rows = self.credits.recognised(row.department, row.goal.key, kind)
        say = self.language.say
        waiting = [
            one
            for one in self.credits.pending
            if one.department == row.department and match_key(one.kind) == match_key(kind)
        ]
        places = say("、", ", ").join(str(one.place) for one in rows)
        words = (
            say(f"登记簿 {places}", f"register {places}") if rows else say("登记簿里没有认定", "none in the register")
        )
        if waiting:
            words += say(f"；待定 {len(waiting)} 行，没有算", f"; {len(waiting)} pending, not counted")
        return Figure(total, words)

    def _assessed(self, row: ScoredRow) -> Figure:
        """The score that the goal's assessor gave."""
        say, found = self.language.say, row.assessed
        if found is None or found.score is None:
            return Figure(None, say("评分单位没有打分", "the assessor gave no score"))
        return Figure(found.score, say(f"{found.assessor}打分", f"given by {found.assessor}"))

    def _target(self, source: Reference, row: ScoredRow) -> Figure:
        if source.target == EVERY_TARGET:
            return find_completion(self.context, row.goal, row.cell, row.answered)
        found = find_figure(self.context, row.department, row.goal, row.cell, row.answered, source.target, source.field)
        if found is not None:
            return found
        place = f"{row.goal.id}#{source.target}"
        return Figure(None, self.language.say(f"没有指标 {place}", f"there is no target {place}"))

    def _column(self, name: str, row: ScoredRow) -> Figure:
        """A column of the template by key or heading, else one of the plan."""
        say = self.language.say
        wanted = match_key(name)
        for column in self.context.template.main.columns:
            if wanted in (column.key, match_key(column.header)) and column.source is Source.DEPARTMENT:
                value = row.values.get(column.key)
                number = None if isinstance(value, str) else figure_of(value)  # a text is what could not be read
                if number is not None:
                    place = (row.department, row.goal.id, column.key)
                    return Figure(number, say(f"填报“{column.header}”", f"reported: {column.header}"), place)
                shown = plain(value)
                unread = say(f"“{column.header}”填的是“{shown[:40]}”，不是数字", f"{column.header} is “{shown[:40]}”")
                return Figure(None, unread if shown else say(f"“{column.header}”没有报", f"{column.header} is blank"))
        key = wanted if wanted in row.goal.cells else plan_key(name)
        number = figure_of(row.goal.cells.get(key))
        blank = say(f"计划里“{name}”没有数字", f"the plan has no figure for “{name}”")
        return Figure(number, say(f"计划“{name}”", f"plan: {name}") if number is not None else blank)


def plan_key(name: str) -> str:
    """The key under which a goal keeps a cell of the plan that is named by its heading."""
    from kpi_xlsx.plan import GOAL_HEADINGS

    names = {match_key(word): key for key, words in GOAL_HEADINGS.items() for word in words}
    return names.get(match_key(name), match_key(name))


def score_rows(rows: MasterRows, book: ScoreBook) -> Scorer:
    """The scorer of all that the master shows."""
    context = rows.context
    found = (
        ScoredRow(
            row.department,
            row.goal,
            context.role_of(row.goal, row.department) is Role.LEAD,
            values,
            *rows.pacing.told_in(row),
            row.assessed,
        )
        for row, values in rows.shown()
        if row.goal is not None
    )
    by_place = {(one.department, one.goal.key): one for one in found}
    credits_ = settle(rows.decisions.credits, book, context.language)
    return Scorer(context, book, credits_, by_place)


def score_mistakes(book: ScoreBook, context: Context) -> Iterator[tuple[str, str]]:
    """What is right in scores.toml by itself, but does not fit plan and template: a place, and words."""
    say = context.language.say
    goals = context.plan.by_key
    headings = {match_key(heading) for heading in context.plan.extra}
    numbers = [one for one in context.template.main.entry if one.type is CellType.NUMBER]
    columns = {word for one in numbers for word in (one.key, match_key(one.header))}
    for rule in book.rules:
        for key in rule.goals:
            if key not in goals:
                yield f"rules[{rule.name}].goals", say(f"计划里没有目标“{key}”。", f"The plan has no goal “{key}”.")
        for one in rule.inputs:
            place = f"rules[{rule.name}].inputs.{one.name}"
            if one.source.goal and one.source.goal not in goals:
                shown = one.source.goal
                yield place, say(f"计划里没有目标“{shown}”。", f"The plan has no goal “{shown}”.")
            name = match_key(one.source.column)
            if name and name not in columns | headings and plan_key(name) not in context.plan.sheet.columns:
                listed = say("、", ", ").join(column.key for column in numbers)
                wrong = one.source.column
                yield (
                    place,
                    say(
                        f"没有“{wrong}”这一列；填数字的列：{listed}；也可以写计划里的列名。",
                        f"There is no column “{wrong}”; columns of figures: {listed}; or name one of the plan.",
                    ),
                )
