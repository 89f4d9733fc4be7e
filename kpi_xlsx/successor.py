"""The following cycle beside this one: plan, template and settings go along, what came in and was decided does not."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kpi_xlsx import resources
from kpi_xlsx.context import Context
from kpi_xlsx.cycle_text import Value, changed_text
from kpi_xlsx.files import demand_closed, write_atomically
from kpi_xlsx.loading import read_cycle
from kpi_xlsx.model import CycleError, Language, Mistake, PlanError
from kpi_xlsx.periods import Period, parse_period, show_time
from kpi_xlsx.settings import FILE, SCORES, Settings, load_settings
from kpi_xlsx.succession import Candidate, find_figures, find_next, months_between, rename, rename_id, shift

_HOUR = 60 * 60


@dataclass(frozen=True, slots=True)
class Successor:
    """The cycle that was made."""

    folder: Path
    period: Period
    return_by: dt.datetime | None
    support_by: dt.datetime | None
    copied: tuple[str, ...]
    """What was taken along, by name."""
    remarks: tuple[str, ...]
    """What a person should look at before it begins."""


@dataclass(frozen=True, slots=True)
class _Design:
    """Template or scoring rules as the new cycle.toml names them, and the file to copy, if it is this folder's own."""

    name: str
    file: Path | None = None
    place: str = ""


def succeed(
    settings: Settings,
    context: Context,
    target: Path | None = None,
    *,
    period: str | None = None,
    return_by: str | dt.datetime | None = None,
) -> Successor:
    """Make the cycle after this one. Raises CycleError, with nothing made, if something stands there or is not clear.

    All of it is made in a folder beside, which is then renamed: nothing half-made remains.
    """
    language = context.language
    new = _find_period(settings, target, period, language)
    home = _full(settings.folder)
    folder = target if target is not None else _sibling(settings, home, new)
    own = _full(folder)
    if os.path.lexists(own):
        raise CycleError([Mistake("", "", _taken(folder, own, settings, new, language))])
    demand_closed([settings.plan], language)
    deadline = _read_deadline(return_by, settings, language) if return_by is not None else None
    due, support = _find_deadlines(settings, new, deadline)
    design = _find_design(settings.template, home, own)
    changes: dict[str, Value] = {"period": str(new), "template": design.name, "previous": _path_between(own, home)}
    changes["id"] = None if settings.id == str(settings.period) else rename_id(settings.id, settings.period, new)
    changes |= {key: moment for key, moment in (("return_by", due), ("support_by", support)) if moment is not None}
    designs = [design]
    if settings.scoring.is_file():
        designs.append(_find_place(settings.scores or SCORES, home, own))
        changes |= {"scores": designs[-1].name} if settings.scores else {}
    copied = _make(settings, own, changed_text(settings.folder, changes), designs, new, language)
    return Successor(
        folder, new, due, support, copied, tuple(_remarks(settings, context, folder, new, due if deadline else None))
    )


def _taken(folder: Path, own: Path, settings: Settings, new: Period, language: Language) -> str:
    """What lies where the new folder is to be: another one, or the old one's copy in which nothing was changed yet."""
    place, old = folder.as_posix(), settings.period
    if own.resolve() != settings.folder.resolve():
        return language.say(
            f"{place} 已经有了，没有改动。换一个文件夹，或者先把它移走。",
            f"{place} is there already; nothing was changed. Take another folder, or move it away first.",
        )
    return language.say(
        f"{place} 就是这个文件夹，但 cycle.toml 里的报送期还是 {old}。如果是从 {old} 复制来的，把 period 改成 {new}、"
        "核对截止时间，再运行 kpi-xlsx next --clean；不是的，就换一个文件夹。",
        f"{place} is this very folder, and the period in its cycle.toml is still {old}. If it was copied from {old}, "
        f"make the period {new}, look at the deadlines, then run kpi-xlsx next --clean; if not, take another folder.",
    )


# --- which period -----------------------------------------------------------------------------------------------------


def _find_period(settings: Settings, target: Path | None, named: str | None, language: Language) -> Period:
    old = settings.period
    if named is not None:
        return _read_period(named, old, language)
    before = None
    if settings.previous:
        with suppress(PlanError, OSError):
            before = load_settings(settings.folder / settings.previous, language).period
    candidates = find_next(old, before)
    if len(candidates) == 1:
        return candidates[0].period
    say = language.say
    lines = [
        say(
            f"报送期 {old} 从年初开始，看不出下一期是累计还是单算，没有新建。请选一条命令：",
            f"The period {old} begins with the year: the next one may go on from there or stand by itself. Nothing was "
            "made. Take one of these commands:",
        )
    ]
    lines += [f"  {_command(settings, target, one)}  {_told(one, language)}" for one in candidates]
    raise CycleError([Mistake("", "", "\n".join(lines))])


def _command(settings: Settings, target: Path | None, one: Candidate) -> str:
    here = _full(settings.folder) == Path.cwd()
    words = ["kpi-xlsx", "next", *([] if here else ["-C", _quoted(settings.folder.as_posix())])]
    words += [] if target is None else [_quoted(target.as_posix())]
    return " ".join([*words, "--period", str(one.period)])


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def _told(one: Candidate, language: Language) -> str:
    if not one.added:
        return language.say("（单算：接着的下一段）", "(by itself: the stretch right after it)")
    return language.say(
        "（累计：每月报一次）" if one.added == 1 else f"（累计：每 {one.added} 个月报一次）",
        "(running total, every month)" if one.added == 1 else f"(running total, every {one.added} months)",
    )


def _read_period(text: str, old: Period, language: Language) -> Period:
    found = parse_period(text, old.year_start)
    if found is None:
        words = language.say(
            f"“{text}”不对，应当写成 2018-01/2018-07 或 2018-07。",
            f"“{text}” is not valid; write 2018-01/2018-07 or 2018-07.",
        )
    elif found.end <= old.end:
        words = language.say(
            f"{found} 不在 {old} 之后，不能是它的下一期。", f"{found} does not come after {old}: it cannot follow it."
        )
    else:
        return found
    raise CycleError([Mistake("--period", "", words)])


def _sibling(settings: Settings, home: Path, new: Period) -> Path:
    """The folder beside this one, named in the way of this one; as people would type it."""
    name = rename(home.name, settings.period, new) or f"{new.end:%Y-%m}"
    return Path(os.path.relpath(home.parent / name)) if _nearby(home.parent) else home.parent / name


def _nearby(folder: Path) -> bool:
    """Whether a folder is found from here without a long way up: then a relative path is what people would type."""
    try:
        return os.path.relpath(folder).count("..") <= 1
    except ValueError:  # on another drive
        return False


# --- until when -------------------------------------------------------------------------------------------------------


def _find_deadlines(
    settings: Settings, new: Period, deadline: dt.datetime | None
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Both deadlines moved on by as many months as the period; before a typed one supporters keep their distance."""
    months = months_between(settings.period.end, new.end)
    due = deadline or (shift(settings.return_by, months) if settings.return_by else None)
    support = shift(settings.support_by, months) if settings.support_by else None
    if due and support and support >= due and settings.return_by and settings.support_by:
        support = due - (settings.return_by - settings.support_by)
    return due, support


def _read_deadline(given: str | dt.datetime, settings: Settings, language: Language) -> dt.datetime:
    """A deadline as it was typed; without an hour or an offset that of the last one holds."""
    last = settings.return_by
    try:
        moment = given if isinstance(given, dt.datetime) else dt.datetime.fromisoformat(given.strip())
    except ValueError:
        moment = None
    if moment is not None and isinstance(given, str) and re.fullmatch(r"[\d-]+", given.strip()):
        moment = moment.replace(hour=last.hour, minute=last.minute, second=last.second) if last else None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=last.tzinfo) if last else None
    if moment is None:
        words = language.say(
            f"“{given}”不对，应当写成 2018-08-05T17:30:00+08:00"
            + ("，或只写日期 2018-08-05。" if last else "，要带时区。"),
            f"“{given}” is not valid; write 2018-08-05T17:30:00+08:00"
            + (", or only the day, 2018-08-05." if last else ", with its offset."),
        )
        raise CycleError([Mistake("--return-by", "", words)])
    return moment


# --- the folder -------------------------------------------------------------------------------------------------------


def _find_design(name: str, home: Path, target: Path) -> _Design:
    """A shipped template goes by its name, a file of this folder is copied, a path to one elsewhere stays right."""
    shipped = resources.folder("templates") / f"{name}.toml"
    if not re.search(r"[\\/]", name) and shipped.is_file():
        return _Design(name)
    return _find_place(name, home, target)


def _find_place(name: str, home: Path, target: Path) -> _Design:
    """A file of this folder is copied, a path to one elsewhere stays right."""
    path = _full(home / name)
    if path.is_relative_to(home):
        inside = path.relative_to(home).as_posix()
        return _Design(inside, path, inside)
    if Path(name).is_absolute() or _full(target / name) == path:
        return _Design(name)
    return _Design(_path_between(target, path))


def _full(path: Path) -> Path:
    """Where a path leads from here, as it is written: what is a link stays one."""
    return Path(os.path.normpath(path.absolute()))


def _path_between(folder: Path, other: Path) -> str:
    try:
        return Path(os.path.relpath(other, folder)).as_posix()
    except ValueError:  # on another drive of Windows
        return other.as_posix()


def _make(
    settings: Settings, target: Path, text: str, designs: Sequence[_Design], new: Period, language: Language
) -> tuple[str, ...]:
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in list(_leftovers(target)):
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished = target.with_name(f".{target.name[:40]}.{secrets.token_hex(4)}.tmp")
    copied = [settings.plan.name, FILE]
    try:
        unfinished.mkdir()
        for part in ("inbox", "outbox"):
            (unfinished / part).mkdir()
        shutil.copyfile(settings.plan, unfinished / settings.plan.name)
        for design in designs:
            if design.file is not None:
                place = unfinished / design.place
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(design.file, place)
                copied.append(design.place)
        write_atomically(unfinished / FILE, text)
        made = load_settings(unfinished, language)
        assert made.period == new, "cycle.toml does not say what was written into it"
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return tuple(copied)


def _leftovers(target: Path) -> Iterator[Path]:
    """What killed runs left of the same folder; an hour old, since another run may be making it just now."""
    pattern = re.compile(re.escape(f".{target.name[:40]}.") + r"[0-9a-f]{8}\.tmp")
    for path in target.parent.iterdir():
        with suppress(OSError):
            if pattern.fullmatch(path.name) and path.is_dir() and time.time() - path.lstat().st_mtime > _HOUR:
                yield path


# --- what a person should know ----------------------------------------------------------------------------------------


def _remarks(
    settings: Settings, context: Context, folder: Path, new: Period, typed: dt.datetime | None
) -> Iterator[str]:
    say, old = context.language.say, settings.period
    if new.year_begin != old.year_begin:
        yield say("新的一年：请换上新的 plan.xlsx。", "A new year: put the new plan.xlsx into the folder.")
    months = months_between(old.end, new.start)
    if months > 1:
        yield say(
            f"{old} 与 {new} 之间空了 {months - 1} 个月，请核对报送期。",
            f"Between {old} and {new} there is a gap of {months - 1} months; see that the period is right.",
        )
    if typed is not None and typed.date() <= new.end and settings.return_by and settings.return_by.date() > old.end:
        yield say(
            f"截止时间 {show_time(typed, typed.tzinfo)} 在报送期结束（{new.end}）之前，请核对。",
            f"The deadline {show_time(typed, typed.tzinfo)} lies before the period's end ({new.end}); see that it is "
            "right.",
        )
    yield from _tell_figures(find_figures(settings.title, old), settings.title, context.language)
    try:
        read_cycle(folder, context.language)
    except PlanError as error:
        yield say("新文件夹里有要先改的地方：", "Something in the new folder is to be put right first:")
        yield from (f"  {mistake}" for mistake in error.mistakes)


def _tell_figures(figures: Iterator[str], title: str, language: Language) -> Iterator[str]:
    found: Sequence[str] = list(figures)
    if found:
        listed = language.say("、", ", ").join(f"“{text}”" for text in found)
        yield language.say(
            f"cycle.toml 的 title（{title}）里直接写了上一期的 {listed}，不会自己变。"
            "请改成 {year}、{months} 或 {month}，或者改成这一期的数字。",
            f"The title in cycle.toml ({title}) holds {listed} of the last period, which do not change by themselves. "
            "Write {year}, {months} or {month} instead, or this period's figures.",
        )
