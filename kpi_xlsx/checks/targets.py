"""Family T: what was filled in against the goals' targets; facts and doubts about the work, no faults of a form."""

from collections.abc import Iterator
from decimal import Decimal

from kpi_xlsx.checks.required import asked_entries, holds
from kpi_xlsx.checks.rule import Hit, check
from kpi_xlsx.context import Context
from kpi_xlsx.judgements import Doubt, Judgement
from kpi_xlsx.model import Entry, Goal, Progress, Return, Role, Severity, clip, id_key, plain
from kpi_xlsx.pace import judge_goal
from kpi_xlsx.pace_rules import SLOW, Pace
from kpi_xlsx.prose_figures import Figure, find_figures, find_last_months, find_unmentioned
from kpi_xlsx.targets import Target, TargetBasis, figure
from kpi_xlsx.template import Column
from kpi_xlsx.told_figures import ACTUAL, Told, cells_of, tell, uses_row


def _led(ret: Return, context: Context) -> Iterator[tuple[Entry, Goal]]:
    """The rows of goals that the department leads and has said anything of."""
    for entry in asked_entries(ret, context):
        goal = context.plan.by_key.get(id_key(entry.goal))
        leads = goal is not None and context.role_of(goal, ret.department) is Role.LEAD
        if goal is not None and leads and entry.answered:
            yield entry, goal


def _judged(ret: Return, context: Context) -> Iterator[tuple[Entry, Goal, Judgement]]:
    for entry, goal in _led(ret, context):
        if context.plan.targets_of(goal.key):
            for one in judge_goal(context, goal, cells_of(entry), answered=True).judgements:
                yield entry, goal, one


def _told(ret: Return, context: Context) -> Iterator[tuple[Entry, Goal, Target, Told]]:
    """What a return tells of each target of which it tells a figure, or tried to."""
    for entry, goal in _led(ret, context):
        for target in context.plan.targets_of(goal.key):
            told = tell(context, goal, target, cells_of(entry), answered=True)
            if told.figure is not None or told.trouble is not None:
                yield entry, goal, target, told


def _key(context: Context, goal: Goal, target: Target | None) -> str:
    """The cell in which a target's figure stands."""
    own = target is None or uses_row(context, goal)
    return ACTUAL if own or target is None else f"{target.number}.total"


def _hit(context: Context, entry: Entry, goal: Goal, target: Target | None, **words: str) -> Hit:
    key = _key(context, goal, target)
    return Hit(words, entry.goal, key if key in entry.places else None, entry.places.get(key))


def _prose(entry: Entry, context: Context) -> str:
    """The texts of a row, in which the figures stand again."""
    texts = (column for column in context.template.main.entry if _is_prose(column))
    return "\n".join(entry.text(column.key) for column in texts if column.key in entry.answers)


def _is_prose(column: Column) -> bool:
    return column.type == "text" and column.key not in ("evidence",)


@check(
    "T101",
    Severity.WARNING,
    "Goal {goal} is {state}: {reason}.",
    hint="Say in the explanation why, what is done about it, and by when the target will be reached.",
    explainable=True,
)
def behind_unexplained(ret: Return, context: Context) -> Iterator[Hit]:
    """By its own figures a target is behind what is expected by now, and nothing in the row explains it.

    Quantities are held against the months gone (half of the target by June) or the target's own milestones; growth
    rates, ratios, stocks and ranks as they stand. It is a fact about the work, not a fault in the form: words in the
    explanation settle it. Where the status calls for an explanation anyway, that is asked for instead.

    Fix: explain, or correct the figure.

    Bad:
        | goal | actual |
        | 2 | 3 |
    Good:
        | goal | actual |
        | 2 | 8 |
    """
    asked = context.template.main.by_key.get("explanation")
    for entry, goal, one in _judged(ret, context):
        demanded = asked is not None and holds(asked.required_when, entry)
        overdue = one.state is Pace.OVERDUE  # of which D101 speaks
        if one.state in SLOW and not demanded and not overdue:
            state = context.template.pace.word(one.state, context.language)
            yield _hit(context, entry, goal, one.target, state=state, reason=one.reason)


@check(
    "T102",
    Severity.WARNING,
    "Goal {goal}: {reason}.",
    hint="Give the figure that the target speaks of, or choose in the form what kind of figure it is.",
    explainable=True,
)
def other_basis(ret: Return, context: Context) -> Iterator[Hit]:
    """A figure is of another kind than its target: a stock where the target counts what is new this year.

    167 listed companies altogether are not 15 new ones. What stands on another basis is no verdict: the master says
    that nobody can tell.

    Fix: give the figure on the target's basis.

    Bad:
        | goal | actual |
        | 2 | 167 |
    Good:
        | goal | actual |
        | 2 | 12 |
    """
    for entry, goal, one in _judged(ret, context):
        if one.doubt is Doubt.BASIS:
            yield _hit(context, entry, goal, one.target, reason=one.reason)


@check(
    "T103",
    Severity.WARNING,
    "Goal {goal}: the words speak of figures up to month {month}, the period ends with month {end}.",
    hint="Put the month up to which the figures count into “data as of”, or give those of the whole period.",
    explainable=True,
)
def other_period(ret: Return, context: Context) -> Iterator[Hit]:
    """The words give figures for less than the period (January to May), and “data as of” does not say so.

    Statistics are often late, and that is no fault; but figures of five months are not held against six.

    Fix: fill in the month.

    Bad:
        | goal | progress | actual | data_as_of |
        | 2 | From January to May, 8 schools were refurbished. | 8 | |
    Good:
        | goal | progress | actual | data_as_of |
        | 2 | From January to May, 8 schools were refurbished. | 8 | 2018-05-01 |
    """
    end, first = context.period.end.month, context.period.year_begin.month
    for entry, goal, target, told in _told(ret, context):
        as_of = told.as_of
        if as_of is not None and (as_of.year, as_of.month) != (context.period.end.year, end):
            continue
        months = set(find_last_months(_prose(entry, context), first))
        if months and end not in months:
            yield _hit(context, entry, goal, target, month=str(max(months)), end=str(end))


@check(
    "T104",
    Severity.WARNING,
    "Goal {goal}: {reason}.",
    hint="Give the figure in the target's unit, {unit}.",
    explainable=True,
)
def other_unit(ret: Return, context: Context) -> Iterator[Hit]:
    """A figure has another unit than its target, and cannot be converted exactly.

    万 and 亿 are converted; percent and percentage points are different things, and 0.068 where percents are wanted
    may be 6.8% that lost its format.

    Fix: give the figure in the target's unit.

    Bad:
        | goal | actual |
        | 3 | 4 km |
    Good:
        | goal | actual |
        | 3 | 4% |
    """
    for entry, goal, target, told in _told(ret, context):
        answer = entry.answers.get(_key(context, goal, target))
        faulty = answer is not None and answer.fault is not None  # of which V101 speaks
        if told.mixed_units and told.trouble is not None and not faulty:
            reason = context.language.say(*told.trouble)
            yield _hit(context, entry, goal, target, reason=reason, unit=target.unit)


def _in_words(ret: Return, context: Context) -> Iterator[tuple[Entry, Goal, Target, Decimal, list[Figure]]]:
    """Each target's figure with those that the row's words give in the same unit."""
    for entry, goal, target, told in _told(ret, context):
        found = list(find_figures(_prose(entry, context), target.unit)) if told.figure is not None else []
        if found and told.figure is not None:
            yield entry, goal, target, told.figure, found


@check(
    "T105",
    Severity.WARNING,
    "Goal {goal}: the cell says {ours}, the words say {theirs}.",
    hint="See which is right and correct the other.",
    explainable=True,
)
def figure_not_in_words(ret: Return, context: Context) -> Iterator[Hit]:
    """The words give figures in the target's unit, and the one in the cell is none of them.

    Fix: correct the cell or the words.

    Bad:
        | goal | progress | actual |
        | 2 | Twelve sites were opened, 9 schools are finished. | 12 |
    Good:
        | goal | progress | actual |
        | 2 | Twelve sites were opened, 9 schools are finished. | 9 |
    """
    for entry, goal, target, actual, found in _in_words(ret, context):
        if all(abs(one.number) != abs(actual) for one in found):
            listed = dict.fromkeys(figure(one.number) for one in found)
            theirs = context.language.say("、", ", ").join(list(listed)[:4])
            yield _hit(context, entry, goal, target, ours=_shown(actual, target), theirs=f"{theirs} {target.unit}")


@check(
    "T106",
    Severity.WARNING,
    "Goal {goal}: the words say that it {way} by {number}, the cell says {ours}.",
    hint="A fall has a minus sign: give the figure with its sign, or correct the words.",
    explainable=True,
)
def sign_contradicts(ret: Return, context: Context) -> Iterator[Hit]:
    """The sign is in a word (fell by 12.49%), and the cell has the figure with the other sign.

    Fix: type a minus sign, or correct the words.

    Bad:
        | goal | progress | actual |
        | 3 | Income fell by 12.49% against last year. | 12.49 |
    Good:
        | goal | progress | actual |
        | 3 | Income grew by 12.49% against last year. | 12.49 |
    """
    for entry, goal, target, actual, found in _in_words(ret, context):
        alike = [one for one in found if abs(one.number) == abs(actual) and one.directed and actual != 0]
        if target.basis is TargetBasis.GROWTH and alike and all((one.number < 0) != (actual < 0) for one in alike):
            way = context.language.say(*(("下降", "fell") if alike[0].falls else ("增长", "rose")))
            number = _shown(abs(actual), target)
            yield _hit(context, entry, goal, target, way=way, number=number, ours=_shown(actual, target))


def _shown(number: Decimal, target: Target) -> str:
    return figure(number) + (target.unit if target.unit == "%" else f" {target.unit}")


@check(
    "T107",
    Severity.INFO,
    "Goal {goal}: nothing in the progress seems to speak of “{part}”.",
    hint="Look whether it does in other words; if not, ask the department.",
)
def part_unmentioned(ret: Return, context: Context) -> Iterator[Hit]:
    """A numbered part of the requirement shares no words with what was reported.

    Parts are paired by what they say, never by their printed numbers, which seldom correspond. It is a hint for a
    person to confirm; no department is asked by it.

    Fix: nothing, if the progress speaks of it in other words.

    Bad:
        | goal | progress |
        | 2 | Twelve schools were refurbished by June. |
    Good:
        | goal | progress |
        | 2 | Twelve schools were refurbished, the public library was opened in May. |
    """
    for entry, goal in _led(ret, context):
        progress = context.progress(entry.value("status"))
        text = _prose(entry, context)
        if progress in (Progress.DATA_PENDING, Progress.NOT_DUE) or not text:
            continue
        column = "progress" if "progress" in entry.places else None
        for part in find_unmentioned(plain(goal.cells.get("requirement")), goal.name, text):
            yield Hit({"part": clip(part)}, entry.goal, column, entry.places.get(column or ""))


@check(
    "T108",
    Severity.WARNING,
    "Goal {goal} is reported as completed, but {reason}.",
    hint="Correct the status or the figure, or say in the explanation why it is completed all the same.",
    explainable=True,
)
def completed_but_short(ret: Return, context: Context) -> Iterator[Hit]:
    """The status says completed, while the figure beside it does not reach the target.

    Fix: correct one of them, or explain.

    Bad:
        | goal | status | completed_on | actual |
        | 2 | Completed | 2018-06-15 | 12 |
    Good:
        | goal | status | completed_on | actual |
        | 2 | Completed | 2018-06-15 | 15 |
    """
    for entry, goal, one in _judged(ret, context):
        short = one.actual is not None and one.state not in (Pace.MET, Pace.CANNOT_TELL, Pace.NOT_DUE)
        reached = one.completion is None or one.completion >= 1
        if short and not reached and context.progress(entry.value("status")) is Progress.COMPLETED:
            yield _hit(context, entry, goal, one.target, reason=one.reason)


CHECKS = (
    behind_unexplained,
    other_basis,
    other_period,
    other_unit,
    figure_not_in_words,
    sign_contradicts,
    part_unmentioned,
    completed_but_short,
)
