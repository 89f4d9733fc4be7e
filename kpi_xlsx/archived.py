"""A round that was closed: what its archive holds, and what has changed since."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from kpi_xlsx.archives import DAMAGED
from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Amendment, AmendmentState, Closing, Decisions, Fate, Place, Review, Verdict
from kpi_xlsx.dossier import SUMS, read_sums
from kpi_xlsx.files import digest
from kpi_xlsx.inputs import SUFFIX, Inputs, find_sources, read_inputs, settled_keys, sum_of
from kpi_xlsx.intake import ignored
from kpi_xlsx.model import CycleError, Mistake, ReturnStatus
from kpi_xlsx.register import load_decisions
from kpi_xlsx.report import Report, ReturnRecord
from kpi_xlsx.settings import FILE, SCORES, Settings

MASTER_INPUTS = f"master{SUFFIX}"
LARGEST = 512 * 2**20
"""Of what is read out of an archive."""

Late = Review | Amendment
"""A decision that corrects a closed round."""


@dataclass(frozen=True)
class Archived:
    """The newest archive of a cycle, as far as it is needed to tell what has changed since."""

    path: Path
    inputs: Inputs
    sums: Mapping[str, str]
    keys: Mapping[str, Any]
    """What cycle.toml said."""
    decisions: Decisions

    @property
    def name(self) -> str:
        """As people find it from the cycle's folder."""
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def closing(self) -> Closing:
        return self.decisions.closings[-1]


@dataclass(frozen=True)
class Since:
    """What is not as the archive has it."""

    archived: Archived
    settings: tuple[str, ...]
    """Which of plan, template, scoring rules and cycle.toml differ."""
    gone: tuple[str, ...]
    """Returns that were archived and are no longer there as they were."""
    came: tuple[ReturnRecord, ...]
    """Returns that were not archived."""
    unsettled: tuple[ReturnRecord, ...]
    """Those of them that no review lets count, or keeps from counting."""
    corrections: tuple[Late, ...]
    """Decisions of the closing day or later that change what was closed."""
    early: tuple[Review, ...]
    """Decisions that the archived register does not have, though they bear an earlier day."""
    reopened: bool
    """A closing stands in the register that the archive does not know."""
    master: bool
    """The master is another one."""

    @property
    def anything(self) -> bool:
        return bool(self.settings or self.gone or self.came or self.corrections or self.early or self.master)


def find_archives(settings: Settings) -> list[Path]:
    """The archives of a cycle, the oldest first."""
    pattern = re.compile(rf"{settings.period.stamp}(?:-(\d{{1,4}}))?\.zip")
    paths = settings.archive.glob("*.zip") if settings.archive.is_dir() else ()
    found = [(int(match[1] or 1), path) for path in paths if (match := pattern.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def next_archive(settings: Settings) -> Path:
    """The path of the archive that is to be written next."""
    there = find_archives(settings)
    newest = re.search(r"-(\d+)$", there[-1].stem) if there else None
    number = int(newest[1]) + 1 if newest else 1 + bool(there)
    return settings.archive / f"{settings.period.stamp}{f'-{number}' if number > 1 else ''}.zip"


def read_archived(settings: Settings, context: Context) -> Archived | None:
    """The newest archive; None if there is none. Raises CycleError if it cannot be read."""
    paths = find_archives(settings)
    if not paths:
        return None
    path = paths[-1]
    try:
        return _read(path, settings, context)
    except DAMAGED as trouble:
        words = context.language.say(
            "这份存档打不开或不完整，说不清结账以后变了什么。请从备份恢复它；实在没有，就把它移出 archive/。",
            "This archive cannot be opened or is not whole, so nothing tells what has changed since the closing. "
            "Restore it from a backup; if there is none, move it out of archive/.",
        )
        raise CycleError([Mistake(f"{settings.archive.name}/{path.name}", "", words)]) from trouble


def _read(path: Path, settings: Settings, context: Context) -> Archived:
    with zipfile.ZipFile(path) as archive:
        sums = read_sums(_member(archive, SUMS).decode())
        inputs = read_inputs(_member(archive, MASTER_INPUTS).decode())
        keys = settled_keys(_member(archive, FILE))
        register = _member(archive, settings.register.name)
    with tempfile.TemporaryDirectory(prefix="kpi-xlsx-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder, settings.register.name)
        copy.write_bytes(register)
        decisions = load_decisions(copy, context, settings.zone)
    if not decisions.closings:
        raise ValueError(settings.register.name)
    return Archived(path, inputs, sums, keys, decisions)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > LARGEST:
        raise ValueError(name)
    return archive.read(info)


# --- what has changed -------------------------------------------------------------------------------------------------


def compare(archived: Archived, settings: Settings, report: Report) -> Since:
    """What lies there now, and what the register now says, against the archive."""
    now = report.decisions
    came = tuple(_came(archived, report.returns))
    reviews = tuple(_added(archived.decisions.reviews, now.reviews))
    closed = archived.closing.date
    early = tuple(one for one in reviews if one.date is not None and one.date < closed)
    settled = [one for one in reviews if one not in early and one.verdict is not Verdict.PENDING]
    amendments = [one for one in _added(archived.decisions.amendments, now.amendments) if _settles(one, archived)]
    return Since(
        archived,
        tuple(_other_settings(archived, settings, report.context)),
        tuple(_gone(archived, report.returns)),
        came,
        tuple(one for one in came if not _is_settled(one)),
        (*settled, *amendments),
        early,
        len(now.closings) > len(archived.decisions.closings),
        not settings.master.is_file() or _differs(settings.master, archived.sums),
    )


def _differs(path: Path, sums: Mapping[str, str]) -> bool:
    return digest(path) != sums.get(path.name)


def _other_settings(archived: Archived, settings: Settings, context: Context) -> Iterator[str]:
    for source in find_sources(settings, context.language):
        if source.name == settings.register.name:
            continue
        if source.body is not None:
            if settled_keys(source.body) != archived.keys:
                yield source.name
        elif source.path in (settings.plan, settings.scoring):
            if sum_of(source) != archived.sums.get(source.name):
                yield source.name
        elif sum_of(source) != archived.sums.get(archived.inputs.template):
            yield source.path.name
    if SCORES in archived.sums and not settings.scoring.is_file():
        yield SCORES


def _gone(archived: Archived, returns: Iterable[ReturnRecord]) -> Iterator[str]:
    now = {one.file: one.sha256 for one in returns}
    for name, sha256 in archived.inputs.files.items():
        if name.startswith("inbox/") and not ignored(name) and (name not in now or now[name] not in (sha256, None)):
            yield name


def _came(archived: Archived, returns: Iterable[ReturnRecord]) -> Iterator[ReturnRecord]:
    """Returns, and files that may have been meant as one, of a content that was not archived."""
    for one in returns:
        meant = one.status is ReturnStatus.QUARANTINED or (one.status is ReturnStatus.READ and not one.bundle)
        if meant and one.sha256 not in archived.inputs.contents:
            yield one


def _is_settled(one: ReturnRecord) -> bool:
    """Whether a review passed this very return, or keeps it from counting at all."""
    verdict = None if one.review is None else one.review.verdict
    return verdict is Verdict.PASSED or one.fate is Fate.DISMISSED


def _settles(one: Amendment, archived: Archived) -> bool:
    """Whether an amendment is decided in another way than it was: applied, or no longer applied."""
    if one.state is AmendmentState.REJECTED:
        before = (old for old in archived.decisions.amendments if old.state is AmendmentState.APPLIED)
        return any((old.department, old.goal, old.column) == (one.department, one.goal, one.column) for old in before)
    return one.state is AmendmentState.APPLIED


Decided = TypeVar("Decided", Review, Amendment)
_NOWHERE = Place("", 0)


def _added(before: Iterable[Decided], now: Iterable[Decided]) -> Iterator[Decided]:
    """Decisions that were not there, wherever in the register they stand."""
    known = Counter(replace(one, place=_NOWHERE) for one in before)
    for one in now:
        bare = replace(one, place=_NOWHERE)
        if known[bare]:
            known[bare] -= 1
        else:
            yield one
