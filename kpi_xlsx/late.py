"""After the closing: a merge is refused, except for what the register puts right later, decision by decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kpi_xlsx.archived import Archived, Late, Since, compare, read_archived
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import VERDICT_WORDS, Amendment, Closing, Review
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.model import CycleError, Language, Mistake, ReturnStatus, id_key
from kpi_xlsx.reading import one_line
from kpi_xlsx.register_sheets import AMENDMENTS, REVIEWS
from kpi_xlsx.report import Report, Row
from kpi_xlsx.settings import Settings
from kpi_xlsx.unsettled import listed
from kpi_xlsx.versions import told

Place = tuple[str, str, str]
"""A cell of the master: department, goal key, column key."""


def demand_late_corrections(
    settings: Settings, report: Report, ledger: Ledger, edited: Sequence[Amendment]
) -> tuple[str, ...]:
    """See that a merge changes nothing of a closed round but what was decided since; says what it changes.

    `edited`: changes in the master that stands there of which the register knows nothing. Raises CycleError with every
    reason at once.
    """
    context, closings = report.context, report.decisions.closings
    archived = read_archived(settings, context)
    if archived is None and not closings:
        return ()
    if archived is None or not closings:
        raise CycleError([_unmatched(archived, closings, context.language)])
    since = compare(archived, settings, report)
    if since.reopened:
        raise CycleError([_unmatched(None, closings, context.language)])
    mistakes = list(_refusals(since, report, ledger, edited))
    if mistakes:
        raise CycleError([Mistake("", "", closed_words(archived, context.language)), *mistakes])
    return (_told(since, context),)


def closed_words(archived: Archived, language: Language) -> str:
    """That the round is closed, and the only way in which it can still change."""
    closing = archived.closing
    by = one_line(closing.by)
    return language.say(
        f"本期已于 {closing.date} 由{by}结账，存档 {archived.name}，汇总表没有重写。"
        "只有登记簿里结账后的更正（“更正”已采用，或“审核”通过、退回某一件）才会重新汇总。",
        f"This round was closed on {closing.date} by {by} (its archive: {archived.name}); the master was not written. "
        "Only what the register corrects after the closing is merged: an amendment that is applied, or a review that "
        "passes a return or sends it back.",
    )


def _unmatched(archived: Archived | None, closings: Sequence[Closing], language: Language) -> Mistake:
    """There is a closing without an archive, or an archive without a closing."""
    if archived is not None:
        return Mistake(
            archived.name,
            "",
            language.say(
                "本期已有存档，但登记簿的“结账”表里没有结账这一行（登记簿可能换了或丢了）。"
                "请把原来的登记簿放回（存档和 history/ 里有）。真要重新打开本期，就把存档移到别处。",
                "This round has an archive, but the register has no closing any more (it may be another register). "
                "Put the earlier one back (the archive and history/ hold it). To open the round again for good, move "
                "the archive elsewhere.",
            ),
        )
    closing = closings[-1]
    place = closing.place.told(language)
    return Mistake(
        "register.xlsx",
        str(closing.place),
        language.say(
            f"登记簿{place}写明本期已于 {closing.date} 由{one_line(closing.by)}结账，但还没有存档，汇总表没有重写。"
            "请运行 kpi-xlsx close 存档；要重新打开本期，就删去这一行。",
            f"By the register ({place}) this round was closed on {closing.date} by {one_line(closing.by)}, but there "
            "is no archive yet; the master was not written. Run kpi-xlsx close to write the archive, or delete that "
            "row to open the round again.",
        ),
    )


# --- why not ----------------------------------------------------------------------------------------------------------


def _refusals(since: Since, report: Report, ledger: Ledger, edited: Sequence[Amendment]) -> Iterator[Mistake]:
    context = report.context
    say = context.language.say
    yield from changed_settings(since, context.language)
    for name in since.gone:
        words = say(
            "结账时有这个文件，现在没有了，或换成了别的内容。请从存档里取出放回原处。",
            "It was there at the closing and is gone, or holds something else. Put it back from the archive.",
        )
        yield Mistake(one_line(name), "", words)
    for one in since.unsettled:
        yield Mistake(one_line(one.file), "", _ways_out(one.status, one.file, one.department, context))
    for review in since.early:
        words = say(
            f"日期 {review.date} 早于结账日 {since.archived.closing.date}，但结账时登记簿里没有这一行。"
            "请改成实际决定的日期，或删去。",
            f"It is dated {review.date}, before the closing on {since.archived.closing.date}, yet the register did "
            "not have it then. Enter the day on which it was decided, or delete it.",
        )
        yield Mistake("register.xlsx", str(review.place), words)
    if edited:
        names = listed((show_cell(place_of(one), context) for one in edited), context.language)
        words = say(
            f"结账后有人改了汇总表：{names}。要改的，请写进登记簿“更正”，状态写已采用；"
            "不改的，请从 history/ 取回结账时的汇总表。",
            f"It was changed by hand after the closing: {names}. Enter what is to be changed as an applied amendment "
            "in the register; else put the master that was closed back from history/.",
        )
        yield Mistake("master.xlsx", "", words)
    yield from _undecided(since, report, ledger)
    if not since.corrections:
        words = say(
            "登记簿里没有结账后的更正，重新汇总什么也不会变。",
            "The register has no correction after the closing; merging would change nothing.",
        )
        yield Mistake("", "", words)


def changed_settings(since: Since, language: Language) -> Iterator[Mistake]:
    """Each of plan, template and cycle.toml that is not as it was archived."""
    for name in since.settings:
        words = language.say(
            f"与结账时不同。请从存档 {since.archived.name} 取出当时的放回；这一期不能再按新的计算，改动请放到下一期。",
            f"It is not as it was at the closing. Put that one back from {since.archived.name}; this round is no "
            "longer counted by a new one, so make the change in the next cycle.",
        )
        yield Mistake(one_line(name), "", words)


def _ways_out(status: ReturnStatus, file: str, code: str | None, context: Context) -> str:
    say = context.language.say
    if status is ReturnStatus.QUARANTINED:
        return say(
            "结账后来的，无法读取。请移出 inbox/。",
            "It came after the closing and cannot be read. Move it out of inbox/.",
        )
    if code is None:
        sheet = AMENDMENTS.name(context.language)
        return say(
            f"结账后来的评分表，不再采用。请移出 inbox/；要改的数，请写在登记簿“{sheet}”里。",
            f"An assessor's form that came after the closing is not taken any more. Move it out of inbox/, and write "
            f"what is to be changed into the register's sheet {sheet}.",
        )
    sheet = REVIEWS.name(context.language)
    department = context.plan.by_code.get(code)
    name = "?" if department is None else department.name
    short = one_line(file).partition("/")[2]
    return say(
        f"结账后来的，没有人审核过。不用的，请移出 inbox/；要用的，请在登记簿“{sheet}”里写一行："
        f"单位 {name}，版次 {short}，结论 通过。",
        f"It came after the closing and nobody has reviewed it. If it is not to count, move it out of inbox/; if it "
        f"is, write a row into the register's sheet {sheet}: department {name}, version {short}, verdict passed.",
    )


def _undecided(since: Since, report: Report, ledger: Ledger) -> Iterator[Mistake]:
    """Cells that would change though no late correction is about them: a row deleted, the register put in order."""
    context = report.context
    before = list(ledger.rows(context))
    if not before:  # the ledger was lost: only files and decisions can be compared
        return
    departments = {one.department for one in since.corrections if isinstance(one, Review)}
    cells = {place_of(one) for one in since.corrections if isinstance(one, Amendment)}
    loose = [
        place for place in changed_cells(before, report.entries) if place[0] not in departments and place not in cells
    ]
    if loose:
        names = listed((show_cell(place, context) for place in loose), context.language)
        words = context.language.say(
            f"这些格会跟着变，登记簿里却没有结账后的决定：{names}。是不是删了或改了结账时就有的行，或者有更正还没有定？",
            f"These cells would change, too, though nothing was decided about them after the closing: {names}. Was a "
            "row deleted or altered that stood there at the closing, or is an amendment still undecided?",
        )
        yield Mistake("register.xlsx", "", words)


# --- what changes -----------------------------------------------------------------------------------------------------


def changed_cells(before: Iterable[Row], now: Iterable[Row]) -> Iterator[Place]:
    """Cells of which the master shows something else."""
    old = {(row.department, id_key(row.id)): row for row in before}
    new = {(row.department, id_key(row.id)): row for row in now}
    for place in {**new, **old}:
        was, shown = _shown(old.get(place)), _shown(new.get(place))
        for column in dict.fromkeys((*was, *shown)):
            if was.get(column) != shown.get(column):
                yield (*place, column)


def _shown(row: Row | None) -> dict[str, object]:
    if row is None:
        return {}
    found: dict[str, object] = {} if row.entry is None else {key: told(row.entry, key) for key in row.entry.answers}
    found |= {key: one.value for key, one in row.amended.items()}
    return {key: value for key, value in found.items() if value is not None}


def place_of(one: Amendment) -> Place:
    return one.department, one.goal, one.column


def show_cell(place: Place, context: Context) -> str:
    """A cell as people know it: department, goal and heading."""
    code, goal, column = place
    department = context.plan.by_code.get(code)
    known = context.column(column, context.row_id(goal))
    words = (code if department is None else department.name, context.row_id(goal), known.header if known else column)
    return " ".join(one_line(text) for text in words)


def show_corrections(corrections: Iterable[Late], context: Context) -> str:
    """What was decided after the closing, in the register's order."""
    return listed(dict.fromkeys(_show(one, context) for one in corrections), context.language)


def _show(one: Late, context: Context) -> str:
    if isinstance(one, Amendment):
        return show_cell(place_of(one), context)
    department = context.plan.by_code.get(one.department)
    name = one.department if department is None else department.name
    return f"{one_line(name)} {one_line(one.version)} {context.language.say(*VERDICT_WORDS[one.verdict])}"


def _told(since: Since, context: Context) -> str:
    closing, names = since.archived.closing, show_corrections(since.corrections, context)
    return context.language.say(
        f"结账（{closing.date}）后的更正：{names}。汇总表已重写；"
        f"结账时的那一份在 history/ 和 {since.archived.name} 里，没有动。请运行 kpi-xlsx close 再存档一次。",
        f"Corrected after the closing on {closing.date}: {names}. The master was written anew; the one that was closed "
        f"stays in history/ and in {since.archived.name}. Run kpi-xlsx close to write a further archive.",
    )
