"""Kills `merge` and `close` on the way, lets the next run end, and compares with a run that nobody disturbed.

PYTHONPATH=. python tests/crash.py --kills 200 --seed 1
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import returns_kit as kit
from closings import close
from ledgers import content_of
from many import NEXT_DAY, make_many, send
from masters import opened

from kpi_xlsx.archived import find_archives
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.files import digest
from kpi_xlsx.model import CycleError, Language
from kpi_xlsx.register import load_decisions


@dataclass(frozen=True)
class Outcome:
    """What a run leaves behind, as far as it must be the same however often it was killed on the way."""

    ledger: dict[str, list[tuple[Any, ...]]]
    master: str
    decisions: object
    history: tuple[str, ...]
    archives: tuple[str, ...]

    @classmethod
    def of(cls, folder: Path) -> Outcome:
        cycle = Cycle.load(folder)
        settings = cycle.settings
        history = sorted(digest(path) for path in settings.history.iterdir()) if settings.history.is_dir() else ()
        decisions = load_decisions(settings.register, cycle.context, settings.zone)
        archives = tuple(map(digest, find_archives(settings)))
        return cls(content_of(settings.ledger), digest(settings.master), decisions, tuple(history), archives)


# --- what is merged ---------------------------------------------------------------------------------------------------


def prepare_first(folder: Path, language: Language, count: int) -> None:
    """A cycle before its first merge: all but two have reported, some of them registered, some of them twice."""
    cycle = make_many(folder, language, count)
    for code in ("0001", "0002"):
        kit.inbox(cycle, f"{code}.xlsx").unlink()
    for number in range(3, min(count, 8)):
        send(cycle, f"{number:04}", f"{number:04}-again.xlsx", words=words(language, number), came=NEXT_DAY)
    write_register(cycle)


def prepare_next(folder: Path, language: Language, count: int) -> None:
    """A cycle after its first merge, in which the inbox, the register and the master have changed since."""
    prepare_first(folder, language, count)
    cycle = Cycle.load(folder)
    cycle.merge()
    send(cycle, "0001", words=words(language, 1))
    send(cycle, "0003", "0003-later.xlsx", words=words(language, 33), came="2018-07-05 10:00")
    kit.inbox(cycle, "0004-again.xlsx").unlink()
    write_register(cycle, {"0001": "2018-07-06 08:00"}, reviewed="0003")
    edit_master(cycle)


def words(language: Language, number: int) -> str:
    return language.say(
        f"已建成 {number} 公里，其余按计划推进。", f"{number} km are open, the rest goes on as planned."
    )


def write_register(cycle: Cycle, late: dict[str, str] | None = None, reviewed: str = "0005") -> None:
    """Receipts of some files, and a department that was passed."""
    cycle.settings.register.unlink(missing_ok=True)
    came = {"0006": "2018-07-04 16:00", "0007": "2018-07-09 09:00", **(late or {})}
    kit.register(cycle, {f"{code}.xlsx": moment for code, moment in came.items()})
    kit.review(cycle, department=reviewed)


def edit_master(cycle: Cycle) -> None:
    """What the office types into the master: a word in a column of its own, and other words for two answers.

    The next merge must carry over the first, and list the others in the register.
    """
    with opened(cycle) as table:
        sheet, last = table.sheet, table.rows[-1]
        sheet.cell(last, table.at["remark"]).value = "checked by telephone"
        for back in (1, 2):
            sheet.cell(last - back, table.at["progress"]).value = words(cycle.context.language, 100 + back)


def prepare_close(folder: Path, language: Language, count: int) -> None:
    """A merged cycle whose register people have written into since it was made."""
    prepare_first(folder, language, count)
    write_register(Cycle.load(folder), reviewed="0004")
    merge(folder)


def prepare_correction(folder: Path, language: Language, count: int) -> None:
    """A closed cycle with a late correction that is merged, but not archived yet."""
    prepare_close(folder, language, count)
    end(folder)
    cycle = Cycle.load(folder)
    kit.review(cycle, department="0003")
    cycle.merge()


def merge(folder: Path) -> None:
    """A merge, which must find nothing wrong with what the run before it left."""
    report = Cycle.load(folder).merge()
    assert not any("ledger" in remark.casefold() for remark in report.remarks), report.remarks


def end(folder: Path) -> None:
    """A closing; one that had come to its end is refused."""
    cycle = Cycle.load(folder)
    before = len(find_archives(cycle.settings))
    try:
        close(cycle, reason="some have not reported")
    except CycleError:
        assert cycle.status().finished
        assert before
    else:
        assert len(find_archives(cycle.settings)) == before + 1


Work = Callable[[Path], None]
MERGES: dict[str, tuple[Callable[[Path, Language, int], None], Work]] = {
    "first": (prepare_first, merge),
    "next": (prepare_next, merge),
}
CLOSINGS = {"close": (prepare_close, end), "correction": (prepare_correction, end)}
WORKS = {**MERGES, **CLOSINGS}


# --- killing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bench:
    """A prepared cycle, the work that is to be done there, and what it makes of it undisturbed."""

    folder: Path
    work: Work
    outcome: Outcome

    @classmethod
    def of(cls, place: Path, name: str, language: Language, count: int) -> Bench:
        prepare, work = WORKS[name]
        folder = place / f"{name}-{language}"
        prepare(folder, language, count)
        undisturbed = place / f"{name}-{language}-undisturbed"
        shutil.copytree(folder, undisturbed)
        work(undisturbed)
        outcome = Outcome.of(undisturbed)
        work(undisturbed)
        demand_equal(Outcome.of(undisturbed), outcome)
        return cls(folder, work, outcome)

    def copy(self, place: Path) -> Path:
        shutil.copytree(self.folder, place)
        return place


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "kpi_xlsx", "merge", "-C", str(folder)]


def kill_after(folder: Path, seconds: float) -> bool:
    """Start a merge and kill it; whether it was still at work."""
    with subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        time.sleep(seconds)
        at_work = run.poll() is None
        run.kill()
    return at_work


def time_merge(bench: Bench, place: Path) -> float:
    """How many seconds a merge takes in a process of its own."""
    durations = []
    for number in range(2):  # the first may have to compile the program
        folder = bench.copy(place / f"{bench.folder.name}-timed-{number}")
        before = time.perf_counter()
        subprocess.run(command(folder), check=False, capture_output=True)
        durations.append(time.perf_counter() - before)
    return min(durations)


def demand_the_same(folder: Path, bench: Bench) -> None:
    """Let a run come to its end after what happened, and see that nothing tells that anything had happened."""
    bench.work(folder)
    demand_equal(Outcome.of(folder), bench.outcome)
    assert list(leftovers(folder)) == []


def demand_equal(found: Outcome, wanted: Outcome) -> None:
    """The program must not be edited meanwhile: what it has read is kept with a digest of its sources."""
    assert found.ledger.keys() == wanted.ledger.keys()
    for table, rows in wanted.ledger.items():
        assert found.ledger[table] == rows, f"table {table}"
    assert found == wanted


def leftovers(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if re.search(r"\.tmp$|-journal$|\.holder$", path.name):
            yield path.relative_to(folder).as_posix()


def kill_at_random(
    place: Path, kills: int, seed: int, count: int, tell: Callable[[str], None] = lambda _: None
) -> None:
    """So many kills, one to three before each run that may end."""
    chance = random.Random(seed)
    benches = [Bench.of(place, name, language, count) for name, language in zip(MERGES, Language, strict=True)]
    timed = [(bench, time_merge(bench, place)) for bench in benches]
    done, hit = 0, 0
    while done < kills:
        bench, duration = timed[done % len(timed)]
        folder = bench.copy(place / f"killed-{done}")
        for _ in range(min(chance.choice((1, 1, 2, 3)), kills - done)):
            moment = chance.uniform(0, duration)
            hit += kill_after(folder, moment)
            done += 1
        try:
            demand_the_same(folder, bench)
        except AssertionError as error:
            error.add_note(f"seed {seed}, kill {done}, the last after {moment:.3f} of {duration:.3f} s: {folder}")
            raise
        shutil.rmtree(folder)
        tell(f"{done} kills, {hit} of them while it was at work")


# --- at every step ----------------------------------------------------------------------------------------------------

STEPS = frozenset(["os.rename", "os.remove", "os.mkdir", "shutil.copyfile"])


def die_at(step: int, folder: Path, work: Work) -> bool:
    """Work in a child process that ends without a word at its n-th step on disk; whether it got that far.

    Steps are what Python and SQLite report of themselves: files opened for writing, moved and removed, statements.
    """
    child = os.fork()
    if child == 0:
        left = step

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(9)

        def hear(event: str, arguments: tuple[Any, ...]) -> None:
            if event in STEPS or (event == "open" and str(folder) in str(arguments[0]) and arguments[1] != "r"):
                count()

        connect = sqlite3.connect

        def connect_and_tell(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*arguments, **options)
            connection.set_trace_callback(count)
            return connection

        status = 1
        try:
            sys.addaudithook(hear)
            sqlite3.connect = connect_and_tell  # type: ignore[assignment]
            work(folder)
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9), f"step {step} ended with {status}"
    return status == 9


def die_at_every_step(place: Path, name: str, language: Language, count: int, stride: int = 1, start: int = 1) -> int:
    """Die at each step in turn; returns how many there were."""
    bench = Bench.of(place, name, language, count)
    step = start
    while True:
        folder = bench.copy(place / f"step-{step}")
        if not die_at(step, folder, bench.work):
            return step
        try:
            demand_the_same(folder, bench)
        except AssertionError as error:
            error.add_note(f"step {step} of {name}: {folder}")
            raise
        shutil.rmtree(folder)
        step += stride


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--returns", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        kill_at_random(Path(place), options.kills, options.seed, options.returns, lambda text: print(text, flush=True))
        for name in WORKS if hasattr(os, "fork") else ():
            steps = die_at_every_step(Path(place, name), name, Language.ZH, 8)
            print(f"{name}: died at each of {steps} steps")


if __name__ == "__main__":
    main()
