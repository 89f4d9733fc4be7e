"""Merging: the inbox judged and kept in the ledger, the master written anew with what people wrote into the old one."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from kpi_xlsx.changes import tell_changes
from kpi_xlsx.context import Context
from kpi_xlsx.files import demand_closed, digest, temporary_beside
from kpi_xlsx.intake import find_arrivals
from kpi_xlsx.judging import Advance, judge_arrivals
from kpi_xlsx.ledger import Ledger, Output
from kpi_xlsx.model import Language
from kpi_xlsx.report import Report
from kpi_xlsx.settings import Settings
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
    goes into the register; then all of it is judged, and stored in one transaction; then the master is written beside
    the old one, what it holds is remembered, and it takes the old one's place.
    """
    demand_closed([target], context.language)
    with taken_turn(settings, context.language) as (ledger, state):
        remarks = list(state)
        arrivals = list(find_arrivals(settings.inbox))
        judged = judge_arrivals(
            settings, context, arrivals, ledger.first_seen(), executor=executor, advance=advance, memory=ledger
        )
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
            remarks.extend(_write_master(settings, context, target, ledger))
    return replace(report, remarks=(*report.remarks, *remarks))


def _write_master(settings: Settings, context: Context, target: Path, ledger: Ledger) -> Iterator[str]:
    """Write the master with the office's own columns from the one that stands there; yields what to know."""
    from kpi_xlsx.master import write_master
    from kpi_xlsx.office_notes import read_office_notes

    say = context.language.say
    notes = read_office_notes(settings.master, context)
    if notes.trouble is not None:
        yield say(
            f"原来的 {settings.master.name} 打不开（{notes.trouble.zh}），办公室填写的列没有带过来。",
            f"The old master cannot be opened ({notes.trouble.en}); its office columns were not carried over.",
        )
    if notes.unplaced:
        yield say(
            f"汇总表里办公室填写的 {notes.unplaced} 格找不到对应的目标，没有带过来；原表在 history/。",
            f"{notes.unplaced} office cells belong to no goal any more; the old master is in history/.",
        )
    for existing in dict.fromkeys((settings.master, target)):
        yield from _keep(settings, context.language, existing, ledger, always=bool(notes.unplaced))
    kind = Output("master", target.name, "")

    def record(finished: Path) -> None:
        ledger.record_outputs([replace(kind, sha256=digest(finished))])

    write_master(target, context, settings, ledger, notes, before=record)


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
