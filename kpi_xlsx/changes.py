"""What is no longer in the inbox as the last merge saw it: files that are gone, earlier contents that are back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpi_xlsx.memory import Memory
from kpi_xlsx.model import Language
from kpi_xlsx.reading import printable
from kpi_xlsx.report import ReturnRecord


def tell_changes(
    before: Iterable[ReturnRecord], now: Iterable[ReturnRecord], memory: Memory, language: Language
) -> Iterator[str]:
    """What a person should know of it, in plain words. `before`: the files of the last merge."""
    earlier = {one.file: one for one in before if one.form == 0 or one.counts}
    present = {one.file: one.sha256 for one in now}
    contents = set(present.values())
    for name, one in earlier.items():
        if one.counts and name not in present and one.sha256 not in contents:
            shown = printable(name)
            yield language.say(
                f"{shown} 上次汇总采用过，现在不在收件里了，其中的内容不再计入。要保留的，请放回去。",
                f"{shown} counted in the last merge and is gone; what stood in it no longer counts. "
                "If that was not meant, put it back.",
            )
    newest, seen = memory.newest_seen(), memory.first_seen()
    for name, sha256 in present.items():
        known = sha256 is not None and (name, sha256) in seen and newest[name] != sha256
        if known and (name not in earlier or earlier[name].sha256 != sha256):
            shown = printable(name)
            yield language.say(
                f"{shown} 又是以前收到过的内容（可能恢复了旧文件），比它新的那份已经不在。请核对该用哪一份。",
                f"{shown} holds an earlier content again (an old copy may have been restored), and the newer one is "
                "gone. See whether it is the one that is meant.",
            )
