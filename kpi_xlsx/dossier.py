"""An archive being written: files streamed into a zip, hashed on the way, and the list that sha256sum checks.

Entries stand in the order in which they come, under a fixed time, so that the same files give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from kpi_xlsx.inputs import Source

SUMS = "SHA256SUMS"
_PIECE = 2**20
_PACKED = frozenset(
    f".{kind}"
    for kind in "xlsx xlsm docx pptx ods zip rar 7z gz jpg jpeg png gif mp4 pdf heic ofd".split()  # noqa: SIM905
)
"""What is compressed already and does not get smaller."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A file as it went into the archive."""

    name: str
    size: int
    sha256: str


def write_dossier(
    path: Path,
    sources: Iterable[Source],
    day: dt.date,
    index: Callable[[Sequence[Filed]], Source],
) -> list[Filed]:
    """Write a zip with these files, the index that is made of them, and SHA256SUMS over all of it."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        filed = [_file(archive, source, day) for source in sources]
        filed.append(_file(archive, index(tuple(filed)), day))
        _file(archive, Source(SUMS, path, show_sums(filed).encode()), day)
    return filed


def _file(archive: zipfile.ZipFile, source: Source, day: dt.date) -> Filed:
    """Stream one file into the zip; Zip64 where it is large."""
    entry = zipfile.ZipInfo(source.name, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
    packed = PurePosixPath(source.name).suffix.casefold() in _PACKED
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o100644 << 16  # the same on every system
    found, size = hashlib.sha256(), 0
    with _opened(source) as stream:
        entry.file_size = whole = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        with archive.open(entry, "w") as sink:
            # No more than was measured: whoever compares the sha256 sees that the file has grown meanwhile.
            while piece := stream.read(min(_PIECE, whole - size)):
                found.update(piece)
                size += len(piece)
                sink.write(piece)
    return Filed(source.name, size, found.hexdigest())


def _opened(source: Source) -> IO[bytes]:
    return source.path.open("rb") if source.body is None else io.BytesIO(source.body)


# --- what sha256sum -c reads ------------------------------------------------------------------------------------------

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_LINE = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")


def show_sums(filed: Iterable[Filed]) -> str:
    """A line for each file; a name with a line break or a backslash is escaped as sha256sum does it."""
    lines = []
    for one in filed:
        name = re.sub(r"[\\\n\r]", lambda found: _ESCAPES[found[0]], one.name)
        lines.append(f"{'' if name == one.name else chr(92)}{one.sha256}  {name}\n")
    return "".join(lines)


def _unescape(found: re.Match[str]) -> str:
    return next(sign for sign, text in _ESCAPES.items() if text == found[0])


def read_sums(text: str) -> dict[str, str]:
    """The sha256 of each file by its name. Raises ValueError for a line that is none."""
    sums = {}
    for line in text.split("\n")[:-1]:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(SUMS)
        name = found[3]
        if found[1]:
            name = re.sub(r"\\[\\nr]", _unescape, name)
        sums[name] = found[2]
    return sums
