"""ledger.sqlite, the tool's memory: what came in, what was read, which rows count, what was found and written.

A cache of inbox/ and register.xlsx, but for what `memory` keeps from merge to merge. Journal mode DELETE, since cycles
lie on network shares and get copied.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kpi_xlsx.amending import Amended
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Fate, Review
from kpi_xlsx.events import Event, EventKind
from kpi_xlsx.files import move_aside
from kpi_xlsx.memory import MEMORY_TABLES, Memory, Output, Reading, recall_before, remember
from kpi_xlsx.model import (
    Answer,
    Basis,
    Entry,
    Finding,
    Kind,
    Leftover,
    ReturnStatus,
    Scalar,
    Severity,
    State,
    id_key,
)
from kpi_xlsx.packing import pack, unpack
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.report import ReturnRecord, Row, Waiting

__all__ = ["SCHEMA", "Ledger", "Output", "looked_at", "opened"]

SCHEMA = 2
_APPLICATION = 0x6B706978  # "kpix"

_TABLES = """
CREATE TABLE cycle (id TEXT NOT NULL);
CREATE TABLE files (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, form INTEGER NOT NULL, sha256 TEXT, size INTEGER NOT NULL,
  received TEXT NOT NULL, basis TEXT NOT NULL, way TEXT NOT NULL, by TEXT NOT NULL, status TEXT NOT NULL,
  department TEXT, sheet TEXT, counts INTEGER NOT NULL, version INTEGER NOT NULL, fate TEXT NOT NULL, review TEXT,
  copy_of TEXT, leftovers TEXT NOT NULL, signed TEXT NOT NULL, position INTEGER NOT NULL, UNIQUE (name, form)
);
CREATE TABLE rows (
  position INTEGER PRIMARY KEY, department TEXT NOT NULL, goal TEXT NOT NULL, role TEXT NOT NULL,
  entry INTEGER REFERENCES entries (id), amended TEXT NOT NULL, reviewed TEXT
);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files (id), tab TEXT NOT NULL, goal TEXT NOT NULL,
  row INTEGER NOT NULL, answers TEXT NOT NULL, places TEXT NOT NULL
);
CREATE TABLE waiting (
  row INTEGER NOT NULL REFERENCES rows (position), entry INTEGER NOT NULL REFERENCES entries (id)
);
CREATE TABLE findings (
  position INTEGER PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
  state TEXT NOT NULL, message TEXT NOT NULL, hint TEXT NOT NULL, file TEXT, department TEXT, goal TEXT, col TEXT,
  sheet TEXT, cell TEXT, explainable INTEGER NOT NULL, grounds TEXT NOT NULL
);
CREATE INDEX findings_by_row ON findings (department, goal);
CREATE TABLE events (
  position INTEGER PRIMARY KEY, kind TEXT NOT NULL, department TEXT, goal TEXT, col TEXT, file TEXT, sha256 TEXT,
  at TEXT NOT NULL, why TEXT NOT NULL
);
"""
_OF_ONE_MERGE = ("events", "findings", "waiting", "rows", "entries", "files")


class Ledger(Memory):
    """An open ledger. Writes happen in one transaction each; open it with `opened` or `looked_at`."""

    # One merge.

    def store(
        self,
        returns: Iterable[ReturnRecord],
        modified: Mapping[str, int],
        rows: Iterable[Row],
        findings: Iterable[Finding],
        events: Iterable[Event] = (),
        readings: Iterable[Reading] = (),
    ) -> None:
        """Replace what an earlier merge stored, in one transaction; what was seen is never forgotten.

        `modified`: the time that each file bore when it was first seen, by its name.
        """
        records = list(returns)
        with self.connection as db:
            for table in _OF_ONE_MERGE:
                db.execute(f"DELETE FROM {table}")
            self._keep_sight(records, modified, readings)
            files = {(one.file, one.form): _store_record(db, one, position) for position, one in enumerate(records)}
            for position, row in enumerate(rows):
                _store_row(db, row, position, files)
            db.executemany(
                f"INSERT INTO findings VALUES ({', '.join('?' * 16)})",
                ((position, *_finding_fields(one)) for position, one in enumerate(findings)),
            )
            db.executemany(
                f"INSERT INTO events VALUES ({', '.join('?' * 9)})",
                ((position, *_event_fields(one)) for position, one in enumerate(events)),
            )

    def see(self, returns: Iterable[ReturnRecord], modified: Mapping[str, int], readings: Iterable[Reading]) -> None:
        """Remember files and what was read from them, in one transaction, without a merge."""
        with self.connection:
            self._keep_sight(returns, modified, readings)

    def _keep_sight(
        self, records: Iterable[ReturnRecord], modified: Mapping[str, int], readings: Iterable[Reading]
    ) -> None:
        self._note_sightings((one.file, one.sha256, one.size, modified[one.file]) for one in records)
        self._keep_readings(readings)

    # What a merge stored, streamed.

    def returns(self) -> Iterator[ReturnRecord]:
        """The files, in the order in which they are shown."""
        for fields in self.connection.execute(f"SELECT {_FILE_COLUMNS} FROM files f ORDER BY f.position"):
            yield _record(fields)

    def rows(self, context: Context, department: str | None = None) -> Iterator[Row]:
        """The master's rows in their order (or those of one department), with what counts and what waits."""
        waiting: dict[int, list[Waiting]] = {}
        held = (
            f"SELECT w.row, {_ENTRY_COLUMNS}, {_FILE_COLUMNS} FROM waiting w JOIN entries e ON e.id = w.entry "
            "JOIN files f ON f.id = e.file JOIN rows r ON r.position = w.row "
            "WHERE ?1 IS NULL OR r.department = ?1 ORDER BY w.row, w.rowid"
        )
        for position, *fields in self.connection.execute(held, (department,)):
            waiting.setdefault(position, []).append(Waiting(_entry(fields[:5]), _record(fields[5:])))
        query = (
            f"SELECT r.position, r.department, r.goal, r.role, r.amended, r.reviewed, {_ENTRY_COLUMNS}, "
            f"{_FILE_COLUMNS} FROM rows r LEFT JOIN entries e ON e.id = r.entry LEFT JOIN files f ON f.id = e.file "
            "WHERE ?1 IS NULL OR r.department = ?1 ORDER BY r.position"
        )
        for position, code, goal, role, amended, reviewed, *fields in self.connection.execute(query, (department,)):
            counts = fields[0] is not None
            yield Row(
                code,
                goal,
                context.plan.by_key.get(id_key(goal)),
                role,
                _entry(fields[:5]) if counts else None,
                _record(fields[5:]) if counts else None,
                unpack(Mapping[str, Amended], amended),
                None if reviewed is None else unpack(Entry, reviewed),
                tuple(waiting.get(position, ())),
            )

    def count_rows(self) -> int:
        """How many rows the master has."""
        return int(self.connection.execute("SELECT count(*) FROM rows").fetchone()[0])

    def findings(self) -> Iterator[Finding]:
        """All findings, in the order in which they are shown."""
        for fields in self.connection.execute(f"SELECT {_FINDING_COLUMNS} FROM findings ORDER BY position"):
            yield _finding(fields)

    def findings_of(self, department: str, goal: str | None) -> list[Finding]:
        """The findings of one row, or those of a department that belong to no row."""
        query = f"SELECT {_FINDING_COLUMNS} FROM findings WHERE department = ? AND goal IS ? ORDER BY position"
        return [_finding(fields) for fields in self.connection.execute(query, (department, goal))]

    def positions(self) -> dict[tuple[str, str], int]:
        """Where each department's goal stands among the master's rows, from 0."""
        rows = self.connection.execute("SELECT department, goal, position FROM rows")
        return {(department, goal): position for department, goal, position in rows}

    def events(self) -> Iterator[Event]:
        """What happened to each row, in the order in which it was told."""
        query = "SELECT kind, department, goal, col, file, sha256, at, why FROM events ORDER BY position"
        for kind, department, goal, column, file, sha256, at, why in self.connection.execute(query):
            yield Event(EventKind(kind), department, goal, column, file, sha256, unpack(Scalar | None, at), why)


# --- opening ----------------------------------------------------------------------------------------------------------


@contextmanager
def opened(path: Path, cycle: str, history: Path) -> Iterator[tuple[Ledger, str | None]]:
    """Open or make a cycle's ledger for writing; the text says what was found where it could not be used as it was.

    A ledger of another cycle (a folder copied by hand), of a newer version or one that is damaged moves to history/.
    Raises OSError if it is held by another program (`EBUSY`), cannot be written, or the disk is full.
    """
    with _as_system_errors(path):
        # Not only to read: what a killed run left half-done is taken back by whoever may write.
        trouble = _trouble(path, cycle, "rw") if path.exists() else None
        if trouble is not None:
            move_aside(path, history, "ledger")
        with closing(sqlite3.connect(path, isolation_level="IMMEDIATE")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            _make_current(connection, cycle)
            yield Ledger(connection), trouble


@contextmanager
def looked_at(path: Path, cycle: str) -> Iterator[Ledger | None]:
    """Open a ledger only to read; None where there is none that can be used. Writes nothing, not even a lock file.

    Raises OSError if another program holds it (`EBUSY`).
    """
    with _as_system_errors(path):
        if not path.exists() or _trouble(path, cycle, "ro") is not None:
            yield None
            return
        with closing(_connect(path, "ro")) as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
                yield Ledger(connection)
                return
            with closing(sqlite3.connect(":memory:")) as copy:
                connection.backup(copy)
                _make_current(copy, cycle)
                yield Ledger(copy)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)


def _make_current(db: sqlite3.Connection, cycle: str) -> None:
    """Make what is not there yet; carry over what an older version knew. Raises OperationalError if it is held."""
    db.execute("BEGIN IMMEDIATE")
    with db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA:
            return
        known = recall_before(db) if version else None
        for statement in (_TABLES + MEMORY_TABLES).split(";")[:-1]:
            db.execute(statement)
        db.execute("INSERT INTO cycle (id) VALUES (?)", (cycle,))
        if known is not None:
            remember(db, known)
        db.execute(f"PRAGMA application_id = {_APPLICATION}")
        db.execute(f"PRAGMA user_version = {SCHEMA}")


def _trouble(path: Path, cycle: str, mode: str) -> str | None:
    """Why a ledger cannot be used: foreign, newer or damaged; None if it can. Raises OperationalError if it is held."""
    try:
        with closing(_connect(path, mode)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA:
                return "newer"
            if version == 0:
                tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                return None if tables == 0 and mode == "rw" else "damaged"
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return "damaged"
            own = connection.execute("SELECT id FROM cycle").fetchone()
            return None if own is not None and own[0] == cycle else "foreign"
    except sqlite3.OperationalError as error:
        if _primary(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        return "damaged"
    except sqlite3.DatabaseError:
        return "damaged"


_ERRNO = {
    sqlite3.SQLITE_BUSY: errno.EBUSY,
    sqlite3.SQLITE_LOCKED: errno.EBUSY,
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CORRUPT: errno.EIO,
    sqlite3.SQLITE_NOTADB: errno.EIO,
}


def _primary(error: sqlite3.Error) -> int:
    """The kind of an error, without what SQLite adds to it."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def _as_system_errors(path: Path) -> Iterator[None]:
    """What the file system does to a ledger, as it does it to any file."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        number = _ERRNO.get(_primary(error))
        if number is None:
            raise
        raise OSError(number, os.strerror(number), str(path)) from error


# --- fields -----------------------------------------------------------------------------------------------------------

_FILE_COLUMNS = (
    "f.name, f.form, f.sha256, f.size, f.received, f.basis, f.way, f.by, f.status, f.department, f.sheet, f.counts, "
    "f.version, f.fate, f.review, f.copy_of, f.leftovers, f.signed"
)
_ENTRY_COLUMNS = "e.tab, e.goal, e.row, e.answers, e.places"
_FINDING_COLUMNS = (
    "code, name, kind, severity, state, message, hint, file, department, goal, col, sheet, cell, explainable, grounds"
)


def _store_record(db: sqlite3.Connection, one: ReturnRecord, position: int) -> int:
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
    )
    columns = f"{_FILE_COLUMNS}, position".replace("f.", "")
    cursor = db.execute(f"INSERT INTO files ({columns}) VALUES ({', '.join('?' * 19)})", (*fields, position))
    return int(cursor.lastrowid or 0)


def _record(fields: Any) -> ReturnRecord:
    name, form, sha256, size, received, basis, way, by, status, department, sheet, counts, *decided = fields
    version, fate, review, copy_of, leftovers, signed = decided
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
    )


def _store_row(db: sqlite3.Connection, row: Row, position: int, files: Mapping[tuple[str, int], int]) -> None:
    entry = None
    if row.entry is not None and row.record is not None:
        entry = _store_entry(db, row.entry, files[row.record.file, row.record.form])
    amended = pack(Mapping[str, Amended], row.amended)
    reviewed = None if row.reviewed is None else pack(Entry, row.reviewed)
    fields = (position, row.department, row.id, row.role, entry, amended, reviewed)
    db.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", fields)
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


def _entry(fields: Any) -> Entry:
    tab, goal, row, answers, places = fields
    return Entry(tab, goal, row, unpack(Mapping[str, Answer], answers), unpack(Mapping[str, str], places))


def _event_fields(one: Event) -> tuple[Any, ...]:
    at = pack(Scalar | None, one.at)
    return str(one.kind), one.department, one.goal, one.column, one.file, one.sha256, at, one.why


def _finding_fields(one: Finding) -> tuple[Any, ...]:
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


def _finding(fields: Any) -> Finding:
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
