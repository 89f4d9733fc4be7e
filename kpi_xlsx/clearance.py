"""A folder copied by hand made this cycle's own: what is of the other one set aside within it, nothing deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kpi_xlsx.copies import find_copy
from kpi_xlsx.cycle_text import changed_text
from kpi_xlsx.files import demand_closed, safe_name, write_atomically
from kpi_xlsx.model import CycleError, Language, Mistake, PlanError, clip
from kpi_xlsx.periods import show_time
from kpi_xlsx.reading import one_line
from kpi_xlsx.settings import FILE, Settings, load_settings
from kpi_xlsx.turns import alone

FOLDERS = ("inbox", "outbox", "feedback", "history", "archive", "trace")
FRESH = ("inbox", "outbox")
"""Which of them a cycle has from the beginning."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """What was set aside."""

    cycle: str
    """The cycle that it is of."""
    folder: Path
    moved: tuple[str, ...]
    remarks: tuple[str, ...]


def clear_copy(settings: Settings, language: Language) -> Clearance:
    """Move what is of the other cycle into old-…/. Raises CycleError, with nothing moved, if that is not certain.

    The ledger goes last: as long as it is there, a run that was killed can be run again.
    """
    with alone(settings, language):
        copied = find_copy(settings)
        if copied is None:
            raise CycleError([Mistake(settings.ledger.name, "", _why_not(settings, language))])
        names = list(_names(settings))
        demand_closed(_books(settings, names), language)
        remarks = list(_link(settings, copied.cycle, language))
        folder = _find_place(settings, copied.cycle, names)
        folder.mkdir(exist_ok=True)
        for name in names:
            (settings.folder / name).rename(folder / name)
        for name in FRESH:
            (settings.folder / name).mkdir(exist_ok=True)
        for name in (f"{settings.ledger.name}-journal", settings.ledger.name):
            if (settings.folder / name).is_file():
                (settings.folder / name).rename(folder / name)
    shown = tuple(f"{name}/" if (folder / name).is_dir() else name for name in (*names, settings.ledger.name))
    return Clearance(clip(one_line(copied.cycle)), folder, shown, (*remarks, *_tell_rest(settings, language)))


def _why_not(settings: Settings, language: Language) -> str:
    if not settings.ledger.is_file():
        return language.say(
            "没有收件台账，看不出这个文件夹是不是复制来的，没有移动任何东西。",
            "There is no ledger to say whether this folder was copied; nothing was moved.",
        )
    return language.say(
        f"收件台账就是 cycle.toml 写的报送期 {settings.period} 的（或者读不了），看不出是从别的报送期复制来的，"
        "没有移动任何东西。如果复制以后还没有改报送期，先改 cycle.toml 的 period，再运行。",
        f"The ledger is that of the period in cycle.toml, {settings.period} (or cannot be read): nothing says that "
        "this was copied from another cycle; nothing was moved. If the period was not changed after the copying, "
        "change `period` in cycle.toml first, then run this again.",
    )


def _names(settings: Settings) -> Iterator[str]:
    """What is there to be moved, the ledger left out; an empty folder belongs to nobody."""
    for name in FOLDERS:
        path = settings.folder / name
        if path.is_dir() and any(path.iterdir()):
            yield name
    for path in (settings.register, settings.master):
        if path.is_file():
            yield path.name


def _books(settings: Settings, names: list[str]) -> Iterator[Path]:
    for name in names:
        path = settings.folder / name
        if path.is_dir():
            yield from (found for found in sorted(path.rglob("*")) if found.suffix and found.name[:1] not in ".~")
        else:
            yield path


def _find_place(settings: Settings, cycle: str, names: list[str]) -> Path:
    """A folder of the other cycle's name: new, or the one that a killed run has begun to fill."""
    stem, number = safe_name(f"old-{one_line(cycle)}", ""), 1
    while True:
        folder = settings.folder / (stem if number == 1 else f"{stem}-{number}")
        begun = folder.is_dir() and not any((folder / name).exists() for name in (*names, settings.ledger.name))
        if begun or not (folder.exists() or folder.is_symlink()):
            return folder
        number += 1


def _link(settings: Settings, cycle: str, language: Language) -> Iterator[str]:
    """Name the other cycle as the previous one, if nobody has named any and just one folder beside is that cycle."""
    say = language.say
    found = sorted(_siblings(settings, cycle, language))
    if settings.previous:
        own = (settings.folder / settings.previous).resolve()
        if found and own not in [path.resolve() for path in found]:
            yield say(
                f"cycle.toml 的 previous 是 {settings.previous}，没有动；要接在 {cycle} 后面，"
                f"就改成 ../{found[0].name}。",
                f"`previous` in cycle.toml is {settings.previous} and was left; if this cycle follows {cycle}, make "
                f"it ../{found[0].name}.",
            )
        return
    if len(found) != 1:
        yield say(
            f"旁边没有找到（或不止一个）报送期 {cycle} 的文件夹，cycle.toml 的 previous 没有填。",
            f"Beside this folder there is no cycle {cycle}, or more than one: `previous` in cycle.toml was left blank.",
        )
        return
    name = f"../{found[0].name}"
    write_atomically(settings.folder / FILE, changed_text(settings.folder, {"previous": name}))
    yield say(f"cycle.toml 里填上了 previous = {name}。", f"`previous` in cycle.toml is now {name}.")


def _siblings(settings: Settings, cycle: str, language: Language) -> Iterator[Path]:
    home = settings.folder.resolve()
    for path in home.parent.iterdir():
        if path.name.startswith(".") or path == home or not (path / FILE).is_file():
            continue
        try:
            if load_settings(path, language).id == cycle:
                yield path
        except (PlanError, OSError):  # what cannot be read is not the one that is meant
            continue


def _tell_rest(settings: Settings, language: Language) -> Iterator[str]:
    if settings.return_by is not None and settings.return_by.date() <= settings.period.end:
        shown = show_time(settings.return_by, settings.zone)
        yield language.say(
            f"cycle.toml 的截止时间（return_by）还是 {shown}，在报送期结束之前，请改。",
            f"The deadline (return_by) in cycle.toml is still {shown}, before the period's end: change it.",
        )
    yield language.say(
        "cycle.toml、plan.xlsx、模板和其他文件没有动。", "cycle.toml, plan.xlsx, templates and other files stay."
    )
