"""Workbook bytes to cells: a bounded, streaming reader of xlsx on expat; it refuses, but never runs away.

Format: ECMA-376 part 2 (packages). Parts are found by their relationships, whatever the case of their names.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO
from xml.parsers import expat

from kpi_xlsx.limits import DEFAULT_LIMITS, Limits
from kpi_xlsx.parts import (
    Book,
    Cells,
    Formats,
    Outline,
    Sheet,
    Strings,
    Unreadable,
    bounded_depth,
    damaged,
    local,
    over,
)

_SHALLOW = 2**20
"""The size up to which a part cannot be nested deep enough to matter."""


def read_book(source: Path | IO[bytes], limits: Limits = DEFAULT_LIMITS) -> Book:
    """Read every worksheet of an xlsx. Raises Unreadable, and nothing else, for whatever the bytes are."""
    try:
        with zipfile.ZipFile(source) as archive:
            return _Package(archive, limits).book()
    except Unreadable:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error) as problem:
        raise damaged("压缩包不完整或已损坏", "the package is cut off or corrupt") from problem
    except expat.ExpatError as problem:
        raise damaged("内部的 XML 不完整或已损坏", "the XML inside is cut off or corrupt") from problem
    except NotImplementedError as problem:
        raise damaged("用了少见的压缩方法", "it is compressed by an unusual method") from problem
    except OSError as problem:
        reason = problem.strerror or "?"
        raise damaged(f"读不了这个文件（{reason}）", f"the file cannot be read ({reason})") from problem
    except (ValueError, LookupError, RuntimeError, OverflowError, AssertionError) as problem:
        # What zipfile and expat raise for contradictory headers and unknown encodings.
        raise damaged("内部结构自相矛盾", "its inner structure contradicts itself") from problem


class _Package:
    """The zip with its relationships; hands bounded streams of parts to expat."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        members = archive.infolist()
        if len(members) > limits.members:
            raise over(f"压缩包里有 {len(members)} 个成员", f"the package has {len(members)} members")
        self.archive = archive
        self.limits = limits
        self.members = {_part_name(member.filename): member for member in members}
        self.bytes_left = limits.unpacked
        self.tags_left = limits.tags
        self.cells_left = limits.cells
        self.text_left = limits.text

    def book(self) -> Book:
        workbook = self._workbook_part()
        outline = Outline(self.limits.sheets)
        self.parse(workbook, outline.start, None, None)
        relations = self._relations(workbook)
        by_kind = dict(relations.values())
        strings = self._strings(by_kind.get("sharedStrings"))
        formats = self._formats(by_kind.get("styles"))
        sheets = []
        for name, relation, hidden in outline.sheets:
            kind, target = relations.get(relation, ("worksheet", ""))
            if kind != "worksheet":
                continue  # a chart or dialog sheet holds no cells
            if target not in self.members:
                raise damaged(f"缺少工作表“{name}”", f"the sheet “{name}” is missing")
            sheets.append(self._sheet(target, Sheet(name, hidden), strings, formats, outline.date1904))
        return Book(sheets, self._properties(), "xl/vbaproject.bin" in self.members)

    def _workbook_part(self) -> str:
        for kind, target in self._relations("").values():
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

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relationship id to kind and target part."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if local(tag) == "Relationship" and attributes.get("TargetMode") != "External":
                if len(found) >= self.limits.members:
                    raise over("内部关系太多", "it has too many relationships")
                target = attributes.get("Target", "")
                full = target if target.startswith("/") else posixpath.join(folder, target)
                kind = attributes.get("Type", "").rsplit("/", 1)[-1]
                found[attributes.get("Id", "")] = (kind, _part_name(posixpath.normpath(full)))

        if rels.lower() in self.members:
            self.parse(rels.lower(), start, None, None)
        return found

    def parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None,
        text: Callable[[str], None] | None,
    ) -> None:
        """Stream one part through expat, within the limits; a DOCTYPE is refused (no workbook needs one)."""
        member = self.members[part]
        limits = self.limits
        if member.flag_bits & 1:
            raise Unreadable("F103", "压缩包加了密码", "the package is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError(member.compress_type)  # a workbook is deflated or stored (ECMA-376 part 2)
        too_dense = member.file_size > limits.ratio_from and member.file_size > limits.ratio * max(
            member.compress_size, 1
        )
        if member.file_size > limits.part_bytes or too_dense:
            size = f"{member.file_size / 2**20:.0f} MB"
            raise over(f"内部的 {part} 展开后有 {size}", f"the part {part} unpacks to {size}")
        self.bytes_left -= member.file_size
        if self.bytes_left < 0:
            raise over("展开后太大", "it unpacks to too much")
        if member.file_size > _SHALLOW:
            start, end = bounded_depth(start, end, limits.depth)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.XmlDeclHandler = _demand_unicode
        with self.archive.open(member) as stream:
            self._feed(parser, stream)

    def _feed(self, parser: expat.XMLParserType, stream: IO[bytes]) -> None:
        fed = 0
        while chunk := stream.read(65_536):
            self.tags_left -= chunk.count(b"<")
            if self.tags_left < 0:
                raise over("内部的 XML 标记太多", "it has too many tags")
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > self.limits.tag_bytes:
                raise over("内部的 XML 标记太长", "one of its tags is too long")
        parser.Parse(b"", True)

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
        collector = Cells(sheet, strings, formats, date1904, self.limits, self.cells_left, self.text_left)
        self.parse(part, collector.start, collector.end, collector.text)
        self.cells_left, self.text_left = collector.cells_left, collector.text_left
        return sheet

    def _properties(self) -> dict[str, str]:
        part = "docprops/custom.xml"
        if part not in self.members:
            return {}
        found: dict[str, str] = {}
        name = ""

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal name
            if local(tag) == "property":
                name = attributes.get("name", "")

        def text(data: str) -> None:
            if name and len(found) < 100:
                found[name] = (found.get(name, "") + data)[:4096]

        try:
            self.parse(part, start, None, text)
        except (expat.ExpatError, ValueError, LookupError):
            return {}  # properties only corroborate; damaged ones must not cost the answers
        return {key: value.strip() for key, value in found.items()}


def _refuse_doctype(*_: object) -> None:
    raise over("内部含有 DOCTYPE 声明", "it contains a DOCTYPE declaration")


def _demand_unicode(_version: str, encoding: str | None, _standalone: int) -> None:
    """Only what a package may use (and expat knows by itself): anything else would be looked up among Python codecs."""
    if encoding is not None and encoding.lower() not in ("utf-8", "utf-16", "us-ascii", "iso-8859-1"):
        raise damaged("内部的 XML 用了少见的编码", "the XML inside is in an unusual encoding")


def _part_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def is_zip(head: bytes) -> bool:
    """Whether bytes begin as a zip does (an empty archive included)."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
