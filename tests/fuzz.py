"""Damages forms and hostile files by the thousand and reads each: nothing may crash, hang, or break an invariant.

    python tests/fuzz.py --count 50000 --seed 1 --jobs 2 --keep failures
    python tests/fuzz.py --replay failures/1-20417.xlsx

A case depends on the seed and its number only. What fails is kept as a file, to be replayed when it should be mended.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import FrameType

import hostile
import nasty
import other_formats
import returns_kit as kit
from damage import LARGEST, damage
from soundness import look

from kpi_xlsx.context import Context
from kpi_xlsx.form import write_form
from kpi_xlsx.model import Language

try:
    import resource
except ImportError:  # not on Windows: there a hang is seen by the watchdog, and memory is not watched
    resource = None  # type: ignore[assignment]

SECONDS = 10
"""That one file may take."""
MEGABYTES = 500
"""That a process may have needed at its peak."""
HANDFUL = 250
"""Cases that a process takes at a time."""
WATCHDOG = 900
"""Seconds by the clock for a handful: where there are no signals, or one gets nobody out of a C function."""
FORMS = 0.6
"""The share of cases that begin with a form of ours."""
LARGE = 0.002
"""The share of cases that begin with a large file: each takes seconds."""


@dataclass(frozen=True)
class Seed:
    """A file to begin with, and the cycle that it is read in."""

    name: str
    body: bytes
    language: Language


@dataclass(frozen=True)
class Failure:
    """A case that did not come to a proper end."""

    seed: int
    number: int
    origin: str
    reason: str
    body: bytes

    @property
    def name(self) -> str:
        return f"{self.seed}-{self.number}{Path(self.origin).suffix or '.xlsx'}"


@dataclass(frozen=True)
class Tally:
    """What a number of cases came to."""

    cases: int
    failures: tuple[Failure, ...]
    megabytes: float


class Hang(BaseException):
    """The time is up; no handler of the product may take it for its own."""


# --- what to begin with -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """The cycles to read in, a place for the file at hand, and what to begin with."""

    contexts: dict[Language, Context]
    place: Path
    forms: tuple[Seed, ...]
    hostile: tuple[Seed, ...]
    large: tuple[Seed, ...]

    def case(self, seed: int, number: int) -> tuple[Seed, bytes]:
        """The file of a case, and what it was made of."""
        chance = random.Random(f"{seed}:{number}")
        kind = chance.random()
        origin = chance.choice(self.large if kind < LARGE else self.forms if kind < LARGE + FORMS else self.hostile)
        return origin, damage(origin.body, chance)

    def try_one(self, name: str, body: bytes, language: Language) -> str:
        """Why a file came to no proper end; nothing if it did."""
        before = _peak()
        try:
            with_alarm(SECONDS)
            try:
                look(self.contexts[language], self.place, body, name)
            finally:
                with_alarm(0)
        except Hang:
            return f"no end after {SECONDS} s\n{traceback.format_exc()}"
        except Exception:
            return traceback.format_exc()
        after = _peak()
        return f"a peak of {after:.0f} MB (before: {before:.0f})" if after > max(before, MEGABYTES) else ""


def lay_ground(folder: Path, more: Iterable[Path] = ()) -> Ground:
    """Two small cycles, their forms, the hostile files, and whatever files are given besides."""
    contexts: dict[Language, Context] = {}
    forms: list[Seed] = []
    for language in Language:
        cycle = kit.make_cycle(folder / str(language), language)
        contexts[language] = cycle.context
        blank = folder / f"blank-{language}.xlsx"
        write_form(blank, cycle.context, cycle.settings, "A")
        for path in (blank, kit.fill(cycle, "A", folder / f"filled-{language}.xlsx")):
            forms.append(Seed(path.name, path.read_bytes(), language))
            forms += (Seed(name, body, language) for name, body in other_formats.versions_of(path))
    given = [Seed(path.name, path.read_bytes(), Language.ZH) for path in more]
    return Ground(contexts, folder / "desk", (*forms, *given), *_hostile_files())


@cache
def _hostile_files() -> tuple[tuple[Seed, ...], tuple[Seed, ...]]:
    """The small ones, and those that take seconds."""
    found = [Seed(case.name, case.make(), Language.ZH) for case in (*hostile.CASES, *nasty.CASES)]
    small = tuple(one for one in found if len(one.body) <= LARGEST // 8 and not one.name.startswith("bomb_"))
    return small, tuple(one for one in found if one not in small)


# --- time and memory --------------------------------------------------------------------------------------------------


def with_alarm(seconds: int) -> None:
    """Raise Hang after that much time of the processor; 0 puts the alarm off."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, _hang)
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _hang(_: int, __: FrameType | None) -> None:
    raise Hang


def _peak() -> float:
    """Megabytes at the peak of this process so far."""
    if resource is None:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


# --- runs -------------------------------------------------------------------------------------------------------------

_grounds: list[Ground] = []


def _settle(more: Sequence[Path]) -> None:
    """A process of its own ground; it may not take the machine's memory."""
    if resource is not None and sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
    folder = tempfile.TemporaryDirectory(prefix="fuzz-")
    _grounds[:] = [lay_ground(Path(folder.name), more)]
    _folders.append(folder)


_folders: list[tempfile.TemporaryDirectory[str]] = []


def run_cases(seed: int, numbers: range) -> Tally:
    """Some cases in this process."""
    (ground,) = _grounds
    failures = []
    faulthandler.dump_traceback_later(WATCHDOG, exit=True)
    for number in numbers:
        origin, body = ground.case(seed, number)
        reason = ground.try_one(origin.name, body, origin.language)
        if reason:
            failures.append(Failure(seed, number, origin.name, reason, body))
    faulthandler.cancel_dump_traceback_later()
    return Tally(len(numbers), tuple(failures), _peak())


def run(seed: int, count: int, jobs: int, more: Sequence[Path] = ()) -> Iterator[Tally]:
    """All cases in so many processes, handful by handful; a process that dies ends the run."""
    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_settle, initargs=(more,)) as executor:
        handfuls = [range(start, min(start + HANDFUL, count)) for start in range(0, count, HANDFUL)]
        futures = {executor.submit(run_cases, seed, numbers): numbers for numbers in handfuls}
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool as problem:
                reason = f"a process died during cases from {futures[future].start} on, or others at the same time"
                raise SystemExit(reason) from problem


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seeds", type=Path, help="a folder of files to begin with as well")
    parser.add_argument("--keep", type=Path, default=Path("failures"), help="where files that fail are kept")
    parser.add_argument("--replay", type=Path, help="read this one file as the run did")
    options = parser.parse_args()
    if options.replay:
        return replay(options.replay)
    more = sorted(path for path in options.seeds.rglob("*") if path.is_file()) if options.seeds else []
    start, cases, failures, megabytes = time.monotonic(), 0, 0, 0.0
    for tally in run(options.seed, options.count, options.jobs, more):
        cases, megabytes = cases + tally.cases, max(megabytes, tally.megabytes)
        for failure in tally.failures:
            failures += 1
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / failure.name).write_bytes(failure.body)
            print(f"\n{options.keep / failure.name} (made of {failure.origin})\n{failure.reason}", flush=True)
        print(f"\r{cases} of {options.count}, {failures} failed", end="", file=sys.stderr, flush=True)
    seconds = time.monotonic() - start
    print(f"\n{cases} cases with seed {options.seed}: {failures} failed; {seconds:.0f} s, peak {megabytes:.0f} MB")
    return int(failures > 0)


def replay(path: Path) -> int:
    """Read a kept file in either cycle, and say what is wrong with its end."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        ground = lay_ground(Path(folder))
        reasons = {language: ground.try_one(path.name, path.read_bytes(), language) for language in Language}
    for language, reason in reasons.items():
        print(f"{language}: {reason or 'comes to a proper end'}")
    return int(any(reasons.values()))


if __name__ == "__main__":
    sys.exit(main())
