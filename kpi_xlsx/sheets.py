"""Bytes of an .xlsx to cells: which of its parts are read, and how they refer to each other.

Format: ECMA-376 part 2 (packages). Parts are found by their relationships.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Container
from pathlib import Path
from typing import IO

from kpi_xlsx.archives import part_name
from kpi_xlsx.book import Allowance, Book, Sheet, Unreadable, damaged, over
from kpi_xlsx.extras import Source, read_extras
from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.package import Package, unzipped
from kpi_xlsx.parts import Cells, Formats, Outline, Strings, local


def read_book(source: Path | IO[bytes], limits: Limits = DEFAULT_LIMITS, *, only: Container[str] = ()) -> Book:
    """Read every worksheet of an xlsx, or, where there are any of these names, `only` those.

    Raises Unreadable, and nothing else, for whatever the bytes are.
    """
    with unzipped(source, limits) as archive:
        return WorkbookParts(archive, limits).book(only)


class WorkbookParts(Package):
    """A package with its relationships: the parts of a workbook, found and read."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        super().__init__(archive, limits)
        self.allowance = Allowance(limits)
        self.related: dict[str, dict[str, tuple[str, str]]] = {}

    def book(self, only: Container[str]) -> Book:
        workbook = self.workbook_part()
        outline = self.outline(workbook)
        relations = self.relations(workbook)
        by_kind = dict(relations.values())
        strings = self._strings(by_kind.get("sharedStrings"))
        formats = self._formats(by_kind.get("styles"))
        sheets, tabs = [], []
        named = [sheet for sheet in outline.sheets if sheet[0] in only]
        for name, relation, hidden in named or outline.sheets:
            kind, target = relations.get(relation, ("worksheet", ""))
            if kind != "worksheet":
                continue  # a chart or dialog sheet holds no cells
            if target not in self.members:
                raise damaged(f"缺少工作表“{name}”", f"the sheet “{name}” is missing")
            sheets.append(self._sheet(target, Sheet(name, hidden), strings, formats, outline.date1904))
            tabs.append(target)
        # Before the extras, which may use up what the limits leave.
        properties = self.properties("docprops/custom.xml", "property")
        self.tags_left = min(self.tags_left, self.limits.extra_tags)
        extras = read_extras(Source(self.members, self.parse, self.relations), workbook, tabs, sheets)
        return Book(sheets, properties, "xl/vbaproject.bin" in self.members, extras)

    def outline(self, workbook: str) -> Outline:
        """The sheets that the workbook's own part lists."""
        outline = Outline(self.limits.sheets)
        self.parse(workbook, outline.start, None, None)
        return outline

    def workbook_part(self) -> str:
        for kind, target in self.relations("").values():
            if kind == "officeDocument" and target in self.members:
                if not target.startswith("xl/") and target.startswith(("word/", "ppt/")):
                    break
                return target
        if "xl/workbook.xml" in self.members:
            return "xl/workbook.xml"
        if "xl/workbook.bin" in self.members:
            raise Unreadable("F102", "二进制工作簿（.xlsb）", "a binary workbook (.xlsb)")
        if "word/document.xml" in self.members:
            raise Unreadable("F102", "Word 文档（.docx）", "a Word document (.docx)")
        if "content.xml" in self.members and "mimetype" in self.members:
            raise Unreadable("F102", "OpenDocument 表格（.ods）", "an OpenDocument spreadsheet (.ods)")
        raise Unreadable("F102", "压缩包（.zip）", "a zip archive")

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relationship id to kind and target part."""
        if part not in self.related:
            self.related[part] = self._read_relations(part)
        return self.related[part]

    def _read_relations(self, part: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if local(tag) == "Relationship" and attributes.get("TargetMode") != "External":
                if len(found) >= self.limits.members:
                    raise over("内部的链接太多", "it has too many links inside")
                target = attributes.get("Target", "")
                full = target if target.startswith("/") else posixpath.join(folder, target)
                kind = attributes.get("Type", "").rsplit("/", 1)[-1]
                found[attributes.get("Id", "")] = (kind, part_name(posixpath.normpath(full)))

        if rels.lower() in self.members:
            self.parse(rels.lower(), start, None, None)
        return found

    def _strings(self, part: str | None) -> list[str]:
        if part is None or part not in self.members:
            return []
        collector = Strings(self.limits.text)
        self.parse(part, collector.start, collector.end, collector.text)
        return collector.strings

    def _formats(self, part: str | None) -> list[str]:
        if part is None or part not in self.members:
            return []
        collector = Formats(self.limits.formats)
        self.parse(part, collector.start, collector.end, None)
        return collector.kinds

    def _sheet(self, part: str, sheet: Sheet, strings: list[str], formats: list[str], date1904: bool) -> Sheet:
        collector = Cells(sheet, strings, formats, date1904, self.limits, self.allowance)
        self.parse(part, collector.start, collector.end, collector.text)
        return sheet
