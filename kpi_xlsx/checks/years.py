"""Family X, continued: what a row says beside what earlier cycles had of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kpi_xlsx.checks.rule import Hit, Round, check_across
from kpi_xlsx.magnitudes import (
    beyond_hundred,
    equal,
    exact,
    less,
    looks_slipped,
    show_figure,
    show_times,
    times,
    turned,
)
from kpi_xlsx.model import CellType, Entry, Goal, Language, Progress, Return, Scalar, Severity, plain
from kpi_xlsx.past import Past, PastCycle, PastRow
from kpi_xlsx.periods import Period
from kpi_xlsx.reading import is_placeholder
from kpi_xlsx.rhythm import is_as_settled, is_nil
from kpi_xlsx.template import Column
from kpi_xlsx.versions import RowPlace, told
from kpi_xlsx.wording import essence

STANDING_STILL = frozenset({Progress.COMPLETED, Progress.NOT_DUE, Progress.DATA_PENDING})
"""With these nothing new is to be expected in the words."""


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row that counts, of a goal that is to be reported this period."""

    round: Round
    code: str
    goal: Goal
    entry: Entry
    form: Return

    @property
    def place(self) -> RowPlace:
        return self.code, self.goal.key

    def columns(self, kind: CellType) -> Iterator[Column]:
        """The columns of a type that the department fills in this row."""
        role = self.round.context.role_of(self.goal, self.code)
        for column in self.round.context.template.main.entry:
            if column.type is kind and column.open_to(role):
                yield column

    def texts(self) -> Iterator[tuple[Column, str]]:
        """What stands in the columns of words that must be filled in; a placeholder says nothing."""
        role = self.round.context.role_of(self.goal, self.code)
        for column in self.columns(CellType.TEXT):
            answer = self.entry.answers.get(column.key)
            if column.required_of(role) and answer is not None and not answer.absent:
                text = plain(told(self.entry, column.key))
                if not is_placeholder(text):
                    yield column, text

    def figures(self) -> Iterator[tuple[Column, Decimal]]:
        """The numbers that stand in columns for numbers."""
        for column in self.columns(CellType.NUMBER):
            value = exact(self.entry.value(column.key))
            if value is not None:
                yield column, value

    def holds(self, key: str) -> Scalar | None:
        """What another cell of the row says by which one is judged: as amended, if that was decided."""
        amended = self.round.amended.get(self.place, {}).get(key)
        if amended is None or amended.pending or amended.conflict:
            return self.entry.value(key)
        return amended.settled

    def hit(self, column: Column, **words: str) -> Hit:
        cell = self.entry.places.get(column.key)
        return Hit(words, self.goal.id, column.key, cell, self.form.file, self.code, self.form.sheet)


def asked_rows(round_: Round) -> Iterator[AskedRow]:
    """The rows that count of today's goals, if there was something to report.

    So not those that are not due, exceptions that did not happen, and settled rows that came back as they stood there.
    """
    context = round_.context
    for (code, key), (_, entry, form) in round_.counting.counted.items():
        goal = context.plan.by_key.get(key)
        if goal is None or context.closed(goal) or is_nil(context, goal, entry):
            continue
        if not is_as_settled(context, round_.past, code, entry):
            yield AskedRow(round_, code, goal, entry, form)


def _followed(round_: Round) -> Iterator[tuple[AskedRow, PastCycle, PastRow]]:
    """The rows that have an earlier answer, with that."""
    if round_.past:
        for row in asked_rows(round_):
            found = round_.past.last(*row.place)
            if found is not None:
                yield row, *found


def when(row: AskedRow, cycle: PastCycle, past: PastRow) -> str:
    """How a message names an earlier answer: by its period, and by who gave it if that was another unit."""
    period = str(cycle.period)
    if past.department == row.code:
        return period
    return row.round.context.language.say(f"{period}（{past.name}）", f"{period} ({past.name})")


def said_before(past: PastRow, key: str) -> set[str]:
    """What an earlier cycle had in a cell, as printed and as the department had said it, each by its essence."""
    return {essence(plain(values[key])) for values in (past.values, past.said) if key in values} - {""}


# --- words and status -------------------------------------------------------------------------------------------------


@check_across(
    "X111",
    Severity.WARNING,
    "{column} says word for word what was said in {before}.",
    hint="Write in {cell} what has been done since, with the figures as they are now; if nothing has, say in the "
    "explanation why.",
    explainable=True,
    of_cell=True,
)
def same_words_as_before(round_: Round) -> Iterator[Hit]:
    """A text that must be filled in is the last answer over again, though the goal is not completed.

    White space, punctuation, capitals and full-width signs do not count; a single figure that differs does. Short
    texts count, too. What the department had said is compared as well as what the office made of it. Nothing is asked
    where the goal is or was completed, is not yet due, or waits for data.

    Fix: write what is new, or explain why nothing is.

    Bad:
        - the progress of goal 2 is word for word that of the period before
    Good:
        - the progress of goal 2 goes on from that of the period before
    """
    for row, cycle, last in _followed(round_):
        progress = round_.context.progress(row.holds("status"))
        if progress in STANDING_STILL or last.progress is Progress.COMPLETED:
            continue
        for column, text in row.texts():
            if essence(text) in said_before(last, column.key):
                yield row.hit(column, before=when(row, cycle, last))


@check_across(
    "X112",
    Severity.WARNING,
    "Goal {goal} was reported as {then} in {before}; now it is “{status}”.",
    hint="Correct the status in {cell}, or say in the explanation what has changed.",
    explainable=True,
    of_cell=True,
)
def no_longer_completed(round_: Round) -> Iterator[Hit]:
    """The last answer to a goal was Completed, and now its status is another.

    A goal that comes back in a new year with a later date begins anew; of that nothing is said.

    Fix: correct the status, or explain.

    Bad:
        - goal 2 was completed in the period before and is on track now
    Good:
        - goal 2 was on track in the period before and is completed now
    """
    status = round_.context.template.main.by_key.get("status")
    for row, cycle, last in _followed(round_):
        if status is None or status not in row.columns(status.type) or last.progress is not Progress.COMPLETED:
            continue
        now = round_.context.progress(row.entry.value("status"))
        if now not in (None, Progress.COMPLETED) and _same_undertaking(round_.past, row.goal, cycle):
            then = plain(last.values.get("status"))
            yield row.hit(status, then=then, before=when(row, cycle, last), status=row.entry.text("status"))


def _same_undertaking(past: Past, goal: Goal, cycle: PastCycle) -> bool:
    """Whether a goal is still the one that it was: in the same year, or with the same date."""
    then = cycle.plan.by_key.get(goal.key)
    return _in_year(past.period, cycle) or (then is not None and then.due == goal.due)


def _in_year(period: Period, cycle: PastCycle) -> bool:
    return cycle.period.year_begin == period.year_begin


# --- figures ----------------------------------------------------------------------------------------------------------


@check_across(
    "X113",
    Severity.WARNING,
    "{column} counts from the beginning of the year, yet it fell from {last} ({before}) to {value}.",
    hint="Enter in {cell} the total since the year began. If an earlier figure was revised, say so in the explanation.",
    explainable=True,
    of_cell=True,
)
def cumulative_fell(round_: Round) -> Iterator[Hit]:
    """A running total (`cumulative` in the template) is smaller than it was before in the same year.

    If it was left blank in between, the newest figure of the year is the one that counts. With a new year it begins
    anew.

    Fix: enter the total, not this period's figure; or explain the revision.

    Bad:
        - the total fell from 120 to 110
    Good:
        - the total rose from 120 to 132 by this period's 12
    """
    for row, _, _ in _followed(round_):
        for column, value in row.figures():
            found = _last_figure(row, column) if column.cumulative else None
            if found is not None and _in_year(round_.past.period, found[0]) and less(value, found[2]):
                cycle, past, last = found
                yield row.hit(column, last=show_figure(last), before=when(row, cycle, past), value=show_figure(value))


@check_across(
    "X114",
    Severity.WARNING,
    "{column} is {value} and should be {expected}: {sum}.",
    hint="Check both figures, {cell} and the one that it adds. If an earlier figure was revised, say so in the "
    "explanation.",
    explainable=True,
    of_cell=True,
)
def sum_differs(round_: Round) -> Iterator[Hit]:
    """A running total is not the last one and this period's figure together (`cumulative = "key"` in the template).

    Looked at only where the last total is of the cycle just before, and no cycle is missing in between: the month
    before, the quarter before; of spans from the year's beginning that which is one step shorter. In the first cycle
    of the year, if it begins with the year, the total must be this period's figure. Decimals are added exactly.

    Fix: correct the figure that is wrong, or explain.

    Bad:
        - the total rose from 120 to 140 by this period's 12
    Good:
        - the total rose from 120 to 132 by this period's 12
    """
    past = round_.past
    first, adjoins = begins_year(past), adjoins_previous(past)
    if not past or not (first or adjoins):
        return
    for row in asked_rows(round_):
        found = None if first else past.last(*row.place)
        if not first and (found is None or found[0] is not past.previous):
            continue
        for column, value in row.figures():
            terms = _terms(row, column, found)
            if terms is not None and not equal(value, terms[1]):
                yield row.hit(column, value=show_figure(value), sum=terms[0], expected=show_figure(terms[1]))


def _terms(row: AskedRow, column: Column, found: tuple[PastCycle, PastRow] | None) -> tuple[str, Decimal] | None:
    """What a total should be made of, in words, and what that makes; None if a part of it is not there."""
    added = next((one for one in row.columns(CellType.NUMBER) if one.key == column.adds), None)
    part = None if added is None else exact(row.holds(added.key))
    if added is None or part is None:
        return None
    say = row.round.context.language.say
    own = say(f"本期“{added.header}”的 {show_figure(part)}", f"{show_figure(part)} ({added.header})")
    if found is None:
        return say(f"本年第一期，等于{own}", f"{own}, in the first period of the year"), part
    last = exact(found[1].values.get(column.key))
    if last is None:
        return None
    before = when(row, *found)
    return say(f"{before} 的 {show_figure(last)} 加{own}", f"{show_figure(last)} ({before}) + {own}"), last + part


@check_across(
    "X115",
    Severity.WARNING,
    "{column} is {value}; in {before} it was {last}: {what}.",
    hint="Check {cell}: is the unit right (thousand, million, %), or the decimal point? If the figure is right, say so "
    "in the explanation.",
    explainable=True,
    of_cell=True,
)
def jump(round_: Round) -> Iterator[Hit]:
    """A figure has jumped from the last one as it does where the unit or the decimal point is wrong.

    Said are two things. About ten times as much, or a tenth: from 8 to 16 times, for a shifted decimal point makes
    exactly ten, and what the work itself did in the period seldom comes to more than 1.6 times. And everything from
    62.5 times on (a hundred, less that same 1.6): a hundred, a thousand, ten thousand, for no work grows so in a
    period. Between 16 and 62.5 times lies what a good period can do. Said as well: a figure that kept its magnitude,
    within 1.6 times, but not its sign. Zeros say nothing.

    A running total (`cumulative`) may grow tenfold early in the year: of its rises only those of 62.5 times and more
    count. With a new year figures may begin anew: then falls do not count.

    Fix: correct the unit or the decimal point, or explain.

    Bad:
        - the actual of goal 2 went from 12 to 120000
    Good:
        - the actual of goal 2 went from 12 to 15
    """
    for row, _, _ in _followed(round_):
        for column, value in row.figures():
            found = _last_figure(row, column)
            if found is None:
                continue
            cycle, past, last = found
            in_year = _in_year(round_.past.period, cycle)
            what = _describe_jump(last, value, column.cumulative, in_year, round_.context.language)
            if what:
                yield row.hit(
                    column, value=show_figure(value), last=show_figure(last), before=when(row, cycle, past), what=what
                )


def _describe_jump(last: Decimal, value: Decimal, cumulative: bool, in_year: bool, language: Language) -> str:
    """What a person should know of two figures in a row; nothing if they go together."""
    factor = times(last, value)
    if factor is None:
        return ""
    if turned(last, value) and (in_year or not cumulative):
        return language.say("正负号相反", "its sign is the opposite")
    if not looks_slipped(factor) or (factor < 1 and not in_year):
        return ""
    if factor > 1 and cumulative and not beyond_hundred(factor):
        return ""
    shown = show_times(factor)
    if factor < 1:
        return language.say(f"约为上次的 {shown}", f"about {shown} of it")
    return language.say(f"约为上次的 {shown} 倍", f"about {shown} times as much")


def _last_figure(row: AskedRow, column: Column) -> tuple[PastCycle, PastRow, Decimal] | None:
    """The newest number that earlier cycles have in a cell."""
    for cycle, past in row.round.past.run(*row.place):
        value = None if past is None else exact(past.values.get(column.key))
        if past is not None and value is not None:
            return cycle, past, value
    return None


# --- how this cycle follows on the one before -------------------------------------------------------------------------


def begins_year(past: Past) -> bool:
    """Whether this is the first cycle of its year and begins with it."""
    return not past.year and past.period.start == past.period.year_begin


def adjoins_previous(past: Past) -> bool:
    """Whether the cycle before is of the same year and ends right where the newest part of this one begins."""
    before = past.previous
    if before is None or not _in_year(past.period, before):
        return False
    if past.period.start != before.period.start:
        return past.period.start == before.period.end + dt.timedelta(days=1)
    # Spans from one beginning: a step is a month, or whatever it was before.
    step = _months(before.period.end, past.period.end)
    earlier = next((one.period for one in past.year[1:2] if one.period.start == before.period.start), None)
    usual = _months(earlier.end if earlier else before.period.start, before.period.end) + (earlier is None)
    return step == 1 or (step > 0 and step == usual)


def _months(one: dt.date, other: dt.date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month


CHECKS = (same_words_as_before, no_longer_completed, cumulative_fell, sum_differs, jump)
