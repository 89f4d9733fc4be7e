"""When a return came in, and on what that rests."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kpi_xlsx.model import Basis, Language


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
        text = f"{self.moment.astimezone(zone):%Y-%m-%d %H:%M}"
        if self.basis is Basis.REGISTERED:
            return text
        return text + language.say("（文件时间，待确认）", " (file time, unconfirmed)")


def from_file_time(seconds: float) -> Receipt:
    """The receipt that a file's own time stands for, to the second."""
    return Receipt(dt.datetime.fromtimestamp(int(seconds), dt.UTC), Basis.FILE)
