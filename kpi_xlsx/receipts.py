"""When a return came in, and on what that rests."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from kpi_xlsx.model import Basis, Language
from kpi_xlsx.periods import show_time

UNCONFIRMED = ("文件时间，待确认", "file time, unconfirmed")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt time, aware; only a registered one can make a return late."""

    moment: dt.datetime
    basis: Basis
    way: str = ""
    by: str = ""

    def late(self, return_by: dt.datetime | None) -> bool:
        return self.basis is Basis.REGISTERED and return_by is not None and self.moment > return_by

    def show(self, zone: dt.tzinfo, language: Language) -> str:
        """The time in the cycle's offset; what only the file's time says is marked."""
        shown = show_time(self.moment, zone)
        if self.basis is Basis.REGISTERED:
            return shown
        why = language.say(*UNCONFIRMED)
        return shown + language.say(f"（{why}）", f" ({why})")


@dataclass(frozen=True, slots=True)
class Receipts:
    """Registered receipt times by file."""

    by_file: Mapping[str, Receipt] = field(default_factory=dict)

    def find(self, name: str) -> Receipt | None:
        """The receipt of a file by its path below the cycle, its path below the inbox, or its name alone.

        A file in a bundle came when the bundle came, if nothing else is said of it.
        """
        parts = name.split("/")
        for end in range(len(parts), 1, -1):
            for start in dict.fromkeys((0, 1, end - 1)):
                receipt = self.by_file.get(file_key("/".join(parts[start:end])))
                if receipt is not None:
                    return receipt
        return None


def file_key(name: str) -> str:
    """How file names are compared: NFC, either slash, case-blind."""
    return unicodedata.normalize("NFC", name.strip()).replace("\\", "/").casefold()


def from_file_time(seconds: float) -> Receipt:
    """The receipt that a file's own time stands for, to the second."""
    return Receipt(dt.datetime.fromtimestamp(int(seconds), dt.UTC), Basis.FILE)
