"""Rounds that are ready to be closed, and what people do after they were."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import returns_kit as kit
import stored
import year_kit

from kpi_xlsx.closing import Closed
from kpi_xlsx.cycle import Cycle
from kpi_xlsx.model import CycleError, Language
from kpi_xlsx.register import load_decisions

OWN = (".ledger.lock", "ledger.sqlite")
"""What every run may touch."""
DAY = dt.datetime(2018, 7, 20, 9, tzinfo=kit.ZONE)


def ready(home: Path, language: Language, *, reviewed: Sequence[str] = ("A", "B")) -> Cycle:
    """A merged round of two departments, both of which have reported, and these are passed."""
    stored.copied(home, lambda place: _make_ready(place, language, reviewed), language, tuple(reviewed))
    return Cycle.load(home / "2018-06", language)


def _make_ready(home: Path, language: Language, reviewed: Sequence[str]) -> None:
    cycle = year_kit.begin(home, "2018-06", language)
    year_kit.report(cycle, "A")
    year_kit.report(cycle, "B")
    cycle.generate()
    cycle.merge()
    year_kit.passed(cycle, *reviewed)
    cycle.merge()


def closed(home: Path, language: Language) -> Cycle:
    stored.copied(home, lambda place: close(ready(place, language)), language)
    return Cycle.load(home / "2018-06", language)


def close(cycle: Cycle, by: str = "Li", reason: str = "", now: dt.datetime = DAY) -> Closed:
    return cycle.close_round(by, reason, now=now)


def refused(cycle: Cycle, reason: str = "") -> str:
    """Why the round is not closed, with nothing written meanwhile."""
    return _refused(cycle, lambda: close(cycle, reason=reason))


def merge_refused(cycle: Cycle) -> str:
    """Why nothing is merged, with nothing written meanwhile."""
    return _refused(cycle, cycle.merge)


def _refused(cycle: Cycle, work: object) -> str:
    before = contents(cycle)
    with pytest.raises(CycleError) as trouble:
        work()  # type: ignore[operator]
    assert contents(cycle) == before
    return str(trouble.value)


def contents(cycle: Cycle) -> dict[str, bytes]:
    folder = cycle.settings.folder
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in OWN)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def review(cycle: Cycle, version: object, verdict: str = "passed", day: dt.date | None = None) -> None:
    kit.review(cycle, verdict, version, date=day)


def type_closing(cycle: Cycle, remark: str = "") -> None:
    """A row in the register's sheet Closing, typed by hand."""
    say = cycle.context.language.say
    row = {say("日期", "date"): "2018-07-20", say("经手人", "by"): "Wang", say("备注", "remark"): remark}
    kit.decide(cycle, say("结账", "closing"), row)


def closings(cycle: Cycle) -> list[tuple[str, str, str]]:
    found = load_decisions(cycle.settings.register, cycle.context, cycle.settings.zone).closings
    return [(one.date.isoformat(), one.by, one.remark) for one in found]


def members(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}
