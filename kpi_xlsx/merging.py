"""Merging: the inbox judged and kept in the ledger, the master written anew with what people wrote into the old one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from kpi_xlsx.changes import tell_changes, tell_lost_decisions, tell_older_master
from kpi_xlsx.chronicle import tell
from kpi_xlsx.context import Context
from kpi_xlsx.corrections import leave_edits, propose_edits
from kpi_xlsx.decisions import Amendment, Decisions
from kpi_xlsx.files import demand_closed, digest, landing
from kpi_xlsx.history import keep_changed
from kpi_xlsx.intake import find_arrivals
from kpi_xlsx.judging import Advance, Judged, demand_decisions, judge_again, judge_arrivals
from kpi_xlsx.ledger import Ledger, Output
from kpi_xlsx.master_edits import MasterEdits, read_master
from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.register_additions import complete_register
from kpi_xlsx.report import Report
from kpi_xlsx.settings import Settings
from kpi_xlsx.settling import tell_closing
from kpi_xlsx.turns import taken_turn


def merge_arrivals(
    settings: Settings,
    context: Context,
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
        edits = read_master(settings.master, context, ledger.written)
        if target == settings.master:
            remarks.extend(tell_older_master(edits.id, ledger, target.name, context.language))
        arrivals = list(find_arrivals(settings.inbox))
        judged = judge_arrivals(settings, context, arrivals, executor=executor, advance=advance, memory=ledger)
        demand_decisions(
            judged.report,
            "汇总表没有写：不知道登记簿里的决定，就会印错。",
            "No master was written: without the register's decisions it would be wrong.",
        )
        if strict and judged.report.exit_code:
            proposals = leave_edits(edits, context)
        else:
            proposals = propose_edits(edits, judged.report.decisions, context, settings.master.name)
        remarks.extend(proposals.remarks)
        added = _complete_register(settings, judged, ledger, proposals.new)
        if added:
            remarks.extend(added)
            judged = judge_again(settings, judged)
        report = judged.report
        remarks.extend(tell_changes(list(ledger.returns()), report.returns, ledger, context.language))
        events = tell(context, judged.conclusion, report.decisions, settings.zone)
        readings = list(judged.readings())
        remarks.extend(tell_lost_decisions(ledger, report))
        remarks.extend(tell_closing(report.decisions, context.language))
        ledger.store(report.returns, judged.modified, report.entries, report.findings, events, readings=readings)
        if strict and report.exit_code:
            words = context.language.say(
                "有必须修改的问题，按 --strict 没有写汇总表。",
                "Errors are open; with --strict no master was written.",
            )
            remarks.append(words)
        else:
            remarks.extend(_write_master(settings, context, target, ledger, report.decisions, edits))
    return replace(report, remarks=(*report.remarks, *remarks))


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
    settings: Settings, judged: Judged, ledger: Ledger, proposals: Sequence[Amendment]
) -> tuple[str, ...]:
    """Write into the register what was changed in the master, and which versions the reviews mean; says what it did.

    From the first return on there is something to decide, so it is made if it is not there. Raises CycleError, before
    anything was changed, if it is open in another program.
    """

    def record(finished: Path) -> None:
        ledger.record_outputs([Output("register", settings.register.name, digest(finished))])

    return complete_register(
        settings.register,
        settings.history,
        proposals,
        judged.conclusion.labels,
        judged.report.context,
        settings,
        wrote=ledger.wrote,
        before=record,
        whole=bool(judged.conclusion.versions) and not settings.register.exists(),
    )


def _write_master(
    settings: Settings, context: Context, target: Path, ledger: Ledger, decisions: Decisions, edits: MasterEdits
) -> Iterator[str]:
    """Write the master with what the office wrote into the one that stands there; yields what to know."""
    from kpi_xlsx.master import identify, write_master
    from kpi_xlsx.master_rows import MasterRows

    rows = MasterRows(settings, context, ledger, decisions, edits.notes)
    must = bool(edits.edits or edits.strays or edits.unknown)
    for existing in dict.fromkeys((settings.master, target)):
        yield from keep_changed(existing, settings.history, settings.zone, ledger.wrote, context.language, always=must)
    kind = Output("master", target.name, "")
    master_id = identify(rows.written())
    ledger.keep_written(master_id, rows.written(), edits.id)

    def record(finished: Path) -> None:
        ledger.record_outputs([replace(kind, sha256=digest(finished))])

    write_master(target, rows, master_id, before=record)
