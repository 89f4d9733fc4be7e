"""A lock on a cycle's folder: one run at a time, who has it since when; a run that was killed cannot leave it behind.

The lock is SQLite's own on an empty file, which the system takes back when a process ends, on shares as well.
"""

from __future__ import annotations

import datetime as dt
import errno
import getpass
import json
import os
import platform
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

WAIT = 4.0
"""For how many seconds a run waits for the one before it."""
LOCK, NOTE = ".ledger.lock", ".ledger.holder"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a lock, on which machine, since when."""

    user: str
    machine: str
    since: dt.datetime


class HeldElsewhere(Exception):  # noqa: N818  (a state, not a fault)
    """Another run has the lock; `holder` is None if it has not said who it is."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__(holder)
        self.holder = holder


@contextmanager
def held(folder: Path, wait: float | None = None) -> Iterator[None]:
    """Have the folder for oneself, after so many seconds at most.

    Raises HeldElsewhere, or OSError where no lock can be made.
    """
    note = folder / NOTE
    try:
        connection = _taken(folder / LOCK, WAIT if wait is None else wait)
    except sqlite3.DatabaseError as error:
        if _kind(error) == sqlite3.SQLITE_BUSY:
            raise HeldElsewhere(_read_note(note)) from error
        raise _refused(folder, error) from error
    with closing(connection):
        try:
            with suppress(OSError):  # on a full disk the lock holds without it
                note.unlink(missing_ok=True)
                note.write_text(json.dumps(_own_note(), ensure_ascii=False), "utf-8")
            yield
        finally:
            with suppress(OSError):
                note.unlink(missing_ok=True)


def _taken(path: Path, wait: float) -> sqlite3.Connection:
    """A connection that has the lock. What is no database holds nobody: it makes room for one."""
    with suppress(_NoDatabase):
        return _begun(path, wait)
    path.unlink()
    return _begun(path, wait)


class _NoDatabase(Exception):  # noqa: N818  (a state, not a fault)
    """Something else lies in the place of the lock."""


def _begun(path: Path, wait: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path.absolute(), timeout=wait, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = MEMORY")  # else a second file lies beside it
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.DatabaseError as error:
        connection.close()
        if _kind(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise _NoDatabase from error
        raise
    return connection


def _kind(error: sqlite3.Error) -> int:
    return error.sqlite_errorcode & 0xFF


def _refused(folder: Path, error: sqlite3.DatabaseError) -> OSError:
    path = folder / LOCK
    if path.is_dir():
        return IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    number = errno.EIO if _kind(error) == sqlite3.SQLITE_IOERR else errno.EACCES
    return OSError(number, os.strerror(number), str(folder))


def _own_note() -> dict[str, str]:
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # a system that knows nobody of this number
        user = ""
    return {"user": user, "machine": platform.node(), "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}


def _read_note(path: Path) -> Holder | None:
    try:
        note = json.loads(path.read_text("utf-8"))
        since = dt.datetime.fromisoformat(note["since"])
        return Holder(str(note["user"]), str(note["machine"]), since) if since.tzinfo is not None else None
    except (OSError, ValueError, TypeError, LookupError):
        return None
