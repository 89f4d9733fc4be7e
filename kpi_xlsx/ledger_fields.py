"""The ledger's tables of one merge, and how returns, rows, findings and events stand in them as fields."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from typing import Any

from kpi_xlsx.amending import Amended
from kpi_xlsx.assessors import Assessed
from kpi_xlsx.decisions import Fate, Review
from kpi_xlsx.events import Event, EventKind
from kpi_xlsx.model import Answer, Basis, Entry, Finding, Kind, Leftover, ReturnStatus, Scalar, Severity, State
from kpi_xlsx.packing import pack, unpack
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.report import ReturnRecord, Row

MERGE_TABLES = """
CREATE TABLE cycle (id TEXT NOT NULL);
CREATE TABLE files (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, form INTEGER NOT NULL, sha256 TEXT, size INTEGER NOT NULL,
  received TEXT NOT NULL, basis TEXT NOT NULL, way TEXT NOT NULL, by TEXT NOT NULL, status TEXT NOT NULL,
  department TEXT, sheet TEXT, counts INTEGER NOT NULL, version INTEGER NOT NULL, fate TEXT NOT NULL, review TEXT,
  copy_of TEXT, leftovers TEXT NOT NULL, signed TEXT NOT NULL, position INTEGER NOT NULL,
  revision TEXT NOT NULL, part INTEGER NOT NULL, current INTEGER NOT NULL, goals TEXT NOT NULL, UNIQUE (name, form)
);
CREATE TABLE rows (
  position INTEGER PRIMARY KEY, department TEXT NOT NULL, goal TEXT NOT NULL, role TEXT NOT NULL,
  entry INTEGER REFERENCES entries (id), amended TEXT NOT NULL, reviewed TEXT,
  assessed TEXT
);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files (id), tab TEXT NOT NULL, goal TEXT NOT NULL,
  row INTEGER NOT NULL, answers TEXT NOT NULL, places TEXT NOT NULL
);
CREATE TABLE waiting (
  row INTEGER NOT NULL REFERENCES rows (position), entry INTEGER NOT NULL REFERENCES entries (id)
);
CREATE INDEX rows_by_department ON rows (department);
CREATE INDEX waiting_by_row ON waiting (row);
CREATE TABLE findings (
  position INTEGER PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
  state TEXT NOT NULL, message TEXT NOT NULL, hint TEXT NOT NULL, file TEXT, department TEXT, goal TEXT, col TEXT,
  sheet TEXT, cell TEXT, explainable INTEGER NOT NULL, grounds TEXT NOT NULL
);
CREATE INDEX findings_by_department ON findings (department);
CREATE TABLE events (
  position INTEGER PRIMARY KEY, kind TEXT NOT NULL, department TEXT, goal TEXT, col TEXT, file TEXT, sha256 TEXT,
  at TEXT NOT NULL, why TEXT NOT NULL
);
"""
ADDED: Mapping[int, tuple[str, ...]] = {
    2: (
        "ALTER TABLE files ADD COLUMN revision TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE files ADD COLUMN part INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE files ADD COLUMN current INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE files ADD COLUMN goals TEXT NOT NULL DEFAULT '[]'",
    ),
    3: ("ALTER TABLE rows ADD COLUMN assessed TEXT",),
}
"""What makes tables of a schema those of the next: no form held only some goals once, and nobody assessed anything."""
OF_ONE_MERGE = ("events", "findings", "waiting", "rows", "entries", "files")

FILE_COLUMNS = (
    "f.name, f.form, f.sha256, f.size, f.received, f.basis, f.way, f.by, f.status, f.department, f.sheet, f.counts, "
    "f.version, f.fate, f.review, f.copy_of, f.leftovers, f.signed, "
    "f.revision, f.part, f.current, f.goals"
)
ENTRY_COLUMNS = "e.tab, e.goal, e.row, e.answers, e.places"
FINDING_COLUMNS = (
    "code, name, kind, severity, state, message, hint, file, department, goal, col, sheet, cell, explainable, grounds"
)
EVENT_COLUMNS = "kind, department, goal, col, file, sha256, at, why"


def store_record(db: sqlite3.Connection, one: ReturnRecord, position: int) -> int:
    fields = (
        one.file,
        one.form,
        one.sha256,
        one.size,
        one.receipt.moment.isoformat(),
        str(one.receipt.basis),
        one.receipt.way,
        one.receipt.by,
        str(one.status),
        one.department,
        one.sheet,
        one.counts,
        one.version,
        str(one.fate),
        None if one.review is None else pack(Review, one.review),
        one.copy_of,
        pack(tuple[Leftover, ...], one.leftovers),
        pack(Mapping[str, str], one.signed),
        one.revision,
        one.part,
        one.current,
        pack(tuple[str, ...], one.goals),
    )
    columns = f"{FILE_COLUMNS}, position".replace("f.", "")
    cursor = db.execute(f"INSERT INTO files ({columns}) VALUES ({', '.join('?' * 23)})", (*fields, position))
    return int(cursor.lastrowid or 0)


def record_of(fields: Any) -> ReturnRecord:
    name, form, sha256, size, received, basis, way, by, status, department, sheet, counts, *decided = fields
    version, fate, review, copy_of, leftovers, signed, revision, part, current, goals = decided
    return ReturnRecord(
        name,
        department,
        ReturnStatus(status),
        bool(counts),
        sha256,
        Receipt(dt.datetime.fromisoformat(received), Basis(basis), way, by),
        size,
        sheet,
        form,
        unpack(tuple[Leftover, ...], leftovers),
        unpack(Mapping[str, str], signed),
        version,
        Fate(fate),
        None if review is None else unpack(Review, review),
        copy_of,
        revision,
        part,
        bool(current),
        unpack(tuple[str, ...], goals),
    )


def store_row(db: sqlite3.Connection, row: Row, position: int, files: Mapping[tuple[str, int], int]) -> None:
    entry = None
    if row.entry is not None and row.record is not None:
        entry = _store_entry(db, row.entry, files[row.record.file, row.record.form])
    amended = pack(Mapping[str, Amended], row.amended)
    reviewed = None if row.reviewed is None else pack(Entry, row.reviewed)
    assessed = None if row.assessed is None else pack(Assessed, row.assessed)
    fields = (position, row.department, row.id, row.role, entry, amended, reviewed, assessed)
    db.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", fields)
    for one in row.waiting:
        held = _store_entry(db, one.entry, files[one.record.file, one.record.form])
        db.execute("INSERT INTO waiting VALUES (?, ?)", (position, held))


def _store_entry(db: sqlite3.Connection, entry: Entry, file: int) -> int:
    answers, places = pack(Mapping[str, Answer], entry.answers), pack(Mapping[str, str], entry.places)
    cursor = db.execute(
        "INSERT INTO entries (file, tab, goal, row, answers, places) VALUES (?, ?, ?, ?, ?, ?)",
        (file, entry.table, entry.goal, entry.row, answers, places),
    )
    return int(cursor.lastrowid or 0)


def entry_of(fields: Any) -> Entry:
    tab, goal, row, answers, places = fields
    return Entry(tab, goal, row, unpack(Mapping[str, Answer], answers), unpack(Mapping[str, str], places))


def event_fields(one: Event) -> tuple[Any, ...]:
    at = pack(Scalar | None, one.at)
    return str(one.kind), one.department, one.goal, one.column, one.file, one.sha256, at, one.why


def event_of(fields: Any) -> Event:
    """An event from the fields of EVENT_COLUMNS."""
    kind, department, goal, column, file, sha256, at, why = fields
    return Event(EventKind(kind), department, goal, column, file, sha256, unpack(Scalar | None, at), why)


def finding_fields(one: Finding) -> tuple[Any, ...]:
    return (
        one.code,
        one.name,
        str(one.kind),
        str(one.severity),
        str(one.state),
        one.message,
        one.hint,
        one.file,
        one.department,
        one.goal,
        one.column,
        one.sheet,
        one.cell,
        one.explainable,
        one.grounds,
    )


def finding_of(fields: Any) -> Finding:
    code, name, kind, severity, state, message, hint, file, department, goal, column, sheet, cell, *rest = fields
    explainable, grounds = rest
    return Finding(
        code,
        name,
        Kind(kind),
        Severity(severity),
        message,
        hint,
        State(state),
        file,
        department,
        goal,
        column,
        sheet,
        cell,
        bool(explainable),
        grounds,
    )
