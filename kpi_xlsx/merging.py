"""Merging: the inbox judged and kept in the ledger, the master written anew with what people wrote into the old one."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from kpi_xlsx.changes import tell_changes
from kpi_xlsx.context import Context
from kpi_xlsx.corrections import propose_edits
from kpi_xlsx.decisions import Amendment, Decisions
from kpi_xlsx.files import demand_closed, digest, temporary_beside
from kpi_xlsx.intake import Arrival
from kpi_xlsx.judging import Advance, judge_arrivals
from kpi_xlsx.ledger import Ledger, Output
from kpi_xlsx.master_edits import MasterEdits, read_master
from kpi_xlsx.model import Language
from kpi_xlsx.register import load_decisions
from kpi_xlsx.report import Report
from kpi_xlsx.settings import Settings
from kpi_xlsx.turns import taken_turn


def merge_arrivals(
    settings: Settings,
    context: Context,
    arrivals: Sequence[Arrival],
    *,
    target: Path,
    strict: bool,
    executor: Executor | None = None,
    advance: Advance | None = None,
) -> Report:
    """Judge all files of the inbox, store what was found and write the master to `target`.

    In this order, so that a run that was killed anywhere is made good by the next: what people wrote into the master
    goes into the register; then all of it is judged, and stored in one transaction; then the master is written beside
    the old one, what it holds is remembered, and it takes the old one's place.
    """
    demand_closed([target], context.language)
    with taken_turn(settings, context.language) as (ledger, state):
        remarks = list(state)
        edits = read_master(settings.master, context, ledger.written)
        remarks.extend(_register_edits(settings, context, edits, ledger))
        judged = judge_arrivals(settings, context, arrivals, executor=executor, advance=advance, memory=ledger)
        report = judged.report
        remarks.extend(tell_changes(list(ledger.returns()), report.returns, ledger, context.language))
        ledger.store(report.returns, judged.modified, report.entries, report.findings, readings=list(judged.readings()))
        if strict and report.exit_code:
            words = context.language.say(
                "有必须修改的问题，按 --strict 没有写汇总表。",
                "Errors are open; with --strict no master was written.",
            )
            remarks.append(words)
        else:
            remarks.extend(_write_master(settings, context, target, ledger, report.decisions, edits))
    return replace(report, remarks=(*report.remarks, *remarks))


def _register_edits(settings: Settings, context: Context, edits: MasterEdits, ledger: Ledger) -> tuple[str, ...]:
    """Propose in the register what was changed in the master; returns what to know.

    Raises CycleError, before anything was changed, if the register is open in another program.
    """
    if edits.trouble is not None:
        words = context.language.say(
            f"原来的 {settings.master.name} 打不开（{edits.trouble.zh}），办公室填写的列和改动没有带过来。",
            f"The old master cannot be opened ({edits.trouble.en}); office columns and edits were not carried over.",
        )
        return (words,)
    proposals = propose_edits(edits, load_decisions(settings.register, context, settings.zone), context)
    if proposals.new:
        demand_closed([settings.register], context.language)
        write_proposals(settings, context, proposals.new, ledger)
    return proposals.remarks


def write_proposals(settings: Settings, context: Context, proposals: Sequence[Amendment], ledger: Ledger) -> None:
    """Write what is proposed into the register."""


def _write_master(
    settings: Settings, context: Context, target: Path, ledger: Ledger, decisions: Decisions, edits: MasterEdits
) -> Iterator[str]:
    """Write the master with what the office wrote into the one that stands there; yields what to know."""
    from kpi_xlsx.master import identify, write_master
    from kpi_xlsx.master_rows import MasterRows

    rows = MasterRows(settings, context, ledger, decisions, edits.notes)
    must = bool(edits.edits or edits.strays or edits.unknown)
    for existing in dict.fromkeys((settings.master, target)):
        yield from _keep(settings, context.language, existing, ledger, always=must)
    kind = Output("master", target.name, "")
    master_id = identify(rows.written())
    ledger.keep_written(master_id, rows.written(), edits.id)

    def record(finished: Path) -> None:
        ledger.record_outputs([replace(kind, sha256=digest(finished))])

    write_master(target, rows, master_id, before=record)


def _keep(settings: Settings, language: Language, path: Path, ledger: Ledger, *, always: bool) -> Iterator[str]:
    """Copy a master that a person changed since the tool wrote it into history/, unless it lies there already."""
    if not path.is_file():
        return
    own = digest(path)
    if ledger.wrote(own) and not always:
        return
    history = settings.history
    history.mkdir(exist_ok=True)
    if any(digest(kept) == own for kept in history.glob("*.xlsx")):
        return
    moment = dt.datetime.fromtimestamp(path.stat().st_mtime, settings.zone)
    stem = f"{path.stem}-{moment:%Y%m%d-%H%M%S}"
    target, number = history / f"{stem}.xlsx", 2
    while target.exists():
        target, number = history / f"{stem}-{number}.xlsx", number + 1
    temporary = temporary_beside(target)
    shutil.copy2(path, temporary)
    temporary.replace(target)
    yield language.say(
        f"原来的 {path.name} 有人改过，已存到 history/{target.name}。",
        f"The {path.name} that stood there had been changed by hand; it is kept as history/{target.name}.",
    )
