"""A zip of XML parts, each streamed through expat within limits; what the parts say is the readers' business.

Formats: ECMA-376 part 2, OpenDocument 1.3 part 2. Parts are found whatever the case of their names.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO
from xml.parsers import expat

from kpi_xlsx.archives import BROKEN, CONTRADICTORY, DAMAGED, demand_bounded, open_archive, part_name
from kpi_xlsx.book import NO_PASSWORD, Unreadable, damaged, over
from kpi_xlsx.limits import Limits
from kpi_xlsx.parts import End, Start, bounded_depth, local

_SHALLOW = 2**20
"""The size up to which a part cannot be nested deep enough to matter."""


@contextmanager
def unzipped(source: Path | IO[bytes], limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The archive for as long as it is read. Raises Unreadable, and nothing else, for whatever the bytes are."""
    try:
        opened = source.open("rb") if isinstance(source, Path) else nullcontext(source)
        with opened as stream, open_archive(stream, limits) as archive:
            yield archive
    except Unreadable:
        raise
    except BROKEN as problem:
        raise damaged("文件不完整或已损坏", "it is cut off or damaged") from problem
    except expat.ExpatError as problem:
        raise damaged("文件内部的数据不完整或已损坏", "the data inside is cut off or damaged") from problem
    except NotImplementedError as problem:
        raise damaged("用了少见的压缩方法", "it is compressed by an unusual method") from problem
    except OSError as problem:
        reason = problem.strerror or "?"
        raise damaged(f"系统提示“{reason}”", f"the system says “{reason}”") from problem
    except CONTRADICTORY as problem:
        raise damaged("内部结构自相矛盾", "its inner structure contradicts itself") from problem


class Package:
    """The members of an archive by name, and what may still be unpacked of them."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self.archive = archive
        self.limits = limits
        named = [(part_name(member.filename), member) for member in archive.infolist()]
        self.members = dict(named)
        times = Counter(name for name, _ in named)
        self.doubled = {name for name, count in times.items() if count > 1}
        self.bytes_left = limits.unpacked
        self.tags_left = limits.tags

    def parse(
        self,
        part: str,
        start: Start,
        end: End | None,
        text: Callable[[str], None] | None,
    ) -> None:
        """Stream one part through expat, within the limits; a DOCTYPE is refused (no workbook needs one)."""
        member = self.members[part]
        limits = self.limits
        if part in self.doubled:  # one program would show the first, another the second
            raise damaged("里面同一部分出现两次，说不清以哪个为准", "a part of it is there twice")
        if member.flag_bits & 1:
            raise Unreadable("F103", "文件用压缩软件加了密码", "an archive program locked it", NO_PASSWORD)
        demand_bounded(member, limits.part_bytes, limits, ("里面有一部分", "a part of it"))
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
                raise over("里面的内容太多", "it holds too much")
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > self.limits.tag_bytes:
                raise over("内部有一段数据太长", "a piece of the data inside is too long")
        parser.Parse(b"", True)

    def properties(self, part: str, element: str) -> dict[str, str]:
        """What a part of document properties says by name, as far as it can be read."""
        if part not in self.members:
            return {}
        found: dict[str, str] = {}
        name = ""

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal name
            if local(tag) == element:
                name = next((value for key, value in attributes.items() if local(key) == "name"), "")

        def end(tag: str) -> None:
            nonlocal name
            if local(tag) == element:
                name = ""

        def text(data: str) -> None:
            if name and len(found) < 100:
                found[name] = (found.get(name, "") + data)[:4096]

        try:
            self.parse(part, start, end, text)
        except (expat.ExpatError, *DAMAGED):
            return {}  # properties only corroborate; damaged ones must not cost the answers
        return {key: value.strip() for key, value in found.items()}


def _refuse_doctype(*_: object) -> None:
    raise over(
        "里面有 Excel 从不写入的内容，可能被人改动过",
        "it holds something that Excel never writes and may have been tampered with",
    )


def _demand_unicode(_version: str, encoding: str | None, _standalone: int) -> None:
    """Only what a package may use (and expat knows by itself): anything else would be looked up among Python codecs."""
    if encoding is not None and encoding.lower() not in ("utf-8", "utf-16", "us-ascii", "iso-8859-1"):
        raise damaged("文件内部用了少见的文字编码", "the text inside is in an unusual encoding")
