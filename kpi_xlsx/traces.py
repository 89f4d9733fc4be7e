"""What is known about one goal: the nouns of a trace, and the JSON object that they make; no file here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from kpi_xlsx.amending import Amended
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Amendment, Closing, Extension, Paper, Place, Review, Waiver
from kpi_xlsx.events import Event
from kpi_xlsx.model import Department, Finding, Goal, Scalar, plain
from kpi_xlsx.past import PastRow
from kpi_xlsx.periods import show_time
from kpi_xlsx.report import ReturnRecord, finding_dict
from kpi_xlsx.template import Column
from kpi_xlsx.values import show_value
from kpi_xlsx.versions import Version
from kpi_xlsx.wording import Piece


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row's answers stand, and since when: of a column, `cell` is its own."""

    record: ReturnRecord
    label: str
    """The version, as it is named in the register: 第2次 3fa9c12b."""
    why: str
    """Why the row counts from this version."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the master shows in one column of the row."""

    column: Column
    value: Scalar | None
    text: str
    cell: str | None
    """The department's own cell."""
    amended: Amended | None = None
    original: str = ""
    """What the department said, if that was amended."""
    pieces: tuple[Piece, ...] = ()
    """What the amendment made of it, new and old words told apart."""
    typed: str = ""
    """What exactly was typed, where it was not taken as it stood."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a version says in one cell, and what that changes against the version before."""

    column: Column
    value: Scalar | None
    text: str
    cell: str | None
    typed: str = ""
    """What exactly was typed, where it was not taken as it stood."""
    pieces: tuple[Piece, ...] = ()
    """New and old words told apart; none where nothing came before or nothing changed."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A finding on the goal, and whether it still stands: that of a version which does not count does not."""

    finding: Finding
    stands: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A version of the department's return, as far as the goal is concerned."""

    version: Version
    label: str
    records: tuple[ReturnRecord, ...]
    """Of every file in which it came, that which stands for it first."""
    sheet: str | None
    counts: bool
    outcome: str
    """What became of it in this row."""
    said: tuple[Said, ...]
    before: str
    """The label of the version that the answers are compared with."""
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class UnusableFile:
    """A file of the department of which nothing could be used."""

    record: ReturnRecord
    trouble: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier cycle's master has of the goal for the department."""

    cycle: str
    row: PastRow
    status: str
    """Its status, or why there is none: not reported, not due, completed earlier."""
    words: tuple[tuple[str, str], ...]
    """The other main answers, by heading."""
    file: str | None
    """As it is reached from this cycle."""
    settled: bool
    """Nothing was asked then, nor answered: it had been completed and passed before."""
    holds: bool
    """The master of today still shows it: completed and passed, and nothing was said since."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one department has to do with the goal."""

    department: Department
    role: str
    source: Origin | None
    shown: tuple[Shown, ...]
    sent: tuple[Sent, ...]
    """The oldest first."""
    unusable: tuple[UnusableFile, ...]
    attachments: int
    findings: tuple[Finding, ...]
    """What is found on the goal, whether a return or all of them together gave the occasion."""
    amendments: tuple[Amendment, ...]
    reviews: tuple[Review, ...]
    waivers: tuple[Waiver, ...]
    extensions: tuple[Extension, ...]
    papers: tuple[Paper, ...]
    events: tuple[Event, ...]
    outdated: bool
    """The last merge had something else in this row than what inbox and register say now."""
    earlier: tuple[Earlier, ...] = ()
    """The newest first."""

    @property
    def further(self) -> Sequence[Finding]:
        """The findings that no single version gave occasion to."""
        listed = [made.finding for one in self.sent for made in one.judgements]
        return [one for one in self.findings if one not in listed]


@dataclass(frozen=True, slots=True)
class StandingMaster:
    """The master that lies there. `written` is None if the tool did not write it like this."""

    name: str
    sha256: str
    written: dt.datetime | None


@dataclass(frozen=True)
class Trace:
    """Everything about one goal (or one spare row): plan, versions, findings, decisions, and what the master shows."""

    context: Context
    zone: dt.tzinfo
    title: str
    marking: str
    id: str
    goal: Goal | None
    given: tuple[tuple[str, str], ...]
    """What the plan has, by heading."""
    parts: tuple[Part, ...]
    closings: tuple[Closing, ...]
    master: StandingMaster | None
    narrowed: bool
    """Only one department was asked for."""
    missing: tuple[str, ...] = ()
    """What could not be told, since the register cannot be read."""

    def show_time(self, moment: dt.datetime | dt.date | None) -> str:
        """A time in the cycle's offset, a day as a day."""
        if isinstance(moment, dt.datetime):
            return show_time(moment, self.zone)
        return "" if moment is None else moment.isoformat()

    def show_value(self, column: str, value: Scalar | None) -> str:
        """A value of the register as its column shows it."""
        known = self.context.column(column, self.id)
        return plain(value) if known is None else show_value(known, value)

    def show_receipt(self, record: ReturnRecord) -> str:
        return record.receipt.show(self.zone, self.context.language)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of `--format json`; times are ISO 8601 in the cycle's offset."""
        goal = self.goal
        return {
            "cycle": self.context.cycle,
            "title": self.title,
            "marking": self.marking,
            "goal": self.id,
            "name": goal.name if goal else None,
            "due": goal.due.isoformat() if goal else None,
            "frequency": str(goal.frequency) if goal else None,
            "plan": dict(self.given),
            "departments": [self._part(part) for part in self.parts],
            "closings": [self._plain(one) for one in self.closings],
            "standing_master": self._plain(self.master),
        }

    def _part(self, part: Part) -> dict[str, Any]:
        found = {
            "department": part.department.code,
            "name": part.department.name,
            "role": part.role,
            "outdated": part.outdated,
            "source": None if part.source is None else self._source(part.source),
            "master": [self._shown(one) for one in part.shown],
            "versions": [self._sent(one) for one in part.sent],
            "unusable": [{**self._record(one.record), "trouble": one.trouble} for one in part.unusable],
            "attachments": part.attachments,
            "findings": [_finding(one) for one in part.findings],
        }
        found["earlier"] = [self._earlier(one) for one in part.earlier]
        for key in ("amendments", "reviews", "waivers", "extensions", "papers", "events"):
            found[key] = [self._plain(one) for one in getattr(part, key)]
        return found

    def _earlier(self, one: Earlier) -> dict[str, Any]:
        row = one.row
        return {
            "cycle": one.cycle,
            "department": row.department,
            "name": row.name,
            "asked": row.asked,
            "status": row.values.get("status"),
            "progress": None if row.progress is None else str(row.progress),
            "passed": row.passed,
            "settled": one.settled,
            "holds": one.holds,
            "answers": {key: self._plain(value) for key, value in row.values.items()},
            "file": one.file,
            "sheet": row.sheet,
            "cells": row.cells or None,
            "sha256": row.sha256,
        }

    def _source(self, source: Origin) -> dict[str, Any]:
        record = source.record
        return {**self._record(record), "sheet": record.sheet, "version": record.version, "why": source.why}

    def _record(self, record: ReturnRecord) -> dict[str, Any]:
        receipt = record.receipt
        return {
            "file": record.file,
            "status": str(record.status),
            "sha256": record.sha256,
            "received": self._plain(receipt.moment),
            "basis": str(receipt.basis),
            "way": receipt.way,
            "by": receipt.by,
        }

    def _shown(self, one: Shown) -> dict[str, Any]:
        amended = one.amended
        return {
            "column": one.column.key,
            "heading": one.column.header,
            "value": self._plain(one.value),
            "cell": one.cell,
            "typed": one.typed or None,
            "original": self._plain(amended.original) if amended else None,
            "amendment": None if amended is None else str(amended.amendment.place),
            "assessor": (amended.assessor or None) if amended else None,
            "pending": amended is not None and amended.pending,
            "conflict": amended is not None and amended.conflict,
        }

    def _sent(self, one: Sent) -> dict[str, Any]:
        return {
            "version": one.version.number,
            "sha256": one.version.sha256,
            "files": [self._record(record) for record in one.records],
            "sheet": one.sheet,
            "fate": str(one.version.fate),
            "counts": one.counts,
            "outcome": one.outcome,
            "compared_with": one.before or None,
            "answers": [
                {
                    "column": said.column.key,
                    "heading": said.column.header,
                    "value": self._plain(said.value),
                    "text": said.text,
                    "typed": said.typed or None,
                    "cell": said.cell,
                    "changes": [[str(change), text] for change, text in said.pieces],
                }
                for said in one.said
            ],
            "findings": [{**_finding(made.finding), "stands": made.stands} for made in one.judgements],
        }

    def _plain(self, value: Any) -> Any:
        """Nouns as objects, words of closed lists and places as text, times in the cycle's offset."""
        if isinstance(value, Place):
            return str(value)
        if is_dataclass(value):
            return {field.name: self._plain(getattr(value, field.name)) for field in fields(value)}
        if isinstance(value, dt.datetime):
            return value.astimezone(self.zone).isoformat()
        if isinstance(value, dt.date):
            return value.isoformat()
        return str(value) if isinstance(value, str) else value


def _finding(finding: Finding) -> dict[str, Any]:
    return {**finding_dict(finding), "grounds": finding.grounds}


def place_of(file: str, sheet: str | None, cell: str | None) -> str:
    """Where a cell lies, as a clerk looks for it: inbox/甲局.xlsx › 填报!F7."""
    return " › ".join(part for part in (file, "!".join(filter(None, (sheet, cell)))) if part)
