"""What a ledger holds, so that two of them can be compared: every table but for what is only a note of the clock."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

ONLY_NOTES = frozenset(["noted"])
ONLY_ORDER = {"sightings": "id", "outputs": "id", "masters": "age"}
"""Columns that say in what order things were noted, over all runs."""


def content_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table, sorted."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
            kept = [name for name in columns if name not in ONLY_NOTES and name != ONLY_ORDER.get(table)]
            found[table] = sorted(db.execute(f"SELECT {', '.join(kept)} FROM {table}"), key=repr)
    return found
