"""Whose a file probably is, by its name and the folders it lies in: to file companions and unreadable files, no more.

A form is never assigned by its name: it carries its identity itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from kpi_xlsx.model import Plan, match_key

_GAPS = re.compile(r"[\s\-_—－·.,，、+&()（）\[\]【】《》“”]+")
_LONGEST = 200
_SHORTEST = 2
"""Of a name that is looked for within a longer text; one sign could be part of any word."""


def owner_by_name(file: str, plan: Plan) -> str | None:
    """The code of the only department that a path speaks of: its last part first, then the folders or bundles."""
    for part in reversed(file.split("/")):
        found = _owners_in(part, plan)
        if found:
            return next(iter(found)) if len(found) == 1 else None
    return None


def named_otherwise(file: str, own: str, plan: Plan) -> str | None:
    """The code of the one other department that a file is named after, if it is not named after its own as well."""
    found = _owners_in(file.rpartition("/")[2], plan, codes=False)
    return next(iter(found)) if len(found) == 1 and own not in found else None


def owner_by_neighbours(file: str, owners: Mapping[str, Set[str]]) -> str | None:
    """The department of all forms in the innermost folder or bundle that holds any; the inbox itself tells nothing.

    `owners`: by folder, the codes of the forms that lie in it.
    """
    folder = file.rpartition("/")[0]
    while "/" in folder:
        found = owners.get(folder, frozenset())
        if found:
            return next(iter(found)) if len(found) == 1 else None
        folder = folder.rpartition("/")[0]
    return None


def _pieces(text: str) -> set[str]:
    """All that stands in a text: fewer, in a file's name, than a large plan has departments."""
    length = len(text)
    return {text[first:last] for first in range(length) for last in range(first + _SHORTEST, length + 1)}


def _owners_in(part: str, plan: Plan, *, codes: bool = True) -> set[str]:
    """The departments that one part of a path names: as a whole, by a word of it, or (in Chinese) anywhere within."""
    stem = re.sub(r"\.\w{1,5}$", "", part)[:_LONGEST]
    whole = plan.find_department(stem)
    if whole is not None and (codes or match_key(whole.code) != match_key(stem)):
        return {whole.code}
    words = [match_key(word) for word in _GAPS.split(stem) if word]
    text = match_key(stem)
    runs = {"".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, len(words) + 1)}
    found = {
        name: plan.by_name[name]
        for name in _pieces(text)
        if name in plan.by_name and (not name.isascii() or name in runs)
    }
    longest = {
        code
        for name, code in found.items()
        if not any(name != other and name in other and text.count(name) <= text.count(other) for other in found)
    }
    if longest:
        return longest
    return (
        {department.code for department in plan.departments if match_key(department.code) in words} if codes else set()
    )
