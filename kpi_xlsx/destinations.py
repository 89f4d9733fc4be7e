"""Where an export may go: a file of the right kind, in a folder that exists, and none that a cycle is made of."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.settings import FILE, Settings


def demand_file(settings: Settings, to: Path, suffixes: tuple[str, ...], otherwise: str, language: Language) -> None:
    """Raises CycleError, with what is wrong, unless an export may be written there.

    `otherwise`: what to say of a file of another kind.
    """
    if to.suffix.casefold() not in suffixes:
        raise CycleError([Mistake(to.name, "", otherwise)])
    demand_place(settings, to, language)


def demand_place(settings: Settings, to: Path, language: Language) -> None:
    """Raises CycleError, with what is wrong, unless a file may lie there."""
    say = language.say
    words = ""
    if not to.parent.is_dir():
        words = say(
            f"没有 {to.parent.as_posix()}/ 这个文件夹，请先建好，或者换一个。",
            f"There is no folder {to.parent.as_posix()}/; make it first, or take another.",
        )
    elif to.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(to))
    elif belongs(settings, to):
        words = say(
            "这是报送期自己的文件或文件夹，不能写到这里；换一个名字。",
            "That is one of the cycle's own files or folders, which it must not be written over; take another name.",
        )
    if words:
        raise CycleError([Mistake(to.name, "", words)])


def demand_folder(settings: Settings, to: Path, otherwise: str, language: Language) -> None:
    """Raises CycleError unless it is a folder that exists or can be made, and none of the cycle's own.

    `otherwise`: what to say of what is no folder.
    """
    say, words = language.say, ""
    if (to.exists() and not to.is_dir()) or to.suffix.casefold() == ".xlsx":
        words = otherwise
    elif not to.parent.is_dir():
        words = say(
            f"没有 {to.parent.as_posix()}/ 这个文件夹，请先建好，或者换一个。",
            f"There is no folder {to.parent.as_posix()}/; make it first, or take another.",
        )
    elif belongs(settings, to) or to.resolve() == settings.folder.resolve():
        words = say(
            "这是报送期自己的文件夹，不能写到这里；换一个名字。",
            "That is one of the cycle's own folders; take another name.",
        )
    if words:
        raise CycleError([Mistake(to.name, "", words)])


def belongs(settings: Settings, to: Path) -> bool:
    """Whether a place is one of the cycle's own."""
    own = to.resolve()
    books = (settings.plan, settings.register, settings.master, settings.ledger, settings.folder / FILE)
    folders = (settings.inbox, settings.outbox, settings.feedback, settings.history, settings.archive)
    return own in [path.resolve() for path in books] or any(own.is_relative_to(path.resolve()) for path in folders)
