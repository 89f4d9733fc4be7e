"""One run at a time, in folders that cannot be written, beside other programs, and on a full disk."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import commands
import pytest
import returns_kit as kit
from crash import Outcome, leftovers
from masters import opened

import kpi_xlsx
from kpi_xlsx import locks
from kpi_xlsx.cli import main
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.files import temporary_beside
from kpi_xlsx.locks import LOCK, NOTE, WAIT, HeldElsewhere, held
from kpi_xlsx.model import CycleError, Language


@pytest.fixture(params=Language)
def cycle(request: pytest.FixtureRequest, tmp_path: Path) -> Cycle:
    """Both departments have reported; nothing was merged."""
    cycle = kit.make_cycle(tmp_path / "cycle 期", request.param)
    kit.send(cycle)
    return cycle


def start(*words: object, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "kpi_xlsx", *map(str, words)]
    environment = {**os.environ, "PYTHONUTF8": "1", **environment}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment)


HOLD = """
import sys, time
from pathlib import Path
from kpi_xlsx.locks import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(folder: Path, seconds: float) -> subprocess.Popen[str]:
    """A process that has the folder for so long."""
    command = [sys.executable, "-c", HOLD, str(folder), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


# --- one run at a time ------------------------------------------------------------------------------------------------


def test_a_second_run_says_who_is_at_work_since_when(cycle: Cycle) -> None:
    folder = cycle.settings.folder
    with held(folder):
        note = json.loads((folder / NOTE).read_text("utf-8"))
        note |= {"user": "王某\x1b[31m", "machine": "PC-17", "since": "2018-07-06T06:02:00+00:00"}
        (folder / NOTE).write_text(json.dumps(note), "utf-8")
        language = cycle.context.language
        runs = [
            commands.run(name, "-C", folder, language=language, impatient=True)
            for name in ("generate", "merge", "feedback")
        ]
    for run in runs:
        err = run.stderr
        assert (run.stdout, run.returncode) == ("", 2)
        assert "\x1b" not in err
        assert "2018-07-06 14:02" in err, "in the cycle's zone, with the day since it is another one"
        say = cycle.context.language.say
        wanted = say(r"^王某.*（电脑 PC-17）从 .* 起正在处理", r"^王某.* \(on PC-17\) has been at work")
        assert re.search(wanted, err)
        assert len(err.splitlines()) == 1
    assert not cycle.settings.master.exists()
    assert not (folder / NOTE).exists()
    cycle.merge()
    assert cycle.settings.master.exists()


def test_the_day_is_left_out_where_it_is_today(cycle: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "WAIT", 0.2)
    with held(cycle.settings.folder), pytest.raises(CycleError) as caught:
        cycle.merge()
    words = str(caught.value)
    assert re.search(r"(从|since) \d\d:\d\d( 起正在处理|; wait)", words)


def test_a_run_waits_a_few_seconds_for_the_one_before(cycle: Cycle) -> None:
    with hold(cycle.settings.folder, WAIT / 3):
        cycle.merge()
    assert cycle.settings.master.exists()


def test_a_run_that_was_killed_holds_nothing(cycle: Cycle) -> None:
    with hold(cycle.settings.folder, 600) as killed:
        killed.kill()
    assert (cycle.settings.folder / NOTE).exists(), "it could not even say goodbye"
    before = time.monotonic()
    cycle.merge()
    assert time.monotonic() - before < WAIT
    assert not (cycle.settings.folder / NOTE).exists()


@pytest.mark.parametrize("note", ["", "[]", "{", '{"user": 1}', '{"user": "a", "machine": "b", "since": "2018-07-06"}'])
def test_a_holder_that_cannot_be_made_out_still_holds(tmp_path: Path, note: str) -> None:
    with held(tmp_path):
        (tmp_path / NOTE).write_text(note, "utf-8")
        with pytest.raises(HeldElsewhere) as caught, held(tmp_path, wait=0):
            pass
    assert caught.value.holder is None


def test_what_lies_in_the_place_of_the_lock_holds_nobody(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_bytes(b"no database" * 1000)
    (tmp_path / NOTE).mkdir()
    with held(tmp_path), pytest.raises(HeldElsewhere), held(tmp_path, wait=0):
        pass
    (tmp_path / LOCK).unlink()
    (tmp_path / LOCK).mkdir()
    with pytest.raises(IsADirectoryError, match=re.escape(LOCK)), held(tmp_path):
        pass


def test_validate_waits_for_nobody(cycle: Cycle) -> None:
    with held(cycle.settings.folder):
        before = {path.name: path.stat().st_mtime_ns for path in cycle.settings.folder.iterdir()}
        assert cycle.validate().exit_code == 0
        assert {path.name: path.stat().st_mtime_ns for path in cycle.settings.folder.iterdir()} == before
    assert {LOCK, NOTE} & before.keys() == {LOCK, NOTE}
    assert (cycle.settings.folder / LOCK).stat().st_size == 0


def test_what_killed_runs_left_is_swept_away_and_nothing_else(cycle: Cycle) -> None:
    folder = cycle.settings.folder
    for name in ("outbox", "feedback", "history"):
        (folder / name).mkdir()
    own = [".master.0123abcd.tmp", ".register.0123abcd.tmp", "history/.master-20180705.0123abcd.tmp"]
    own += [f"outbox/.A-x-{cycle.context.period.stamp}.xlsx", f"feedback/.A-x-{cycle.context.period.stamp}-v2.xlsx"]
    own += [".findings.0123abcd.tmp"]
    own += [temporary_beside(temporary_beside(cycle.settings.register)).name]  # sheets for a register that is there
    others = [".findings.4567abcd.tmp", ".notes.tmp", "master.tmp", f"outbox/._A-x-{cycle.context.period.stamp}.xlsx"]
    others += [f"outbox/.~A-x-{cycle.context.period.stamp}.xlsx", "feedback/.hidden", "inbox/.master.0123abcd.tmp"]
    for name in (*own, *others):
        (folder / name).write_bytes(b"half")
    os.utime(folder / ".findings.0123abcd.tmp", (1_600_000_000, 1_600_000_000))
    cycle.merge()
    assert [name for name in own if (folder / name).exists()] == []
    assert [name for name in others if not (folder / name).exists()] == []


# --- other programs ---------------------------------------------------------------------------------------------------


def test_a_ledger_that_another_program_holds_is_named(cycle: Cycle) -> None:
    """With changes not yet saved, so that one can read but not write."""
    cycle.merge()
    before = Outcome.of(cycle.settings.folder)
    with closing(sqlite3.connect(cycle.settings.ledger, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        assert cycle.validate().exit_code == 0
        run = commands.run("merge", "-C", cycle.settings.folder, language=cycle.context.language, impatient=True)
    err = run.stderr
    assert (run.stdout, run.returncode) == ("", 2)
    assert "DB Browser" in err
    assert cycle.context.language.say("收件台账正被另一个程序占用", "The ledger is held by another program") in err
    assert len(err.splitlines()) == 1
    assert Outcome.of(cycle.settings.folder) == before


# --- folders that cannot be written -----------------------------------------------------------------------------------


@pytest.fixture
def closed() -> Iterator[Callable[[Cycle], Path]]:
    """Makes a copy of a cycle's folder that may be read by all and written by nobody but root."""
    with tempfile.TemporaryDirectory() as place:  # all of pytest's own folders are closed to others
        Path(place).chmod(0o755)
        folder = Path(place, "cycle")

        def close(cycle: Cycle) -> Path:
            shutil.copytree(cycle.settings.folder, folder)
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o555 if path.is_dir() else 0o444)
            return folder

        yield close
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)


def as_another(tmp_path: Path, *words: object) -> tuple[int, str, str]:
    """Run a command as somebody who may not write into what root owns: exit code, stdout, stderr."""
    if not hasattr(os, "fork"):
        pytest.skip("a folder that cannot be written takes another user, or chmod: this system has neither")
    program = Path(kpi_xlsx.__file__).parent.resolve()
    if os.getuid() == 0 and not all(folder.stat().st_mode & 0o001 for folder in (program, *program.parents)):
        pytest.skip("the program lies in a folder that is closed to others, whom root would have to become")
    streams = {1: tmp_path / "out.txt", 2: tmp_path / "err.txt"}
    for path in streams.values():
        path.write_text("", "utf-8")
    child = os.fork()
    if child == 0:  # not a new process: the program itself may lie where nobody else may look
        try:
            for number, path in streams.items():
                os.dup2(os.open(path, os.O_WRONLY), number)
            sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8") for number in streams)
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            sys.argv = ["kpi-xlsx", *map(str, words)]
            main()
        except SystemExit as end:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(int(end.code or 0))
        finally:
            os._exit(70)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    out, err = (path.read_text("utf-8") for path in streams.values())
    return status, out, err


def test_a_goal_is_traced_in_a_folder_that_cannot_be_written(
    cycle: Cycle, closed: Callable[[Cycle], Path], tmp_path: Path
) -> None:
    cycle.merge()
    status, out, err = as_another(tmp_path, "trace", "1", "--no-page", "-C", closed(cycle))
    assert (status, err) == (0, "")
    assert "inbox/A.xlsx" in out


def test_a_folder_that_cannot_be_written_can_be_validated(
    cycle: Cycle, closed: Callable[[Cycle], Path], tmp_path: Path
) -> None:
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"progress": None}})
    cycle.merge()
    expected = cycle.validate().to_dict()
    folder = closed(cycle)
    status, out, err = as_another(tmp_path, "validate", "-C", folder, "--format", "json")
    assert (status, err) == (1, "")
    assert json.loads(out) == expected
    for command in ("merge", "generate", "feedback"):
        status, out, err = as_another(tmp_path, command, "-C", folder)
        assert (status, out) == (2, ""), command
        assert len(err.splitlines()) == 1
        assert str(folder) in err
    assert not any(".tmp" in path.name for path in folder.rglob("*"))


@pytest.mark.skipif(sys.platform == "win32", reason="links are a privilege there")
def test_links_stay_and_what_is_written_goes_where_they_point(cycle: Cycle, tmp_path: Path) -> None:
    """And whoever could open a workbook still can."""
    cycle.merge()
    for path in (cycle.settings.master, cycle.settings.register):
        path.chmod(0o664)
        path.rename(tmp_path / path.name)
        path.symlink_to(tmp_path / path.name)
    kit.fill(cycle, "A", kit.inbox(cycle, "A-2.xlsx"), {"2": {"actual": 13}})
    kit.review(cycle)
    cycle.merge()
    for path in (cycle.settings.master, cycle.settings.register):
        assert path.is_symlink()
        assert path.stat().st_mode & 0o777 == 0o664
    (review,) = cycle.validate().decisions.reviews
    assert review.version
    assert cycle.merge().remarks == ()


@pytest.mark.parametrize("name", ["master.xlsx", "history", "inbox"])
def test_what_stands_in_the_place_of_a_file_or_folder_is_said_before_anything_is_written(
    cycle: Cycle, name: str
) -> None:
    cycle.merge()
    place = cycle.settings.folder / name
    if name == "master.xlsx":
        place.unlink()
        place.mkdir()
    else:
        if place.exists():
            place.rename(cycle.settings.folder / "aside")
        place.write_bytes(b"")
        with closing(sqlite3.connect(cycle.settings.ledger)) as db:
            db.execute("PRAGMA user_version = 99")
    before = {path: path.read_bytes() for path in cycle.settings.folder.glob("*.*") if path.is_file()}
    language = {"KPI_XLSX_LANG": str(cycle.context.language)}
    run = start("merge", "-C", cycle.settings.folder, **language)
    out, err = run.communicate()
    assert (out, run.returncode) == ("", 2)
    assert name in err
    assert cycle.context.language.say("请把它移走", "move it away") in err
    assert {path: path.read_bytes() for path in before if path.exists()} == before


def test_a_merge_does_not_empty_the_master_where_the_inbox_is_gone(cycle: Cycle) -> None:
    cycle.merge()
    master = cycle.settings.master.read_bytes()
    cycle.settings.inbox.rename(cycle.settings.folder / "elsewhere")
    with pytest.raises(CycleError, match="inbox/"):
        cycle.merge()
    assert cycle.settings.master.read_bytes() == master
    cycle.settings.inbox.mkdir()
    cycle.merge()
    assert cycle.settings.master.read_bytes() != master


# --- a full disk ------------------------------------------------------------------------------------------------------


def merge_with_room_for(cycle: Cycle, most: int) -> tuple[int, str]:
    """Merge where no file can grow over so many bytes; exit code and stderr."""
    resource = pytest.importorskip("resource", reason="limits of a process; on other systems a disk has to be filled")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    command = [sys.executable, "-m", "kpi_xlsx", "merge", "-C", str(cycle.settings.folder)]
    language = {"PYTHONUTF8": "1", "KPI_XLSX_LANG": str(cycle.context.language), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, env={**os.environ, **language}, preexec_fn=limit, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def write_long_remarks(cycle: Cycle) -> None:
    """The office's own words, which make a large master and do not go into the ledger."""
    chance = random.Random(1)
    long = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(30_000))
    with opened(cycle) as table:
        for row in table.rows:
            table.sheet.cell(row, table.at["remark"]).value = long[row:] + long[:row]
    cycle.settings.history.mkdir()
    shutil.copy(cycle.settings.master, cycle.settings.history)  # else this would be what the disk has no room for


@pytest.mark.parametrize(("room", "name"), [(40_000, "ledger.sqlite"), (250_000, "master.xlsx")])
def test_a_full_disk_leaves_all_as_it_was(cycle: Cycle, tmp_path: Path, room: int, name: str) -> None:
    cycle.merge()
    write_long_remarks(cycle)
    kit.fill(cycle, "A", kit.inbox(cycle), {"2": {"actual": 13}})
    undisturbed = kit.copy_cycle(cycle, tmp_path / "undisturbed")
    undisturbed.merge()
    master = cycle.settings.master.read_bytes()
    status, words = merge_with_room_for(cycle, room)
    assert status == 2
    assert len(words.splitlines()) == 1, words
    assert name in words
    assert cycle.settings.master.read_bytes() == master
    assert list(leftovers(cycle.settings.folder)) == []
    assert cycle.validate().exit_code == 0
    cycle.merge()
    assert Outcome.of(cycle.settings.folder) == Outcome.of(undisturbed.settings.folder)
