"""ledger.sqlite, the tool's memory: what came in, what was read, which rows count, what was found and written.

A cache of inbox/ and register.xlsx, but for two things that only it knows: the time a file bore when it was first seen,
and which outputs the tool itself wrote. Journal mode DELETE, since cycles lie on network shares and get copied.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi_xlsx.context import Context
from kpi_xlsx.files import move_aside
from kpi_xlsx.model import Answer, Basis, Entry, Finding, Kind, ReturnStatus, Scalar, Severity, State, id_key
from kpi_xlsx.receipts import Receipt
from kpi_xlsx.report import ReturnRecord, Row

SCHEMA = 1
_APPLICATION = 0x6B706978  # "kpix"

_TABLES = """
CREATE TABLE cycle (id TEXT NOT NULL);
CREATE TABLE files (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, form INTEGER NOT NULL, sha256 TEXT, size INTEGER NOT NULL,
  modified INTEGER NOT NULL, received TEXT NOT NULL, basis TEXT NOT NULL, way TEXT NOT NULL, by TEXT NOT NULL,
  status TEXT NOT NULL, department TEXT, sheet TEXT, counts INTEGER NOT NULL, position INTEGER NOT NULL,
  UNIQUE (name, form)
);
CREATE TABLE rows (
  position INTEGER PRIMARY KEY, department TEXT NOT NULL, goal TEXT NOT NULL, role TEXT NOT NULL,
  entry INTEGER REFERENCES entries (id)
);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files (id), tab TEXT NOT NULL, goal TEXT NOT NULL,
  row INTEGER NOT NULL, answers TEXT NOT NULL, places TEXT NOT NULL
);
CREATE TABLE findings (
  position INTEGER PRIMARY KEY, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
  state TEXT NOT NULL, message TEXT NOT NULL, hint TEXT NOT NULL, file TEXT, department TEXT, goal TEXT, col TEXT,
  sheet TEXT, cell TEXT, explainable INTEGER NOT NULL
);
CREATE INDEX findings_by_row ON findings (department, goal);
CREATE TABLE outputs (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, department TEXT, revision TEXT, sha256 TEXT NOT NULL,
  written TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Output:
    """Something that the tool wrote: kind `form`, `feedback`, `master` or `register`."""

    kind: str
    name: str
    sha256: str
    department: str | None = None
    revision: str | None = None


class Ledger:
    """An open ledger. Writes happen in one transaction each; `close` it, or use `opened`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    # What only the ledger knows.

    def first_seen(self) -> dict[tuple[str, str], int]:
        """The time, in seconds since the epoch, that each file bore when it was first seen; by name and sha256."""
        rows = self.connection.execute("SELECT name, sha256, modified FROM files WHERE sha256 IS NOT NULL")
        return {(name, sha256): modified for name, sha256, modified in rows}

    def wrote(self, sha256: str) -> bool:
        """Whether the tool itself wrote a file of this content."""
        found = self.connection.execute("SELECT 1 FROM outputs WHERE sha256 = ? LIMIT 1", (sha256,))
        return found.fetchone() is not None

    def record_outputs(self, outputs: Iterable[Output]) -> None:
        """Remember what was written. The clock is read for this note only; nothing is judged by it."""
        now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        with self.connection:
            self.connection.executemany(
                "INSERT INTO outputs (kind, name, department, revision, sha256, written) VALUES (?, ?, ?, ?, ?, ?)",
                [(one.kind, one.name, one.department, one.revision, one.sha256, now) for one in outputs],
            )

    # One merge.

    def store(
        self,
        returns: Iterable[ReturnRecord],
        modified: Mapping[str, int],
        rows: Iterable[Row],
        findings: Iterable[Finding],
    ) -> None:
        """Replace what an earlier merge stored, in one transaction."""
        with self.connection as db:
            for table in ("findings", "rows", "entries", "files"):
                db.execute(f"DELETE FROM {table}")
            files: dict[tuple[str, int], int] = {}
            for position, record in enumerate(returns):
                cursor = db.execute(
                    "INSERT INTO files (name, form, sha256, size, modified, received, basis, way, by, status, "
                    "department, sheet, counts, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        record.file,
                        record.form,
                        record.sha256,
                        record.size,
                        modified[record.file],
                        record.receipt.moment.isoformat(),
                        str(record.receipt.basis),
                        record.receipt.way,
                        record.receipt.by,
                        str(record.status),
                        record.department,
                        record.sheet,
                        record.counts,
                        position,
                    ),
                )
                files[record.file, record.form] = int(cursor.lastrowid or 0)
            for position, row in enumerate(rows):
                db.execute(
                    "INSERT INTO rows (position, department, goal, role, entry) VALUES (?, ?, ?, ?, ?)",
                    (position, row.department, row.id, row.role, self._store_entry(db, row, files)),
                )
            db.executemany(
                f"INSERT INTO findings VALUES ({', '.join('?' * 15)})",
                ((position, *_finding_fields(one)) for position, one in enumerate(findings)),
            )

    @staticmethod
    def _store_entry(db: sqlite3.Connection, row: Row, files: Mapping[tuple[str, int], int]) -> int | None:
        if row.entry is None or row.record is None:
            return None
        entry = row.entry
        cursor = db.execute(
            "INSERT INTO entries (file, tab, goal, row, answers, places) VALUES (?, ?, ?, ?, ?, ?)",
            (
                files[row.record.file, row.record.form],
                entry.table,
                entry.goal,
                entry.row,
                _dump({key: _answer_fields(answer) for key, answer in entry.answers.items()}),
                _dump(dict(entry.places)),
            ),
        )
        return cursor.lastrowid

    # What a merge stored, streamed.

    def returns(self) -> Iterator[ReturnRecord]:
        """The files, in the order in which they are shown."""
        query = f"SELECT {_FILE_COLUMNS} FROM files f ORDER BY f.position"
        for fields in self.connection.execute(query):
            yield _record(fields)

    def rows(self, context: Context) -> Iterator[Row]:
        """The master's rows in their order, with the entries that count."""
        query = (
            "SELECT r.department, r.goal, r.role, e.tab, e.goal, e.row, e.answers, e.places, "
            f"{_FILE_COLUMNS} FROM rows r LEFT JOIN entries e ON e.id = r.entry LEFT JOIN files f ON f.id = e.file "
            "ORDER BY r.position"
        )
        for department, goal, role, tab, entry_goal, row, answers, places, *file in self.connection.execute(query):
            entry = record = None
            if tab is not None:
                read = {key: _answer(fields) for key, fields in json.loads(answers).items()}
                entry = Entry(tab, entry_goal, row, read, json.loads(places))
                record = _record(file)
            yield Row(department, goal, context.plan.by_key.get(id_key(goal)), role, entry, record)

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


# --- opening ----------------------------------------------------------------------------------------------------------


@contextmanager
def opened(path: Path, cycle: str, history: Path) -> Iterator[tuple[Ledger, str | None]]:
    """Open or make a cycle's ledger for writing; the text says what was found where it could not be used as it was.

    A ledger of another cycle (a folder copied by hand), of a newer version or one that is damaged moves to history/.
    Raises OSError if it is locked by another program or cannot be written.
    """
    trouble = _trouble(path, cycle) if path.exists() else None
    if trouble is not None:
        move_aside(path, history, "ledger")
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
                connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                with connection:
                    connection.execute("INSERT INTO cycle (id) VALUES (?)", (cycle,))
            yield Ledger(connection), trouble
    except sqlite3.OperationalError as error:
        raise OSError(0, str(error), str(path)) from error


@contextmanager
def looked_at(path: Path, cycle: str) -> Iterator[Ledger | None]:
    """Open a ledger only to read; None where there is none that can be used. Writes nothing, not even a lock file.

    Raises OSError if another program holds it.
    """
    if not path.exists() or _trouble(path, cycle) is not None:
        yield None
        return
    with closing(_read_only(path)) as connection:
        yield Ledger(connection)


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _trouble(path: Path, cycle: str) -> str | None:
    """Why a ledger cannot be used: foreign, newer or damaged; None if it can. Raises OSError if it is locked."""
    try:
        with closing(_read_only(path)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA:
                return "newer"
            if version == 0:
                tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                return None if tables == 0 else "damaged"
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                return "damaged"
            own = connection.execute("SELECT id FROM cycle").fetchone()
            return None if own is not None and own[0] == cycle else "foreign"
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise OSError(0, str(error), str(path)) from error
        return "damaged"
    except sqlite3.DatabaseError:
        return "damaged"


# --- fields -----------------------------------------------------------------------------------------------------------

_FILE_COLUMNS = (
    "f.name, f.form, f.sha256, f.size, f.received, f.basis, f.way, f.by, f.status, f.department, f.sheet, f.counts"
)
_FINDING_COLUMNS = (
    "code, name, kind, severity, state, message, hint, file, department, goal, col, sheet, cell, explainable"
)


def _record(fields: Any) -> ReturnRecord:
    name, form, sha256, size, received, basis, way, by, status, department, sheet, counts = fields
    receipt = Receipt(dt.datetime.fromisoformat(received), Basis(basis), way, by)
    return ReturnRecord(name, department, ReturnStatus(status), bool(counts), sha256, receipt, size, sheet, form)


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
    )


def _finding(fields: Any) -> Finding:
    code, name, kind, severity, state, message, hint, file, department, goal, column, sheet, cell, explainable = fields
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
    )


def _answer_fields(answer: Answer) -> list[Any]:
    return [
        answer.cell,
        answer.raw,
        _pack(answer.value),
        answer.fault,
        answer.converted,
        answer.formula,
        answer.error,
        answer.uncalculated,
        answer.absent,
        answer.why,
    ]


def _answer(fields: list[Any]) -> Answer:
    cell, raw, value, *rest = fields
    return Answer(cell, raw, _unpack(value), *rest)


def _pack(value: Scalar | None) -> Any:
    """A value for JSON; a date as a one-key object, so that no text is taken for one."""
    return {"date": value.isoformat()} if isinstance(value, dt.date) else value


def _unpack(value: Any) -> Scalar | None:
    return dt.date.fromisoformat(value["date"]) if isinstance(value, dict) else value


def _dump(value: object) -> str:
    # Escaped: a lone surrogate that a sender managed to type would not fit into SQLite's UTF-8.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
