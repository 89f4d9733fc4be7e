"""A run's turn: the folder to itself, what killed runs left half-done swept away, the ledger open; all in words."""

from __future__ import annotations

import datetime as dt
import errno
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kpi_xlsx.assessors import FOLDER
from kpi_xlsx.copies import Copied, find_copy
from kpi_xlsx.ledger import Ledger, looked_at, opened
from kpi_xlsx.locks import HeldElsewhere, Holder, held
from kpi_xlsx.model import CycleError, Language, Mistake, clip
from kpi_xlsx.periods import show_time
from kpi_xlsx.reading import printable
from kpi_xlsx.settings import Settings


@contextmanager
def taken_turn(settings: Settings, language: Language) -> Iterator[tuple[Ledger, tuple[str, ...]]]:
    """Have a cycle's folder and ledger for writing, with remarks on what state the ledger was in.

    Raises CycleError if another run is at work, another program holds the ledger, or the folder was copied from another
    cycle: its register and master would be taken for this one's. OSError if the folder cannot be written.
    """
    with alone(settings, language):
        demand_own(settings, language)
        for leftover in list(_leftovers(settings)):
            with suppress(OSError):  # what cannot be removed does no harm
                leftover.unlink()
        with opened(settings.ledger, settings.id, settings.history) as (ledger, trouble):
            remarks = () if trouble is None else (ledger_remark(trouble, language),)
            try:
                yield ledger, remarks
            except CycleError as error:  # the next run finds nothing wrong with the new one
                raise CycleError([*(Mistake("", "", one) for one in remarks), *error.mistakes]) from error


@contextmanager
def alone(settings: Settings, language: Language) -> Iterator[None]:
    """Have a cycle's folder to oneself. Raises CycleError if another run or another program does not let go of it."""
    try:
        with held(settings.folder), _words_for(settings.ledger, language):
            yield
    except HeldElsewhere as other:
        words = _who(other.holder, settings.zone, language)
        raise CycleError([Mistake("", "", words)]) from other


@contextmanager
def glimpsed(settings: Settings, language: Language) -> Iterator[Ledger | None]:
    """A cycle's ledger only to be read, by a run that writes nothing and waits for nobody; None if it is of no use.

    Raises CycleError if another program holds it.
    """
    with _words_for(settings.ledger, language), looked_at(settings.ledger, settings.id) as ledger:
        yield ledger


def seen_copy(settings: Settings, language: Language) -> Copied | None:
    """What lies here of another cycle, for a run that only reads. Raises CycleError if another program holds it."""
    with _words_for(settings.ledger, language):
        return find_copy(settings)


def demand_own(settings: Settings, language: Language) -> None:
    """Raises CycleError, with what to do, where a folder that was copied from another cycle has not been cleared."""
    copied = seen_copy(settings, language)
    if copied is not None:
        raise CycleError([Mistake("", "", line) for line in copied.tell(language)])


def _who(holder: Holder | None, zone: dt.tzinfo, language: Language) -> str:
    if holder is None:
        return language.say(
            "另一次运行正在处理这个文件夹，请等它结束再运行。",
            "Another run is at work in this folder; wait until it has ended.",
        )
    shown, today = show_time(holder.since, zone), show_time(dt.datetime.now(zone), zone)
    moment = shown.removeprefix(today.partition(" ")[0]).strip()
    user, machine = (clip(printable(text)) or "?" for text in (holder.user, holder.machine))
    return language.say(
        f"{user}（电脑 {machine}）从 {moment} 起正在处理这个文件夹，请等它结束再运行。",
        f"{user} (on {machine}) has been at work in this folder since {moment}; wait until that run has ended.",
    )


@contextmanager
def _words_for(ledger: Path, language: Language) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.EBUSY or error.filename != str(ledger):
            raise
        words = language.say(
            "收件台账正被另一个程序占用（例如用 DB Browser 打开着），请在那里关闭它再运行。",
            "The ledger is held by another program (DB Browser, for one); close it there and run this again.",
        )
        raise CycleError([Mistake(ledger.name, "", words)]) from error


_DAY = 24 * 60 * 60
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")


def _leftovers(settings: Settings) -> Iterator[Path]:
    """What a killed run left behind. Whoever has the turn is alone, so nobody is still writing any of it.

    In the cycle's own folder, where other runs may be writing something beside them, only what is named after the
    tool's own books, or a day old.
    """
    books = tuple(f".{path.stem}." for path in (settings.master, settings.register))
    for path in settings.folder.glob(".*.tmp"):
        if _TEMPORARY.fullmatch(path.name) and (path.name.startswith(books) or _old(path)):
            yield path
    assessing = settings.outbox / FOLDER
    for folder in (settings.history, settings.outbox, assessing, settings.feedback, settings.archive):
        for path in folder.glob(".*"):
            fresh = re.fullmatch(rf"\.[^._~].*-{settings.period.stamp}.*\.xlsx", path.name)
            if fresh or _TEMPORARY.fullmatch(path.name):
                yield path


def _old(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > _DAY
    except OSError:  # whoever wrote it has just moved it into place
        return False


def ledger_remark(trouble: str, language: Language) -> str:
    """What to say of a ledger that could not be used as it was."""
    reason = {
        "newer": ("由更新的版本写成", "was written by a newer version"),
        "damaged": ("已损坏", "is damaged"),
    }[trouble]
    return language.say(
        f"收件台账 ledger.sqlite {reason[0]}，已移到 history/，并按收件重新建立。",
        f"The ledger {reason[1]}; it was moved to history/ and built anew from the inbox.",
    )
