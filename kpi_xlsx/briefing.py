"""A hand-over put together from a judged round, and told section by section for screen and sheet; no file here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpi_xlsx.decisions import Amendment, AmendmentState
from kpi_xlsx.handover import Charge, Event, Handover, Issue, NextDate, OpenDecision, Waiting, Whereabouts
from kpi_xlsx.model import Goal, Progress, Role, State, clip, counted, id_key
from kpi_xlsx.periods import add_months, end_of, show_time
from kpi_xlsx.reading import one_line
from kpi_xlsx.report import Report
from kpi_xlsx.standing import Status
from kpi_xlsx.values import show_value
from kpi_xlsx.versions import told, version_name

DISPUTES = ("X105", "X106", "X107")
AHEAD = 2
"""So many months ahead the goals are named that fall due."""
MOST_NAMED = 8
"""So many goals of one day are named; the rest are counted."""


# --- putting together -------------------------------------------------------------------------------------------------


def brief(status: Status, report: Report, places: Whereabouts) -> Handover:
    """What is open at the moment of `status`."""
    decisions = [*_amendments(status, report), *_disputes(report)]
    held = [Waiting(one.code, record.file, record.version) for one in status.standings for record in one.held]
    paper = report.decisions.paper
    return Handover(
        tuple(decisions),
        tuple(held),
        tuple(one.code for one in status.standings if one.code in paper and str(paper[one.code].state) == "awaited"),
        _charges(status),
        tuple(sorted(_dates(status, report), key=lambda one: one.moment)),
        status.closing,
        places,
    )


def _amendments(status: Status, report: Report) -> Iterator[OpenDecision]:
    context = report.context
    for one in report.decisions.amendments:
        if one.state is AmendmentState.PROPOSED:
            issue = Issue.DOUBTFUL if one.doubtful else Issue.PROPOSED
            words, place = _told_amendment(one, report), one.place.told(status.language)
            yield OpenDecision(issue, one.department, context.row_id(one.goal), words, place)


def _told_amendment(one: Amendment, report: Report) -> str:
    column = report.context.column(one.column, report.context.row_id(one.goal))
    heading = one.column if column is None else column.header
    old, new = (
        clip("" if value is None or column is None else show_value(column, value)) for value in (one.old, one.new)
    )
    blank = report.context.language.say("空白", "blank")
    return report.context.language.say(
        f"“{heading}”：{old or blank} → {new or blank}", f"{heading}: {old or blank} → {new or blank}"
    )


def _disputes(report: Report) -> Iterator[OpenDecision]:
    for one in report.findings:
        if one.code in DISPUTES and one.state is State.OPEN:
            where = " ".join(filter(None, (one.file, one.cell)))
            yield OpenDecision(Issue.DISPUTED, one.department or "", one.goal or "", one.message, where, one.code)


def _charges(status: Status) -> Mapping[str, Sequence[Charge]]:
    found: dict[str, list[Charge]] = {}
    for one in status.standings:
        for name in one.reviewers or [""]:
            found.setdefault(name, []).append(Charge(one.code, one.stage.word(status.language)))
    return dict(sorted(found.items(), key=lambda pair: not pair[0]))


def _dates(status: Status, report: Report) -> Iterator[NextDate]:
    context, now = report.context, status.now
    for event, moment in ((Event.RETURN, context.return_by), (Event.SUPPORT, context.support_by)):
        if moment is not None and moment >= now:
            yield NextDate(event, moment)
    for one in status.standings:
        if one.extension is not None and one.extension.until >= now:
            yield NextDate(Event.EXTENSION, one.extension.until, one.code, one.extension.authority)
    today = now.astimezone(status.zone).date()
    until, completed = add_months(today, AHEAD), set(_completed(report))
    days = sorted({goal.due for goal in context.plan.goals if today <= goal.due <= until})
    for day in days:
        due = tuple(goal.id for goal in context.plan.goals if goal.due == day and goal.key not in completed)
        if due:
            yield NextDate(Event.GOALS, end_of(day, status.zone), goals=due)


def _completed(report: Report) -> Iterator[str]:
    """The keys of the goals of which the lead says that they are done."""
    context = report.context
    for row in report.entries:
        if row.goal is not None and context.role_of(row.goal, row.department) is Role.LEAD:
            amended = row.amended.get("status")
            said = told(row.entry, "status") if amended is None else amended.settled
            if context.progress(said) is Progress.COMPLETED:
                yield row.goal.key


# --- telling ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a section: whose, what, and where or when."""

    who: str
    what: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What is told together; without items `none` says that there is nothing."""

    title: str
    none: str
    items: Sequence[Item]


def tell_handover(status: Status) -> Iterator[Section]:
    """The sections in the order in which a colleague needs them."""
    say, handover = status.language.say, status.handover
    if handover is None:
        return
    yield Section(
        say("等人决定的", "To be decided"),
        say("没有", "nothing"),
        [_decision(one, status) for one in handover.decisions],
    )
    held = [
        Item(_name(one.department, status), one_line(one.file), version_name(one.version, status.language))
        for one in handover.held
    ]
    yield Section(say("通过后又来的，暂存待定", "Versions held"), say("没有", "none"), held)
    extensions = [
        Item(_name(one.department, status), one_line(one.authority), show_time(one.moment, status.zone))
        for one in handover.dates
        if one.event is Event.EXTENSION
    ]
    yield Section(say("有效的延期", "Extensions in force"), say("没有", "none"), extensions)
    papers = [Item(_name(code, status), say("纸质件未收", "paper awaited")) for code in handover.papers]
    yield Section(say("未收的纸质件", "Papers awaited"), say("没有登记", "none registered"), papers)
    yield Section(say("谁审哪些单位", "Who reviews what"), "", list(_reviews(handover, status)))
    dates = [_date(one, status) for one in handover.dates]
    yield Section(say("接下来的日期", "Next dates"), say("没有", "none"), dates)
    yield Section(say("结账", "Closing"), say("还没有结账", "not closed yet"), list(_closing(handover)))
    yield Section(say("东西在哪里", "Where things lie"), "", list(_places(handover, status)))


def _name(code: str, status: Status) -> str:
    department = status.context.plan.by_code.get(code)
    return one_line(code if department is None else f"{code} {department.name}")


def _decision(one: OpenDecision, status: Status) -> Item:
    say = status.language.say
    words = {
        Issue.PROPOSED: say("更正待确认", "correction proposed"),
        Issue.DOUBTFUL: say("疑似误改，待确认", "change that looks like an accident"),
        Issue.DISPUTED: one.code,
    }
    goal = say(f"目标 {one.goal}　", f"goal {one.goal}, ") if one.goal and one.issue is not Issue.DISPUTED else ""
    what = f"{words[one.issue]}{say('：', ': ')}{goal}{one.words}"
    return Item(_name(one.department, status), one_line(what), one_line(one.place))


def _reviews(handover: Handover, status: Status) -> Iterator[Item]:
    say = status.language.say
    for name, charges in handover.reviewers.items():
        what = say("；", "; ").join(f"{_name(one.department, status)} {one.stage}" for one in charges)
        yield Item(one_line(name) or say("没有指定审核人", "nobody assigned"), what)


def _date(one: NextDate, status: Status) -> Item:
    say = status.language.say
    when = f"{one.moment.astimezone(status.zone):%Y-%m-%d}"
    if one.event is Event.GOALS:
        by_key = status.context.plan.by_key
        goals = [by_key[id_key(number)] for number in one.goals]
        return Item(
            say(f"{len(goals)} 个目标到期", f"{counted(len(goals), 'goal')} due"), _goals_named(goals, status), when
        )
    words = {
        Event.RETURN: say("报送截止", "returns due"),
        Event.SUPPORT: say("配合单位报送截止", "supporters' returns due"),
        Event.EXTENSION: say("延期截止", "extension ends"),
    }
    return Item(words[one.event], _name(one.department, status), show_time(one.moment, status.zone))


def _goals_named(goals: Sequence[Goal], status: Status) -> str:
    say = status.language.say
    named = say("、", ", ").join(one_line(f"{goal.id} {clip(goal.name, 24)}") for goal in goals[:MOST_NAMED])
    more = len(goals) - MOST_NAMED
    return named + (say(f" 等，另有 {more} 个", f", and {more} more") if more > 0 else "")


def _closing(handover: Handover) -> Iterator[Item]:
    if handover.closing is not None:
        yield Item(one_line(handover.closing.by), one_line(handover.closing.remark), handover.closing.date.isoformat())


def _places(handover: Handover, status: Status) -> Iterator[Item]:
    say, places = status.language.say, handover.places
    chain = " ← ".join(map(one_line, places.chain))
    yield Item(
        say("往期", "Earlier cycles"), chain or say("cycle.toml 没有写 previous", "cycle.toml names no previous")
    )
    when = show_time(places.merged, status.zone) if places.merged is not None else ""
    yield Item(say("汇总表", "Master"), places.master or say("还没有", "none yet"), when)
    listed = say("、", ", ").join(map(one_line, places.archive))
    yield Item(say("归档", "Archive"), f"archive/ {listed}" if listed else say("还没有", "none yet"))
