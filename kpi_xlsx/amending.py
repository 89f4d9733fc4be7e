"""The register's amendments applied to the rows of the master; no file here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpi_xlsx.decisions import Amendment, AmendmentKind, AmendmentState
from kpi_xlsx.model import Entry, Scalar, comparable
from kpi_xlsx.versions import RowPlace, told


@dataclass(frozen=True, slots=True)
class Amended:
    """A cell of the master that the register amends: what is shown, and what the department said."""

    value: Scalar | None
    """What the master shows."""
    settled: Scalar | None
    """What holds without what is only proposed: the last applied amendment's words, else the department's."""
    original: Scalar | None
    """The department's answer as it counts now (its text, where it could not be understood)."""
    amendment: Amendment
    """The last one that is not rejected."""
    conflict: bool = False
    """The department's answer is no longer the one that was amended: a person must decide."""
    assessor: str = ""
    """Who settled the figure; then no register has it, and the amendment's place is in that assessor's form."""

    @property
    def pending(self) -> bool:
        return self.amendment.state is AmendmentState.PROPOSED


Chains = Mapping[RowPlace, Mapping[str, Sequence[Amendment]]]
"""The amendments that hold, in the register's order: by row, then by column key."""


_NOTHING: Mapping[str, Scalar] = {}


def find_chains(amendments: Iterable[Amendment]) -> Chains:
    """The amendments that change the master: neither rejected, nor for publication only, nor likely an accident."""
    found: dict[RowPlace, dict[str, list[Amendment]]] = {}
    for one in amendments:
        if one.state is AmendmentState.REJECTED or one.kind is AmendmentKind.PUBLIC_ONLY or one.set_aside:
            continue
        found.setdefault((one.department, one.goal), {}).setdefault(one.column, []).append(one)
    return found


def amend(
    entry: Entry | None, chains: Mapping[str, Sequence[Amendment]], carried: Mapping[str, Scalar] = _NOTHING
) -> dict[str, Amended]:
    """What the master shows in the amended cells of a row; `chains` are those of its columns.

    `carried`: what still holds from an earlier cycle where the department has not answered in this one.

    A department's answer that is none of the words that were amended on the way to what is shown is a conflict; it
    never overwrites them.
    """
    found = {}
    for column, chain in chains.items():
        original = told(entry, column) if entry is not None else carried.get(column)
        applied = [one for one in chain if one.state is AmendmentState.APPLIED]
        found[column] = Amended(
            chain[-1].new,
            applied[-1].new if applied else original,
            original,
            chain[-1],
            comparable(original) not in _settled_words(chain),
        )
    return found


def _settled_words(chain: Sequence[Amendment]) -> set[str]:
    """What the last amendment says, what it was made of, and what earlier ones made into that.

    An earlier one of other words leads elsewhere: that A became B says nothing of A once X became Y.
    """
    words = {comparable(chain[-1].new), comparable(chain[-1].old)}
    for one in reversed(chain[:-1]):
        if comparable(one.new) in words:
            words.add(comparable(one.old))
    return words
