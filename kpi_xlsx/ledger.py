"""ledger.sqlite, the tool's memory: what came in, what was read, which rows count, what was found and written.

A cache of inbox/ and register.xlsx, but for what `memory` keeps from merge to merge. Journal mode DELETE, since cycles
lie on network shares and get copied.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path, PurePath

from kpi_xlsx.amending import Amended
from kpi_xlsx.context import Context
from kpi_xlsx.events import Event
from kpi_xlsx.files import move_aside
from kpi_xlsx.ledger_fields import (
    ADDED,
    ENTRY_COLUMNS,
    EVENT_COLUMNS,
    FILE_COLUMNS,
    FINDING_COLUMNS,
    MERGE_TABLES,
    OF_ONE_MERGE,
    entry_of,
    event_fields,
    event_of,
    finding_fields,
    finding_of,
    record_of,
    store_record,
    store_row,
)
from kpi_xlsx.memory import MEMORY_TABLES, Memory, Output, Reading, recall_before, remember
from kpi_xlsx.model import Entry, Finding, id_key
from kpi_xlsx.packing import unpack
from kpi_xlsx.report import ReturnRecord, Row, Waiting

__all__ = ["SCHEMA", "Ledger", "Output", "looked_at", "opened", "owner_of"]

SCHEMA = 3
WAIT = 5.0
"""For how many seconds a run waits for another program that has the ledger."""
_APPLICATION = 0x6B706978  # "kpix"
_TABLES: Mapping[int, frozenset[str]] = {
    1: frozenset(["cycle", "files", "rows", "entries", "findings", "outputs"]),
    2: frozenset(re.findall(r"CREATE TABLE (\w+)", MERGE_TABLES + MEMORY_TABLES)),
    SCHEMA: frozenset(re.findall(r"CREATE TABLE (\w+)", MERGE_TABLES + MEMORY_TABLES)),
}
"""What a ledger of each schema must have."""
_TOUCH = "SELECT count(*) FROM sqlite_master"
_CONTENT = (ValueError, TypeError, LookupError, AttributeError, OverflowError)
"""What reading raises where somebody wrote into a ledger what the tool never does."""


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
            for table in OF_ONE_MERGE:
                db.execute(f"DELETE FROM {table}")
            self._keep_sight(records, modified, readings)
            files = {(one.file, one.form): store_record(db, one, position) for position, one in enumerate(records)}
            for position, row in enumerate(rows):
                store_row(db, row, position, files)
            db.executemany(
                f"INSERT INTO findings VALUES ({', '.join('?' * 16)})",
                ((position, *finding_fields(one)) for position, one in enumerate(findings)),
            )
            db.executemany(
                f"INSERT INTO events VALUES ({', '.join('?' * 9)})",
                ((position, *event_fields(one)) for position, one in enumerate(events)),
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
        for fields in self.connection.execute(f"SELECT {FILE_COLUMNS} FROM files f ORDER BY f.position"):
            yield record_of(fields)

    def rows(self, context: Context, department: str | None = None) -> Iterator[Row]:
        """The master's rows in their order (or those of one department), with what counts and what waits."""
        of, values = ("", ()) if department is None else ("WHERE r.department = ?", (department,))
        waiting: dict[int, list[Waiting]] = {}
        held = (
            f"SELECT r.position, {ENTRY_COLUMNS}, {FILE_COLUMNS} FROM rows r JOIN waiting w ON w.row = r.position "
            f"JOIN entries e ON e.id = w.entry JOIN files f ON f.id = e.file {of} ORDER BY r.position, w.rowid"
        )
        for position, *fields in self.connection.execute(held, values):
            waiting.setdefault(position, []).append(Waiting(entry_of(fields[:5]), record_of(fields[5:])))
        query = (
            f"SELECT r.position, r.department, r.goal, r.role, r.amended, r.reviewed, {ENTRY_COLUMNS}, {FILE_COLUMNS} "
            f"FROM rows r LEFT JOIN entries e ON e.id = r.entry LEFT JOIN files f ON f.id = e.file {of} "
            "ORDER BY r.position"
        )
        for position, code, goal, role, amended, reviewed, *fields in self.connection.execute(query, values):
            counts = fields[0] is not None
            yield Row(
                code,
                goal,
                context.plan.by_key.get(id_key(goal)),
                role,
                entry_of(fields[:5]) if counts else None,
                record_of(fields[5:]) if counts else None,
                unpack(Mapping[str, Amended], amended),
                None if reviewed is None else unpack(Entry, reviewed),
                tuple(waiting.get(position, ())),
            )

    def merged(self) -> frozenset[str]:
        """The sha256 of every file that was there at the last merge."""
        rows = self.connection.execute("SELECT DISTINCT sha256 FROM files WHERE sha256 IS NOT NULL")
        return frozenset(sha256 for (sha256,) in rows)

    def amended_places(self) -> set[tuple[str, str, str]]:
        """The cells that the last merge showed amended by the register: by department, goal id and column key."""
        rows = self.connection.execute("SELECT department, goal, amended FROM rows WHERE amended <> '{}'")
        cells = ((*place, unpack(Mapping[str, Amended], amended)) for *place, amended in rows)
        return {(code, goal, column) for code, goal, ours in cells for column, one in ours.items() if not one.assessor}

    def count_rows(self) -> int:
        """How many rows the master has."""
        return int(self.connection.execute("SELECT count(*) FROM rows").fetchone()[0])

    def findings(self) -> Iterator[Finding]:
        """All findings, in the order in which they are shown."""
        for fields in self.connection.execute(f"SELECT {FINDING_COLUMNS} FROM findings ORDER BY position"):
            yield finding_of(fields)

    def findings_of(self, department: str) -> Mapping[str | None, Sequence[Finding]]:
        """A department's findings by goal id; under None those that belong to no row."""
        query = f"SELECT {FINDING_COLUMNS} FROM findings WHERE department = ? ORDER BY position"
        found: dict[str | None, list[Finding]] = {}
        for one in map(finding_of, self.connection.execute(query, (department,))):
            found.setdefault(one.goal, []).append(one)
        return found

    def positions(self) -> dict[tuple[str, str], int]:
        """Where each department's goal stands among the master's rows, from 0."""
        rows = self.connection.execute("SELECT department, goal, position FROM rows")
        return {(department, goal): position for department, goal, position in rows}

    def events(self) -> Iterator[Event]:
        """What happened to each row, in the order in which it was told."""
        for fields in self.connection.execute(f"SELECT {EVENT_COLUMNS} FROM events ORDER BY position"):
            yield event_of(fields)

    def _demand_sound(self) -> None:
        """Read all that is kept once. Raises one of _CONTENT, or DatabaseError, if something cannot be read."""
        for found in (self.returns(), self.findings(), self.events()):
            deque(found, 0)
        for fields in self.connection.execute(f"SELECT {ENTRY_COLUMNS} FROM entries e"):
            entry_of(fields)
        for amended, reviewed in self.connection.execute("SELECT amended, reviewed FROM rows"):
            unpack(Mapping[str, Amended], amended)
            if reviewed is not None:
                unpack(Entry, reviewed)
        self._demand_sound_memory()


# --- opening ----------------------------------------------------------------------------------------------------------


@contextmanager
def opened(path: Path, cycle: str, history: Path) -> Iterator[tuple[Ledger, str | None]]:
    """Open or make a cycle's ledger for writing; the text says what was found where it could not be used as it was.

    A ledger of a newer version or one that is damaged moves to history/. That it is not another cycle's is to be seen
    before (`owner_of`). Raises OSError if it is held by another program (`EBUSY`), cannot be written, or the disk is
    full.
    """
    with _as_system_errors(path):
        # Not only to read: what a killed run left half-done is taken back by whoever may write.
        trouble = _trouble(path, "rw") if path.exists() else None
        if trouble is not None:
            move_aside(path, history, "ledger")
        with closing(sqlite3.connect(path.absolute(), timeout=WAIT, isolation_level="IMMEDIATE")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            _make_current(connection, cycle)
            yield Ledger(connection), trouble


@contextmanager
def looked_at(path: Path, cycle: str) -> Iterator[Ledger | None]:
    """Open a ledger only to read; None where there is none that can be used. Writes nothing, not even a lock file.

    Raises OSError if another program holds it (`EBUSY`).
    """
    with _as_system_errors(path), _settled(path) as own:
        if not path.is_file() or _trouble(own, "ro") is not None:
            yield None
            return
        with closing(_connect(own, "ro")) as connection:
            if _owner(connection) != cycle:
                yield None
                return
            if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
                yield Ledger(connection)
                return
            with closing(sqlite3.connect(":memory:")) as copy:
                connection.backup(copy)
                _make_current(copy, cycle)
                yield Ledger(copy)


def owner_of(path: Path) -> str | None:
    """The id of the cycle that a ledger belongs to; None where there is none, or it cannot be told.

    Also of a damaged or newer one, as far as that can be read. Raises OSError if another program holds it (`EBUSY`).
    """
    if not path.is_file():
        return None
    try:
        with _settled(path) as own, closing(_connect(own, "ro")) as connection:
            return _owner(connection)
    except sqlite3.DatabaseError as error:
        if _ERRNO.get(_primary(error)) == errno.EBUSY:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path)) from error
        return None


def _owner(db: sqlite3.Connection) -> str | None:
    found = db.execute("SELECT id FROM cycle").fetchone()
    return found[0] if found is not None and isinstance(found[0], str) and found[0] else None


@contextmanager
def _settled(path: Path) -> Iterator[Path]:
    """A ledger that can be read; where a killed run left something half-done, a copy in which that is taken back."""
    if not _half_done(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="kpi-xlsx-") as folder:
        copy = Path(folder, path.name)
        shutil.copyfile(path, copy)
        shutil.copyfile(f"{path}-journal", f"{copy}-journal")
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute(_TOUCH).fetchone()
        yield copy


def _half_done(path: Path) -> bool:
    if not Path(f"{path}-journal").exists():
        return False
    try:
        with closing(_connect(path, "ro")) as connection:
            connection.execute(_TOUCH).fetchone()
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK
    return False


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{address(path.absolute())}?mode={mode}", timeout=WAIT, uri=True)


def address(path: PurePath) -> str:
    """An absolute path as SQLite takes it: a share's server is no part of the address, which names this machine."""
    uri = path.as_uri()
    return uri if uri.startswith("file:///") else f"file:////{uri.removeprefix('file://')}"


def _make_current(db: sqlite3.Connection, cycle: str) -> None:
    """Make what is not there yet; carry over what an older version knew. Raises OperationalError if it is held."""
    db.execute("BEGIN IMMEDIATE")
    with db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA:
            return
        if version == 2:
            for statement in ADDED:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA}")
            return
        known = recall_before(db) if version else None
        for statement in (MERGE_TABLES + MEMORY_TABLES).split(";")[:-1]:
            db.execute(statement)
        db.execute("INSERT INTO cycle (id) VALUES (?)", (cycle,))
        if known is not None:
            remember(db, known)
        db.execute(f"PRAGMA application_id = {_APPLICATION}")
        db.execute(f"PRAGMA user_version = {SCHEMA}")


def _trouble(path: Path, mode: str) -> str | None:
    """Why a ledger cannot be used: newer, damaged or, only to read, closed to us; None if it can.

    Raises OperationalError if it is held, or cannot be reached.
    """
    if not path.is_file():
        return "damaged"
    try:
        with closing(_connect(path, mode)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA:
                return "newer"
            if version == 0:
                tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                return None if tables == 0 and mode == "rw" else "damaged"
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            whole = version in _TABLES and _TABLES[version] <= tables
            if not whole or connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return "damaged"
            if _owner(connection) is None:
                return "damaged"
            if 1 < version < SCHEMA:
                if not _own_shape(MEMORY_TABLES) <= _shape(connection):
                    return "damaged"
                Ledger(connection)._demand_sound_memory()
            if version == SCHEMA:
                if _shape(connection) != _own_shape(MERGE_TABLES + MEMORY_TABLES):
                    return "damaged"
                Ledger(connection)._demand_sound()
            return None
    except _CONTENT:
        return "damaged"
    except sqlite3.OperationalError as error:
        if mode == "ro" and _ERRNO.get(_primary(error)) == errno.EACCES:
            return "closed"
        if _primary(error) in _ERRNO:
            raise  # held, or out of reach just now: no reason to set it aside
        return "damaged"
    except sqlite3.DatabaseError:
        return "damaged"


def _shape(db: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    """The tables with their columns."""
    query = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    return frozenset(db.execute(query).fetchall())


@cache
def _own_shape(tables: str) -> frozenset[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(tables)
        return _shape(db)


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
