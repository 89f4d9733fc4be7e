"""Family X, continued: words that are another department's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kpi_xlsx.checks.rule import Hit, Round, check_across
from kpi_xlsx.checks.years import AskedRow, asked_rows, said_before
from kpi_xlsx.model import CellType, Severity
from kpi_xlsx.past import PastCycle, PastRow
from kpi_xlsx.template import Column
from kpi_xlsx.wording import essence

SHORTEST = 10
"""Shorter texts (正常推进, going well) are everybody's."""
COMMON = 3
"""Words that so many departments used are nobody's."""


@check_across(
    "X116",
    Severity.INFO,
    "{column} of goal {goal} says word for word what {other} says of goal {theirs}.",
    hint="Departments are not asked. See in {cell} whether one has copied from the other.",
)
def same_words_as_another(round_: Round) -> Iterator[Hit]:
    """Two departments say the same of their goals this period, in a text that must be filled in.

    White space, punctuation, capitals and full-width signs do not count. Lead and supporters of one goal may agree, and
    texts of fewer than 10 characters are everybody's. It is said at the later department in the plan's order, once,
    and names the first; only the office sees it.

    Bad:
        - B reports goal 4 in the words of A's goal 2
    Good:
        - the form, filled in
    """
    plan = round_.context.plan
    seen: dict[str, dict[str, AskedRow]] = {}
    for row, column, text in _long_texts(round_):
        first = seen.setdefault(text, {})
        if row.code in first:
            continue
        other = next((one for one in first.values() if one.goal.key != row.goal.key), None)
        if other is not None:
            yield row.hit(column, other=plan.by_code[other.code].name, theirs=other.goal.id)
        first[row.code] = row


@check_across(
    "X117",
    Severity.WARNING,
    "{column} says word for word what {other} reported for goal {theirs} in {before}.",
    hint="Write in {cell} what you have to report yourselves: the form may have been filled in over another "
    "department's old file.",
    of_cell=True,
)
def anothers_words(round_: Round) -> Iterator[Hit]:
    """A text that must be filled in is what another department reported last period, for whatever goal.

    Most often somebody filled in the form with another department's old file at hand. Units that a department came
    from are not others, nor are those that shared or had the goal; what the department said itself last period is
    X111 or nothing. Texts of fewer than 10 characters are everybody's, and words that three departments used are
    nobody's.

    Fix: write the department's own progress.

    Bad:
        - A reports goal 2 in the words that B had for goal 4 in the period before
    Good:
        - the progress of goal 2 goes on from that of the period before
    """
    past = round_.past
    before = past.previous
    if before is None:
        return
    told = _by_words(round_, before)
    for row, column, text in _long_texts(round_):
        rows = told.get(text, ())
        if not rows or len({one.department for one in rows}) >= COMMON or _is_own(row, column, text, rows):
            continue
        same = past.is_same(before, row.goal)
        other = next((one for one in rows if not (same and one.goal == row.goal.key)), None)
        if other is not None:
            yield row.hit(column, other=other.name, theirs=_id(before, other), before=str(before.period))


def _by_words(round_: Round, cycle: PastCycle) -> Mapping[str, list[PastRow]]:
    """The rows of an earlier cycle by what they say in the texts that must be filled in."""
    table = round_.context.template.main
    keys = [one.key for one in table.entry if one.type is CellType.TEXT and (one.required or one.required_for)]
    found: dict[str, list[PastRow]] = {}
    for row in cycle.rows.values():
        for text in set().union(*(said_before(row, key) for key in keys)):
            found.setdefault(text, []).append(row)
    return found


def _is_own(row: AskedRow, column: Column, text: str, rows: Sequence[PastRow]) -> bool:
    """Whether the department, or a unit that it came from, has used these words itself."""
    past = row.round.past
    last = past.last(*row.place)
    own = last is not None and text in said_before(last[1], column.key)
    return own or any(past.is_of(row.code, one) for one in rows)


def _id(cycle: PastCycle, row: PastRow) -> str:
    """A goal's id as the plan of that cycle writes it."""
    goal = cycle.plan.by_key.get(row.goal)
    return row.goal if goal is None else goal.id


def _long_texts(round_: Round) -> Iterator[tuple[AskedRow, Column, str]]:
    """What must be filled in with words and says something, by its essence, in the plan's order."""
    departments, goals = round_.context.department_order, round_.context.goal_order
    rows = sorted(asked_rows(round_), key=lambda row: (departments[row.code], goals[row.goal.key]))
    for row in rows:
        for column, text in row.texts():
            bare = essence(text) if len(text) >= SHORTEST else ""
            if bare:
                yield row, column, bare


CHECKS = (same_words_as_another, anothers_words)
