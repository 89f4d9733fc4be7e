"""A department's returns as versions: what came when, what was said of it, and what that makes of it; no file here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from kpi_xlsx.decisions import Fate, Review, Verdict
from kpi_xlsx.model import Basis, Entry, Return, Scalar, comparable, id_key, plain
from kpi_xlsx.receipts import Receipt, file_key

RowPlace = tuple[str, str]
"""A row of the master: a department's code and the key of a goal or a spare row."""


@dataclass(frozen=True)
class Version:
    """One content that a department sent, under however many names; `number` counts from 1 by when it first came."""

    department: str
    number: int
    forms: tuple[Return, ...]
    """Of the file that stands for it: a Return for each form in it."""
    files: tuple[str, ...]
    """Every name under which it came, that which stands for it first."""
    receipt: Receipt
    """When it first came: by this it is late or in time."""
    moment: dt.datetime
    """By this it is newer or older than others: when it last came as far as that is registered, else when it first did.

    An old file that lies there again under a newer file time is not taken for a newer answer.
    """
    again: str | None = None
    """A copy that bears a later file time than `moment`, which nobody registered."""
    fate: Fate = Fate.IN_PLAY
    review: Review | None = None
    """What was last said of it."""

    @property
    def file(self) -> str:
        return self.files[0]

    @property
    def sha256(self) -> str:
        return self.forms[0].sha256 or ""

    @cached_property
    def rows(self) -> Mapping[str, tuple[Entry, Return]]:
        """What it answers, by the row's key, with the form; of two forms in one workbook that of the earlier sheet."""
        forms = reversed(self.forms)
        return {id_key(entry.goal): (entry, form) for form in forms for entry in form.entries if entry.answered}

    def entry(self, key: str) -> Entry | None:
        """What it answers to a goal or in a spare row."""
        return self.rows[key][0] if key in self.rows else None


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that says something else in another version."""

    version: Version
    """The other one."""
    entry: Entry
    """Its row."""
    form: Return
    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """All versions after the reviews were applied, with what could not be."""

    versions: tuple[Version, ...]
    unresolved: tuple[Review, ...] = ()
    """Reviews of a version that is not (or no longer) in the inbox."""
    unpinned: tuple[tuple[Review, Version], ...] = ()
    """Reviews without a lasting name for their version, and the version that they mean."""


def number_versions(returns: Iterable[Return], receipts: Mapping[str, Receipt]) -> list[Version]:
    """The versions of every department, the oldest first; the same content counts once, from when it first came."""
    copies: dict[tuple[str, str], dict[str, list[Return]]] = {}
    for ret in returns:
        if ret.department is not None:
            copies.setdefault((ret.department, ret.sha256 or ret.file), {}).setdefault(ret.file, []).append(ret)
    found = []
    for (department, _), files in copies.items():
        names = sorted(files, key=lambda name: _precedence(name, receipts[name]))
        first = receipts[names[0]]
        registered = [receipts[name].moment for name in names if receipts[name].basis is Basis.REGISTERED]
        moment = max(registered, default=first.moment)
        last = max(names, key=lambda name: receipts[name].moment)
        again = last if receipts[last].moment > moment else None
        found.append(Version(department, 0, tuple(files[names[0]]), tuple(names), first, moment, again))
    found.sort(key=lambda one: (one.moment, one.file))
    numbers: dict[str, int] = {}
    numbered = []
    for one in found:
        numbers[one.department] = numbers.get(one.department, 0) + 1
        numbered.append(replace(one, number=numbers[one.department]))
    return numbered


def _precedence(name: str, receipt: Receipt) -> tuple[bool, dt.datetime, str]:
    """Of files with the same content, that which was registered stands for all, else the first that came."""
    return (receipt.basis is not Basis.REGISTERED, receipt.moment, name)


# --- reviews ----------------------------------------------------------------------------------------------------------


def apply_reviews(versions: Sequence[Version], reviews: Iterable[Review], zone: dt.tzinfo) -> Reviewed:
    """What people said of the versions, and what that makes of each.

    The newest version whose last verdict is that it passed rules its department: what came after it is held until
    somebody says otherwise, and dismissed if that was sent back. What only repeats it asks nobody.
    """
    by_department: dict[str, list[Version]] = {}
    for version in versions:
        by_department.setdefault(version.department, []).append(version)
    said: dict[tuple[str, int], Review] = {}
    unresolved, unpinned = [], []
    for review in reviews:
        meant = find_version(review, by_department.get(review.department, ()), zone)
        if meant is None:
            unresolved.append(review)
            continue
        said[meant.department, meant.number] = review
        if not _HASH.search(review.version):
            unpinned.append((review, meant))
    fates = {(one.department, one.number): one for ours in by_department.values() for one in _fates(ours, said)}
    return Reviewed(tuple(fates[one.department, one.number] for one in versions), tuple(unresolved), tuple(unpinned))


_HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{6,64}(?![0-9a-z])", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,4}")


def find_version(review: Review, ours: Sequence[Version], zone: dt.tzinfo) -> Version | None:
    """The version that a review means: by sha256, by a file's name, by number; blank means the newest of its day."""
    text = review.version.strip()
    if not text:
        in_time = [one for one in ours if _came_by(one, review.date, zone)]
        return in_time[-1] if in_time else None
    key = file_key(text)
    named = [one for one in ours if any(_is_named(file, key) for file in one.files)]
    if named:
        return named[-1]
    hashed = _HASH.search(text)
    if hashed is not None:
        return next((one for one in ours if one.sha256.startswith(hashed[0].lower())), None)
    number = _NUMBER.search(text)
    return next((one for one in ours if number is not None and one.number == int(number[0])), None)


def _is_named(file: str, key: str) -> bool:
    return key in (file_key(file), PurePosixPath(file_key(file)).name)


def _came_by(version: Version, date: dt.date | None, zone: dt.tzinfo) -> bool:
    return date is None or version.moment.astimezone(zone).date() <= date


def _fates(ours: Sequence[Version], said: Mapping[tuple[str, int], Review]) -> Iterator[Version]:
    passed: Version | None = None
    for one in ours:
        review = said.get((one.department, one.number))
        if review is not None and review.verdict is Verdict.PASSED:
            passed = one
    for one in ours:
        review = said.get((one.department, one.number))
        fate = Fate.IN_PLAY
        if passed is not None and one.number > passed.number:
            sent_back = review is not None and review.verdict is Verdict.SENT_BACK
            fate = Fate.DISMISSED if sent_back else Fate.HELD
        yield replace(one, fate=fate, review=review)


# --- what counts, and what differs ------------------------------------------------------------------------------------


Counted = tuple[Version, Entry, Return]
"""What counts in a row: the version, its entry, and the form in which that stands."""


def count_rows(versions: Iterable[Version]) -> dict[RowPlace, Counted]:
    """Row by row the newest version with at least one answer; a later blank never erases."""
    return {(one.department, key): (one, *row) for one in versions for key, row in one.rows.items()}


def told(entry: Entry | None, column: str) -> Scalar | None:
    """What a row says in a column: as understood, or as it was typed where it was not."""
    if entry is None:
        return None
    value = entry.value(column)
    return value if value is not None else entry.text(column) or None


def differing(old: Entry | None, new: Entry) -> list[str]:
    """The columns in which a row says something else."""
    columns = dict.fromkeys([*(old.answers if old is not None else ()), *new.answers])
    return [column for column in columns if comparable(told(old, column)) != comparable(told(new, column))]


def find_held(versions: Sequence[Version]) -> Iterator[Difference]:
    """Every cell in which a held version says something else than what counts; a blank row says nothing."""
    counted = count_rows(one for one in versions if one.fate is Fate.IN_PLAY)
    for version in versions:
        if version.fate is Fate.HELD:
            yield from _differences(version, counted)


def _differences(version: Version, counted: Mapping[RowPlace, Counted]) -> Iterator[Difference]:
    for key, (entry, form) in version.rows.items():
        place = (version.department, key)
        old = counted[place][1] if place in counted else None
        for column in differing(old, entry):
            yield Difference(version, entry, form, column, plain(told(old, column)), plain(told(entry, column)))


def mark_repeats(versions: Sequence[Version]) -> tuple[Version, ...]:
    """Held versions that would change nothing need no decision."""
    counted = count_rows(one for one in versions if one.fate is Fate.IN_PLAY)
    return tuple(
        replace(one, fate=Fate.REPEATS) if one.fate is Fate.HELD and not any(_differences(one, counted)) else one
        for one in versions
    )
