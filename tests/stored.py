"""What many tests begin with, made once in a process: folders are copied from there, and forms kept as bytes.

Only what its parameters decide belongs here; whoever gets a copy may do with it what they like.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_MADE: dict[str, tuple[Path, object]] = {}
_FORMS: dict[str, bytes] = {}
_CONTEXTS: dict[int, object] = {}
"""Kept alive, so that no other object gets their number."""


@functools.cache
def _home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="kpi-xlsx-stored-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


def copied(folder: Path, make: Callable[[Path], T], *parameters: object) -> T:
    """What `make` makes in a folder, in this one; returns what it returned when it made that first.

    `parameters` are all that the outcome depends on; equal ones must look the same and others not (`repr`).
    """
    key = repr((make.__module__, make.__qualname__, parameters))
    if key not in _MADE:
        place = Path(tempfile.mkdtemp(dir=_home())) / "made"
        _MADE[key] = place, make(place)
    place, made = _MADE[key]
    shutil.copytree(place, folder, dirs_exist_ok=True)
    return made  # type: ignore[return-value]


def share(context: object) -> None:
    """Forms of this context, which is never changed, are kept."""
    _CONTEXTS[id(context)] = context


def written(path: Path, context: object, write: Callable[[], None], *parameters: object) -> None:
    """Have `write` write this form, or write the same bytes again if it is one of a shared context."""
    if id(context) not in _CONTEXTS:
        write()
        return
    key = repr((id(context), parameters))
    if key in _FORMS:
        path.write_bytes(_FORMS[key])
        return
    write()
    _FORMS[key] = path.read_bytes()
