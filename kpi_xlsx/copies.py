"""A folder copied by hand from another cycle, known by its ledger: what lies there of the other, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kpi_xlsx.intake import find_arrivals
from kpi_xlsx.ledger import owner_of
from kpi_xlsx.model import Language, clip, counted
from kpi_xlsx.reading import one_line
from kpi_xlsx.settings import Settings


@dataclass(frozen=True, slots=True)
class Copied:
    """The cycle that a folder's ledger is of, and what of that cycle lies there, in both languages."""

    cycle: str
    files: int
    """In inbox/."""
    register: bool
    master: bool
    folder: Path

    def tell(self, language: Language) -> Iterator[str]:
        """What is the matter, and what can be done."""
        say, cycle = language.say, clip(one_line(self.cycle))
        books = [*([say("登记簿", "a register")] if self.register else [])]
        books += [say("汇总表", "a master")] if self.master else []
        there = say("、", " and ").join(books)
        yield say(
            f"这个文件夹是从报送期 {cycle} 复制来的（收件台账 ledger.sqlite 写着）："
            f"inbox/ 里有 {self.files} 个文件{f'，还有那一期的{there}' if there else ''}。",
            f"This folder was copied from cycle {cycle} (its ledger says so): {counted(self.files, 'file')} in "
            f"inbox/{f', and {there} of that cycle' if there else ''}.",
        )
        yield say(
            "运行 kpi-xlsx next --clean 把它们收到 old-…/ 里（什么都不删）。"
            "如果只是改正了 cycle.toml 里的报送期，文件都是本期的，就把 ledger.sqlite 移走再运行。",
            "kpi-xlsx next --clean sets them aside in old-…/ and deletes nothing. If only the period in cycle.toml was "
            "corrected and all of it is this cycle's, move ledger.sqlite away and run this again.",
        )


def find_copy(settings: Settings) -> Copied | None:
    """What lies here of another cycle, if the ledger is that one's; None where it is this cycle's, or cannot tell."""
    owner = owner_of(settings.ledger)
    if owner is None or owner == settings.id:
        return None
    files = sum(1 for _ in find_arrivals(settings.inbox)) if settings.inbox.is_dir() else 0
    return Copied(owner, files, settings.register.is_file(), settings.master.is_file(), settings.folder)
