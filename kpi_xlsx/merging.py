"""Merging: the inbox judged and kept in the ledger, the master written anew with what people wrote into the old one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path

from kpi_xlsx.changes import tell_changes, tell_lost_decisions, tell_older_master
from kpi_xlsx.chronicle import tell
from kpi_xlsx.context import Context
from kpi_xlsx.corrections import leave_edits, propose_edits
from kpi_xlsx.credits import settle
from kpi_xlsx.files import demand_closed, landing
from kpi_xlsx.history import keep_changed
from kpi_xlsx.intake import find_arrivals
from kpi_xlsx.judging import Advance, Judged, demand_decisions, judge_again, judge_arrivals
from kpi_xlsx.late import demand_late_corrections
from kpi_xlsx.ledger import Ledger
from kpi_xlsx.master import identify, write_master
from kpi_xlsx.master_edits import MasterEdits, read_master
from kpi_xlsx.master_rows import MasterRows
from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.past import Past
from kpi_xlsx.register_additions import complete_register
from kpi_xlsx.report import Report
from kpi_xlsx.settings import Settings
from kpi_xlsx.turns import taken_turn


def merge_arrivals(
    settings: Settings,
    context: Context,
    past: Past,
    *,
    target: Path,
    strict: bool,
    executor: Executor | None = None,
    advance: Advance | None = None,
) -> Report:
    """Judge all files of the inbox, store what was found and write the master to `target`.

    In this order, so that a run that was killed anywhere is made good by the next: what people wrote into the master
    goes into the register; what is judged by that is stored in one transaction; then the master is written beside the
    old one, what it holds is remembered, and it takes the old one's place.
    """
    demand_closed(dict.fromkeys((target, landing(target))), context.language)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    with taken_turn(settings, context.language) as (ledger, state):
        remarks = list(state)
        _demand_inbox(settings, ledger, context.language)
        edits = read_master(settings.master, context, ledger.written, remembers=bool(past))
        if target == settings.master:
            remarks.extend(tell_older_master(edits.id, ledger, target.name, context.language))
        arrivals = list(find_arrivals(settings.inbox))
        judged = judge_arrivals(
            settings, context, arrivals, executor=executor, advance=advance, memory=ledger, past=past
        )
        demand_decisions(
            judged.report,
            "汇总表没有写：不知道登记簿里的决定，就会印错。",
            "No master was written: without the register's decisions it would be wrong.",
        )
        edited = propose_edits(edits, judged.report.decisions, context, settings.master.name).new
        remarks.extend(demand_late_corrections(settings, judged.report, ledger, edited))
        failed = strict and judged.report.exit_code > 0
        judged, done = _complete_register(settings, judged, ledger, edits, leave=failed)
        remarks.extend((*done, *_tell(judged.report, ledger)))
        _store(judged, ledger)
        if failed or (strict and judged.report.exit_code > 0):
            remarks.append(_strict(context))
        else:
            remarks.extend(_write_master(settings, judged.report, target, ledger, edits))
    return replace(judged.report, remarks=(*judged.report.remarks, *remarks))


def _strict(context: Context) -> str:
    return context.language.say(
        "有必须修改的问题，按 --strict 没有写汇总表。", "Errors are open; with --strict no master was written."
    )


def _demand_inbox(settings: Settings, ledger: Ledger, language: Language) -> None:
    """A drive that is not connected must not empty the master."""
    if settings.inbox.is_dir() or not any(one.counts for one in ledger.returns()):
        return
    words = language.say(
        "这个文件夹不见了，汇总表没有写。在网络盘上的请先接通；真的没有了，就新建一个空的再运行。",
        "This folder is gone; no master was written. If it is on a network drive, connect that; if it is meant to be "
        "gone, make an empty one.",
    )
    raise CycleError([Mistake(f"{settings.inbox.name}/", "", words)])


def _complete_register(
    settings: Settings, judged: Judged, ledger: Ledger, edits: MasterEdits, *, leave: bool
) -> tuple[Judged, tuple[str, ...]]:
    """Write into the register what was changed in the master, and which versions the reviews mean; says what it did.

    All is judged again by what it then says. With `leave`, edits stay in the master, for a later run. From the first
    return on there is something to decide, so it is made if it is not there. Raises CycleError, before anything was
    changed, if it is open in another program.
    """
    context = judged.report.context
    if leave:
        proposals = leave_edits(edits, context)
    else:
        proposals = propose_edits(edits, judged.report.decisions, context, settings.master.name)
    done = complete_register(
        settings,
        context,
        proposals.new,
        judged.conclusion.labels,
        wrote=ledger.wrote,
        before=partial(ledger.record_finished, "register", settings.register.name),
        whole=bool(judged.conclusion.versions) and not settings.register.exists(),
    )
    return judge_again(settings, judged) if done else judged, (*proposals.remarks, *done)


def _tell(report: Report, ledger: Ledger) -> Iterator[str]:
    """What is no longer as the last merge saw it."""
    language, before = report.context.language, list(ledger.returns())
    yield from tell_changes(before, report.returns, ledger, language)
    yield from tell_lost_decisions(before, ledger.amended_places(), report)


def _store(judged: Judged, ledger: Ledger) -> None:
    report = judged.report
    events = tell(report.context, judged.conclusion, report.decisions, report.zone)
    ledger.store(report.returns, judged.modified, report.entries, report.findings, events, judged.readings())


def _write_master(
    settings: Settings, report: Report, target: Path, ledger: Ledger, edits: MasterEdits
) -> Iterator[str]:
    """Write the master with what the office wrote into the one that stands there; yields what to know."""
    language, zone = report.context.language, settings.zone
    rows = MasterRows(settings, report.context, ledger, report.decisions, edits.notes, report.past, report.assessments)
    must = bool(edits.edits or edits.strays or edits.unknown)
    for existing in dict.fromkeys((settings.master, target)):
        yield from keep_changed(existing, settings.history, zone, ledger.wrote, language, always=must)
    if report.context.scores is not None:
        yield from settle(report.decisions.credits, report.context.scores, language).remarks
    master_id = identify(rows.written())
    ledger.keep_written(master_id, rows.written(), edits.id)
    write_master(target, rows, master_id, before=partial(ledger.record_finished, "master", target.name))
