"""A department's returns as versions: what came when, what was said of it, and what that makes of it; no file here."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from kpi_xlsx.decisions import Fate, Review, Verdict
from kpi_xlsx.model import Basis, Entry, Language, Return, Scalar, comparable, id_key, plain
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

    @property
    def mark(self) -> str:
        """The beginning of its sha256, by which it is found again whatever else comes."""
        return self.sha256[:8]

    def label(self, language: Language) -> str:
        """How the register names it: 第2次 3fa9c12b."""
        return f"{version_name(self.number, language)} {self.mark}"

    @cached_property
    def rows(self) -> Mapping[str, tuple[Entry, Return]]:
        """What it answers, by the row's key, with the form; of two forms in one workbook that of the earlier sheet."""
        forms = reversed(self.forms)
        return {id_key(entry.goal): (entry, form) for form in forms for entry in form.entries if entry.answered}

    @cached_property
    def parts(self) -> frozenset[frozenset[str]]:
        """Which goals its forms hold, by key; an empty set for a form that holds all of the department's."""
        return frozenset(form.part for form in self.forms)

    def meets(self, other: Version) -> bool:
        """Whether a goal has a row in both, answered or not."""
        return not self._keys.isdisjoint(other._keys)

    @cached_property
    def _keys(self) -> frozenset[str]:
        """The keys of the goals (and spare rows) in its forms, also of those whose row was lost on the way."""
        present = (id_key(entry.goal) for form in self.forms for entry in form.entries)
        return frozenset(present).union(*self.parts)

    def entry(self, key: str) -> Entry | None:
        """What it answers to a goal or in a spare row."""
        return self.rows[key][0] if key in self.rows else None


def version_name(number: int, language: Language) -> str:
    """How a version is called on screen: 第2次; what is none has no name.

    Not 第2版: that is the edition of the form, which a feedback copy bears in its name.
    """
    return language.say(f"第{number}次", f"#{number}") if number else ""


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
    meant: tuple[tuple[Review, Version], ...] = ()
    """The version that each of the other reviews means."""


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


def apply_reviews(
    versions: Sequence[Version], reviews: Iterable[Review], zone: dt.tzinfo, merged: Set[str] = frozenset()
) -> Reviewed:
    """What people said of the versions, and what that makes of each.

    `merged`: the sha256 of what was there at the last merge, which is what a reviewer can have looked at.

    What came after a version was passed is held until somebody says of itself that it passed, too, and dismissed if it
    was sent back: passing a still newer one decides nothing about it. What only repeats what counts asks nobody; and a
    form with none of the goals that had come by then is no other answer to what was passed.
    """
    by_department: dict[str, list[Version]] = {}
    for version in versions:
        by_department.setdefault(version.department, []).append(version)
    said: dict[tuple[str, int], Review] = {}
    unresolved: list[Review] = []
    meant: list[tuple[Review, Version]] = []
    for review in reviews:
        one = find_version(review, by_department.get(review.department, ()), zone, merged)
        if one is None:
            unresolved.append(review)
        else:
            said[one.department, one.number] = review
            meant.append((review, one))
    fates = {(one.department, one.number): one for ours in by_department.values() for one in _fates(ours, said)}
    return Reviewed(tuple(fates[one.department, one.number] for one in versions), tuple(unresolved), tuple(meant))


_HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{6,64}(?![0-9a-z])")
_NUMBER = re.compile(
    r"(?:(?:收到的?)?第|#|nos?\.?|nr\.?|v|ver\.?|version|版次?|return)?\s*(\d{1,4})(?:\.0)?\s*"
    r"(?:[次版](?:来件|报送|收件|报送件)?|st|nd|rd|th)?(?:\s(?:version|return))?"
)


def _marks(text: str) -> Sequence[str]:
    """What may be the beginning of a sha256 in a version as it was typed: that which `merge` added stands last."""
    return _HASH.findall(unicodedata.normalize("NFKC", text).lower())[::-1]


def version_number(text: str) -> int | None:
    """The number in a version as it was typed, or as `merge` wrote it in; those of a file's name or a day are none."""
    narrow = unicodedata.normalize("NFKC", text).lower().strip()
    label, _, mark = narrow.rpartition(" ")
    texts = (label, label.rpartition(" ")[2]) if _HASH.fullmatch(mark) else (narrow,)
    return next((int(found[1]) for text in texts if (found := _NUMBER.fullmatch(text))), None)


def is_lasting(name: str, version: Version) -> bool:
    """Whether a version's name means its content; a number or a file's name may come to mean another one."""
    return any(version.sha256.startswith(mark) for mark in _marks(name))


def find_version(review: Review, ours: Sequence[Version], zone: dt.tzinfo, merged: Set[str]) -> Version | None:
    """The version that a review means: by sha256, by a file's name, by number.

    A name that several contents bear, in different folders, means none of them. A blank means the newest that the last
    merge showed (the newest at all before the first one), but none that came after the review's day. Where the files'
    own times are later than that day, they say nothing.
    """
    text = review.version.strip()
    if not text:
        shown = [one for one in ours if one.sha256 in merged]
        in_time = [one for one in shown or ours if _came_by(one, review.date, zone)]
        sure = shown or (ours if len(ours) == 1 else ())
        return (in_time or sure or (None,))[-1]
    for mark in _marks(text):
        hashed = next((one for one in ours if one.sha256.startswith(mark)), None)
        if hashed is not None:
            return hashed
    for names in (_paths, _bare_names):
        named = [one for one in ours if file_key(text) in map(file_key, names(one))]
        if named:
            return named[0] if len(named) == 1 else None
    number = None if _marks(text) else version_number(text)
    return next((one for one in ours if one.number == number), None)


def _paths(version: Version) -> Iterator[str]:
    """Its files as they are called from the cycle, and from the inbox."""
    for name in version.files:
        yield from (name, name.partition("/")[2])


def _bare_names(version: Version) -> Iterator[str]:
    return (PurePosixPath(name).name for name in version.files)


def _came_by(version: Version, date: dt.date | None, zone: dt.tzinfo) -> bool:
    return date is None or version.moment.astimezone(zone).date() <= date


def _fates(ours: Sequence[Version], said: Mapping[tuple[str, int], Review]) -> Iterator[Version]:
    in_play: list[Version] = []
    passed: Sequence[Version] = ()
    for one in ours:
        review = said.get((one.department, one.number))
        verdict = None if review is None else review.verdict
        fate = Fate.IN_PLAY
        if verdict is not Verdict.PASSED and any(map(one.meets, passed)):
            fate = Fate.DISMISSED if verdict is Verdict.SENT_BACK else Fate.HELD
        else:
            in_play.append(one)
        if verdict is Verdict.PASSED:
            passed = tuple(in_play)
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
    """Every cell in which a held version says something else than what counts; a blank row says nothing.

    Nor does a row for which a newer version counts.
    """
    counted = count_rows(one for one in versions if one.fate is Fate.IN_PLAY)
    for version in versions:
        if version.fate is Fate.HELD:
            yield from _differences(version, counted)


def _differences(version: Version, counted: Mapping[RowPlace, Counted]) -> Iterator[Difference]:
    for key, (entry, form) in version.rows.items():
        _, old, _ = counted.get((version.department, key), (None, None, None))
        for column in changed_columns(version, key, counted):
            yield Difference(version, entry, form, column, plain(told(old, column)), plain(told(entry, column)))


def changed_columns(version: Version, key: str, counted: Mapping[RowPlace, Counted]) -> list[str]:
    """In which columns a version says something else than what counts in a row; in none if that is newer."""
    rival, old, _ = counted.get((version.department, key), (None, None, None))
    entry = version.entry(key)
    if entry is None or (rival is not None and rival.number > version.number):
        return []
    return differing(old, entry)


def mark_repeats(versions: Sequence[Version]) -> tuple[Version, ...]:
    """Held versions that would change nothing need no decision."""
    counted = count_rows(one for one in versions if one.fate is Fate.IN_PLAY)
    return tuple(
        replace(one, fate=Fate.REPEATS) if one.fate is Fate.HELD and not any(_differences(one, counted)) else one
        for one in versions
    )
