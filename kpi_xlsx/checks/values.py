"""Family V: is each value of the kind, and within the bounds, that its column allows?"""

import datetime as dt
from collections.abc import Iterator

from kpi_xlsx.checks import reasons
from kpi_xlsx.checks.required import holds
from kpi_xlsx.checks.rule import Hit, check
from kpi_xlsx.context import Context
from kpi_xlsx.model import Answer, CellType, Entry, Progress, Return, Severity, clip, id_key
from kpi_xlsx.rhythm import is_nil
from kpi_xlsx.stand_ins import PICTURE
from kpi_xlsx.template import Column


def _answers(ret: Return, context: Context) -> Iterator[tuple[Entry, Column, Answer]]:
    for entry in ret.entries:
        for key, answer in entry.answers.items():
            column = context.column(key, entry.goal)
            if column is not None:
                yield entry, column, answer


def _faults(ret: Return, context: Context, code: str) -> Iterator[tuple[Entry, Column, Answer]]:
    for entry, column, answer in _answers(ret, context):
        if answer.fault == code:
            yield entry, column, answer


def _hit(entry: Entry, column: Column, answer: Answer, **words: str) -> Hit:
    return Hit({"raw": clip(answer.raw), **words}, entry.goal, column.key, answer.cell)


@check(
    "V101",
    Severity.ERROR,
    "{column}: “{raw}” cannot be taken as a {kind}: {reason}.",
    hint="In {cell}, {advice}.",
)
def wrong_type(ret: Return, context: Context) -> Iterator[Hit]:
    """A number, date or month column holds something else, or what could mean more than one thing.

    What is clear is read and said (V106): 2000万, 下降 12.49%, 6月30日. What is inexact (about 12), a range, two
    numbers, a unit that is not the column's, or a date such as 03/04/2018 is not guessed at. The original text is kept
    and shown; it is never counted as 0. In a column of text it is only a long number (an id) whose digits are lost.

    Fix: write one plain number or date.

    Bad:
        | goal | actual |
        | 1 | about 12 |
    Good:
        | goal | actual |
        | 1 | 12 |
    """
    for entry, column, answer in _faults(ret, context, "V101"):
        yield _hit(entry, column, answer, **reasons.words(column, answer, context))


@check(
    "V102",
    Severity.ERROR,
    "“{raw}” is not one of the choices of {column}.",
    hint="Choose from the list in {cell}: {choices}.",
)
def not_a_choice(ret: Return, context: Context) -> Iterator[Hit]:
    """A choice column holds a word that is not on its list, most often because a cell was pasted over.

    Fix: choose from the list.

    Bad:
        | goal | status |
        | 1 | Nearly done |
    Good:
        | goal | status |
        | 1 | on track |
    """
    between = context.language.say("、", ", ")
    for entry, column, answer in _faults(ret, context, "V102"):
        yield _hit(entry, column, answer, choices=between.join(column.choices))


@check(
    "V103",
    Severity.ERROR,
    "{column}: {raw} lies outside what is allowed ({bounds}).",
    hint="Check the {what} in {cell}.",
)
def out_of_range(ret: Return, context: Context) -> Iterator[Hit]:
    """A value is smaller or greater than the template allows (`min` and `max` of the column).

    Fix: check the unit: 60 or 0.6, yuan or ten thousand?

    Bad:
        | goal | share |
        | 1 | 140 |
    Good:
        | goal | share |
        | 1 | 100 |
    """
    for entry, column, answer in _answers(ret, context):
        value, low, high = answer.value, column.min, column.max
        if isinstance(value, str) or value is None:
            continue
        below = low is not None and value < low  # type: ignore[operator]  # the template pairs types
        above = high is not None and value > high  # type: ignore[operator]
        if below or above:
            yield _hit(entry, column, answer, **reasons.bounds(column, context.language))


@check(
    "V104",
    Severity.WARNING,
    "{column} is very short ({length} of at least {least} characters).",
    hint="Say in {cell} what was done, how far it is, and the figures.",
    explainable=True,
)
def too_short(ret: Return, context: Context) -> Iterator[Hit]:
    """A text is shorter than the template wants (`min_length` of the column).

    Fix: write more, or say in the explanation why there is no more to say.

    Bad:
        | goal | progress |
        | 1 | Going well |
    Good:
        | goal | progress |
        | 1 | Nine of fifteen schools have been refurbished. |
    """
    for entry, column, answer in _answers(ret, context):
        least = column.min_length
        if least and is_nil(context, context.plan.by_key.get(id_key(entry.goal)), entry):
            continue
        if least and isinstance(answer.value, str) and len(answer.value) < least and not holds(column.waived, entry):
            yield _hit(entry, column, answer, length=str(len(answer.value)), least=str(least))


@check(
    "V105",
    Severity.WARNING,
    "{column} is very long ({length} of at most {most} characters).",
    hint="Shorten {cell} to what the notice needs.",
    explainable=True,
)
def too_long(ret: Return, context: Context) -> Iterator[Hit]:
    """A text is longer than the template wants (`max_length` of the column). It is kept whole.

    Fix: shorten it, or say in the explanation why it must be so long.

    Bad:
        | goal | code |
        | 1 | ABCDEFGHIJKLM |
    Good:
        | goal | code |
        | 1 | ABC |
    """
    for entry, column, answer in _answers(ret, context):
        most = column.max_length
        if most and isinstance(answer.value, str) and len(answer.value) > most:
            yield _hit(entry, column, answer, length=str(len(answer.value)), most=str(most))


@check(
    "V106",
    Severity.INFO,
    "{column}: “{raw}” was read as {value}.",
    hint="Nothing needs to be done if that is what was meant.",
)
def converted(ret: Return, context: Context) -> Iterator[Hit]:
    """A value was typed in another form than the column's own and was converted: full-width digits, a date as text.

    No conversion is silent, so that a wrong one can be seen.

    Bad:
        | goal | actual |
        | 1 | １２．５ |
    Good:
        | goal | actual |
        | 1 | 12.5 |
    """
    for entry, column, answer in _answers(ret, context):
        if answer.converted:
            yield _hit(entry, column, answer, value=reasons.read_as(column, answer))


@check(
    "V107",
    Severity.ERROR,
    "{column}: {raw} cannot be right: {reason}.",
    hint="Correct the date in {cell}.",
)
def impossible_date(ret: Return, context: Context) -> Iterator[Hit]:
    """A date does not exist, lies before the year of the plan, or after the deadline for returns.

    In a column for days to come (`future` in the template), such as a forecast, any later day is right.

    Fix: correct the date.

    Bad:
        | goal | status | completed_on |
        | 1 | Completed | 2018-02-30 |
        | 2 | Completed | 2017-06-15 |
        | 3 | Completed | 2019-06-15 |
    Good:
        | goal | status | completed_on |
        | 1 | Completed | 2018-06-15 |
    """
    say = context.language.say
    begin, latest = context.period.year_begin, context.latest_day
    for entry, column, answer in _answers(ret, context):
        if answer.fault == "V107":
            yield _hit(entry, column, answer, reason=reasons.impossible(column, answer, context.language))
        elif isinstance(answer.value, dt.date):
            if column.type is CellType.DATE and answer.value < begin:
                yield _hit(
                    entry, column, answer, reason=say(f"早于本年度（{begin} 起）", f"the year begins on {begin}")
                )
            elif answer.value > latest and not column.future:
                yield _hit(entry, column, answer, reason=say(f"晚于 {latest}", f"it is later than {latest}"))


@check(
    "V108",
    Severity.WARNING,
    "{column} is filled in, but the status is “{status}”.",
    hint="Choose the status for completed goals, or delete the date in {cell}.",
    explainable=True,
)
def date_without_completion(ret: Return, context: Context) -> Iterator[Hit]:
    """A completion date stands beside a status that is not Completed.

    Fix: correct one of the two, or explain.

    Bad:
        | goal | status | completed_on |
        | 1 | On track | 2018-06-15 |
    Good:
        | goal | status | completed_on |
        | 1 | On track | |
    """
    column = context.template.main.by_key.get("completed_on")
    if column is None:
        return
    for entry in ret.entries:
        answer = entry.answers.get(column.key)
        progress = context.progress(entry.value("status"))
        if answer is not None and not answer.absent and progress is not None and progress is not Progress.COMPLETED:
            yield _hit(entry, column, answer, status=entry.text("status"))


@check(
    "V109",
    Severity.ERROR,
    "{column} holds {what} instead of a value.",
    hint="Type the value itself in {cell}.",
)
def error_value(ret: Return, context: Context) -> Iterator[Hit]:
    """A cell shows an Excel error (#REF!, #DIV/0!), a picture, or a formula that was never calculated.

    It is not taken for a blank, nor for 0. An error that was pasted as plain text counts as well.

    Fix: type the value itself.

    Bad:
        - the actual of goal 1 is an error value
    Good:
        - the form, filled in
    """
    say = context.language.say
    for entry, column, answer in _faults(ret, context, "V109"):
        what = answer.error or say("没有算出结果的公式", "a formula that was never calculated")
        if answer.why == PICTURE:
            what = say("一张图片", "a picture")
        yield _hit(entry, column, answer, what=what)


@check(
    "V110",
    Severity.INFO,
    "{column} holds a formula; its value {raw} was taken.",
    hint="Nothing needs to be done if the value is right.",
)
def formula(ret: Return, context: Context) -> Iterator[Hit]:
    """An entry cell holds a formula. The value that the sender saw is taken; the formula is not calculated anew.

    Bad:
        - the actual of goal 1 is a formula
    Good:
        - the form, filled in
    """
    for entry, column, answer in _answers(ret, context):
        if answer.formula and answer.fault != "V109":
            yield _hit(entry, column, answer)


@check(
    "V111",
    Severity.WARNING,
    "{column}: does {raw} mean {great} or {small}? It was taken as it stands.",
    hint="Write it with its sign in {cell}: {great} or {small}.",
)
def ambiguous_value(ret: Return, context: Context) -> Iterator[Hit]:
    """A value can be read, yet may have been meant otherwise: 0.068 in a column of percents.

    0.068 may be 0.068%, or 6.8% that lost its format. It is taken as it stands. With the sign there is no doubt.

    Fix: write the value with its percent sign.

    Bad:
        | goal | growth |
        | 1 | 0.068 |
    Good:
        | goal | growth |
        | 1 | 6.8 |
        | 2 | 0.068% |
    """
    for entry, column, answer in _answers(ret, context):
        if answer.why and answer.value is not None:
            yield _hit(entry, column, answer, **reasons.doubt(answer))


CHECKS = (
    wrong_type,
    not_a_choice,
    out_of_range,
    too_short,
    too_long,
    converted,
    impossible_date,
    date_without_completion,
    error_value,
    formula,
    ambiguous_value,
)
