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
def held(folder: Path, wait: float = WAIT) -> Iterator[None]:
    """Have the folder for oneself. Raises HeldElsewhere, or OSError where no lock can be made."""
    path = folder / LOCK
    try:
        connection = sqlite3.connect(path, timeout=wait, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise _refused(folder, error) from error
    with closing(connection):
        try:
            connection.execute("PRAGMA journal_mode = MEMORY")  # else a second file lies beside it
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise HeldElsewhere(_read_note(folder / NOTE)) from error
            raise _refused(folder, error) from error
        note = folder / NOTE
        try:
            note.unlink(missing_ok=True)
            with suppress(OSError):  # on a full disk the lock holds without it
                note.write_text(json.dumps(_own_note(), ensure_ascii=False), "utf-8")
            yield
        finally:
            with suppress(OSError):
                note.unlink(missing_ok=True)


def _refused(folder: Path, error: sqlite3.OperationalError) -> OSError:
    number = errno.EIO if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_IOERR else errno.EACCES
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
