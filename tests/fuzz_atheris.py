"""Lets coverage guide what is changed in a form: each input is one part of it, put into an otherwise whole workbook.

Not a dependency of the project; in an environment of its own:

    pip install atheris -e ".[dev]"
    python tests/fuzz_atheris.py CORPUS -max_total_time=600 -max_len=200000 -timeout=10 -rss_limit_mb=1000

CORPUS is a folder, filled with the parts of our own forms at the first run. What fails is kept as crash-…, and read
again by `python tests/fuzz_atheris.py crash-…`. The first byte of an input says which part it is.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["kpi_xlsx"]):  # before anything else imports them
    for module in ("surveying", "old_books", "open_document", "passwords"):
        importlib.import_module(f"kpi_xlsx.{module}")

import fuzz
from damage import repack, unpack
from soundness import look

from kpi_xlsx.model import Language

PARTS = (
    ("filled-zh.xlsx", "xl/worksheets/sheet1.xml"),
    ("filled-zh.xlsx", "xl/sharedStrings.xml"),
    ("filled-zh.xlsx", "xl/workbook.xml"),
    ("filled-zh.xlsx", "xl/styles.xml"),
    ("filled-zh.xlsx", "xl/_rels/workbook.xml.rels"),
    ("filled-zh.xlsx", "docProps/custom.xml"),
    ("filled-zh.ods", "content.xml"),
    ("filled-zh.xls", ""),
    ("filled-zh.xlsx", ""),
)
"""What an input may stand for: a part of a form, or the whole file."""


class Target:
    """Reads each input in the place that its first byte names."""

    def __init__(self, folder: Path) -> None:
        self.ground = fuzz.lay_ground(folder)
        self.forms = {one.name: one.body for one in self.ground.forms}
        self.members = {name: unpack(self.forms[name]) for name, part in PARTS if part}

    def read(self, data: bytes) -> None:
        """Raises whatever the product or an invariant raises: then atheris keeps the input."""
        if not data:
            return
        name, part = PARTS[data[0] % len(PARTS)]
        body = data[1:]
        if part:
            body = repack([(own, body if own == part else old) for own, old in self.members[name]], zipfile.ZIP_STORED)
        look(self.ground.contexts[Language.ZH], self.ground.place, body, name)

    def write_corpus(self, folder: Path) -> None:
        """What to begin with: the parts as they are."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, (name, part) in enumerate(PARTS):
            body = dict(self.members[name])[part] if part else self.forms[name]
            (folder / f"part-{number}").write_bytes(bytes([number]) + body)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        target = Target(Path(folder))
        for place in (Path(one) for one in sys.argv[1:] if not one.startswith("-")):
            if not place.is_file():
                target.write_corpus(place)
        atheris.Setup(sys.argv, target.read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
