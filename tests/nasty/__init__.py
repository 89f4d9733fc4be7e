"""The 136 hostile files that a reader of returns must survive, by what is wrong with them; cheap to make.

What is not a workbook by hand (`hostile`) is made by the library that would make it: xlsxwriter, openpyxl, xlwt.
"""

from __future__ import annotations

from pathlib import Path

from hostile import Hostile, cases

from nasty import archives, bombs, containers, contents, ranges, structure

CASES: tuple[Hostile, ...] = tuple(
    case for module in (ranges, bombs, containers, contents, structure, archives) for case in cases(module.ENDS)
)
INSIDE = archives.INSIDE


def write_all(folder: Path) -> None:
    """Put every file into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        (folder / case.name).write_bytes(case.make())
