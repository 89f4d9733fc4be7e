"""The ledger: what it never forgets, that nothing is read twice, and that a second merge changes nothing."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
import returns_kit as kit
from crash import Outcome, prepare_next
from ledgers import content_of
from msoffcrypto.format.ooxml import OOXMLFile

from kpi_xlsx.amending import Amended
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.decisions import Amendment, AmendmentKind, AmendmentState, Fate, Place, Review, Verdict
from kpi_xlsx.events import Event, EventKind
from kpi_xlsx.fingerprints import fingerprint, sealed
from kpi_xlsx.ledger import SCHEMA, Ledger, address, looked_at, opened
from kpi_xlsx.memory import KEPT_MASTERS, Output
from kpi_xlsx.model import Answer, CycleError, Entry, Language, Leftover, ReturnStatus, Scalar
from kpi_xlsx.report import Report, Waiting
from kpi_xlsx.starter import write_plan

ROOT = Path(__file__).parent.parent


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """Both departments have reported; nothing was merged."""
    cycle = kit.make_cycle(tmp_path / "cycle 期", request.param)
    kit.send(cycle)
    return cycle


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with opened(tmp_path / "ledger.sqlite", "2018-06", tmp_path) as (ledger, trouble):
        assert trouble is None
        yield ledger


def load(cycle: Cycle, *passwords: str) -> Cycle:
    return Cycle.load(cycle.settings.folder, passwords=passwords)


# --- what it holds ----------------------------------------------------------------------------------------------------


def answers(words: Scalar) -> dict[str, Answer]:
    return {"progress": Answer("I7", f"as typed {words} \ud83d", words, converted=True)}


def test_what_people_decided_comes_back_as_it_was(cycle: Cycle, ledger: Ledger) -> None:
    """A lone surrogate in a cell, a date and a moment among the values, and everything that may be absent."""
    report = cycle.validate()
    moment = dt.datetime(2018, 7, 3, 9, 0, tzinfo=kit.ZONE)
    review = Review("A", "第2版 3fa9c12b", Verdict.PASSED, Place("审核", 7), "李", dt.date(2018, 7, 6), "可以")
    decided = {
        "version": 2,
        "fate": Fate.HELD,
        "review": review,
        "copy_of": "inbox/B.xlsx",
        "revision": "0123456789AB",
        "part": 2,
        "current": False,
        "leftovers": (Leftover("Z9", "备注", "x"),),
        "signed": {"审核人：": "Li"},
    }
    first, *others = report.returns
    records = [replace(first, **decided), *others]  # type: ignore[arg-type]
    amendment = Amendment(
        "A", "1", "actual", 12, dt.date(2018, 6, 1), AmendmentKind.FIGURES, AmendmentState.PROPOSED, Place("更正", 3)
    )
    row, *rest = report.entries
    entry = Entry("main", "1", 7, answers("旧"), {"progress": "I7"})
    full = replace(
        row,
        record=records[0],
        amended={"actual": Amended(6.8, 12, None, amendment, conflict=True)},
        reviewed=entry,
        waiting=(Waiting(entry, records[1]), Waiting(replace(entry, row=9), records[0])),
    )
    rows = [full, *(replace(one, record=None, entry=None) for one in rest)]
    findings = [replace(one, grounds="王某同意") for one in report.findings]
    events = [
        Event(EventKind.CAME, "A", None, None, "inbox/A.xlsx", "3f", moment, "来了"),
        Event(EventKind.PASSED, "A", None, None, None, None, dt.date(2018, 7, 6), ""),
        Event(EventKind.APPLIED, "A", "1", "actual", None, None, None, "—"),
    ]
    ledger.store(records, {one.file: 5 for one in records}, rows, findings, events)
    assert list(ledger.returns()) == records
    assert list(ledger.rows(cycle.context)) == rows
    assert list(ledger.findings()) == findings
    assert list(ledger.events()) == events
    ledger.store([], {}, [], [])
    assert not list(ledger.events())
    assert not list(ledger.rows(cycle.context))


def test_what_was_written_into_the_newest_masters_is_known(ledger: Ledger) -> None:
    cells: list[tuple[str, str, str, Scalar | None]] = [
        ("A", "1", "progress", "完成 \udc00"),
        ("A", "1", "actual", 6.80),
        ("A", "2", "completed_on", dt.date(2018, 6, 15)),
        ("B", "1", "progress", None),
    ]
    ledger.keep_written("first", iter(cells))
    assert ledger.written("first") == {
        ("A", "1"): {"progress": "完成 \udc00", "actual": 6.8},
        ("A", "2"): {"completed_on": dt.date(2018, 6, 15)},
        ("B", "1"): {"progress": None},
    }
    assert ledger.written("second") is None
    ledger.keep_written("empty", [])
    assert ledger.written("empty") == {}
    for number in range(KEPT_MASTERS + 2):
        ledger.keep_written(f"killed {number}", cells[:1], standing="first")
    assert ledger.written("first") is not None, "it stands there, however many runs were killed"
    assert ledger.written("killed 0") is None
    ledger.keep_written("first", cells[:1])
    ledger.keep_written("new", cells)
    assert ledger.written("first") == {("A", "1"): {"progress": "完成 \udc00"}}, "written again"


def test_an_output_is_noted_once(ledger: Ledger) -> None:
    ledger.record_outputs([Output("form", "A.xlsx", "3f", "A", "r")])
    ledger.record_outputs([Output("form", "A.xlsx", "3f", "A", "r"), Output("form", "A.xlsx", "4f", "A", "r")])
    assert ledger.wrote("3f")
    assert ledger.wrote("4f")
    assert ledger.connection.execute("SELECT count(*) FROM outputs").fetchone() == (2,)


# --- ledgers of other times -------------------------------------------------------------------------------------------

SCHEMA_1 = """
CREATE TABLE cycle (id TEXT NOT NULL);
CREATE TABLE files (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, form INTEGER NOT NULL, sha256 TEXT, size INTEGER NOT NULL,
  modified INTEGER NOT NULL, received TEXT NOT NULL, basis TEXT NOT NULL, way TEXT NOT NULL, by TEXT NOT NULL,
  status TEXT NOT NULL, department TEXT, sheet TEXT, counts INTEGER NOT NULL, position INTEGER NOT NULL,
  UNIQUE (name, form)
);
CREATE TABLE rows (position INTEGER PRIMARY KEY, department TEXT, goal TEXT, role TEXT, entry INTEGER);
CREATE TABLE entries (id INTEGER PRIMARY KEY, file INTEGER REFERENCES files (id), tab TEXT, goal TEXT);
CREATE TABLE findings (position INTEGER PRIMARY KEY, code TEXT, department TEXT, goal TEXT);
CREATE INDEX findings_by_row ON findings (department, goal);
CREATE TABLE outputs (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, department TEXT, revision TEXT, sha256 TEXT NOT NULL,
  written TEXT NOT NULL
);
PRAGMA user_version = 1;
"""


def test_a_ledger_of_the_first_schema_hands_on_what_only_it_knows(cycle: Cycle) -> None:
    """Even to a run that may write nothing."""
    path = kit.inbox(cycle)
    kit.set_time(path, "2018-07-02 08:00")
    first = cycle.validate().returns
    with closing(sqlite3.connect(cycle.settings.ledger)) as db, db:
        db.executescript(SCHEMA_1)
        db.execute("INSERT INTO cycle VALUES (?)", (cycle.settings.id,))
        for number, one in enumerate(first):
            seconds = int(one.receipt.moment.timestamp())
            fields = (one.file, 0, one.sha256, one.size, seconds, "", "file", "", "", "read", "A", "x", 1, number)
            db.execute(f"INSERT INTO files VALUES (NULL, {', '.join('?' * 14)})", fields)
        twice = [("master", "master.xlsx", "3f", "2018-07-01"), ("master", "master.xlsx", "3f", "2018-07-02")]
        db.executemany("INSERT INTO outputs VALUES (NULL, ?, ?, NULL, NULL, ?, ?)", twice)
    kit.set_time(path, "2018-08-20 08:00")
    assert cycle.validate().returns == first
    cycle.make_register()
    report = cycle.merge()
    assert report.returns == first
    assert not report.remarks
    assert not cycle.settings.history.exists()
    with looked_at(cycle.settings.ledger, cycle.settings.id) as ledger:
        assert ledger is not None
        assert ledger.wrote("3f")
    with closing(sqlite3.connect(cycle.settings.ledger)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


def to_schema_2(path: Path) -> None:
    """The ledger as the second schema had it: files without revision, part, current and goals."""
    with closing(sqlite3.connect(path)) as db, db:
        for column in ("revision", "part", "current", "goals"):
            db.execute(f"ALTER TABLE files DROP COLUMN {column}")
        db.execute("ALTER TABLE rows DROP COLUMN assessed")
        db.execute("PRAGMA user_version = 2")


def test_a_ledger_of_the_second_schema_keeps_what_only_it_knows(cycle: Cycle) -> None:
    """Sightings, outputs, readings and what was written into masters; even where a run may write nothing."""
    path = kit.inbox(cycle)
    kit.set_time(path, "2018-07-02 08:00")
    cycle.generate()
    first = cycle.merge().returns
    before = content_of(cycle.settings.ledger)
    to_schema_2(cycle.settings.ledger)
    kit.set_time(path, "2018-08-20 08:00")
    assert cycle.validate().returns == first
    with looked_at(cycle.settings.ledger, cycle.settings.id) as ledger:
        assert ledger is not None
        assert ledger.first_seen()
    with opened(cycle.settings.ledger, cycle.settings.id, cycle.settings.history) as (_, trouble):
        assert trouble is None
    carried = content_of(cycle.settings.ledger)
    assert {table for table in before if carried[table] != before[table]} <= {"files"}
    assert [fields[1] for fields in carried["files"]] == [fields[1] for fields in before["files"]]
    report = cycle.merge()
    assert report.returns == first
    assert not report.remarks
    assert content_of(cycle.settings.ledger) == before


@pytest.mark.parametrize(
    "wrong",
    [
        "DROP TABLE written",
        "ALTER TABLE outputs DROP COLUMN revision",
        "ALTER TABLE readings RENAME COLUMN mark TO seal",
        "UPDATE written SET cells = '['",
        "UPDATE sightings SET modified = 'yesterday'",
    ],
)
def test_a_ledger_of_the_second_schema_that_was_taken_apart_is_set_aside(cycle: Cycle, wrong: str) -> None:
    cycle.merge()
    to_schema_2(cycle.settings.ledger)
    with closing(sqlite3.connect(cycle.settings.ledger)) as db, db:
        db.execute(wrong)
    assert cycle.validate().returns
    assert any("history/" in remark for remark in cycle.merge().remarks)


@pytest.mark.parametrize(
    "wrong",
    [
        "DROP TABLE events",
        "PRAGMA user_version = -1",
        "DELETE FROM cycle",
        "UPDATE cycle SET id = ''",
        "ALTER TABLE findings RENAME COLUMN message TO words",
        "ALTER TABLE findings ADD COLUMN more TEXT",
        "UPDATE files SET status = 'lost'",
        "UPDATE rows SET amended = '{'",
        "UPDATE entries SET answers = '[]'",
        "UPDATE events SET kind = ''",
        "UPDATE sightings SET modified = 'yesterday'",
        "UPDATE outputs SET noted = 'yesterday'",
        "UPDATE written SET cells = '['",
    ],
)
def test_a_ledger_that_somebody_took_apart_is_set_aside(cycle: Cycle, wrong: str) -> None:
    before = cycle.merge()
    with closing(sqlite3.connect(cycle.settings.ledger)) as db, db:
        db.execute(wrong)
    assert cycle.validate().returns == before.returns
    assert cycle.status().count(lambda one: one.missing) == 0
    assert cycle.trace("1").parts
    report = cycle.merge()
    remark = next(remark for remark in report.remarks if "history/" in remark)
    assert cycle.context.language.say("已损坏", "is damaged") in remark
    assert list(cycle.settings.history.glob("ledger*.sqlite"))


def test_a_folder_in_the_place_of_the_ledger_is_set_aside(cycle: Cycle) -> None:
    """Also by a command that has nothing else to say of it."""
    before = cycle.merge()
    cycle.settings.ledger.unlink()
    cycle.settings.ledger.mkdir()
    assert cycle.validate().returns == before.returns
    assert cycle.status().count(lambda one: one.missing) == 0
    (remark,) = cycle.fill_outbox().remarks
    assert "history/" in remark
    assert [path.name for path in cycle.settings.history.iterdir()] == ["ledger.sqlite"]
    assert cycle.merge().returns == before.returns


def test_what_was_wrong_with_a_ledger_is_said_though_the_merge_is_refused(cycle: Cycle) -> None:
    """The next one would find a sound ledger, and say nothing."""
    cycle.merge()
    cycle.settings.ledger.write_bytes(b"no database" * 100)
    cycle.settings.register.write_bytes(b"no workbook")
    with pytest.raises(CycleError) as caught:
        cycle.merge()
    assert "history/" in str(caught.value.mistakes[0])


def test_a_ledger_on_a_share_has_an_address(tmp_path: Path) -> None:
    """Windows shows a mapped drive by its server; SQLite refuses an address that names one."""
    assert address(PureWindowsPath(r"\\PC-17\绩效 期\ledger.sqlite")).startswith("file:////PC-17/%E7")
    assert address(PureWindowsPath(r"C:\绩效\ledger.sqlite")).startswith("file:///C:/%E7")
    (tmp_path / "名 #%").mkdir()
    with opened(tmp_path / "名 #%" / "ledger.sqlite", "x", tmp_path) as (ledger, _):
        ledger.record_outputs([Output("form", "A.xlsx", "3f")])
    with looked_at(tmp_path / "名 #%" / "ledger.sqlite", "x") as seen:
        assert seen is not None
        assert seen.wrote("3f")


HALF_DONE = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 1")
db.execute("BEGIN")
db.execute("DELETE FROM sightings")
db.execute("CREATE TABLE junk AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
           "SELECT i, hex(randomblob(200)) FROM n")
os._exit(9)
"""


def test_what_a_killed_run_left_half_done_is_taken_back(cycle: Cycle) -> None:
    """By a run that may write, and in a copy by one that may not: the ledger is not damaged."""
    kit.set_time(kit.inbox(cycle), "2018-07-02 08:00")
    first = cycle.merge()
    before = content_of(cycle.settings.ledger)
    subprocess.run([sys.executable, "-c", HALF_DONE, str(cycle.settings.ledger)], check=False)
    journal = Path(f"{cycle.settings.ledger}-journal")
    kit.set_time(kit.inbox(cycle), "2018-08-20 08:00")
    assert journal.stat().st_size > 0
    assert cycle.validate().returns == first.returns
    assert journal.stat().st_size > 0, "validate writes nothing"
    report = cycle.merge()
    assert report.returns == first.returns
    assert not report.remarks
    assert not journal.exists()
    assert content_of(cycle.settings.ledger) == before


# --- every file ever seen ---------------------------------------------------------------------------------------------


def sightings(cycle: Cycle) -> set[tuple[str, int, int]]:
    with closing(sqlite3.connect(cycle.settings.ledger)) as db:
        rows = db.execute("SELECT name, size, modified FROM sightings WHERE length(sha256) = 64 AND noted <> ''")
        return set(rows.fetchall())


def test_a_file_that_is_gone_stays_known_and_is_missed_once(cycle: Cycle) -> None:
    path = kit.inbox(cycle)
    kit.set_time(path, "2018-07-02 08:00")
    size = path.stat().st_size
    cycle.merge()
    path.unlink()
    (remark,) = cycle.merge().remarks
    assert "inbox/A.xlsx" in remark
    assert cycle.context.language.say("现在不在收件里", "is gone") in remark
    assert cycle.merge().remarks == ()
    moment = int(dt.datetime(2018, 7, 2, 8, tzinfo=kit.ZONE).timestamp())
    assert ("inbox/A.xlsx", size, moment) in sightings(cycle)
    with closing(sqlite3.connect(cycle.settings.ledger)) as db:
        (text,) = db.execute("SELECT text FROM readings WHERE name = 'inbox/A.xlsx'").fetchone()
    assert json.dumps(kit.good_answers(cycle, "A")["2"]["progress"])[1:-1] in text, "its last reading"


def test_a_file_under_another_name_is_not_missed(cycle: Cycle) -> None:
    cycle.merge()
    kit.inbox(cycle).rename(kit.inbox(cycle, "renamed.xlsx"))
    assert cycle.merge().remarks == ()


def test_a_file_that_never_counted_is_not_missed(cycle: Cycle) -> None:
    kit.inbox(cycle, "letter.txt").write_text("Dear colleagues", "utf-8")
    cycle.merge()
    kit.inbox(cycle, "letter.txt").unlink()
    assert cycle.merge().remarks == ()


def test_an_earlier_content_that_is_back_is_said_once(cycle: Cycle) -> None:
    """A folder restored from a backup, or a synchronised one that lost a day."""
    path = kit.inbox(cycle)
    first = path.read_bytes()
    cycle.merge()
    kit.fill(
        cycle, "A", path, {"2": {"progress": cycle.context.language.say("已建成三分之二。", "Two thirds are done.")}}
    )
    cycle.merge()
    path.write_bytes(first)
    (remark,) = cycle.merge().remarks
    assert "inbox/A.xlsx" in remark
    assert cycle.context.language.say("以前收到过", "earlier content") in remark
    assert cycle.merge().remarks == ()


def test_the_clock_decides_nothing(cycle: Cycle, tmp_path: Path) -> None:
    """Files from the future, and a ledger that says it first saw them in years to come."""
    kit.fill(cycle, "A", kit.inbox(cycle, "A-later.xlsx"), {"2": {"actual": 13}})
    kit.set_time(kit.inbox(cycle), "2037-01-01 08:00")
    kit.set_time(kit.inbox(cycle, "A-later.xlsx"), "2036-01-01 08:00")
    report = cycle.merge()
    with closing(sqlite3.connect(cycle.settings.ledger)) as db, db:
        db.execute("UPDATE sightings SET noted = '2099-01-01T00:00:00+00:00'")
        db.execute("UPDATE outputs SET noted = '2099-01-01T00:00:00+00:00'")
    kit.set_time(kit.inbox(cycle), "2001-01-01 08:00")
    again = load(cycle).merge()
    assert (again.returns, again.findings, again.entries) == (report.returns, report.findings, report.entries)
    elsewhere = kit.copy_cycle(cycle, tmp_path / "elsewhere")
    elsewhere.settings.ledger.unlink()
    kit.set_time(kit.inbox(elsewhere), "2037-01-01 08:00")
    assert elsewhere.merge().entries == report.entries


# --- nothing is read twice --------------------------------------------------------------------------------------------


class Counting(ThreadPoolExecutor):
    """An executor that knows how often it was asked for anything."""

    def __init__(self) -> None:
        super().__init__(2)
        self.asked = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked += 1
        return super().submit(fn, *args, **kwargs)


def files_read(cycle: Cycle) -> int:
    """How many handfuls of files a merge has read; none means no file."""
    with Counting() as executor:
        cycle.merge(executor)
    return executor.asked


def test_a_second_merge_reads_nothing(cycle: Cycle) -> None:
    kit.send_bundle(cycle)
    kit.inbox(cycle, "letter.txt").write_text("Dear colleagues", "utf-8")
    kit.inbox(cycle, "broken.xlsx").write_bytes(b"PK\x03\x04 cut off")
    assert files_read(cycle) == 1
    report = cycle.validate()
    assert files_read(cycle) == 0
    kit.set_time(kit.inbox(cycle, "B.xlsx"), "2018-08-01 08:00")
    assert files_read(cycle) == 0, "the time of a file says nothing of its content"
    cycle.settings.ledger.unlink()
    again = cycle.validate()
    assert [one.words for one in again.findings] == [one.words for one in report.findings]


def test_a_changed_content_is_read_even_if_size_and_time_stay(cycle: Cycle) -> None:
    cycle.merge()
    path = kit.inbox(cycle, "letter.txt")
    path.write_text("Dear colleagues", "utf-8")
    assert files_read(cycle) == 1
    status = path.stat()
    path.write_text("goal,progress,1", "utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert files_read(cycle) == 1


def change_file(name: str, change: Callable[[str], str]) -> Callable[[Cycle], object]:
    def act(cycle: Cycle) -> None:
        path = cycle.settings.folder / name
        text = path.read_text("utf-8")
        assert change(text) != text
        path.write_text(change(text), "utf-8")

    return act


def change_plan(cycle: Cycle) -> None:
    plan = kit.goals(cycle.context.language)
    write_plan(
        cycle.settings.plan,
        [*plan[:-1], {**plan[-1], "due_month": 11}],
        kit.departments(cycle.context.language),
        cycle.context.language,
    )


@pytest.mark.parametrize(
    "change",
    [
        change_plan,
        change_file(kit.DESIGN, lambda text: re.sub(r"(?m)^version = 1$", "version = 2", text)),
        change_file(kit.DESIGN, lambda text: text.replace("max = 100", "max = 99")),
        change_file("cycle.toml", lambda text: text.replace("17:30", "17:31")),
        change_file("cycle.toml", lambda text: text.replace("9f86d081884c7d65", "9f86d081884c7d66")),
        change_file("cycle.toml", lambda text: f"{text}[limits]\nsheets = 50\n"),
    ],
    ids=["plan", "template version", "template rule", "deadline", "seal key", "limits"],
)
def test_all_is_read_again_if_the_cycle_changes(cycle: Cycle, change: Callable[[Cycle], object]) -> None:
    cycle.merge()
    change(cycle)
    changed = load(cycle)
    assert files_read(changed) == 1
    assert files_read(changed) == 0


FINGERPRINT = """
import sys
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.fingerprints import fingerprint
print(fingerprint(Cycle.load(sys.argv[1], passwords=sys.argv[2:]).context))
"""


def test_the_fingerprint_is_that_of_the_program_and_no_other(cycle: Cycle, tmp_path: Path) -> None:
    """Another process, its own order of sets and other passwords: the same. One word of a rule changed: another."""
    folder = str(cycle.settings.folder)

    def of(root: Path, seed: str, *passwords: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
        command = [sys.executable, "-c", FINGERPRINT, folder, *passwords]
        done = subprocess.run(command, env=environment, cwd=root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    own = fingerprint(cycle.context)
    assert {of(ROOT, "1"), of(ROOT, "2", "geheim")} == {own}
    copy = tmp_path / "program"
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("kpi_xlsx", "templates", "examples"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignore)
    assert of(copy, "1") == own
    rule = copy / "kpi_xlsx" / "checks" / "required.py"
    rule.write_text(rule.read_text("utf-8").replace("is empty", "is blank", 1), "utf-8")
    assert of(copy, "1") != own


def forge(cycle: Cycle, *, honest: bool) -> None:
    """Write other words into what the ledger has read of A, with or without the mark that goes with them."""
    with closing(sqlite3.connect(cycle.settings.ledger)) as db, db:
        query = "SELECT name, sha256, fingerprint, text FROM readings WHERE name = 'inbox/A.xlsx'"
        name, sha256, own, text = db.execute(query).fetchone()
        text = text.replace(
            json.dumps(kit.good_answers(cycle, "A")["2"]["progress"]), '"From the ledger, not the file."'
        )
        mark = sealed(cycle.context, name, sha256, own, text)
        db.execute("UPDATE readings SET text = ? WHERE name = ?", (text, name))
        if honest:
            db.execute("UPDATE readings SET mark = ? WHERE name = ?", (mark, name))


def words_of(report: Report) -> str:
    (row,) = (row for row in report.entries if (row.department, row.id) == ("A", "2"))
    assert row.entry is not None
    return str(row.entry.value("progress"))


def test_validate_and_feedback_read_nothing_that_the_ledger_knows(cycle: Cycle) -> None:
    cycle.merge()
    forge(cycle, honest=True)
    assert words_of(cycle.validate()) == "From the ledger, not the file."
    (copy,) = cycle.feedback(["A"])
    assert words_of(cycle.validate(copy)) == "From the ledger, not the file."


def test_a_ledger_that_somebody_wrote_into_is_not_believed(cycle: Cycle) -> None:
    report = cycle.merge()
    forge(cycle, honest=False)
    assert words_of(cycle.validate()) == words_of(report)


def test_feedback_keeps_what_it_read(cycle: Cycle) -> None:
    cycle.feedback(["A"])
    assert files_read(cycle) == 0


# --- what a password opens --------------------------------------------------------------------------------------------


def lock_workbook(cycle: Cycle) -> None:
    path, target = kit.inbox(cycle), io.BytesIO()
    OOXMLFile(io.BytesIO(path.read_bytes())).encrypt("geheim", target)
    path.write_bytes(target.getvalue())


def lock_in_bundle(cycle: Cycle) -> None:
    """A locked workbook beside one that is not, in an archive that is not."""
    lock_workbook(cycle)
    path = kit.inbox(cycle)
    with zipfile.ZipFile(kit.inbox(cycle, "both.zip"), "w") as archive:
        archive.write(path, "A.xlsx")
        archive.write(kit.inbox(cycle, "B.xlsx"), "B.xlsx")
    path.unlink()
    kit.inbox(cycle, "B.xlsx").unlink()


@pytest.mark.parametrize("lock", [lock_workbook, lock_in_bundle])
def test_what_a_password_opened_is_closed_without_it(cycle: Cycle, lock: Callable[[Cycle], None]) -> None:
    """And the other way: that it was closed once is forgotten as soon as the password is there."""
    lock(cycle)
    without, given = load(cycle), load(cycle, "geheim")
    for attempt in range(2):
        locked, unlocked = without.merge(), given.merge()
        assert "F103" in kit.codes(locked.findings), attempt
        assert "F103" not in kit.codes(unlocked.findings), attempt
        assert words_of(unlocked) == kit.good_answers(cycle, "A")["2"]["progress"]
    assert "F103" in kit.codes(without.validate().findings)
    assert {one.department for one in without.validate().returns if one.status is ReturnStatus.READ} >= {"B"}


# --- a second merge ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", Language)
def test_a_second_merge_changes_nothing(language: Language, tmp_path: Path) -> None:
    """Of a round with receipts, a review, versions, and edits in the master."""
    prepare_next(tmp_path / "cycle", language, 12)
    cycle = Cycle.load(tmp_path / "cycle")
    cycle.merge()
    first = Outcome.of(cycle.settings.folder)
    cycle.merge()
    assert Outcome.of(cycle.settings.folder) == first
    Cycle.load(cycle.settings.folder).merge()
    assert Outcome.of(cycle.settings.folder) == first


def test_a_ledger_rebuilt_from_inbox_and_register_holds_the_same(cycle: Cycle) -> None:
    """But for what it alone can know: what was generated and written."""
    kit.register(cycle, {"A.xlsx": "2018-07-09 09:00"})
    cycle.generate()
    cycle.merge()
    before = content_of(cycle.settings.ledger)
    cycle.settings.ledger.unlink()
    report = cycle.merge()
    after = content_of(cycle.settings.ledger)
    assert {table for table in before if before[table] != after[table]} == {"outputs"}
    assert any("history/" in remark for remark in report.remarks), "the master that lay there is kept, and that is said"
