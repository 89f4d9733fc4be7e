"""What the plan says of a goal's publication: the words of its `publish` column, read in one place for all outputs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kpi_xlsx.model import Goal, match_key, plain


class Release(StrEnum):
    """What the plan says of a goal's publication."""

    WHOLE = "whole"
    SUMMARY = "summary"
    """Only in the words of the plan's public text."""
    WITHHELD = "withheld"
    UNDECIDED = "undecided"
    UNREADABLE = "unreadable"


_WORDS: Mapping[Release, str] = {
    Release.WHOLE: "是 公开 主动公开 全文公开 可公开 √ ✓ ✔ ☑ ✅ yes y true 1 public publish published",
    Release.SUMMARY: "摘要公开 摘要 summary",
    Release.WITHHELD: "否 不公开 不予公开 另行报送 × ✗ ✘ ☒ no n false 0 withheld private reportedseparately",
}
_RELEASES = {match_key(word): release for release, words in _WORDS.items() for word in words.split()}


def find_release(goal: Goal, *, asked: bool) -> Release:
    """What the plan says of a goal; `asked`: whether it has a column for that."""
    text = plain(goal.cells.get("publish"))
    if not asked:
        return Release.WHOLE
    return _RELEASES.get(match_key(text), Release.UNREADABLE) if text.strip() else Release.UNDECIDED
