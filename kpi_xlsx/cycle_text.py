"""cycle.toml changed as a person would change it: comments, order and line ends stay. The only module with tomlkit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from kpi_xlsx.model import CycleError, Mistake
from kpi_xlsx.settings import FILE
from kpi_xlsx.toml_files import read_text

Value = str | dt.datetime | None
"""None takes the key out."""


def changed_text(folder: Path, changes: Mapping[str, Value]) -> str:
    """A cycle's settings with other values. Raises CycleError if the file cannot be read as TOML."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    text = read_text(folder / FILE, CycleError)
    with (folder / FILE).open("rb") as stream:
        breaks = "\r\n" if b"\r\n" in stream.read() else "\n"
    try:
        document = tomlkit.parse(text)
        for key, value in changes.items():
            if value is not None:
                document[key] = value
            elif key in document:
                del document[key]
        return document.as_string().replace("\r\n", "\n").replace("\n", breaks)
    except TOMLKitError as problem:
        words = f"不是正确的 TOML 格式：{problem} / This is not valid TOML: {problem}"
        raise CycleError([Mistake(FILE, "", words)]) from problem
