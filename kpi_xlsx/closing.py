"""Closing a round: what must be settled before, the row in the register, the master kept, the archive written.

In this order, so that a run that was killed anywhere is made good by running it again: the closing goes into the
register; the master is copied to history/ with its inputs; the archive takes its place last. A closing without an
archive is one that was not carried through.
"""

from __future__ import annotations

import datetime as dt
import getpass
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kpi_xlsx.archived import MASTER_INPUTS, Archived, compare, find_archives, next_archive, read_archived
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Closing
from kpi_xlsx.dossier import Filed, write_dossier
from kpi_xlsx.files import (
    demand_closed,
    digest,
    landing,
    named_errors,
    put_in_place,
    temporary_beside,
    write_atomically,
)
from kpi_xlsx.inputs import (
    Inputs,
    Source,
    demand_same,
    find_inputs,
    find_originals,
    find_sources,
    keep_master,
    show_inputs,
)
from kpi_xlsx.intake import find_arrivals, ignored
from kpi_xlsx.judging import Advance, Judged, judge_again, judge_arrivals
from kpi_xlsx.late import changed_settings
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.master import identify, write_master
from kpi_xlsx.master_edits import MasterEdits, read_master
from kpi_xlsx.master_rows import MasterRows
from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.outputs.archive_page import INDEX, ArchivePage, show_archive_page
from kpi_xlsx.outputs.findings import write_findings_book
from kpi_xlsx.past import Past
from kpi_xlsx.periods import end_of
from kpi_xlsx.reading import is_placeholder, one_line
from kpi_xlsx.register_additions import complete_register
from kpi_xlsx.report import Report
from kpi_xlsx.settings import Settings
from kpi_xlsx.standing import Status
from kpi_xlsx.stocktaking import Kept, take_stock
from kpi_xlsx.turns import taken_turn
from kpi_xlsx.unsettled import listed, tell_unsettled

LONGEST = 1000
"""Of a reason: it stands in one cell, and on one page."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What a closing did: the archive, its index, the master in history/, and what a person should know."""

    archive: Path
    index: Path
    master: Path
    remarks: tuple[str, ...] = ()


def close_cycle(
    settings: Settings,
    context: Context,
    past: Past,
    *,
    by: str = "",
    reason: str = "",
    now: dt.datetime | None = None,
    advance: Advance | None = None,
) -> Closed:
    """Close the round. Raises CycleError with everything that stands against it, before anything was written."""
    moment = (now or dt.datetime.now(settings.zone)).astimezone(settings.zone)
    by, reason = " ".join(by.split()), " ".join(reason.split())
    _demand_words(by, reason, context.language)
    books = (settings.register, settings.master)
    demand_closed(dict.fromkeys((*books, *map(landing, books))), context.language)
    with taken_turn(settings, context.language) as (ledger, state):
        edits = read_master(settings.master, context, ledger.written)
        arrivals = list(find_arrivals(settings.inbox))
        judged = judge_arrivals(settings, context, arrivals, advance=advance, memory=ledger, past=past)
        pending = _demand_closable(settings, judged, ledger, edits, reason, moment)
        settings.archive.mkdir(exist_ok=True)  # where nothing can be put there, nothing is to be written at all
        remarks: tuple[str, ...] = ()
        if pending is None or (reason and not pending.remark):
            remarks = _register(settings, context, ledger, moment.date(), by or _user(context.language), reason)
            judged = judge_again(settings, judged)
            _demand_registered(judged.report)
        done = _write_archive(settings, judged.report)
    return Closed(done.archive, done.index, done.master, (*state, *judged.report.remarks, *remarks))


def _demand_words(by: str, reason: str, language: Language) -> None:
    """A name and a reason that say something; a blank one is none."""
    for option, text in (("--by", by), ("--reason", reason)):
        if text and is_placeholder(text):
            words = language.say(f"“{text}”不算，请写明。", f"“{text}” says nothing; write it out.")
            raise CycleError([Mistake(option, "", words)])
        if len(text) > LONGEST:
            words = language.say(f"太长，最多 {LONGEST} 字。", f"Too long; at most {LONGEST} characters.")
            raise CycleError([Mistake(option, "", words)])


def _user(language: Language) -> str:
    """Who closes, if nobody says: as the computer knows them."""
    try:
        name = one_line(getpass.getuser())
    except (OSError, KeyError, ImportError):
        name = ""
    if name and not is_placeholder(name):
        return name
    words = language.say("请写明谁结账：--by 姓名。", "Say who closes the round: --by NAME.")
    raise CycleError([Mistake("--by", "", words)])


def _register(
    settings: Settings, context: Context, ledger: Ledger, day: dt.date, by: str, reason: str
) -> tuple[str, ...]:
    return complete_register(
        settings,
        context,
        (),
        {},
        wrote=ledger.wrote,
        before=partial(ledger.record_finished, "register", settings.register.name),
        closings=({"date": day.isoformat(), "by": by, "remark": reason},),
    )


def _demand_registered(report: Report) -> None:
    """A closing that cannot be read where it was written closes nothing. Raises CycleError with the reader's words."""
    if not report.decisions.closings:
        raise CycleError([Mistake("", "", remark) for remark in report.decisions.remarks])


# --- what stands against it -------------------------------------------------------------------------------------------


def _demand_closable(
    settings: Settings, judged: Judged, ledger: Ledger, edits: MasterEdits, reason: str, now: dt.datetime
) -> Closing | None:
    """See that the round can be closed; returns a closing that is registered, but has no archive yet."""
    report, language = judged.report, judged.report.context.language
    if report.decisions.unreadable:
        raise CycleError([Mistake("", "", remark) for remark in report.decisions.remarks])
    archived = read_archived(settings, report.context)
    since = None if archived is None else compare(archived, settings, report)
    closings = report.decisions.closings
    pending = closings[-1] if closings and (since is None or since.reopened) else None
    if archived is not None and since is not None and pending is None and not since.corrections:
        raise CycleError([_already(archived, language)])
    mistakes = [*_changed(settings, judged, ledger, edits, pending)]
    mistakes += [] if since is None else changed_settings(since, language)
    if not reason and not (pending and pending.remark):
        unsettled = [Mistake("", "", words) for words in tell_unsettled(report, _take_stock(report, settings, now))]
        mistakes += unsettled
        if unsettled:
            mistakes.append(Mistake("", "", _all_the_same(language)))
    if mistakes:
        raise CycleError([Mistake("", "", language.say("还不能结账：", "The round cannot be closed yet:")), *mistakes])
    return pending


def _take_stock(report: Report, settings: Settings, now: dt.datetime) -> Status:
    issued = frozenset(one.code for one in report.context.plan.departments)  # when a form was made is past now
    return take_stock(report, settings, Kept({}, issued, frozenset(), report.findings, True), now)


def _all_the_same(language: Language) -> str:
    return language.say(
        '确实要这样结账，请写明原因（会记进登记簿）：kpi-xlsx close --reason "……"',
        'To close it all the same, say why (the reason goes into the register): kpi-xlsx close --reason "…"',
    )


def _already(archived: Archived, language: Language) -> Mistake:
    closing = archived.closing
    return Mistake(
        "",
        "",
        language.say(
            f"本期已于 {closing.date} 由{one_line(closing.by)}结账，存档是 {archived.name}，没有新的更正。",
            f"This round was closed on {closing.date} by {one_line(closing.by)}; the archive is {archived.name}, and "
            "nothing was corrected since.",
        ),
    )


def _changed(
    settings: Settings, judged: Judged, ledger: Ledger, edits: MasterEdits, pending: Closing | None
) -> Iterator[Mistake]:
    """What is no longer as the last merge had it."""
    language = judged.report.context.language
    if not settings.master.is_file() or not ledger.count_rows():
        words = language.say(
            "还没有汇总过，先运行 kpi-xlsx merge。", "There is no merge yet; run kpi-xlsx merge first."
        )
        yield Mistake(settings.master.name, "", words)
        return
    files = list(_changed_files(judged, ledger))
    found = files or list(_changed_else(settings, judged, ledger, edits))
    yield from found
    if found:
        yield Mistake("", "", _merge_first(pending, language))


def _merge_first(pending: Closing | None, language: Language) -> str:
    if pending is None:
        return language.say(
            "请先运行 kpi-xlsx merge，看过汇总表再结账。", "Run kpi-xlsx merge first, look at the master, then close."
        )
    place = pending.place.told(language)
    return language.say(
        f"登记簿{place}已经写了结账，还没有存档。请把变动撤回再运行；要连同变动重新汇总，就先删去这一行。",
        f"The closing is registered already ({place}), but not archived. Undo the change and run this again; to merge "
        "it, delete that row first.",
    )


def _changed_files(judged: Judged, ledger: Ledger) -> Iterator[Mistake]:
    say = judged.report.context.language.say
    before = {one.file: one.sha256 for one in ledger.returns()}
    now = {one.file: one.sha256 for one in judged.report.returns}
    for names, zh, en in (
        ([name for name in now if name not in before], "汇总以后来的", "came after the last merge"),
        ([name for name in before if name not in now], "汇总以后不见了", "is gone since the last merge"),
        (
            [name for name in now if name in before and now[name] != before[name]],
            "汇总以后变了",
            "was changed after the last merge",
        ),
    ):
        if names:
            yield Mistake(listed(names, judged.report.context.language), "", say(f"{zh}。", f"This {en}."))


def _changed_else(settings: Settings, judged: Judged, ledger: Ledger, edits: MasterEdits) -> Iterator[Mistake]:
    """The inbox is the same: whether a merge would write the very master that stands there."""
    report = judged.report
    say = report.context.language.say
    if not ledger.wrote(digest(settings.master)):
        words = say(
            "写成以后有人填过或改过（或在 Excel 里另存过）。",
            "It was filled in or changed (or saved by Excel) since it was written.",
        )
        yield Mistake(settings.master.name, "", words)
        return
    same = tuple(ledger.returns()) == tuple(report.returns) and tuple(ledger.findings()) == tuple(report.findings)
    same = same and tuple(ledger.rows(report.context)) == tuple(report.entries)
    if not same or digest(settings.master) != _would_be(settings, report, ledger, edits):
        changed = [
            source.name for source in find_sources(settings, report.context.language) if _newer(source, settings)
        ]
        names = listed(changed, report.context.language)
        words = say(
            "汇总以后有变化，现在汇总会得出别的结果（登记簿、plan.xlsx、模板、cycle.toml、往期，或程序换了版本）。",
            "Something has changed since the last merge, which would come out otherwise now: register, plan, "
            "template, cycle.toml, an earlier cycle, or the program itself.",
        )
        yield Mistake(names, "", words)


def _newer(source: Source, settings: Settings) -> bool:
    return source.path.stat().st_mtime > settings.master.stat().st_mtime


def _would_be(settings: Settings, report: Report, ledger: Ledger, edits: MasterEdits) -> str:
    """The sha256 of the master that a merge would write now."""
    rows = MasterRows(settings, report.context, ledger, report.decisions, edits.notes, report.past, report.assessments)
    with tempfile.TemporaryDirectory(prefix="kpi-xlsx-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder, settings.master.name)
        write_master(copy, rows, identify(rows.written()))
        return digest(copy)


# --- the archive ------------------------------------------------------------------------------------------------------


def _write_archive(settings: Settings, report: Report) -> Closed:
    context = report.context
    closing = report.decisions.closings[-1]
    inputs = find_inputs(settings, context.language, report.returns)
    kept = keep_master(settings, inputs, closing.date, context.language)
    target = next_archive(settings)
    page = target.with_suffix(".html")
    left_out: list[str] = []
    earlier = [f"{one.parent.name}/{one.name}" for one in find_archives(settings)]
    temporary = temporary_beside(target)
    text = ""

    def index(filed: Sequence[Filed]) -> Source:
        nonlocal text
        name = f"{target.parent.name}/{target.name}"
        status = _take_stock(report, settings, end_of(closing.date, settings.zone))  # not the clock: same bytes
        text = show_archive_page(ArchivePage(settings, report, status, name, filed, left_out, earlier))
        return Source(INDEX[context.language], target, text.encode())

    try:
        with (
            tempfile.TemporaryDirectory(prefix="kpi-xlsx-", ignore_cleanup_errors=True) as folder,
            named_errors(target, temporary),
        ):
            sources = _sources(settings, report, inputs, Path(folder), left_out)
            filed = write_dossier(temporary, sources, closing.date, index)
        demand_same(inputs.files, {one.name: one.sha256 for one in filed}, context.language)
        write_atomically(page, text)
        put_in_place(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return Closed(target, page, kept)


def _sources(settings: Settings, report: Report, inputs: Inputs, folder: Path, left_out: list[str]) -> Iterator[Source]:
    """Everything that goes into the archive, in the order in which people look for it."""
    context = report.context
    own = digest(settings.master)
    yield Source(settings.master.name, settings.master)
    yield Source(
        MASTER_INPUTS,
        settings.master,
        show_inputs(inputs, settings.master.name, own, settings, context.language).encode(),
    )
    title = settings.full_title("", context.template.title)
    findings = folder / context.language.say("审核意见.xlsx", "findings.xlsx")
    write_findings_book(findings, report.findings, context, title)
    yield Source(findings.name, findings)
    yield from sorted(find_sources(settings, context.language), key=lambda one: one.name != settings.register.name)
    yield from _notices(settings, left_out)
    yield from find_originals(settings.inbox, left_out)
    for path in (settings.outbox, settings.feedback):
        for one in find_originals(path, left_out):
            if one.name.split("/")[1] != "old" and not _passing(one.name):
                yield one


def _passing(name: str) -> bool:
    """Whether a file among those that the tool writes is only there for the moment."""
    return ignored(name) or name.rpartition("/")[2].startswith(".")


def _notices(settings: Settings, left_out: list[str]) -> Iterator[Source]:
    """What was published, if it lies in the cycle's folder: files and folders that are named after the notice."""
    for path in sorted(settings.folder.iterdir()):
        if path.name.casefold().startswith(("公示", "notice")):
            if path.is_symlink():
                left_out.append(path.name)
            elif path.is_dir():
                yield from find_originals(path, left_out)
            elif path.is_file():
                yield Source(path.name, path)
