"""How much a return may hold before it is refused (F104); looked at before anything is parsed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold at the most. Only the parts that are read count: pictures in a workbook do not."""

    file_bytes: int = 100 * 2**20
    members: int = 10_000
    """Of a workbook, or of a bundle."""
    bundle_bytes: int = 1024 * 2**20
    """What all files of a bundle together may unpack to."""
    bundle_depth: int = 3
    """How deep bundles may stand in one another; all of them are in memory while the innermost is read."""
    part_bytes: int = 128 * 2**20
    ratio: int = 400
    """Of a part's size to its compressed size, looked at from `ratio_from` bytes on."""
    ratio_from: int = 8 * 2**20
    unpacked: int = 256 * 2**20
    """Bytes of all parts together, a part that is read twice counted twice."""
    tags: int = 4_000_000
    """Tags of all parts together: what reading costs."""
    extra_tags: int = 1_000_000
    """Of these, what may be spent on comments, drawings and links; beyond it they are no longer counted."""
    tag_bytes: int = 2**20
    """Length of one tag or comment: expat begins it anew with every piece that it is fed."""
    depth: int = 1000
    """Elements within one another, looked at in parts over a megabyte: expat keeps every open one in memory."""
    sheets: int = 64
    cells: int = 1_200_000
    """Cells and hidden rows of all sheets. A blank cell costs time only; one that holds something stays in memory and
    counts as three: so a form may have a big table pasted beside it, or a look down to the last row of Excel."""
    text: int = 16 * 2**20
    """Characters of shared strings, and of all cells, a shared one counted wherever it is shown."""
    formats: int = 70_000
    merges: int = 20_000
    old_bytes: int = 8 * 2**20
    """Size of an old workbook (.xls, .et), which can only be taken into memory whole."""


DEFAULT_LIMITS = Limits()
