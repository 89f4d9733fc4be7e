"""Copies for departments to correct and return, in feedback/: written where something changed, none overwritten."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kpi_xlsx.files import demand_closed, digest, move_aside, safe_name
from kpi_xlsx.form import write_form
from kpi_xlsx.healing import Healed, asks_something, heal, is_held, needs_copy
from kpi_xlsx.ledger import Output
from kpi_xlsx.model import Department, Finding, Language, Severity
from kpi_xlsx.report import Report
from kpi_xlsx.settings import Settings

OLD = "old"
_NUMBERED = r"(?:-第(\d{1,6})版|-v(\d{1,6}))(?:-\d+)?\.xlsx"


@dataclass(frozen=True, slots=True)
class Copy:
    """One department's feedback copy."""

    path: Path
    department: Department
    errors: int
    warnings: int
    blank: bool
    """Nothing that came in could be moved into it."""
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Feedback:
    """What `feedback` did: the copies, what moved to feedback/old/, and what it could not answer."""

    copies: tuple[Copy, ...]
    moved: tuple[Path, ...]
    unanswered: tuple[Finding, ...]
    """Of files that nobody can be told about, since nothing says whose they are."""
    outputs: tuple[Output, ...]
    remarks: tuple[str, ...] = ()


def write_copies(
    report: Report,
    settings: Settings,
    departments: Sequence[Department],
    *,
    all_: bool,
    advance: Callable[[int], None] | None = None,
) -> Feedback:
    """Write the copies of these departments; with `all_` only where something is open, and the others' go to old/.

    Raises CycleError if a copy that lies there is open in another program.
    """
    folder, language = settings.feedback, report.context.language
    wanted = [one for one in dict.fromkeys(departments) if not all_ or needs_copy(report, one.code)]
    shelves = [_Shelf(folder, one, report.context.period.stamp, language) for one in wanted]
    demand_closed((path for shelf in shelves for path in shelf.lying.values()), language)
    if advance is not None:
        advance(len(departments) - len(shelves))
    copies, moved, outputs = [], [], []
    for shelf in shelves:
        folder.mkdir(parents=True, exist_ok=True)
        healed = heal(report, shelf.department.code)
        path, old = shelf.put(report, settings, healed)
        moved.extend(old)
        copies.append(_account(path, shelf, healed))
        revision = report.context.identities[shelf.department.code].revision
        outputs.append(Output("feedback", path.name, digest(path), shelf.department.code, revision))
        if advance is not None:
            advance(1)
    if all_:
        current = {copy.path.name for copy in copies}
        stale = [path for path in _numbered(folder, report.context.period.stamp) if path.name not in current]
        moved.extend(move_aside(path, folder / OLD, path.stem) for path in stale)
    nobody = (one for one in report.findings if one.department is None and one.severity is Severity.ERROR)
    remarks = tuple(_of_held(report, departments, all_=all_))
    return Feedback(tuple(copies), tuple(moved), tuple(nobody), tuple(outputs), remarks)


def _of_held(report: Report, departments: Sequence[Department], *, all_: bool) -> Iterator[str]:
    """What to know of departments whose copy would have (or has) older answers than those that they sent last."""
    say = report.context.language.say
    for one in departments:
        if not is_held(report, one.code):
            continue
        if not all_:
            yield say(
                f"{one.name}审核通过后又来件，还没有定：退回表里是已通过的内容，不是最新报的。",
                f"A newer return of {one.name} is held: the copy has the passed answers, not the newest.",
            )
        elif asks_something(report, one.code):
            yield say(
                f"{one.name}审核通过后又来件，还没有定，可能已经改好，所以没有写退回表。请先在登记簿“审核”里定。",
                f"A newer return of {one.name} is held and may put everything right, so no copy was written. "
                "Decide on it first, in the register's sheet of reviews.",
            )


def _account(path: Path, shelf: _Shelf, healed: Healed) -> Copy:
    errors, warnings = (healed.remarks.count(severity) for severity in (Severity.ERROR, Severity.WARNING))
    return Copy(path, shelf.department, errors, warnings, not healed.answers, path in shelf.lying.values())


class _Shelf:
    """One department's copies in feedback/ and feedback/old/, by their number."""

    def __init__(self, folder: Path, department: Department, stamp: str, language: Language) -> None:
        self.folder = folder
        self.department = department
        self.language = language
        self.stem = safe_name(f"{department.code}-{department.name}-{stamp}", "", 180)
        self.lying = dict(self._find(folder))
        self.used = max((*self.lying, *(number for number, _ in self._find(folder / OLD))), default=1)

    def _find(self, folder: Path) -> Iterator[tuple[int, Path]]:
        pattern = re.compile(re.escape(self.stem) + _NUMBERED)
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            match = pattern.fullmatch(unicodedata.normalize("NFC", path.name))  # some systems decompose names
            if match:
                yield int(match[1] or match[2]), path

    def _name(self, number: int) -> str:
        """CODE-NAME-201806-第2版.xlsx; the form that was sent out is the first."""
        return f"{self.stem}{self.language.say(f'-第{number}版', f'-v{number}')}.xlsx"

    def put(self, report: Report, settings: Settings, healed: Healed) -> tuple[Path, list[Path]]:
        """The copy's path, and where older ones moved; the newest stays if it is what would be written."""
        newest = max(self.lying, default=None)
        if newest is not None:
            fresh = self._write(report, settings, healed, newest)
            same = digest(fresh) == digest(self.lying[newest])
            fresh.unlink()
            if same:
                others = [path for number, path in self.lying.items() if number != newest]
                return self.lying[newest], self._shelve(others)
        number = self.used + 1
        fresh = self._write(report, settings, healed, number)
        try:
            moved = self._shelve(self.lying.values())
            return fresh.replace(self.folder / self._name(number)), moved
        finally:
            fresh.unlink(missing_ok=True)

    def _write(self, report: Report, settings: Settings, healed: Healed, number: int) -> Path:
        fresh = self.folder / f".{self._name(number)}"
        remarks = replace(healed.remarks, version=number)
        deadline = report.decisions.deadline(self.department.code, settings.return_by)
        settings = replace(settings, return_by=deadline)  # which the head of the form names
        write_form(fresh, report.context, settings, self.department.code, healed.answers, remarks, healed.signed)
        return fresh

    def _shelve(self, paths: Iterable[Path]) -> list[Path]:
        return [move_aside(path, self.folder / OLD, path.stem) for path in paths]


def _numbered(folder: Path, stamp: str) -> Iterator[Path]:
    """The copies of this period that lie in the folder, whoever's they are."""
    pattern = re.compile(rf".*-{stamp}{_NUMBERED}")
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if pattern.fullmatch(path.name) and not path.name.startswith((".", "~$")):
            yield path
