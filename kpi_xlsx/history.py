"""What a person changed is kept in history/ before the tool replaces it: a copy by date, once for each content."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from kpi_xlsx.files import digest, named_errors, temporary_beside
from kpi_xlsx.model import Language


def keep_changed(
    path: Path,
    history: Path,
    zone: dt.tzinfo,
    wrote: Callable[[str], bool],
    language: Language,
    *,
    always: bool = False,
) -> Iterator[str]:
    """Copy a file into history/ unless the tool itself wrote it as it is, or it lies there; yields what to say.

    `wrote` says of a sha256 whether the tool wrote it.
    """
    if not path.is_file():
        return
    own = digest(path)
    if wrote(own) and not always:
        return
    history.mkdir(exist_ok=True)
    if any(digest(kept) == own for kept in history.glob(f"*{path.suffix}")):
        return
    moment = dt.datetime.fromtimestamp(path.stat().st_mtime, zone)
    stem = f"{path.stem}-{moment:%Y%m%d-%H%M%S}"
    target, number = history / f"{stem}{path.suffix}", 2
    while target.exists():
        target, number = history / f"{stem}-{number}{path.suffix}", number + 1
    temporary = temporary_beside(target)
    try:
        with named_errors(target, temporary):
            shutil.copy2(path, temporary)
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    yield language.say(
        f"原来的 {path.name}（有人填写或改过）存在 history/{target.name}。",
        f"The earlier {path.name}, with what people wrote into it, is kept as history/{target.name}.",
    )
