"""What the ledger keeps from merge to merge: every file ever seen, what the tool wrote, what stands in each master.

The clock is read for notes only; nothing is judged by it.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from kpi_xlsx.files import digest
from kpi_xlsx.model import Scalar
from kpi_xlsx.packing import pack, unpack
from kpi_xlsx.versions import RowPlace

MEMORY_TABLES = """
CREATE TABLE sightings (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
  noted TEXT NOT NULL, UNIQUE (name, sha256)
);
CREATE TABLE readings (
  name TEXT NOT NULL, sha256 TEXT NOT NULL, fingerprint TEXT NOT NULL, mark TEXT NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (name, sha256)
);
CREATE INDEX readings_by_fingerprint ON readings (fingerprint, name);
CREATE TABLE outputs (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, department TEXT,
  revision TEXT, noted TEXT NOT NULL, UNIQUE (kind, name, sha256)
);
CREATE INDEX outputs_by_content ON outputs (sha256);
CREATE TABLE masters (id TEXT PRIMARY KEY, age INTEGER NOT NULL);
CREATE TABLE written (
  master TEXT NOT NULL REFERENCES masters (id), department TEXT NOT NULL, goal TEXT NOT NULL, cells TEXT NOT NULL,
  PRIMARY KEY (master, department, goal)
) WITHOUT ROWID;
"""
_OUTPUT_COLUMNS = "kind, name, sha256, department, revision, noted"
_NOTE_OUTPUT = f"INSERT OR IGNORE INTO outputs ({_OUTPUT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"
_NOTE_SIGHTING = "INSERT OR IGNORE INTO sightings (name, sha256, size, modified, noted) VALUES (?, ?, ?, ?, ?)"
KEPT_MASTERS = 3
"""Of how many masters it is known what was written into them: the newest, beside the one that stands there."""

Cells = Mapping[str, Scalar | None]
Written = Mapping[RowPlace, Cells]
"""What was written into the rows of a master, by column key."""


@dataclass(frozen=True, slots=True)
class Output:
    """Something that the tool wrote: kind `form`, `supplement`, `lead`, `support`, `feedback`, `master`, `register`."""

    kind: str
    name: str
    sha256: str
    department: str | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one file, as JSON; `fingerprint` says by which program and for what, empty: not to be served.

    `mark` tells whether somebody wrote into it.
    """

    name: str
    sha256: str
    fingerprint: str
    mark: str
    text: str


class Memory:
    """The part of an open ledger that no merge replaces."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    # Files that were seen.

    def first_seen(self) -> dict[tuple[str, str], int]:
        """The time, in seconds since the epoch, that each file bore when it was first seen; by name and sha256."""
        rows = self.connection.execute("SELECT name, sha256, modified FROM sightings WHERE sha256 <> ''")
        return {(name, sha256): modified for name, sha256, modified in rows}

    def _note_sightings(self, seen: Iterable[tuple[str, str | None, int, int]]) -> None:
        """Within a transaction: name, sha256, size and time of files; what is known already stays as it is."""
        now = _now()
        self.connection.executemany(
            _NOTE_SIGHTING,
            [(name, sha256 or "", size, modified, now) for name, sha256, size, modified in seen],
        )

    def newest_seen(self) -> dict[str, str]:
        """The sha256 of the content that was last seen under each name for the first time."""
        rows = self.connection.execute("SELECT name, sha256 FROM sightings WHERE sha256 <> '' ORDER BY id")
        return dict(rows.fetchall())

    # What was read.

    def readings_under(self, fingerprint: str) -> frozenset[str]:
        """The names of the files of which a reading may be served."""
        rows = self.connection.execute("SELECT name FROM readings WHERE fingerprint = ?", (fingerprint,))
        return frozenset(name for (name,) in rows)

    def reading(self, name: str, sha256: str, fingerprint: str) -> Reading | None:
        """What was read from this content under this name, by the same program for the same cycle."""
        query = "SELECT mark, text FROM readings WHERE name = ? AND sha256 = ? AND fingerprint = ?"
        found = self.connection.execute(query, (name, sha256, fingerprint)).fetchone()
        return None if found is None else Reading(name, sha256, fingerprint, *found)

    def _keep_readings(self, readings: Iterable[Reading]) -> None:
        """Within a transaction; one of each content under each name, the last, even when the file is gone."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?)",
            ((one.name, one.sha256, one.fingerprint, one.mark, one.text) for one in readings),
        )

    # What the tool wrote.

    def issued(self) -> dict[tuple[str, str], str]:
        """What kind of form each revision of a department's goals was written as, the last where it was several."""
        query = "SELECT department, revision, kind FROM outputs WHERE revision IS NOT NULL AND kind <> 'feedback'"
        rows = self.connection.execute(f"{query} ORDER BY id")
        return {(department, revision): kind for department, revision, kind in rows}

    def wrote(self, sha256: str) -> bool:
        """Whether the tool itself wrote a file of this content."""
        found = self.connection.execute("SELECT 1 FROM outputs WHERE sha256 = ? LIMIT 1", (sha256,))
        return found.fetchone() is not None

    def written_at(self, sha256: str) -> dt.datetime | None:
        """When the tool wrote a file of this content, if it did."""
        query = "SELECT noted FROM outputs WHERE sha256 = ? ORDER BY noted LIMIT 1"
        found = self.connection.execute(query, (sha256,)).fetchone()
        return dt.datetime.fromisoformat(found[0]) if found else None

    def last_written(self) -> dict[tuple[str, str], dt.datetime]:
        """When something was last written for a department, by its kind and the department's code."""
        query = "SELECT kind, department, max(noted) FROM outputs WHERE department IS NOT NULL GROUP BY 1, 2"
        rows = self.connection.execute(query)
        return {(kind, department): dt.datetime.fromisoformat(noted) for kind, department, noted in rows}

    def record_outputs(self, outputs: Iterable[Output]) -> None:
        """Remember what was written, each file of one name and content once."""
        now = _now()
        with self.connection as db:
            db.executemany(
                _NOTE_OUTPUT,
                [(one.kind, one.name, one.sha256, one.department, one.revision, now) for one in outputs],
            )

    def record_finished(self, kind: str, name: str, finished: Path) -> None:
        """Remember a file that is about to take its place under this name: so no run takes it for a person's."""
        self.record_outputs([Output(kind, name, digest(finished))])

    def keep_written(
        self, master_id: str, cells: Iterable[tuple[str, str, str, Scalar | None]], standing: str | None = None
    ) -> None:
        """Remember what is written into a master, row by row: department, goal key, column and value of each cell.

        Those of the newest few masters are kept, and those of the one that is `standing` there.
        """
        rows = groupby(cells, key=itemgetter(0, 1))
        with self.connection as db:
            newest = db.execute("SELECT id FROM masters ORDER BY age DESC").fetchall()
            if (master_id,) not in newest[:1]:
                db.execute(
                    "INSERT OR REPLACE INTO masters SELECT ?, coalesce(max(age), 0) + 1 FROM masters", [master_id]
                )
            db.execute("DELETE FROM written WHERE master = ?", (master_id,))
            db.executemany(
                "INSERT INTO written VALUES (?, ?, ?, ?)",
                ((master_id, *row, pack(Cells, {key: value for _, _, key, value in own})) for row, own in rows),
            )
            kept = "SELECT id FROM masters ORDER BY age DESC LIMIT ?"
            db.execute(f"DELETE FROM masters WHERE id IS NOT ? AND id NOT IN ({kept})", (standing, KEPT_MASTERS))
            db.execute("DELETE FROM written WHERE master NOT IN (SELECT id FROM masters)")

    def newest_master(self) -> str | None:
        """By what the master is known that was written last, to whatever file."""
        found = self.connection.execute("SELECT id FROM masters ORDER BY age DESC LIMIT 1").fetchone()
        return None if found is None else str(found[0])

    def written(self, master_id: str) -> Written | None:
        """What was written into a master; None if it is not known."""
        db = self.connection
        if db.execute("SELECT 1 FROM masters WHERE id = ?", (master_id,)).fetchone() is None:
            return None
        rows = db.execute("SELECT department, goal, cells FROM written WHERE master = ?", (master_id,))
        return {(department, goal): unpack(Cells, cells) for department, goal, cells in rows}

    def _demand_sound_memory(self) -> None:
        """Raises what reading does, if somebody wrote into the ledger what the tool never does."""
        db = self.connection
        wrong = "SELECT count(*) FROM sightings WHERE typeof(modified) <> 'integer' OR typeof(size) <> 'integer'"
        if db.execute(wrong).fetchone()[0]:
            raise ValueError("sightings")
        for (noted,) in db.execute("SELECT DISTINCT noted FROM outputs"):
            dt.datetime.fromisoformat(noted)
        for (cells,) in db.execute("SELECT cells FROM written"):
            unpack(Cells, cells)


Known = tuple[list[tuple[object, ...]], list[tuple[object, ...]]]
"""The sightings and outputs of a ledger, as rows of their tables."""


def recall_before(db: sqlite3.Connection) -> Known:
    """Within a transaction: what a ledger of schema 1 knows and nothing else can tell; its tables are dropped."""
    sightings = db.execute("SELECT name, coalesce(sha256, ''), size, modified, '' FROM files ORDER BY id").fetchall()
    columns = "kind, name, sha256, department, revision, written"
    outputs = db.execute(f"SELECT {columns} FROM outputs ORDER BY id").fetchall()
    for table in ("findings", "rows", "entries", "files", "outputs", "cycle"):
        db.execute(f"DROP TABLE {table}")
    return sightings, outputs


def remember(db: sqlite3.Connection, known: Known) -> None:
    """Within a transaction: put into new tables what an older ledger knew."""
    sightings, outputs = known
    db.executemany(_NOTE_SIGHTING, sightings)
    db.executemany(_NOTE_OUTPUT, outputs)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
