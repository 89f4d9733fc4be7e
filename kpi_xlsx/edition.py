"""An .xlsx changed as it lies there: cells written and sheets added, everything else in it left byte for byte.

A library that writes the whole workbook anew loses what it does not know: charts, pictures, the results of formulas,
lists that Excel keeps in extensions. Formats: ECMA-376 parts 1 and 2.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from pathlib import Path

from kpi_xlsx.archives import part_name
from kpi_xlsx.limits import DEFAULT_LIMITS
from kpi_xlsx.sheet_pieces import Address, Grid, Written
from kpi_xlsx.style_pieces import Styles
from kpi_xlsx.xml_pieces import Piece, Unwritable, exchanged, find_pieces, quoted, with_children

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
TYPES = "[content_types].xml"
_DATE = (1980, 1, 1, 0, 0, 0)
_STYLE = re.compile(rb'(<(?:c|row) [^>]*?\bs="|<col [^>]*?\bstyle=")(\d+)(?=")')


class Edition:
    """A workbook and the parts of it that were changed. Raises Unwritable for what cannot be changed without harm."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            size = sum(member.file_size for member in archive.infolist())
        if size > DEFAULT_LIMITS.bundle_bytes:
            raise Unwritable("展开后太大", "it unpacks to too much")
        self.names = {part_name(name): name for name in names}
        """The members by their name as it is compared."""
        if len(names) != len(self.names):
            raise Unwritable("里面同一部分出现两次，说不清以哪个为准", "a part of it is there twice")
        self.changed: dict[str, bytes] = {}
        self.workbook = self._target("", "officeDocument")
        self.styles = self._target(self.workbook, "styles")

    def _target(self, part: str, kind: str) -> str:
        found = next((target for one, target, _ in self._relations(part) if one == kind and target in self.names), None)
        if found is None:
            raise Unwritable("内部不完整", "it is not whole inside")
        return found

    def part(self, name: str) -> bytes:
        """A part as it is now."""
        if name not in self.changed:
            if name not in self.names:
                raise Unwritable("内部不完整", "it is not whole inside")
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(self.names[name])
        return self.changed[name]

    def _relations(self, part: str) -> Iterator[tuple[str, str, str]]:
        """Kind, target and id of what a part refers to."""
        rels = _relations_of(part)
        for piece in find_pieces(self.part(rels)) if rels in self.names else ():
            if piece.name == "Relationship" and piece.attributes.get("TargetMode") != "External":
                target = posixpath.join("/" + posixpath.dirname(part), piece.attributes.get("Target", ""))
                kind = piece.attributes.get("Type", "").rpartition("/")[2]
                yield kind, part_name(posixpath.normpath(target)), piece.attributes.get("Id", "")

    def sheets(self) -> Mapping[str, str]:
        """The part of each worksheet, by the sheet's name, in their order."""
        targets = {key: target for kind, target, key in self._relations(self.workbook) if kind == "worksheet"}
        found = {}
        for piece in self._tabs():
            key = next((value for name, value in piece.attributes.items() if name.endswith(":id")), "")
            if targets.get(key) in self.names or targets.get(key) in self.changed:
                found[piece.attributes.get("name", "")] = targets[key]
        return found

    def _tabs(self) -> list[Piece]:
        return [piece for piece in find_pieces(self.part(self.workbook)) if piece.name == "sheet"]

    # Cells.

    def write(self, sheet: str, cells: Mapping[Address, Written]) -> None:
        """Write cells into a sheet, in place of what stands there."""
        part = self.sheets().get(sheet, "")
        body = self.part(part)
        rows = {row for row, _ in cells} | {one.like[0] for one in cells.values() if one.like is not None}
        styles = Styles(self.part(self.styles))
        self.changed[part] = exchanged(body, list(Grid(body, rows).changes(cells, styles)))
        self.changed[self.styles] = styles.body

    # Sheets.

    def add_sheets(self, donor: Edition, shared: str) -> None:
        """Add the sheets of another workbook (of our own, written streaming); the shared one only once."""
        if find_pieces(self.part(self.workbook))[0].attributes.get("conformance") == "strict":
            raise Unwritable("是 Strict 格式的工作簿", "it is a Strict Open XML workbook")
        taken = {piece.attributes.get("name", "").casefold() for piece in self._tabs()}
        new = {name: part for name, part in donor.sheets().items() if name != shared or name.casefold() not in taken}
        for name in new:
            if name.casefold() in taken:
                raise Unwritable(f"已有一个“{name}”不是普通工作表", f"its “{name}” is no ordinary sheet")
        styles = Styles(self.part(self.styles))
        looks = styles.adopted(donor.part(donor.styles))
        self.changed[self.styles] = styles.body
        hidden = {piece.attributes["name"]: piece.attributes.get("state", "visible") for piece in donor._tabs()}
        for name, part in new.items():
            self._add_sheet(name, _with_looks(donor.part(part), looks), hidden[name])
        self._add_names(donor, new)

    def _add_sheet(self, name: str, body: bytes, state: str) -> None:
        number = next(
            n for n in range(1, 10_000) if f"xl/worksheets/kpi{n}.xml" not in self.names.keys() | self.changed
        )
        part, rels = f"xl/worksheets/kpi{number}.xml", _relations_of(self.workbook)
        keys = {key for _, _, key in self._relations(self.workbook)}
        key = next(f"kpi{n}" for n in range(1, 10_000) if f"kpi{n}" not in keys)
        ids = [
            int(piece.attributes["sheetId"]) for piece in self._tabs() if piece.attributes.get("sheetId", "").isdigit()
        ]
        self.changed[part] = body
        self._extend(
            TYPES, "Types", lambda prefix: f'<{prefix}Override PartName="/{part}" ContentType="{SHEET_TYPE}"/>'
        )
        self._extend(
            rels,
            "Relationships",
            lambda prefix: f'<{prefix}Relationship Id="{key}" Type="{RELATIONS}/worksheet" Target="/{part}"/>',
        )
        shown = "" if state == "visible" else f' state="{state}"'
        inner = f'xmlns:kpi="{RELATIONS}" name="{quoted(name).decode()}" sheetId="{max(ids, default=0) + 1}"{shown}'
        self._extend(self.workbook, "sheets", lambda prefix: f'<{prefix}sheet {inner} kpi:id="{key}"/>')

    def _extend(self, part: str, parent: str, child: Callable[[str], str]) -> None:
        body = self.part(part)
        prefix = next((piece.prefix for piece in find_pieces(body) if piece.name == parent), "")
        self.changed[part] = with_children(body, parent, [child(prefix).encode("ascii")])

    def _add_names(self, donor: Edition, new: Mapping[str, str]) -> None:
        """The defined names that belong to the new sheets, as far as they are not taken."""
        body, theirs = self.part(self.workbook), donor.part(donor.workbook)
        pieces = find_pieces(body)
        order = [piece.attributes.get("name", "") for piece in self._tabs()]
        tabs = [piece.attributes["name"] for piece in donor._tabs()]
        taken = {piece.attributes.get("name", "").casefold() for piece in pieces if piece.name == "definedName"}
        made = []
        prefix = pieces[0].prefix
        for piece in find_pieces(theirs):
            if piece.name != "definedName":
                continue
            local = piece.attributes.get("localSheetId")
            name, content = piece.attributes["name"], theirs[piece.inner : piece.close].decode()
            if local is None and name.casefold() not in taken:
                made.append(f'<{prefix}definedName name="{name}">{_ascii(content)}</{prefix}definedName>')
            elif local is not None and tabs[int(local)] in new:
                place = order.index(tabs[int(local)])
                shown = ' hidden="1"' if piece.attributes.get("hidden") == "1" else ""
                made.append(
                    f'<{prefix}definedName name="{name}" localSheetId="{place}"{shown}>{_ascii(content)}'
                    f"</{prefix}definedName>"
                )
        children = [one.encode("ascii") for one in made]
        if any(piece.name == "definedNames" for piece in pieces):
            self.changed[self.workbook] = with_children(body, "definedNames", children)
        elif children:
            before = max(p.end for p in pieces if p.name in ("sheets", "functionGroups", "externalReferences"))
            whole = f"<{prefix}definedNames>".encode() + b"".join(children) + f"</{prefix}definedNames>".encode()
            self.changed[self.workbook] = exchanged(body, [(before, before, whole)])

    # The whole.

    def save(self, target: Path) -> None:
        """Write the workbook with what was changed."""
        with zipfile.ZipFile(self.path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for member in old.infolist():
                body = self.changed.get(part_name(member.filename))
                entry = zipfile.ZipInfo(member.filename, _DATE if body is not None else member.date_time)
                entry.external_attr, entry.create_system = member.external_attr, member.create_system
                entry.compress_type = zipfile.ZIP_DEFLATED if body is not None else member.compress_type
                if body is not None:
                    new.writestr(entry, body)
                else:
                    with old.open(member) as source, new.open(entry, "w") as sink:
                        shutil.copyfileobj(source, sink)
            for name in sorted(self.changed.keys() - self.names.keys()):
                entry = zipfile.ZipInfo(name, _DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                new.writestr(entry, self.changed[name])


def _relations_of(part: str) -> str:
    return posixpath.join(posixpath.dirname(part), "_rels", f"{posixpath.basename(part)}.rels")


def _with_looks(body: bytes, looks: Mapping[int, int]) -> bytes:
    """A sheet of ours whose cells refer to looks by their new numbers; and it is not the selected one any more."""
    moved = _STYLE.sub(lambda found: found[1] + b"%d" % looks[int(found[2])], body)
    return moved.replace(b' tabSelected="1"', b"")


def _ascii(markup: str) -> str:
    return quoted(unescape(markup)).decode("ascii")
