"""Which versions and rows count, and which findings therefore still matter; no file here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpi_xlsx.context import Context
from kpi_xlsx.decisions import Fate, Verdict
from kpi_xlsx.model import Entry, Finding, Return, ReturnStatus, id_key
from kpi_xlsx.versions import Counted, RowPlace, Version, changed_columns, count_rows

LOSSES = frozenset({"S101", "S104", "S106"})
"""What says that answers stand in a return which could not be taken."""


@dataclass(frozen=True)
class Counting:
    """Which versions and rows count, and which findings therefore still matter."""

    context: Context
    versions: tuple[Version, ...]
    counted: Mapping[RowPlace, Counted]

    @classmethod
    def of(cls, context: Context, versions: Sequence[Version]) -> Counting:
        in_play = (one for one in versions if one.fate is Fate.IN_PLAY)
        return cls(context, tuple(versions), count_rows(in_play))

    @cached_property
    def returns(self) -> Sequence[Return]:
        """Those in play, the oldest first; of two forms in one workbook that of the earlier sheet is the newer."""
        return [form for one in self.versions if one.fate is Fate.IN_PLAY for form in reversed(one.forms)]

    @cached_property
    def entries(self) -> Mapping[RowPlace, Entry]:
        return {place: entry for place, (_, entry, _) in self.counted.items()}

    @cached_property
    def winners(self) -> Mapping[RowPlace, Return]:
        """The return that counts in each row."""
        return {place: form for place, (_, _, form) in self.counted.items()}

    @cached_property
    def latest(self) -> Mapping[str, Version]:
        """The newest version of each department of which a row counts."""
        found = sorted((version for version, _, _ in self.counted.values()), key=lambda one: one.number)
        return {one.department: one for one in found}

    @cached_property
    def counting(self) -> frozenset[int]:
        return frozenset(id(form) for _, _, form in self.counted.values())

    @cached_property
    def _newest(self) -> Mapping[str | None, Return]:
        return {ret.department: ret for ret in self.returns}

    @cached_property
    def _order(self) -> Mapping[int, int]:
        return {id(ret): place for place, ret in enumerate(self.returns)}

    @cached_property
    def valid(self) -> Sequence[Return]:
        """Those of which a row counts; for a department of which none does, its newest."""
        settled = {code for code, _ in self.counted}
        newest = {id(ret) for code, ret in self._newest.items() if code not in settled}
        return [ret for ret in self.returns if id(ret) in self.counting | newest]

    @cached_property
    def _valid_ids(self) -> frozenset[int]:
        return frozenset(map(id, self.valid))

    def keeps(self, finding: Finding, ret: Return) -> bool:
        """Whether a finding still matters: that of a row (or return) which a newer one replaced does not.

        What tells of answers that could not be taken stands while these are newer than those that count instead.
        """
        code = ret.department
        if ret.status is not ReturnStatus.READ or code is None:
            return True
        if id(ret) not in self._order:
            return False
        if finding.goal is None:
            lost = bool(ret.leftovers) and self._order[id(ret)] > self._last_counting.get(code, -1)
            return id(ret) in self._valid_ids or (finding.code in LOSSES and lost)
        winner = self.winners.get((code, id_key(finding.goal)))
        if winner is None:
            return self._newest[code] is ret or finding.code in LOSSES
        return winner is ret or (finding.code in LOSSES and self._order[id(ret)] > self._order[id(winner)])

    @cached_property
    def _last_counting(self) -> Mapping[str | None, int]:
        return {ret.department: self._order[id(ret)] for ret in self.returns if id(ret) in self.counting}

    def reviewed(self, code: str) -> Mapping[RowPlace, Counted]:
        """What counted when a reviewer last passed a department's return or sent it back."""
        known = [one for one in self._by_department.get(code, ()) if one.fate is Fate.IN_PLAY]
        read = [one.number for one in known if one.review and one.review.verdict is not Verdict.PENDING]
        return count_rows(one for one in known if read and one.number <= read[-1])

    @cached_property
    def _by_department(self) -> Mapping[str, Sequence[Version]]:
        found: dict[str, list[Version]] = {}
        for one in self.versions:
            found.setdefault(one.department, []).append(one)
        return found

    def waiting(self, code: str, key: str) -> Iterator[tuple[Entry, Return]]:
        """What held versions say of a row where that differs from what counts and is no older, the oldest first."""
        for version in self._by_department.get(code, ()):
            if version.fate is Fate.HELD and changed_columns(version, key, self.counted):
                yield version.rows[key]
