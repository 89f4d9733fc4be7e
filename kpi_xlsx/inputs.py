"""What a master was made of, file by file with its sha256; kept with a copy of it in history/.

The cycle's seal key is no part of it: what leaves the folder must not carry it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kpi_xlsx.definition import find_template
from kpi_xlsx.files import digest, named_errors, temporary_beside, write_atomically
from kpi_xlsx.fingerprints import program_name
from kpi_xlsx.intake import find_arrivals
from kpi_xlsx.model import CycleError, Language, Mistake
from kpi_xlsx.report import ReturnRecord
from kpi_xlsx.settings import FILE, Settings

SECRET = "seal_key"
SHORT = 8
"""A key of fewer signs may be part of any word."""
SUFFIX = ".inputs.json"
_KEY_LINE = re.compile(rf"""^[ \t]*(?:{SECRET}|"{SECRET}"|'{SECRET}')[ \t]*=[^\r\n]*(?:\r?\n|\Z)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a cycle is made of: its name in reports and archives, and where it lies or what is in it."""

    name: str
    path: Path
    body: bytes | None = None
    """In place of what lies there."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The sha256 of everything that a master was made of, by name below the cycle's folder."""

    files: Mapping[str, str]
    template: str
    """Which of them is the template."""
    members: Mapping[str, str] = field(default_factory=dict)
    """What lay in bundles: `inbox/a.zip/b.xlsx`."""

    @property
    def contents(self) -> frozenset[str]:
        return frozenset((*self.files.values(), *self.members.values()))


def find_sources(settings: Settings, language: Language) -> Iterator[Source]:
    """What a cycle was set up with: cycle.toml without its key, plan, template; scoring rules and register if any."""
    yield Source(FILE, settings.folder / FILE, keyless(settings.folder / FILE, language))
    yield Source(settings.plan.name, settings.plan)
    design = find_template(settings.template, settings.folder, language)
    yield Source(template_name(settings, design), design)
    if settings.scoring.is_file():
        yield Source(_scoring_name(settings), settings.scoring)
    if settings.register.is_file():
        yield Source(settings.register.name, settings.register)


def find_originals(folder: Path, left_out: list[str]) -> Iterator[Source]:
    """The files below one of the cycle's folders, in the order of names; links are not followed but `left_out`.

    Raises PermissionError (or what else the system says) for a folder that cannot be looked into.
    """
    names: dict[str, int] = {}
    for one in find_arrivals(folder, folder.name):
        if one.path.is_dir() and not one.path.is_symlink():
            next(one.path.iterdir(), None)  # only a folder that cannot be read is listed: let the system say why
            continue
        if one.path.is_symlink() or not one.path.is_file():
            left_out.append(one.name)
            continue
        count = names[one.name] = names.get(one.name, 0) + 1  # two names that cannot be decoded may look the same
        yield Source(one.name if count == 1 else f"{one.name} ({count})", one.path)


def template_name(settings: Settings, design: Path) -> str:
    """What the template is called in an archive: as it lies there, so that cycle.toml finds it again."""
    home = settings.folder.resolve()
    return design.relative_to(home).as_posix() if design.is_relative_to(home) else f"template/{design.name}"


def _scoring_name(settings: Settings) -> str:
    home, path = settings.folder.resolve(), settings.scoring.resolve()
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else f"scores/{path.name}"


def find_inputs(settings: Settings, language: Language, returns: Iterable[ReturnRecord]) -> Inputs:
    """Everything that the master is made of, as it lies there now. `returns`: of which it is known what bundles hold.

    Raises CycleError if a file is no longer what was read.
    """
    sources = list(find_sources(settings, language))
    originals = list(find_originals(settings.inbox, []))
    files = {one.name: sum_of(one) for one in (*sources, *originals)}
    known = {one.file: one.sha256 for one in returns if one.sha256}
    demand_same({name: sha256 for name, sha256 in known.items() if name in files}, files, language)
    template = sources[2].name
    return Inputs(files, template, {name: sha256 for name, sha256 in known.items() if name not in files})


def sum_of(source: Source) -> str:
    """The sha256 of a file as it goes into an archive."""
    return digest(source.path) if source.body is None else hashlib.sha256(source.body).hexdigest()


def demand_same(wanted: Mapping[str, str], found: Mapping[str, str], language: Language) -> None:
    """Raises CycleError naming each file that was changed while it was being read."""
    say = language.say
    words = say(
        "处理的时候，这个文件被改动了。请等保存（或同步）结束再运行。",
        "This file was changed while it was being read. Wait until it has been saved (or synchronised), and run again.",
    )
    changed = [name for name, sha256 in wanted.items() if found.get(name) != sha256]
    if changed:
        raise CycleError([Mistake(name, "", words) for name in changed])


# --- cycle.toml without its key ---------------------------------------------------------------------------------------


def keyless(path: Path, language: Language) -> bytes:
    """cycle.toml without the seal key, all else as it stands. Raises CycleError where the key cannot be told apart."""
    text = path.read_bytes().decode("utf-8-sig")
    data = tomllib.loads(text)
    secret = str(data.pop(SECRET, "")).strip()
    bare = _KEY_LINE.sub("", text)
    try:
        same = tomllib.loads(bare) == data
    except tomllib.TOMLDecodeError:
        same = False
    if same and not (len(secret) >= SHORT and secret in bare):
        return bare.encode()
    words = language.say(
        f'存档里不能有 {SECRET}，但这里分不开。请把它单独写成一行：{SECRET} = "…"，别处（注释里）不要再出现它的值。',
        f"The archive must not hold the {SECRET}, which cannot be told apart here. Write it on a line of its own, "
        f'{SECRET} = "…", and its value nowhere else, comments included.',
    )
    raise CycleError([Mistake(FILE, SECRET, words)])


def settled_keys(body: bytes) -> Mapping[str, Any]:
    """What a cycle.toml says, but for the key and for where its template lies, which is compared by content."""
    data = tomllib.loads(body.decode("utf-8-sig"))
    return {key: value for key, value in data.items() if key not in (SECRET, "template")}


# --- a master kept with them ------------------------------------------------------------------------------------------


def show_inputs(inputs: Inputs, master: str, sha256: str, settings: Settings, language: Language) -> str:
    """For a person to read and for a program to check."""
    note = language.say(
        f"这份汇总表由下列文件得出；sha256 与原件一致即未改动。cycle.toml 的 sha256 不计 {SECRET} 一行。",
        f"The master was made of these files; one whose sha256 is the same was not changed. That of cycle.toml is "
        f"without its line {SECRET}.",
    )
    found = {
        "note": note,
        "program": program_name(),
        "cycle": settings.id,
        "period": str(settings.period),
        "master": {"name": master, "sha256": sha256},
        "template": inputs.template,
        "files": dict(inputs.files),
        "members": dict(inputs.members),
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def read_inputs(text: str) -> Inputs:
    """What `show_inputs` wrote. Raises ValueError where it is something else."""
    data = json.loads(text)
    try:
        files, members = dict(data["files"]), dict(data["members"])
        template = data["template"]
    except (TypeError, KeyError) as trouble:
        raise ValueError("no list of inputs") from trouble
    if not all(isinstance(one, str) for one in (template, *files, *files.values(), *members, *members.values())):
        raise ValueError("no list of inputs")
    return Inputs(files, template, members)


def keep_master(settings: Settings, inputs: Inputs, day: dt.date, language: Language) -> Path:
    """Copy the master into history/, once for each content, and write beside it what it was made of.

    Returns the copy's path. A copy that was made of something else before keeps its own list.
    """
    own = digest(settings.master)
    settings.history.mkdir(exist_ok=True)
    pattern = f"{settings.master.stem}-*.xlsx"
    kept = next((one for one in sorted(settings.history.glob(pattern)) if digest(one) == own), None)
    target = kept or _free(settings.history, f"{settings.master.stem}-{day}", ".xlsx")
    text = show_inputs(inputs, target.name, own, settings, language)
    lists = settings.history.glob(f"{target.stem}*{SUFFIX}")
    if not any(one.read_bytes() == text.encode() for one in lists):
        write_atomically(_free(settings.history, target.stem, SUFFIX), text)
    if kept is None:
        _copy(settings.master, target)
    return target


def _free(folder: Path, stem: str, suffix: str) -> Path:
    target, number = folder / f"{stem}{suffix}", 2
    while target.exists():
        target, number = folder / f"{stem}-{number}{suffix}", number + 1
    return target


def _copy(path: Path, target: Path) -> None:
    temporary = temporary_beside(target)
    try:
        with named_errors(target, temporary):
            shutil.copy2(path, temporary)
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
